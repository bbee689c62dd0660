import { readAuthority, type AuthorityOptions } from './options/authority-options.ts'
import type { AuthorityRule, TokenVersion } from './authority/authority.ts'
import { readBindings, type Binding, type BoundTokens } from './bound-tokens.ts'
import type { ChallengeOptions } from './errors/challenge.ts'
import type { ClaimRules } from './claims/claims.ts'
import { readAudience } from './options/audience-options.ts'
import { readChallenge } from './options/challenge-options.ts'
import { eventEmitter, type EmitEvent } from './errors/events.ts'
import type { ResolveGroups } from './access/overage.ts'
import type { Identity } from './access/identity.ts'
import type { KeyWorldOptions } from './options/key-options.ts'
import { copyOf, finite, flag, rejectUnknown, wholeNumber } from './options/option-values.ts'
import { webCryptoSignature, type SignatureCheck } from './keys/signature.ts'

/** The options of {@link createVerifier}. They are copied at construction. */
export interface VerifierOptions extends AuthorityOptions, KeyWorldOptions {
  /** Accepted `aud` values, compared exactly. v2.0 tokens carry the client id, v1.0 tokens the Application ID URI. */
  readonly audience: string | readonly string[]
  /** Accepts, with several tenants, an Application ID URI that another tenant could register too. Default false. */
  readonly allowSharedAudience?: boolean | undefined
  /** Accepted token versions. Default both. */
  readonly versions?: readonly TokenVersion[] | undefined
  /** The tolerance for clock differences in seconds, 0 to 600. Default 300, as in Microsoft's own validators. */
  readonly clockTolerance?: number | undefined
  /** The maximum age of a token, in seconds since `iat`. Default: no maximum. */
  readonly maxTokenAge?: number | undefined
  /** The maximum length of a token in characters. Default 16384. */
  readonly maxTokenLength?: number | undefined
  /** Accepts tokens that carry neither `scp` nor `roles`. Any app in the tenant can get such a token. Default false. */
  readonly allowWithoutPermissions?: boolean | undefined
  /**
   * Refuses users who are guests of the tenant, and tokens that do not say whether the user is one, with
   * `guest_refused`. This applies to every call, before any access. Apps are never guests. An access can set the same
   * for one route.
   */
  readonly guests?: 'refuse' | undefined
  /**
   * Accepts tokens that are bound to a key, from callers who prove possession of it: the result of `dpop` or `mtls` of
   * `@entraguard/core/pop`, or both in a list. Without it such tokens are refused. Experimental.
   */
  readonly bound?: Binding | readonly Binding[] | undefined
  /**
   * Your own rule. It is awaited on every call, after every built-in rule. To refuse, throw `refuse(…)`, `revoked(…)`
   * or `claimsChallenge(…)`.
   */
  readonly check?: ((identity: Identity) => unknown) | undefined
  /**
   * Reads groups from elsewhere. `authenticate` calls it only if a route requires groups and they did not fit into the
   * token.
   */
  readonly resolveGroups?: ResolveGroups | undefined
  /** How many accepted tokens are remembered, or `false` for none. Default 5000. */
  readonly tokenCache?: number | false | undefined
  /** Checks RS256 signatures. Default: WebCrypto. */
  readonly signature?: SignatureCheck | undefined
  readonly challenge?: ChallengeOptions | undefined
}

/** Options after they were checked and copied. */
export interface Settings {
  readonly rule: AuthorityRule
  readonly appClients: readonly string[]
  readonly tenantPredicate: ((tenantId: string) => unknown) | undefined
  readonly claims: ClaimRules
  readonly maxTokenLength: number
  readonly check: ((identity: Identity) => unknown) | undefined
  readonly resolveGroups: ResolveGroups | undefined
  readonly tokenCache: number
  readonly signature: SignatureCheck
  readonly challenge: ChallengeOptions
  readonly refusesGuests: boolean
  readonly bound: BoundTokens | undefined
  readonly emit: EmitEvent
  /** False if nobody listens: events for every request are then not even created. */
  readonly isObserved: boolean
}

/** The names of all options of {@link createVerifier}, for code that passes them on together with its own. */
export const verifierOptionNames: ReadonlyArray<keyof VerifierOptions> = Object.freeze([
  'tenants',
  'personalAccounts',
  'cloud',
  'appId',
  'authority',
  'audience',
  'allowSharedAudience',
  'versions',
  'clockTolerance',
  'maxTokenAge',
  'maxTokenLength',
  'allowWithoutPermissions',
  'guests',
  'bound',
  'check',
  'resolveGroups',
  'keys',
  'store',
  'storeSecret',
  'tokenCache',
  'signature',
  'challenge',
  'fetch',
  'now',
  'onEvent',
] as const)

const names: ReadonlySet<string> = new Set(verifierOptionNames)

/**
 * Copies the options of a policy, without those that are `undefined`. Later changes to the caller's objects have no
 * effect, not even on `with`.
 * @throws {TypeError} for an option that is unknown or inherited.
 */
export function copyPolicy<T extends Partial<VerifierOptions>>(options: T): T {
  rejectUnknown('option', options, names)
  const present = Object.entries(options).filter(([, value]) => value !== undefined)
  const copied = present.map(([name, value]) => [name, living.has(name) ? value : copyOf(value)])
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the same members
  return Object.fromEntries(copied) as T
}

/** What is no data: a store, and what remembers the proofs that came. */
const living: ReadonlySet<string> = new Set(['store', 'bound'])

const worldOptions = ['keys', 'store', 'storeSecret', 'fetch', 'now'] as const

/** Options with some changed. @throws {TypeError} for one that belongs to the shared caches. */
export function changePolicy(options: VerifierOptions, changes: Partial<VerifierOptions>): VerifierOptions {
  const fixed = worldOptions.find((name) => changes[name] !== undefined)
  if (fixed !== undefined)
    throw new TypeError(`with() shares the keys, so it cannot change "${fixed}": make another verifier`)
  const { tenants, authority, ...rest } = options
  // The two exclude each other: a new one replaces whichever was there.
  const replaced = changes.tenants !== undefined || changes.authority !== undefined
  return {
    ...rest,
    ...(!replaced && { tenants, authority }),
    ...changes,
  }
}

/**
 * Checks and copies the options of a policy.
 * @throws {TypeError} that says what to write instead.
 */
export function readSettings(options: VerifierOptions): Settings {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(
      'createVerifier needs options: createVerifier({ tenants: "<tenant id>", audience: "<client id>" })',
    )
  }
  rejectUnknown('option', options, names)
  const { rule, appClients, tenantPredicate } = readAuthority(options)
  const {
    check,
    resolveGroups,
    signature = webCryptoSignature,
    maxTokenLength = 16_384,
    tokenCache = 5000,
  } = options
  for (const [name, value] of Object.entries({ check, resolveGroups, signature, onEvent: options.onEvent })) {
    if (value !== undefined && typeof value !== 'function') throw new TypeError(`${name} must be a function`)
  }
  const bound = readBindings(options.bound)
  const claims = readClaimRules(options, rule, bound)
  return Object.freeze({
    rule,
    appClients,
    tenantPredicate,
    claims,
    maxTokenLength: wholeNumber('maxTokenLength', maxTokenLength, 1, 1_048_576),
    check,
    resolveGroups,
    tokenCache: tokenCache === false ? 0 : wholeNumber('tokenCache (or false)', tokenCache, 1, 10_000_000),
    signature,
    challenge: readChallenge(options.challenge, claims.audience),
    refusesGuests: readGuests(options.guests),
    bound,
    emit: eventEmitter(options.onEvent),
    isObserved: options.onEvent !== undefined,
  })
}

function readGuests(guests: unknown): boolean {
  if (guests !== undefined && guests !== 'refuse') throw new TypeError("guests can only be 'refuse'")
  return guests === 'refuse'
}

function readClaimRules(
  options: VerifierOptions,
  rule: AuthorityRule,
  bound: BoundTokens | undefined,
): ClaimRules {
  const {
    versions = ['1.0', '2.0'],
    clockTolerance = 300,
    maxTokenAge,
    allowSharedAudience,
    allowWithoutPermissions,
  } = options
  if (
    !Array.isArray(versions) ||
    versions.length === 0 ||
    !versions.every((item) => item === '1.0' || item === '2.0')
  ) {
    throw new TypeError("versions must be a list of '1.0' and '2.0'")
  }
  const accepted = versions.filter((version) => rule.versions.includes(version))
  if (accepted.length === 0) {
    const [only] = rule.versions
    throw new TypeError(`versions excludes ${only}, the only version that is accepted of this authority`)
  }
  return Object.freeze({
    audience: readAudience(
      options.audience,
      accepted,
      rule,
      flag('allowSharedAudience', allowSharedAudience),
    ),
    versions: new Set<TokenVersion>(accepted),
    clockTolerance: finite('clockTolerance', clockTolerance, 0, 600),
    maxTokenAge:
      maxTokenAge === undefined ? undefined : finite('maxTokenAge', maxTokenAge, 1, Number.MAX_SAFE_INTEGER),
    allowWithoutPermissions: flag('allowWithoutPermissions', allowWithoutPermissions),
    bindings: bound?.kinds,
  })
}
