import type { TokenMembers } from '../keys/sign.ts'
import type { TokenVersion } from '../directory/options.ts'

/** The options of every token. */
export interface TokenOptions {
  /** The exact `aud`. Default: the first app, by client id in v2.0 and by Application ID URI in v1.0 tokens. */
  readonly audience?: string | undefined
  /**
   * The directory that issues the token, a GUID. It may be a tenant that the emulator does not know, which then has no
   * documents.
   */
  readonly tenantId?: string | undefined
  /** The token version. Default: that of the API's registration (`tokenVersion`). */
  readonly version?: TokenVersion | undefined
  /**
   * The lifetime in seconds from now. A negative one makes an expired token, which an API refuses only beyond its
   * `clockTolerance` (by default below -300). Default 3600.
   */
  readonly expiresIn?: number | undefined
  /** Claims to set or, with `undefined`, to remove. They are applied last, so anything can be made wrong. */
  readonly claims?: TokenMembers | undefined
  /**
   * Header parameters to set or, with `undefined`, to remove. For another `alg`, the signature is a real one of that
   * kind.
   */
  readonly header?: TokenMembers | undefined
  /**
   * The key that signs. `unknown`: a key that no document lists. `app`: the API's own key (`?appid=`; no document lists
   * it unless the registration has `samlSso` or `claimsMapping`). Otherwise the `kid` of a key of this emulator, for
   * example of one that was rotated out. Default: the current key of the issuer.
   */
  readonly signWith?: 'unknown' | 'app' | (string & {}) | undefined
}

/**
 * What a token is bound to (`cnf`): a key, by its thumbprint (RFC 9449 §6.1; the result of `createProofKey` fits), or
 * the certificate of a TLS client, in PEM (RFC 8705 §3.1).
 */
export type BoundTo = { readonly jkt: string } | { readonly certificate: string }

/** The options of access tokens of Entra ID and External ID. */
export interface AccessTokenOptions extends TokenOptions {
  /** The calling client: `azp` or `appid`. */
  readonly clientId?: string | undefined
  /** How that client authenticated: `azpacr` or `appidacr`. */
  readonly clientAuthentication?: 'public' | 'secret' | 'certificate' | undefined
  /** App roles. */
  readonly roles?: readonly string[] | undefined
  /** Client capabilities, such as `cp1`: `xms_cc`. */
  readonly capabilities?: readonly string[] | undefined
  /** A token that is nothing without a key or a certificate: `cnf`. Default: a bearer token. */
  readonly boundTo?: BoundTo | undefined
}

/** Options of `issueUserToken`. */
export interface UserTokenOptions extends AccessTokenOptions {
  /** Object id or user principal name. Default: the first user of the tenant. */
  readonly user?: string | undefined
  /** Delegated permissions. Default: all that the API offers. An empty list leaves `scp` out. */
  readonly scopes?: readonly string[] | undefined
  /** Group ids, or `overage` for more groups than a token can list. */
  readonly groups?: readonly string[] | 'overage' | undefined
  /** Template ids of directory roles: `wids`. */
  readonly directoryRoles?: readonly string[] | undefined
  /** Makes the user a guest from the tenant with this GUID, or from `live.com`. */
  readonly guestFrom?: string | undefined
  /** A personal Microsoft account, as under `common` and `consumers`. */
  readonly personalAccount?: boolean | undefined
  /** `amr`, in v1.0 tokens only. Default `['pwd']`. */
  readonly authenticationMethods?: readonly string[] | undefined
  /** `acrs`, such as `c1`. */
  readonly authenticationContexts?: readonly string[] | undefined
  /** An agent in place of the client, which acts on behalf of the user or with its own user account. */
  readonly agent?: 'onBehalfOf' | 'userAccount' | undefined
}

/** Options of `issueAppToken`. */
export interface AppTokenOptions extends AccessTokenOptions {
  /** Object id of the calling service principal. */
  readonly objectId?: string | undefined
  /** Application permissions. Default: all that the API offers. An empty list leaves `roles` out. */
  readonly roles?: readonly string[] | undefined
  /** A managed identity, by its Azure resource id: `xms_mirid`. */
  readonly managedIdentity?: string | undefined
  /** Makes the caller an autonomous agent: no roles, and `sub` is not `oid`. */
  readonly agent?: boolean | undefined
}

/** Options of `issueIdToken`. */
export interface IdTokenOptions extends TokenOptions {
  readonly user?: string | undefined
  readonly nonce?: string | undefined
  /** The scopes that the client requested; `profile` and `email` add claims. Default `openid` and `profile`. */
  readonly scopes?: readonly string[] | undefined
  /** Hashes of the code and the access token that came with it. */
  readonly codeHash?: string | undefined
  readonly accessTokenHash?: string | undefined
}

/** Options of `issueB2cToken`. */
export interface B2cTokenOptions extends TokenOptions {
  /** B2C has only this one. */
  readonly version?: '1.0' | undefined
  /** Name of the policy. Default: the tenant's first. */
  readonly policy?: string | undefined
  /** The client. Default: the API's own client id, as is usual in B2C. */
  readonly clientId?: string | undefined
  readonly scopes?: readonly string[] | undefined
  readonly user?: string | undefined
  /** A token of the client itself, by client credentials: its permissions are in `scp` too. */
  readonly application?: boolean | undefined
  /** The nonce of the client, which B2C access tokens repeat. */
  readonly nonce?: string | undefined
  /** A token that is nothing without a key or a certificate: `cnf`. Default: a bearer token. */
  readonly boundTo?: BoundTo | undefined
}
