import type { TokenMembers } from '../keys/sign.ts'
import type { TokenVersion } from '../directory/options.ts'

/** What every token can be asked for. */
export interface TokenOptions {
  /** The exact `aud`. Default: the first app, by client id in v2.0 and by Application ID URI in v1.0. */
  readonly audience?: string | undefined
  /** The directory that issues it, a GUID. A tenant that the emulator does not know is fine: no document is its. */
  readonly tenantId?: string | undefined
  /** Default: what the API's registration asks for (`tokenVersion`). */
  readonly version?: TokenVersion | undefined
  /** Seconds from now; less than minus the API's `clockTolerance` makes a token that it refuses. Default 3600. */
  readonly expiresIn?: number | undefined
  /** Claims to set or, with `undefined`, to remove. Applied last, so anything can be made wrong. */
  readonly claims?: TokenMembers | undefined
  /** Header parameters to set or, with `undefined`, to remove. Another `alg` gets a real signature of that kind. */
  readonly header?: TokenMembers | undefined
  /**
   * Which key signs. `unknown`: one that is in no document. `app`: the API's own (`?appid=`; in no
   * document unless its registration has `samlSso` or `claimsMapping`). Otherwise the `kid`
   * of a key of this emulator, such as one that has been rotated away. Default: the current key of the issuer.
   */
  readonly signWith?: 'unknown' | 'app' | (string & {}) | undefined
}

/**
 * What a token is bound to (`cnf`): a key, by its thumbprint (RFC 9449 §6.1; what `createProofKey` makes is one), or the
 * certificate of a TLS client, in PEM (RFC 8705 §3.1).
 */
export type BoundTo = { readonly jkt: string } | { readonly certificate: string }

/** What an access token of Entra ID or External ID can be asked for. */
export interface AccessTokenOptions extends TokenOptions {
  /** The calling client: `azp` or `appid`. */
  readonly clientId?: string | undefined
  /** How that client authenticated: `azpacr` or `appidacr`. */
  readonly clientAuthentication?: 'public' | 'secret' | 'certificate' | undefined
  /** App roles. */
  readonly roles?: readonly string[] | undefined
  /** What the client declared, such as `cp1`: `xms_cc`. */
  readonly capabilities?: readonly string[] | undefined
  /** A token that is nothing without a key or a certificate: `cnf`. Default: a bearer token. */
  readonly boundTo?: BoundTo | undefined
}

/** What `issueUserToken` can be asked for. */
export interface UserTokenOptions extends AccessTokenOptions {
  /** Object id or user principal name. Default: the first user of the tenant. */
  readonly user?: string | undefined
  /** Delegated permissions. Default: all that the API offers. An empty list leaves `scp` out. */
  readonly scopes?: readonly string[] | undefined
  /** Group ids, or `overage`: more than a token can hold. */
  readonly groups?: readonly string[] | 'overage' | undefined
  /** Template ids of directory roles: `wids`. */
  readonly directoryRoles?: readonly string[] | undefined
  /** A guest: of the tenant with this GUID, or of `live.com`. */
  readonly guestFrom?: string | undefined
  /** A personal Microsoft account, as under `common` and `consumers`. */
  readonly personalAccount?: boolean | undefined
  /** `amr`, in v1.0 tokens only. Default `['pwd']`. */
  readonly authenticationMethods?: readonly string[] | undefined
  /** `acrs`, such as `c1`. */
  readonly authenticationContexts?: readonly string[] | undefined
  /** An agent in the place of the client: acting for the user, or as the agent's own user account. */
  readonly agent?: 'onBehalfOf' | 'userAccount' | undefined
}

/** What `issueAppToken` can be asked for. */
export interface AppTokenOptions extends AccessTokenOptions {
  /** Object id of the calling service principal. */
  readonly objectId?: string | undefined
  /** Application permissions. Default: all that the API offers. An empty list leaves `roles` out. */
  readonly roles?: readonly string[] | undefined
  /** A managed identity, by its Azure resource id: `xms_mirid`. */
  readonly managedIdentity?: string | undefined
  /** An autonomous agent: no roles, `sub` is not `oid`. */
  readonly agent?: boolean | undefined
}

/** What `issueIdToken` can be asked for. */
export interface IdTokenOptions extends TokenOptions {
  readonly user?: string | undefined
  readonly nonce?: string | undefined
  /** What the client asked for: `profile` and `email` decide about claims. Default `openid` and `profile`. */
  readonly scopes?: readonly string[] | undefined
  /** Hashes of the code and the access token that came with it. */
  readonly codeHash?: string | undefined
  readonly accessTokenHash?: string | undefined
}

/** What `issueB2cToken` can be asked for. */
export interface B2cTokenOptions extends TokenOptions {
  /** Name of the policy. Default: the tenant's first. */
  readonly policy?: string | undefined
  /** Default: the API's client id, as B2C uses it. */
  readonly clientId?: string | undefined
  readonly scopes?: readonly string[] | undefined
  readonly user?: string | undefined
  /** A token of the client itself, by client credentials: its permissions are in `scp` too. */
  readonly application?: boolean | undefined
  /** What the client sent: B2C access tokens repeat it. */
  readonly nonce?: string | undefined
  /** A token that is nothing without a key or a certificate: `cnf`. Default: a bearer token. */
  readonly boundTo?: BoundTo | undefined
}
