import type { DisplayOnly, Opaque } from './claim-safety.ts'

/** The claims of an ID token, which says who signed in to a client. It gives no access to anything. */
export interface IdTokenClaims {
  readonly [claim: string]: unknown
  readonly ver: '1.0' | '2.0'
  /** The client id of the application that the user signed in to. */
  readonly aud: string
  readonly iss: string
  /** Seconds since the epoch. */
  readonly exp: number
  /** Seconds since the epoch. */
  readonly iat: number
  readonly nbf?: number
  /** Who signed in. The value differs from client app to client app. */
  readonly sub: string
  readonly oid?: string
  readonly tid?: string
  /** The nonce of the sign-in request, if the client sent one. */
  readonly nonce?: string
  /**
   * Seconds since the epoch: last interactive sign-in (optional claim; always present when the request had `max_age`).
   */
  readonly auth_time?: number
  /** App roles of the user at this client. */
  readonly roles?: readonly string[]
  readonly groups?: readonly string[] | string
  readonly idp?: string
  readonly acct?: number
  readonly sid?: string
  readonly uti?: string
  /** Pass it back at sign-out, unread. */
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
