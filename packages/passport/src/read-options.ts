import { legacyNames, moreNames, oidcNames, type IBearerStrategyOption, type MoreOptions } from './options.ts'

/** Options of passport-azure-ad after each was checked by itself: the defaults filled in, one form for each. */
export interface LegacyOptions {
  readonly identityMetadata: string
  readonly audience: readonly string[]
  readonly validateIssuer: boolean
  /** Empty where none is given. */
  readonly issuers: readonly string[]
  readonly isB2C: boolean
  readonly policyName: string | undefined
  readonly scope: readonly string[] | undefined
  readonly clockSkew: number
  readonly passReqToCallback: boolean
  readonly allowMultiAudiencesInToken: boolean
  readonly loggingNoPII: boolean
  /** True where options of `OIDCStrategy` stand among them. */
  readonly hasOidc: boolean
  /** The options of `createVerifier` that stand beside them, as they are. */
  readonly more: MoreOptions
}

/** @throws {TypeError} for an option that is unknown, malformed, or cannot be honoured. */
export function readLegacyOptions(options: IBearerStrategyOption): LegacyOptions {
  const given = membersOf(options)
  refuseWhatCannotBeHonoured(given)
  const clientID = text(given, 'clientID')
  const identityMetadata = text(given, 'identityMetadata')
  if (clientID === undefined) throw new TypeError('BearerStrategy: clientID cannot be empty')
  if (identityMetadata === undefined)
    throw new TypeError('BearerStrategy: identityMetadata is required: the https URL of the metadata')
  return {
    identityMetadata,
    audience: texts(given, 'audience') ?? [clientID, `spn:${clientID}`],
    validateIssuer: flag(given, 'validateIssuer', true),
    issuers: texts(given, 'issuer') ?? [],
    isB2C: flag(given, 'isB2C', false),
    policyName: text(given, 'policyName'),
    scope: readScope(given),
    clockSkew: readClockSkew(given),
    passReqToCallback: flag(given, 'passReqToCallback', false),
    allowMultiAudiencesInToken: flag(given, 'allowMultiAudiencesInToken', false),
    loggingNoPII: flag(given, 'loggingNoPII', true),
    hasOidc: [...given.keys()].some((name) => oidcNames.has(name)),
    more: Object.fromEntries([...given].filter(([name]) => moreNames.has(name))),
  }
}

type Given = ReadonlyMap<string, unknown>

/** What is there, `null` left out as passport-azure-ad does. A typo in a security option must not be silent. */
function membersOf(options: object): Given {
  const own = new Set(Object.keys(options))
  // By name: a getter of a class is not enumerable.
  for (const name of [...legacyNames, ...moreNames, ...oidcNames]) {
    if (name in options && !own.has(name))
      throw new TypeError(`BearerStrategy: option "${name}" is inherited: pass a plain object`)
  }
  const given = new Map<string, unknown>()
  for (const name in options) {
    if (!legacyNames.has(name) && !moreNames.has(name) && !oidcNames.has(name))
      throw new TypeError(
        `BearerStrategy: unknown option "${name}"; passport-azure-ad has no option of this name`,
      )
    const value: unknown = Reflect.get(options, name)
    if (value !== undefined && value !== null) given.set(name, value)
  }
  return given
}

function refuseWhatCannotBeHonoured(given: Given): void {
  if (given.has('proxy')) {
    throw new TypeError(
      'BearerStrategy: proxy is not supported, and ignoring it would keep the keys out of reach: pass a fetch that uses the ' +
        'proxy, or run Node 22.21, 24.5 or later with NODE_USE_ENV_PROXY=1 and HTTPS_PROXY',
    )
  }
  if (flag(given, 'ignoreExpiration', false))
    throw new TypeError(
      'BearerStrategy: ignoreExpiration is refused: a token that never expires cannot be revoked',
    )
}

function flag(given: Given, name: string, absent: boolean): boolean {
  const value = given.get(name) ?? absent
  // A text out of the environment, "false" say, would be read as the default.
  if (typeof value !== 'boolean') throw new TypeError(`BearerStrategy: ${name} must be true or false`)
  return value
}

/** An empty text counts as absent, as in passport-azure-ad. */
function text(given: Given, name: string): string | undefined {
  const value = given.get(name) ?? ''
  if (typeof value !== 'string') throw new TypeError(`BearerStrategy: ${name} must be a string`)
  return value === '' ? undefined : value
}

function texts(given: Given, name: string): readonly string[] | undefined {
  const value = given.get(name)
  if (!Array.isArray(value)) {
    const only = text(given, name)
    return only === undefined ? undefined : [only]
  }
  if (value.length === 0 || !value.every((item) => typeof item === 'string' && item !== ''))
    throw new TypeError(`BearerStrategy: ${name} must be a string or a non-empty list of strings`)
  return value.map(String)
}

function readScope(given: Given): readonly string[] | undefined {
  const scope = given.get('scope')
  if (scope === undefined) return undefined
  if (!Array.isArray(scope) || scope.length === 0)
    throw new TypeError('BearerStrategy: scope must be a non-empty list of strings')
  return texts(given, 'scope')
}

function readClockSkew(given: Given): number {
  const skew = given.get('clockSkew') ?? 300
  if (typeof skew === 'number' && Number.isInteger(skew) && skew >= 1 && skew <= 600) return skew
  throw new TypeError(
    'BearerStrategy: clockSkew must be a whole number of seconds from 1 to 600 (passport-azure-ad treats 0 as 300)',
  )
}
