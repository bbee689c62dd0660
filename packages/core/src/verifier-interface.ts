import type { Access, IdentityFor } from './access/access.ts'
import type { CallContext } from './documents/cache-world.ts'
import type { ChallengeOptions } from './errors/challenge.ts'
import type { IdTokenIdentity, IdTokenOptions } from './access/id-token.ts'
import type { AppIdentity, Identity, UserIdentity } from './access/identity.ts'
import type { VerifierOptions } from './verifier-options.ts'
import type { ProofRequest, ProofSources } from './proof-request.ts'
import type { VerifierHealth } from './keys/health.ts'
import type { KnownKey } from './keys/signing-keys.ts'

/** What a call may pass to a verifier. */
export interface VerifyContext extends CallContext {
  /** Makes this call stop waiting. Work that other calls wait for continues. */
  readonly signal?: AbortSignal | undefined
  /**
   * The parts of the request that prove the key of a token, for `authenticate` of a verifier with the option `bound`. A
   * proof is valid once, so pass it to one call only.
   */
  readonly request?: ProofRequest | undefined
}

/** The options that {@link Verifier.with} can change. Those of the key caches cannot be changed. */
export type PolicyOptions = Partial<Omit<VerifierOptions, 'keys' | 'store' | 'storeSecret' | 'fetch' | 'now'>>

/**
 * Validates access tokens for one API. Created by {@link createVerifier}. It holds the keys, so create it once and keep
 * it.
 */
export interface Verifier {
  /**
   * Validates an access token and returns the caller. It does not decide what the caller may do; {@link authorize}
   * does.
   * @throws {EntraGuardError}
   */
  verify(accessToken: string, context?: VerifyContext): Promise<Identity>
  /**
   * Validates the token of an `Authorization` header and returns the caller, if the access admits it. Without an
   * access, every user and app is admitted.
   * @throws {EntraGuardError}
   */
  authenticate<const A extends Access>(
    authorization: string | readonly string[] | null | undefined,
    access: A,
    context?: VerifyContext,
  ): Promise<IdentityFor<A>>
  /**
   * The same for an access that the compiler does not know: the caller is a user or an app.
   * @throws {EntraGuardError}
   */
  authenticate(
    authorization: string | readonly string[] | null | undefined,
    access?: Access,
    context?: VerifyContext,
  ): Promise<UserIdentity | AppIdentity>
  /**
   * Like the function {@link authorize}, but also reports the decision to `onEvent`. Use it for what a handler decides
   * about a caller who was already admitted.
   * @throws {EntraGuardError} a code of the step `authorize`.
   * @throws {TypeError} for an access that admits nobody or is malformed.
   *
   * @example
   * ```ts
   * const approver = verifier.authorize(identity, { scopes: ['Orders.Approve'], agents: 'refuse' })
   * ```
   */
  authorize<const A extends Access>(identity: Identity, access: A): IdentityFor<A>
  /**
   * Validates an ID token that a browser sent to a confidential web app, and returns who signed in. An ID token gives
   * no access to an API: this method never accepts an access token, and `verify` never accepts an ID token.
   *
   * `nonce` must be the nonce of this sign-in. `clientId` takes the place of the option `audience`. If `code` and
   * `accessToken` came in the same response of the authorization endpoint, pass them, so that nobody can swap them.
   * Tenants, `versions`, `guests`, `clockTolerance` and `maxTokenAge` apply as for access tokens; `check` is not
   * called.
   *
   * @throws {EntraGuardError} the codes of `verify`; `claim_invalid` also for an access token, and for a nonce or hash
   * that does not match; `token_too_old` for a sign-in that is longer ago than `maxAge`.
   * @throws {TypeError} without `clientId` or `nonce`, or for an unknown option.
   * @see https://openid.net/specs/openid-connect-core-1_0.html#HybridIDToken
   *
   * @example
   * ```ts
   * const { key } = await verifier.verifyIdToken(form.id_token, { clientId, nonce: session.nonce, code: form.code })
   * ```
   */
  verifyIdToken(idToken: string, options: IdTokenOptions, context?: VerifyContext): Promise<IdTokenIdentity>
  /** Loads metadata and keys before the first request. @throws {EntraGuardError} 503 */
  prefetch(context?: VerifyContext): Promise<void>
  /**
   * Drops every key, including those in the store, and fetches the keys again: for a key that must go at once. @throws
   * {EntraGuardError} 503
   */
  forgetKeys(context?: VerifyContext): Promise<void>
  /** The keys that are known at this moment. */
  keys(): readonly KnownKey[]
  /**
   * Whether tokens can be checked at this moment, for a readiness probe. It makes no request, so the status is
   * `unavailable` until the first token or {@link prefetch}.
   */
  health(): VerifierHealth
  /** Creates a verifier with other options that shares the keys of this one. @throws {TypeError} */
  with(options: PolicyOptions): Verifier
  /** How adapters report refusals. */
  readonly challenge: ChallengeOptions
  /**
   * What adapters must pass with each request; {@link proofOf} reads it from the request. `undefined` without the
   * option `bound`.
   */
  readonly bound: ProofSources | undefined
  /** The accepted audiences, as configured. */
  readonly audience: readonly string[]
}
