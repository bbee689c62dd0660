import type { AppIdentity, UserIdentity } from '@entraguard/core'

/** The payload of a token, as passed to the verify function. It is a copy, so you may change it. */
export interface ITokenPayload {
  /** Any other claim, including custom ones. */
  [claim: string]: unknown
  /** The API that the token is for: a client id or an Application ID URI. */
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
  /** v1.0: the assurance level of the sign-in. B2C: the policy, in old tokens. */
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
  /** The subject, different for each application. */
  sub?: string | undefined
  /** The object id of the user or service principal. */
  oid?: string | undefined
  /** The tenant. */
  tid?: string | undefined
  /** v1.0: a name to show, which can change hands. */
  unique_name?: string | undefined
  /** The id of the token. */
  uti?: string | undefined
  /** Internal to Entra ID. */
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

/**
 * Reports the result of a verify function: `done(error)`, `done(null, false)` or `done(null, user, info)`. Only the
 * first call counts.
 */
export type VerifyCallback = (error: unknown, user?: unknown, info?: unknown) => void

/** A verify function: finds the user of a token. A thrown error or a rejected promise counts as `done(error)`. */
export type VerifyBearerFunction = (token: ITokenPayload, done: VerifyCallback) => unknown

/** The same with the request as first argument, for `passReqToCallback: true`. */
// oxlint-disable-next-line typescript/no-explicit-any -- the request is that of the framework, whichever it is
export type VerifyBearerFunctionWithReq = (req: any, token: ITokenPayload, done: VerifyCallback) => unknown

/**
 * The type of `request.authInfo`: the info of the verify function, and the identity of the caller. If the strategy
 * admits only users, it is an `AuthInfo<UserIdentity>`.
 */
export interface AuthInfo<I extends UserIdentity | AppIdentity = UserIdentity | AppIdentity> {
  /** The caller, as the verifier identified it. A verify function cannot replace it. */
  readonly identity: I
  /** The info of a verify function, if it was not an object. */
  readonly message?: unknown
}
