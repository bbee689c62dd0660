import { abortable } from './abortable.ts'
import { compileAccess } from './access-rules.ts'
import type { Access } from './access.ts'
import { resolveAuthority, type Authority } from './authority.ts'
import { authorizeAnyone, authorizeBy, needsGroups } from './authorize.ts'
import { andThen, type Awaitable } from './awaitable.ts'
import { readCredential, requireOneCredential, type AuthorizationHeader } from './bearer.ts'
import type { CallContext } from './cache-world.ts'
import { validateClaims } from './claims.ts'
import { readClock } from './clock.ts'
import { registerParts } from './combine.ts'
import { EntraGuardError } from './errors.ts'
import { resolveOverage } from './groups.ts'
import { readIdTokenOptions, validateIdToken, type IdTokenIdentity, type IdTokenOptions } from './id-token.ts'
import { toIdentity, type Identity } from './identity.ts'
import { readKeyWorld } from './key-options.ts'
import { KeySources } from './key-sources.ts'
import { KnownHeaders } from './known-headers.ts'
import { copyPolicy, readSettings, type Settings, type VerifierOptions } from './options.ts'
import { admitTenant, applyPolicy } from './policy.ts'
import { verifySignature, type VerifiedToken } from './signature.ts'
import { findSigningKey } from './signing-keys.ts'
import { TokenCache, type AcceptedToken } from './token-cache.ts'
import { parseToken } from './token.ts'
import type { Verifier, VerifyContext } from './verifier-interface.ts'

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
  const headers = new KnownHeaders()
  const hasPolicy = settings.tenantPredicate !== undefined || settings.check !== undefined
  const accessible = settings.rule.authorities.map((authority) => sources.of(authority))

  /** Everything before the claims, which `step` reads: what holds for every token of the authority. */
  function checkSignature<R>(
    token: string,
    context: CallContext,
    step: (signed: SignedToken) => Awaitable<R>,
  ): Awaitable<R> {
    const now = clock()
    const unverified = parseToken(token, settings.maxTokenLength, headers)
    const authority = resolveAuthority(unverified, settings.rule)
    const source = sources.of(authority)
    return andThen(source.metadata(now, context), (metadata) =>
      andThen(findSigningKey(source, unverified, metadata, context), (key) =>
        andThen(verifySignature(unverified, key, settings.signature), (verified) => {
          headers.remember(verified)
          return step({ verified, authority, source, metadata, key })
        }),
      ),
    )
  }

  function acceptNew(token: string, context: CallContext): Awaitable<AcceptedToken> {
    return checkSignature(token, context, ({ verified, authority, source, metadata, key }) => {
      const validated = validateClaims(verified, authority, metadata, settings.claims, clock())
      const identity = toIdentity(validated, settings.appClients)
      const { validFrom, validUntil } = validated
      return { token, identity, validFrom, validUntil, source, metadata, key }
    })
  }

  async function acceptIdToken(
    idToken: string,
    expected: IdTokenOptions,
    context: CallContext,
  ): Promise<IdTokenIdentity> {
    const identity = await checkSignature(idToken, context, ({ verified, authority, metadata }) =>
      validateIdToken(verified, authority, metadata, settings.claims, expected, clock()),
    )
    await admitTenant(identity.tenantId, settings.tenantPredicate)
    return identity
  }

  /** The token as it was accepted before, if everything that depends on the moment still holds. */
  function stillHolds(found: AcceptedToken | undefined, context: CallContext): AcceptedToken | undefined {
    if (found === undefined) return undefined
    const now = clock()
    if (now < found.validUntil && now >= found.validFrom && found.source.isTrusted(found.key, now, context))
      return found
    remembered?.forget(found.token)
    return undefined
  }

  function find(accessToken: unknown): AcceptedToken | undefined {
    return typeof accessToken === 'string' ? remembered?.find(accessToken) : undefined
  }

  function acceptOnce(accessToken: string, context: CallContext): Awaitable<AcceptedToken> {
    // Callers without types pass anything; the parser is who refuses it.
    return remembered === undefined || typeof accessToken !== 'string'
      ? acceptNew(accessToken, context)
      : remembered.acceptOnce(accessToken, () => acceptNew(accessToken, context))
  }

  /** The application's own rules, on every call. */
  async function admit(accepting: Awaitable<AcceptedToken>): Promise<AcceptedToken> {
    const accepted = await accepting
    await applyPolicy(accepted.identity, settings)
    return accepted
  }

  function accept(
    accessToken: string,
    context: VerifyContext,
    found: AcceptedToken | undefined,
    inspect?: (accessToken: string) => void,
  ): Awaitable<AcceptedToken> {
    const known = stillHolds(found, context)
    if (known === undefined) inspect?.(accessToken)
    const accepting = known ?? acceptOnce(accessToken, context)
    const admitted = hasPolicy ? admit(accepting) : accepting
    return admitted instanceof Promise ? abortable(admitted, context.signal) : admitted
  }

  function report(error: unknown): void {
    if (EntraGuardError.is(error))
      settings.emit({ type: 'token_refused', code: error.code, step: error.step })
  }

  async function verify(
    accessToken: string,
    context: VerifyContext = {},
    found = find(accessToken),
  ): Promise<Identity> {
    try {
      const accepted = accept(accessToken, context, found)
      // A token that was seen costs one promise: each more is a tenth of what it costs in all.
      return (accepted instanceof Promise ? await accepted : accepted).identity
    } catch (error) {
      report(error)
      throw error
    }
  }

  async function authenticate(
    authorization: AuthorizationHeader,
    access?: Access,
    context: VerifyContext = {},
    found?: AcceptedToken,
  ): Promise<Identity> {
    const rules = access === undefined ? undefined : compileAccess(access)
    try {
      const credential = readCredential(authorization)
      // A credential that was accepted before is one: looking for white space is a quarter of what it costs.
      const accepting = accept(credential, context, found ?? find(credential), requireOneCredential)
      const accepted = accepting instanceof Promise ? await accepting : accepting
      if (rules === undefined) return authorizeAnyone(accepted.identity)
      const identity = needsGroups(accepted.identity, rules)
        ? await abortable(resolveOverage(accepted, settings.resolveGroups, context.signal), context.signal)
        : accepted.identity
      authorizeBy(identity, rules)
      return identity
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
    // Without the last parameter: nobody outside says that a token was accepted.
    verify: (accessToken, context) => verify(accessToken, context),
    verifyIdToken,
    // One implementation for both overloads: what the access is decides what comes back.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
    authenticate: ((authorization: AuthorizationHeader, access?: Access, context?: VerifyContext) =>
      authenticate(authorization, access, context)) as Verifier['authenticate'],
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
      find,
      verify,
      authenticate,
    },
  ])
}

interface SignedToken extends Pick<AcceptedToken, 'source' | 'metadata' | 'key'> {
  readonly verified: VerifiedToken
  readonly authority: Authority
}
