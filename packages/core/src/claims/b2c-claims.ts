import type { DisplayOnly, NamesForPeople, Opaque } from './claim-safety.ts'

/** The claims of an Azure AD B2C access token. The policy decides which claims it carries, so most are optional. */
export interface B2cClaims extends NamesForPeople {
  readonly [claim: string]: unknown
  /** A custom attribute. Users may be able to write it themselves. */
  readonly [attribute: `extension_${string}`]: DisplayOnly
  /** Always `1.0`, whatever the endpoint. */
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
  /** The object id, or a fixed English sentence that refers to `oid`. */
  readonly sub: string
  /** The object id of the user. */
  readonly oid?: string
  /** The tenant. Usually absent; the metadata names it instead. */
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
  /** The nonce that the client sent with its request. */
  readonly nonce?: string
  /** Seconds since the epoch: last interactive sign-in. */
  readonly auth_time?: number
  /**
   * Roles, if a custom policy adds them, in whatever form it writes. If it is a list of strings, `identity.roles` has
   * it.
   */
  readonly roles?: unknown
  /**
   * Groups, if a custom policy adds them, in whatever form it writes. If it is a list of ids, `identity.groups` has it.
   */
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
  /** A live token of another identity provider. Never log it. */
  readonly idp_access_token?: Opaque
  /** Unique id of this token. */
  readonly uti?: string
}
