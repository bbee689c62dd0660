import type { DisplayOnly, Opaque } from './claim-safety.ts'
import type { EntraClaims } from './entra-claims.ts'

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
  /** Only in tokens for Microsoft Graph and other APIs of Microsoft, which nobody else can check. */
  readonly nonce?: string
}

/** A v1.0 access token: issuer on the `sts` host, client in `appid`, audience usually an App ID URI. */
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
 * Names that decide nothing, also in a token of a version or a policy that does not document them. As an unknown claim
 * such a name could be compared with text, and so could that of an identity whose version nobody looked at.
 */
interface NamesForPeople {
  readonly upn?: DisplayOnly
  readonly preferred_username?: DisplayOnly
  readonly unique_name?: DisplayOnly
  readonly email?: DisplayOnly
  readonly name?: DisplayOnly
}

/** A v2.0 access token: issuer on the login host, client in `azp`, audience the client id of the API. */
export interface V2Claims extends EntraClaims, NamesForPeople {
  /** The version of the token: what tells the two types apart. */
  readonly ver: '2.0'
  /** The client app. Decide on it for apps only together with the kind of caller. */
  readonly azp?: string
  /** How the client authenticated: `0` not at all, `1` by a secret, `2` by a certificate. */
  readonly azpacr?: string
}

/** An access token of Azure AD B2C. Which claims it carries is up to the policy: most are optional. */
export interface B2cClaims extends NamesForPeople {
  readonly [claim: string]: unknown
  /** A custom attribute: users may be allowed to write it themselves. */
  readonly [attribute: `extension_${string}`]: DisplayOnly
  /** Always 1.0, whatever the endpoint. */
  readonly ver: '1.0'
  /** The API that the token is for: a client id. */
  readonly aud: string
  /** The issuer of the tenant; all its policies share it. */
  readonly iss: string
  /** Seconds since the epoch: end of validity. */
  readonly exp: number
  /** Seconds since the epoch: moment of issue. */
  readonly iat?: number
  /** Seconds since the epoch: begin of validity. */
  readonly nbf?: number
  /** The object id, or a fixed English sentence that points at `oid`. */
  readonly sub: string
  /** The object id of the user. */
  readonly oid?: string
  /** The tenant; usually absent, the metadata knows it. */
  readonly tid?: string
  /** The client app. */
  readonly azp: string
  /** Permissions, of users and of apps. */
  readonly scp?: string
  /** The policy that issued the token. */
  readonly tfp?: string
  /** The policy, where older policies put it. */
  readonly acr?: string
  /** The identity provider that the user came from, for example `facebook.com`. */
  readonly idp?: string
  /** Echo of what the client sent. */
  readonly nonce?: string
  /** Seconds since the epoch: last interactive sign-in. */
  readonly auth_time?: number
  /** Roles, where a custom policy adds them, in the form that it writes. A list of strings is in `identity.roles`. */
  readonly roles?: unknown
  /** Groups, where a custom policy adds them, in the form that it writes. A list of ids is in `identity.groups`. */
  readonly groups?: unknown
  /** Addresses; mutable. */
  readonly emails?: readonly DisplayOnly[]
  /** Address; mutable. */
  readonly email?: DisplayOnly
  /** Display name; mutable and not unique. */
  readonly name?: DisplayOnly
  /** First name. */
  readonly given_name?: DisplayOnly
  /** Last name. */
  readonly family_name?: DisplayOnly
  /** True at the first sign-in. */
  readonly newUser?: boolean
  /** A live token of another identity provider: never log it. */
  readonly idp_access_token?: Opaque
  /** Unique id of this token. */
  readonly uti?: string
}

/** An ID token: who signed in at a client. It gives no access to anything. */
export interface IdTokenClaims {
  readonly [claim: string]: unknown
  readonly ver: '1.0' | '2.0'
  /** The client id of the application that the user signed in at. */
  readonly aud: string
  readonly iss: string
  /** Seconds since the epoch. */
  readonly exp: number
  /** Seconds since the epoch. */
  readonly iat: number
  readonly nbf?: number
  /** Who signed in, a different value for each client app. */
  readonly sub: string
  readonly oid?: string
  readonly tid?: string
  /** What the client sent with the sign-in request, if it did. */
  readonly nonce?: string
  /** Seconds since the epoch: last sign-in by hand (optional claim; with `max_age` always). */
  readonly auth_time?: number
  /** App roles of the user at this client. */
  readonly roles?: readonly string[]
  readonly groups?: readonly string[] | string
  readonly idp?: string
  readonly acct?: number
  readonly sid?: string
  readonly uti?: string
  /** Hand it back at sign-out, unread. */
  readonly login_hint?: Opaque
  readonly tfp?: string
  readonly acr?: string
  readonly name?: DisplayOnly
  readonly preferred_username?: DisplayOnly
  readonly unique_name?: DisplayOnly
  readonly upn?: DisplayOnly
  readonly email?: DisplayOnly
  readonly given_name?: DisplayOnly
  readonly family_name?: DisplayOnly
}

/** The claims of an accepted access token, told apart by `ver`; B2C by the identity's `authority`. */
export type AccessTokenClaims = V1Claims | V2Claims | B2cClaims
