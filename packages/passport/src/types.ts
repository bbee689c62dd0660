import type { AppIdentity, UserIdentity } from '@entraguard/core'

/** The payload of a token, as the verify function gets it: a copy, which is yours to change. */
export interface ITokenPayload {
  [claim: string]: unknown
  aud?: string | undefined
  iss?: string | undefined
  idp?: string | undefined
  iat?: number | undefined
  nbf?: number | undefined
  exp?: number | undefined
  acr?: string | undefined
  amr?: string[] | undefined
  appid?: string | undefined
  azp?: string | undefined
  appidacr?: string | undefined
  azpacr?: string | undefined
  preferred_username?: string | undefined
  name?: string | undefined
  scp?: string | undefined
  roles?: string[] | undefined
  groups?: string[] | undefined
  sub?: string | undefined
  oid?: string | undefined
  tid?: string | undefined
  unique_name?: string | undefined
  uti?: string | undefined
  rh?: string | undefined
  ver?: '1.0' | '2.0' | undefined
  upn?: string | undefined
  given_name?: string | undefined
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
