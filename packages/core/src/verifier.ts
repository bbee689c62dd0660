import { abortable } from './async/abortable.ts'
import { compileAccess, type CompiledRule } from './access/access-rules.ts'
import type { Access } from './access/access.ts'
import { nameScopes } from './access/asked-scopes.ts'
import { resolveAuthority, type Authority } from './authority/authority.ts'
import {
  authorizeAnyone,
  authorizeBy,
  needsGroups,
  refuseGuest,
  requireAnIdentity,
} from './access/authorize.ts'
import { andThen, type Awaitable } from './async/awaitable.ts'
import {
  credentialAsWritten,
  readCredential,
  readCredentialIn,
  requireOneCredential,
  type AuthorizationHeader,
} from './token/bearer.ts'
import type { BoundTokens } from './bound-tokens.ts'
import type { CallContext } from './documents/cache-world.ts'
import { validateClaims } from './claims/claims.ts'
import { readClock } from './documents/clock.ts'
import { EntraGuardError } from './errors/errors.ts'
import { resolveOverage } from './access/overage.ts'
import {
  readIdTokenOptions,
  validateIdToken,
  type IdTokenIdentity,
  type IdTokenOptions,
} from './access/id-token.ts'
import { guestOf, toIdentity, type Identity } from './access/identity.ts'
import type { KeySources } from './keys/key-sources.ts'
import { KnownHeaders } from './keys/known-headers.ts'
import type { Settings } from './verifier-options.ts'
import { admitTenant, applyPolicy } from './access/policy.ts'
import type { ProofRequest } from './proof-request.ts'
import { verifySignature, type VerifiedToken } from './keys/signature.ts'
import { findSigningKey } from './keys/signing-keys.ts'
import { TokenCache, type AcceptedToken } from './token-cache.ts'
import { parseToken } from './token/token.ts'
import type { VerifyContext } from './verifier-interface.ts'

interface SignedToken extends Pick<AcceptedToken, 'source' | 'metadata' | 'key'> {
  readonly verified: VerifiedToken
  readonly authority: Authority
}

/** The flow from a header to the caller: one line for each step, and each step in a file named after its result. */
export class VerifierFlow {
  readonly #settings: Settings
  readonly #sources: KeySources
  readonly #clock: () => number
  readonly #headers: KnownHeaders = new KnownHeaders()
  readonly #remembered: TokenCache | undefined
  readonly #hasPolicy: boolean
  /** False if every request needs a check that may have to be awaited. */
  readonly #mayRecall: boolean

  constructor(settings: Settings, sources: KeySources) {
    this.#settings = settings
    this.#sources = sources
    this.#clock = sources.now
    this.#remembered = settings.tokenCache === 0 ? undefined : new TokenCache(settings.tokenCache)
    this.#hasPolicy = settings.tenantPredicate !== undefined || settings.check !== undefined
    this.#mayRecall = !this.#hasPolicy && settings.bound === undefined
  }

  /** {@link Verifier.verify}, for a token that was looked up already. */
  async verify(
    accessToken: string,
    context: VerifyContext = {},
    found: AcceptedToken | undefined = this.find(accessToken),
  ): Promise<Identity> {
    try {
      const accepted = this.#accept(accessToken, context, found)
      // A token that was seen costs one promise: each more is a tenth of what it costs in all.
      return ('then' in accepted ? await accepted : accepted).identity
    } catch (error) {
      this.#report(error)
      throw error
    }
  }

  /** {@link Verifier.authenticate}, for a token that was looked up already. */
  async authenticate(
    authorization: AuthorizationHeader,
    access?: Access,
    context: VerifyContext = {},
    found?: AcceptedToken,
  ): Promise<Identity> {
    const rules = access === undefined ? undefined : compileAccess(access)
    try {
      const startedAt = this.#settings.isObserved ? this.#observedTime() : 0
      const credential = this.#readCredential(authorization)
      // A credential that was accepted before is one: looking for white space is a quarter of what it costs.
      const accepting = this.#accept(
        credential,
        context,
        found ?? this.find(credential),
        requireOneCredential,
        authorization,
      )
      const accepted = 'then' in accepting ? await accepting : accepting
      const identity =
        rules !== undefined && needsGroups(accepted.identity, rules)
          ? await this.#readGroups(accepted, context)
          : accepted.identity
      this.#admitCaller(identity, rules, startedAt)
      return identity
    } catch (error) {
      this.#report(error)
      throw this.#announce(this.#nameScopes(error, rules), authorization)
    }
  }

  /** {@link Verifier.authorize}. */
  authorize(identity: Identity, access: Access): Identity {
    const rules = compileAccess(access)
    requireAnIdentity(identity)
    try {
      const rule = authorizeBy(identity, rules)
      if (this.#settings.isObserved) this.#reportAdmitted(identity, rule, undefined)
      return identity
    } catch (error) {
      if (EntraGuardError.is(error))
        this.#settings.emit({ type: 'caller_refused', code: error.code, ...factsOf(identity) })
      throw this.#nameScopes(error, rules)
    }
  }

  /** {@link Verifier.verifyIdToken}. */
  async verifyIdToken(
    idToken: string,
    expected: IdTokenOptions,
    context: VerifyContext = {},
  ): Promise<IdTokenIdentity> {
    const settled = readIdTokenOptions(expected)
    try {
      // Before any work: where this throws, nobody would hear of what fails meanwhile.
      const { signal } = context
      return await abortable(this.#acceptIdToken(idToken, settled, context), signal)
    } catch (error) {
      this.#report(error)
      throw error
    }
  }

  /**
   * {@link authenticate} for the usual case, a token that was seen before: the caller, or nothing where there is
   * something to read, to wait for or to refuse.
   */
  recall(
    authorization: AuthorizationHeader,
    access?: Access,
    context: VerifyContext = {},
    found: AcceptedToken | undefined = this.find(credentialAsWritten(authorization)),
  ): Identity | undefined {
    if (found === undefined || !this.#mayRecall) return undefined
    try {
      if (access !== undefined && access === found.admittedBy && !this.#settings.isObserved)
        return this.#stillHolds(found, context)?.identity
      const rules = access === undefined ? undefined : compileAccess(access)
      const startedAt = this.#settings.isObserved ? this.#observedTime() : 0
      const accepted = this.#stillHolds(found, context)
      if (accepted === undefined) return undefined
      const { identity } = accepted
      this.#admitCaller(identity, rules, startedAt)
      accepted.admittedBy = access
      return identity
    } catch {
      // Refused, if only until groups are read, or a clock or an access that is none: `authenticate` says so.
      return undefined
    }
  }

  /** The token as it was accepted before, while it is remembered. */
  find(accessToken: unknown): AcceptedToken | undefined {
    return typeof accessToken === 'string' ? this.#remembered?.find(accessToken) : undefined
  }

  /** Everything before the claims, which `step` reads: what holds for every token of the authority. */
  #checkSignature<R>(
    token: string,
    context: CallContext,
    step: (signed: SignedToken) => Awaitable<R>,
  ): Awaitable<R> {
    const now = this.#now()
    const { maxTokenLength, rule, signature } = this.#settings
    const unverified = parseToken(token, maxTokenLength, this.#headers)
    const authority = resolveAuthority(unverified, rule)
    const source = this.#sources.of(authority)
    return andThen(source.metadata(now, context), (metadata) =>
      andThen(findSigningKey(source, unverified, metadata, context), (key) =>
        andThen(verifySignature(unverified, key, signature), (verified) => {
          // Meanwhile the key may have been replaced or forgotten, and others may wait who came after that.
          if (!source.holds(key)) return this.#checkSignature(token, context, step)
          this.#headers.remember(verified)
          return step({ verified, authority, source, metadata, key })
        }),
      ),
    )
  }

  #acceptNew(token: string, context: CallContext): Awaitable<AcceptedToken> {
    return this.#checkSignature(token, context, ({ verified, authority, source, metadata, key }) => {
      const { claims, appClients, refusesGuests } = this.#settings
      const validated = validateClaims(verified, authority, metadata, claims, this.#now())
      const identity = toIdentity(validated, appClients)
      // Once for each token: one that was seen before is nobody's whom this refuses.
      if (refusesGuests) refuseGuest(identity)
      const { validFrom, validUntil } = validated
      return { token, identity, validFrom, validUntil, source, metadata, key, admittedBy: undefined }
    })
  }

  async #acceptIdToken(
    idToken: string,
    expected: IdTokenOptions,
    context: CallContext,
  ): Promise<IdTokenIdentity> {
    const { claims, tenantPredicate, refusesGuests } = this.#settings
    const identity = await this.#checkSignature(
      idToken,
      context,
      async ({ verified, authority, metadata }) => {
        const signedIn = await validateIdToken(verified, authority, metadata, claims, expected, this.#now())
        // The payload, because claims of an unexpected form are not in the identity.
        if (refusesGuests) refuseGuest({ kind: 'user', guest: guestOf(verified.payload, signedIn.tenantId) })
        return signedIn
      },
    )
    await admitTenant(identity.tenantId, tenantPredicate)
    return identity
  }

  /**
   * An access token that passes every rule, the application's own included. `found` is what {@link find} gave for it;
   * any other is shown to `inspect` first. A refusal comes at once, or later by the promise.
   */
  #accept(
    accessToken: string,
    context: VerifyContext,
    found: AcceptedToken | undefined,
    inspect?: (accessToken: string) => void,
    authorization?: AuthorizationHeader,
  ): Awaitable<AcceptedToken> {
    const { bound } = this.#settings
    // Before any work: where this throws, nobody would hear of what fails meanwhile.
    const { signal, request } = context
    const known = this.#stillHolds(found, context)
    if (known === undefined) inspect?.(accessToken)
    const accepting = known ?? this.#acceptOnce(accessToken, context)
    // Before the application's own rules: who cannot prove the key of a token is not its caller.
    const proven = bound === undefined ? accepting : this.#prove(accepting, bound, authorization, request)
    const admitted = this.#hasPolicy ? this.#admit(proven) : proven
    return 'then' in admitted ? abortable(admitted, signal) : admitted
  }

  /** The entry that was found, if everything that depends on the moment still holds. */
  #stillHolds(found: AcceptedToken | undefined, context: CallContext): AcceptedToken | undefined {
    if (found === undefined) return undefined
    const now = this.#now()
    if (now < found.validUntil && now >= found.validFrom && found.source.isTrusted(found.key, now, context))
      return found
    this.#remembered?.forget(found.token)
    return undefined
  }

  // On its own: a closure costs every call of the function that it stands in, also those that never make it.
  #prove(
    accepting: Awaitable<AcceptedToken>,
    bound: BoundTokens,
    authorization: AuthorizationHeader,
    request: ProofRequest | undefined,
  ): Awaitable<AcceptedToken> {
    return bound.prove(accepting, authorization, request, () => this.#now())
  }

  #readCredential(authorization: AuthorizationHeader): string {
    const { bound } = this.#settings
    return bound === undefined
      ? readCredential(authorization)
      : readCredentialIn(authorization, bound.schemes)
  }

  #announce(error: unknown, authorization: AuthorizationHeader): unknown {
    const { bound } = this.#settings
    return bound === undefined ? error : bound.announce(error, authorization)
  }

  #acceptOnce(accessToken: string, context: CallContext): Awaitable<AcceptedToken> {
    // Callers without types pass anything; the parser is who refuses it.
    return this.#remembered === undefined || typeof accessToken !== 'string'
      ? this.#acceptNew(accessToken, context)
      : this.#remembered.acceptOnce(accessToken, () => this.#acceptNew(accessToken, context))
  }

  /** The application's own rules, on every call. */
  async #admit(accepting: Awaitable<AcceptedToken>): Promise<AcceptedToken> {
    const accepted = await accepting
    await applyPolicy(accepted.identity, this.#settings)
    return accepted
  }

  /** @throws {EntraGuardError} where the rules refuse the caller. */
  #admitCaller(identity: Identity, rules: readonly CompiledRule[] | undefined, startedAt: number): void {
    const rule = rules === undefined ? authorizeAnyone(identity) : authorizeBy(identity, rules)
    if (this.#settings.isObserved)
      this.#reportAdmitted(identity, rule, Math.max(0, this.#observedTime() - startedAt))
  }

  #readGroups(accepted: AcceptedToken, { signal }: VerifyContext): Promise<Identity> {
    return abortable(
      resolveOverage(accepted.identity, accepted.metadata.graphHost, this.#settings.resolveGroups, signal),
      signal,
    )
  }

  /**
   * Adds the scopes that the route requires of users to a refusal, so that even a client without a token learns them.
   */
  #nameScopes(error: unknown, rules: readonly CompiledRule[] | undefined): unknown {
    return EntraGuardError.is(error) && rules !== undefined
      ? nameScopes(error, [rules], this.#settings.challenge.scopePrefix)
      : error
  }

  #reportAdmitted(identity: Identity, rule: number | undefined, durationMs: number | undefined): void {
    this.#settings.emit({ type: 'caller_admitted', ...factsOf(identity), rule, durationMs })
  }

  #report(error: unknown): void {
    if (EntraGuardError.is(error))
      this.#settings.emit({ type: 'token_refused', code: error.code, step: error.step })
  }

  /** For events only: a failing clock must not decide anything just because somebody listens. */
  #observedTime(): number {
    try {
      return this.#now()
    } catch {
      return 0
    }
  }

  #now(): number {
    return readClock(this.#clock)
  }
}

function factsOf({ kind, clientId, tenantId }: Identity): Pick<Identity, 'kind' | 'clientId' | 'tenantId'> {
  return { kind, clientId, tenantId }
}
