import { abortable } from './async/abortable.ts'
import type { Access } from './access/access.ts'
import type { AuthorizationHeader } from './token/bearer.ts'
import { readClock } from './documents/clock.ts'
import { registerParts } from './combine.ts'
import { readKeyWorld } from './options/key-options.ts'
import { healthWithoutClock, joinHealth, type VerifierHealth } from './keys/health.ts'
import { KeySources } from './keys/key-sources.ts'
import type { KeySource } from './keys/signing-keys.ts'
import { registerRecall } from './recall.ts'
import {
  changePolicy,
  copyPolicy,
  readSettings,
  type Settings,
  type VerifierOptions,
} from './verifier-options.ts'
import type { Verifier, VerifyContext } from './verifier-interface.ts'
import { VerifierFlow } from './verifier.ts'

/**
 * Creates a verifier for the access tokens of one API.
 *
 * Nothing is fetched until the first token arrives or `prefetch` is called. Options are copied.
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
  const flow = new VerifierFlow(settings, sources)
  const accessible = settings.rule.authorities.map((authority) => sources.of(authority))
  const load = (context: VerifyContext): Promise<unknown> =>
    abortable(Promise.all(accessible.map((source) => source.load(context))), context.signal)

  const verifier: Verifier = {
    // Without the last parameter: nobody outside says that a token was accepted.
    verify: (accessToken, context) => flow.verify(accessToken, context),
    verifyIdToken: (idToken, expected, context) => flow.verifyIdToken(idToken, expected, context),
    // One implementation for both overloads: what the access is decides what comes back.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
    authenticate: ((authorization: AuthorizationHeader, access?: Access, context?: VerifyContext) => {
      const seen = flow.recall(authorization, access, context)
      return seen === undefined ? flow.authenticate(authorization, access, context) : Promise.resolve(seen)
    }) as Verifier['authenticate'],
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the rule that admitted it says which kind it is
    authorize: ((identity, access) => flow.authorize(identity, access)) as Verifier['authorize'],
    prefetch: async (context = {}) => {
      await load(context)
    },
    forgetKeys: async (context = {}) => {
      await Promise.all(accessible.map((source) => source.forget(context)))
      await load(context)
    },
    keys: () => Object.freeze(accessible.flatMap((source) => source.known(readClock(sources.now)))),
    health: () => healthOf(accessible, sources.now),
    with: (changes) => {
      const merged = changePolicy(options, copyPolicy(changes))
      return buildVerifier(merged, readSettings(merged), sources)
    },
    challenge: settings.challenge,
    bound: settings.bound?.sources,
    audience: Object.freeze([...settings.claims.audience]),
  }
  registerRecall(verifier, (authorization, access, context) => flow.recall(authorization, access, context))
  const { rule, maxTokenLength } = settings
  return registerParts(verifier, [{ verifier, flow, rule, maxTokenLength }])
}

/** Never throws: a probe reads the answer. */
function healthOf(sources: readonly KeySource[], clock: () => number): VerifierHealth {
  try {
    const now = readClock(clock)
    return joinHealth(sources.map((source) => source.health(now)))
  } catch {
    return joinHealth(sources.map(({ authority }) => healthWithoutClock(authority.metadataAddress)))
  }
}
