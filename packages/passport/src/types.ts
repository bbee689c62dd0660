import type { AppIdentity, UserIdentity } from '@entraguard/core'

/** The payload of a token, as the verify function gets it: a copy, which is yours to change. */
export interface ITokenPayload {
  /** Any claim, those of your own too. */
  [claim: string]: unknown
  /** For whom the token is: a client id or an App ID URI. */
  aud?: string | undefined
  /** Who issued it. */
  iss?: string | undefined
  /** The identity provider of a guest. */
  idp?: string | undefined
  /** Issued at, in seconds since the epoch. */
  iat?: number | undefined
  /** Not before, in seconds since the epoch. */
  nbf?: number | undefined
  /** Expires at, in seconds since the epoch. */
  exp?: number | undefined
  /** v1.0: how strictly the user signed in. B2C: the policy, in old tokens. */
  acr?: string | undefined
  /** v1.0: how the user signed in. */
  amr?: string[] | undefined
  /** v1.0: the client. */
  appid?: string | undefined
  /** v2.0: the client. */
  azp?: string | undefined
  /** v1.0: how the client authenticated. */
  appidacr?: string | undefined
  /** v2.0: how the client authenticated. */
  azpacr?: string | undefined
  /** A name to show, which can change hands. */
  preferred_username?: string | undefined
  /** A name to show. */
  name?: string | undefined
  /** Delegated permissions, with spaces between them. */
  scp?: string | undefined
  /** App roles, or application permissions. */
  roles?: string[] | undefined
  /** Object ids of groups. */
  groups?: string[] | undefined
  /** The subject, for this client alone. */
  sub?: string | undefined
  /** The object id of the user or service principal. */
  oid?: string | undefined
  /** The tenant. */
  tid?: string | undefined
  /** v1.0: a name to show, which can change hands. */
  unique_name?: string | undefined
  /** The id of the token. */
  uti?: string | undefined
  /** For Entra ID itself. */
  rh?: string | undefined
  /** The version of the token. */
  ver?: '1.0' | '2.0' | undefined
  /** A name to show, which can change hands. */
  upn?: string | undefined
  /** The first name. */
  given_name?: string | undefined
  /** The last name. */
  family_name?: string | undefined
}

/** Ends a verify function: `done(error)`, `done(null, false)` or `done(null, user, info)`. Only the first call counts. */
export type VerifyCallback = (error: unknown, user?: unknown, info?: unknown) => void

/** Finds the user of a token. An exception, or a promise that rejects, counts as `done(error)`. */
export type VerifyBearerFunction = (token: ITokenPayload, done: VerifyCallback) => unknown

/** The same with the request first, for `passReqToCallback: true`. */
// oxlint-disable-next-line typescript/no-explicit-any -- the request is that of the framework, whichever it is
export type VerifyBearerFunctionWithReq = (req: any, token: ITokenPayload, done: VerifyCallback) => unknown

/**
 * What `request.authInfo` holds: what the verify function gave as its info, and who was identified. Where the strategy
 * admits users alone it is an `AuthInfo<UserIdentity>`.
 */
export interface AuthInfo<I extends UserIdentity | AppIdentity = UserIdentity | AppIdentity> {
  /** Who calls, as the verifier found. Nothing that a verify function gives takes its place. */
  readonly identity: I
  /** The info of a verify function that was no object. */
  readonly message?: unknown
}
