import type { B2cClaims } from './b2c-claims.ts'
import type { DisplayOnly, NamesForPeople } from './claim-safety.ts'
import type { EntraClaims } from './entra-claims.ts'

/**
 * The claims of an accepted access token. `ver` tells v1.0 and v2.0 apart; for B2C, look at `authority` of the
 * identity.
 */
export type AccessTokenClaims = V1Claims | V2Claims | B2cClaims

/**
 * The claims of a v1.0 access token. Its issuer is on the `sts` host, its client in `appid`, its audience usually an
 * Application ID URI.
 */
export interface V1Claims extends EntraClaims {
  /** The version of the token: what tells the two types apart. */
  readonly ver: '1.0'
  /** The client app. Decide on it for apps only together with the kind of caller. */
  readonly appid?: string
  /** How the client authenticated: `0` not at all, `1` by a secret, `2` by a certificate. */
  readonly appidacr?: string
  /** `1` when the sign-in met ISO/IEC 29115. */
  readonly acr?: string
  /** Sign-in name of v1.0; mutable, `live.com#…` for guests with a personal account. */
  readonly unique_name?: DisplayOnly
}

/**
 * The claims of a v2.0 access token. Its issuer is on the login host, its client in `azp`, its audience the client id
 * of the API.
 */
export interface V2Claims extends EntraClaims, NamesForPeople {
  /** The version of the token: what tells the two types apart. */
  readonly ver: '2.0'
  /** The client app. Decide on it for apps only together with the kind of caller. */
  readonly azp?: string
  /** How the client authenticated: `0` not at all, `1` by a secret, `2` by a certificate. */
  readonly azpacr?: string
}

/** The header parameters that Entra ID writes. Nothing in them may be trusted; `alg`, `kid` and `typ` are checked. */
export interface AccessTokenHeader {
  /** Entra ID writes `JWT`; `at+jwt` (RFC 9068) is accepted too. */
  readonly typ?: string
  /** Always `RS256`: the verifier fixes it, the token does not choose. */
  readonly alg: 'RS256'
  /** The id of the signing key. */
  readonly kid: string
  /** The same as `kid`, in v1.0 tokens only. */
  readonly x5t?: string
  /** Only in tokens for Microsoft Graph and other Microsoft APIs, which nobody else can validate. */
  readonly nonce?: string
}
