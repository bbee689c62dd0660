import { abortable } from './abortable.ts'
import { compileAccess, type Access, type IdentityFor } from './access.ts'
import { authorize, authorizeAnyone, needsGroups } from './authorize.ts'
import { resolveAuthority, type Authority } from './authority.ts'
import { readBearerToken } from './bearer.ts'
import type { CallContext } from './cache-world.ts'
import type { ChallengeOptions } from './challenge.ts'
import { validateClaims } from './claims.ts'
import { readClock } from './clock.ts'
import { registerParts } from './combine.ts'
import { EntraGuardError } from './errors.ts'
import { isWorkerd } from './fetch-document.ts'
import { resolveOverage } from './groups.ts'
import { toIdentity, type AppIdentity, type Identity, type UserIdentity } from './identity.ts'
import { readIdTokenOptions, validateIdToken, type IdTokenIdentity, type IdTokenOptions } from './id-token.ts'
import { readKeyWorld } from './key-options.ts'
import { KeySources } from './key-sources.ts'
import { copyPolicy, readSettings, type Settings, type VerifierOptions } from './options.ts'
import { admitTenant, applyPolicy } from './policy.ts'
import { verifySignature, type VerifiedToken } from './signature.ts'
import { findSigningKey, type KnownKey } from './signing-keys.ts'
import { TokenCache, type AcceptedToken } from './token-cache.ts'
import { parseToken, type TokenHeader } from './token.ts'

/** What one call may pass along. */
export interface VerifyContext extends CallContext {
  /** Ends the wait of this call. Work that others wait for goes on. */
  readonly signal?: AbortSignal
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
  authenticate(
    authorization: string | readonly string[] | null | undefined,
    access?: Access,
    context?: VerifyContext,
  ): Promise<UserIdentity | AppIdentity>
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
  /** Another policy over the same keys. @throws {TypeError} */
  with(options: PolicyOptions): Verifier
  /** How adapters tell refusals. */
  readonly challenge: ChallengeOptions
  /** The accepted audiences, as configured. */
  readonly audience: readonly string[]
}

/**
 * Makes a verifier for the access tokens of one API.
 *
 * Nothing is fetched before the first token, or `prefetch`. Options are copied.
 *
 * @throws {TypeError} for options that are missing, unknown, malformed or contradictory.
 *
 * @example
 * ```ts
 * const verifier = createVerifier({
 *   tenants: '11111111-1111-4111-8111-111111111111',
 *   audience: ['22222222-2222-4222-8222-222222222222', 'api://22222222-2222-4222-8222-222222222222'],
 * })
 * const identity = await verifier.verify(accessToken)
 * ```
 */
export function createVerifier(options: VerifierOptions): Verifier {
  const settings = readSettings(options)
  return buildVerifier(copyPolicy(options), settings, new KeySources(readKeyWorld(options)))
}

function buildVerifier(options: VerifierOptions, settings: Settings, sources: KeySources): Verifier {
  const clock = (): number => readClock(sources.now)
  const remembered = settings.tokenCache === 0 ? undefined : new TokenCache(settings.tokenCache)
  const headers = new Map<string, TokenHeader>()
  const pending = new Map<string, { readonly token: string; readonly work: Promise<AcceptedToken> }>()
  const hasPolicy = settings.tenantPredicate !== undefined || settings.check !== undefined
  const accessible = settings.rule.authorities.map((authority) => sources.of(authority))

  /** Everything before the claims: what holds for every token of the authority. */
  async function checkSignature(token: string, context: CallContext): Promise<SignedToken> {
    const now = clock()
    const unverified = parseToken(token, settings.maxTokenLength, headers)
    const authority = resolveAuthority(unverified, settings.rule)
    const source = sources.of(authority)
    const metadata = await source.metadata(now, context)
    const key = await findSigningKey(source, unverified, metadata, context)
    const verified = await verifySignature(unverified, key, settings.signature)
    rememberHeader(headers, token, unverified.header)
    return { verified, authority, source, metadata, key }
  }

  async function acceptNew(accessToken: string, context: CallContext): Promise<AcceptedToken> {
    const { verified, authority, ...signed } = await checkSignature(accessToken, context)
    const validated = validateClaims(verified, authority, signed.metadata, settings.claims, clock())
    const identity = toIdentity(validated, settings.appClients)
    const { validFrom, validUntil } = validated
    return { token: accessToken, identity, validFrom, validUntil, ...signed }
  }

  async function acceptIdToken(
    idToken: string,
    expected: IdTokenOptions,
    context: CallContext,
  ): Promise<IdTokenIdentity> {
    const { verified, authority, metadata } = await checkSignature(idToken, context)
    const identity = await validateIdToken(verified, authority, metadata, settings.claims, expected, clock())
    await admitTenant(identity.tenantId, settings.tenantPredicate)
    return identity
  }

  /** The accepted token from memory, if everything that depends on the moment still holds. */
  function recall(accessToken: string, context: CallContext): AcceptedToken | undefined {
    // Callers without types pass anything; the parser is who refuses it.
    const known = typeof accessToken === 'string' ? remembered?.find(accessToken) : undefined
    if (known === undefined) return undefined
    const now = clock()
    if (now < known.validUntil && now >= known.validFrom && known.source.isTrusted(known.key, now, context))
      return known
    remembered?.forget(accessToken)
    return undefined
  }

  /** Concurrent requests with one new token share the work, except in workerd, where promises belong to a request. */
  async function acceptOnce(accessToken: string, context: CallContext): Promise<AcceptedToken> {
    const suffix = typeof accessToken === 'string' ? accessToken.slice(-43) : ''
    const running = pending.get(suffix)
    if (running !== undefined && running.token === accessToken) return await running.work
    const work = acceptNew(accessToken, context)
    const shares = running === undefined && !isWorkerd && remembered !== undefined
    if (shares) pending.set(suffix, { token: accessToken, work })
    try {
      const accepted = await work
      remembered?.remember(accepted)
      return accepted
    } finally {
      if (shares) pending.delete(suffix)
    }
  }

  /** Everything but the recall of a token that was seen, of which a server does hundreds of thousands a second. */
  async function acceptSlowly(
    known: AcceptedToken | undefined,
    accessToken: string,
    context: CallContext,
  ): Promise<AcceptedToken> {
    const accepted = known ?? (await acceptOnce(accessToken, context))
    if (hasPolicy) await applyPolicy(accepted.identity, settings)
    return accepted
  }

  function accept(accessToken: string, context: VerifyContext): AcceptedToken | Promise<AcceptedToken> {
    const known = recall(accessToken, context)
    if (known !== undefined && !hasPolicy) return known
    return abortable(acceptSlowly(known, accessToken, context), context.signal)
  }

  function report(error: unknown): void {
    if (EntraGuardError.is(error))
      settings.emit({ type: 'token_refused', code: error.code, step: error.step })
  }

  async function verify(accessToken: string, context: VerifyContext = {}): Promise<Identity> {
    try {
      const accepted = accept(accessToken, context)
      // A token that was seen costs one promise: each more is a tenth of what it costs in all.
      return (accepted instanceof Promise ? await accepted : accepted).identity
    } catch (error) {
      report(error)
      throw error
    }
  }

  async function authenticate(
    authorization: string | readonly string[] | null | undefined,
    access?: Access,
    context: VerifyContext = {},
  ): Promise<Identity> {
    if (access !== undefined) compileAccess(access)
    try {
      const accepting = accept(readBearerToken(authorization), context)
      const accepted = accepting instanceof Promise ? await accepting : accepting
      if (access === undefined) return authorizeAnyone(accepted.identity)
      const identity = needsGroups(accepted.identity, access)
        ? await abortable(resolveOverage(accepted, settings.resolveGroups, context.signal), context.signal)
        : accepted.identity
      return authorize(identity, access)
    } catch (error) {
      report(error)
      throw error
    }
  }

  async function verifyIdToken(
    idToken: string,
    expected: IdTokenOptions,
    context: VerifyContext = {},
  ): Promise<IdTokenIdentity> {
    const settled = readIdTokenOptions(expected)
    try {
      return await abortable(acceptIdToken(idToken, settled, context), context.signal)
    } catch (error) {
      report(error)
      throw error
    }
  }

  const verifier = Object.freeze<Verifier>({
    verify,
    verifyIdToken,
    // One implementation for both overloads: what the access is decides what comes back.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
    authenticate: authenticate as Verifier['authenticate'],
    prefetch: async (context = {}) => {
      await abortable(Promise.all(accessible.map((source) => source.load(context))), context.signal)
    },
    forgetKeys: async (context = {}) => {
      await Promise.all(accessible.map((source) => source.forget(context)))
      await abortable(Promise.all(accessible.map((source) => source.load(context))), context.signal)
    },
    keys: () => Object.freeze(accessible.flatMap((source) => source.known(clock()))),
    with: (changes) => {
      const merged = sources.withPolicy(options, copyPolicy(changes))
      return buildVerifier(merged, readSettings(merged), sources)
    },
    challenge: settings.challenge,
    audience: Object.freeze([...settings.claims.audience]),
  })
  return registerParts(verifier, [
    {
      verifier,
      rule: settings.rule,
      maxTokenLength: settings.maxTokenLength,
      remembers: (token) => remembered?.find(token) !== undefined,
    },
  ])
}

interface SignedToken extends Pick<AcceptedToken, 'source' | 'metadata' | 'key'> {
  readonly verified: VerifiedToken
  readonly authority: Authority
}

/** An issuer writes a handful of different headers; only headers under a good signature are remembered. */
const maxHeaders = 64

function rememberHeader(headers: Map<string, TokenHeader>, token: string, header: TokenHeader): void {
  const encoded = token.slice(0, token.indexOf('.'))
  if (headers.has(encoded)) return
  if (headers.size >= maxHeaders) headers.clear()
  headers.set(encoded, header)
}
