import type { Access, IdentityFor } from './access/access.ts'
import type { CallContext } from './documents/cache-world.ts'
import type { ChallengeOptions } from './errors/challenge.ts'
import type { IdTokenIdentity, IdTokenOptions } from './access/id-token.ts'
import type { AppIdentity, Identity, UserIdentity } from './access/identity.ts'
import type { VerifierOptions } from './verifier-options.ts'
import type { ProofRequest, ProofSources } from './proof-request.ts'
import type { VerifierHealth } from './keys/health.ts'
import type { KnownKey } from './keys/signing-keys.ts'

/** What one call may pass along. */
export interface VerifyContext extends CallContext {
  /** Ends the wait of this call. Work that others wait for goes on. */
  readonly signal?: AbortSignal | undefined
  /**
   * The request, for `authenticate` of a verifier with the option `bound`: what proves the key of a token. A proof is good
   * once, so give it to one call.
   */
  readonly request?: ProofRequest | undefined
}

/** Options of another policy over the same keys; what the key caches are made of stays. */
export type PolicyOptions = Partial<Omit<VerifierOptions, 'keys' | 'store' | 'storeSecret' | 'fetch' | 'now'>>

/** Validates access tokens for one API. Made by {@link createVerifier}; holds the keys, so make it once. */
export interface Verifier {
  /**
   * Validates an access token and says who calls. It does not decide what the caller may do: {@link authorize} does.
   * @throws {EntraGuardError}
   */
  verify(accessToken: string, context?: VerifyContext): Promise<Identity>
  /**
   * From the `Authorization` header to a caller that the access admits. Without an access: any user or app.
   * @throws {EntraGuardError}
   */
  authenticate<const A extends Access>(
    authorization: string | readonly string[] | null | undefined,
    access: A,
    context?: VerifyContext,
  ): Promise<IdentityFor<A>>
  /**
   * The same where the access is not known to the compiler: a user or an app.
   * @throws {EntraGuardError}
   */
  authenticate(
    authorization: string | readonly string[] | null | undefined,
    access?: Access,
    context?: VerifyContext,
  ): Promise<UserIdentity | AppIdentity>
  /**
   * {@link authorize}, for what a handler decides about a caller who was let in before, and tells `onEvent`: without a
   * listener the two are the same.
   * @throws {EntraGuardError} a code of the step `authorize`.
   * @throws {TypeError} for an access that admits nobody or is written wrongly.
   *
   * @example
   * ```ts
   * const approver = verifier.authorize(identity, { scopes: ['Orders.Approve'], agents: 'refuse' })
   * ```
   */
  authorize<const A extends Access>(identity: Identity, access: A): IdentityFor<A>
  /**
   * Validates an ID token that a browser brought to a confidential web app, and says who signed in. It gives no access
   * to an API: an access token is never accepted here, nor an ID token by `verify`.
   *
   * `nonce` must be the one of this sign-in, and `clientId` replaces the option `audience`. Pass `code` (and
   * `accessToken`) when they came in the same answer of the authorization endpoint, so that they cannot be exchanged.
   * Tenants, `versions`, `clockTolerance` and `maxTokenAge` count as for access tokens; `check` is not asked.
   *
   * @throws {EntraGuardError} the codes of `verify`; `claim_invalid` also for an access token, a nonce or a hash that
   * does not match, `token_too_old` for a sign-in longer ago than `maxAge`.
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
  /** Drops every key, stored ones too, and fetches them afresh: for a key that must go now. @throws {EntraGuardError} 503 */
  forgetKeys(context?: VerifyContext): Promise<void>
  /** What is known about keys. */
  keys(): readonly KnownKey[]
  /**
   * Whether tokens can be checked at this moment, for a readiness probe. Makes no request and starts none: before the
   * first token or {@link prefetch} it is `unavailable`.
   */
  health(): VerifierHealth
  /** Another policy over the same keys. @throws {TypeError} */
  with(options: PolicyOptions): Verifier
  /** How adapters tell refusals. */
  readonly challenge: ChallengeOptions
  /** What adapters have to give with each request: {@link proofOf} reads it. `undefined` without the option `bound`. */
  readonly bound: ProofSources | undefined
  /** The accepted audiences, as configured. */
  readonly audience: readonly string[]
}
