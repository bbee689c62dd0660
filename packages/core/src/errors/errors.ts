import {
  errorCatalogue,
  type EntraGuardErrorCode,
  type EntraGuardStatus,
  type EntraGuardStep,
} from './error-catalogue.ts'

/**
 * Facts for a log: the expected and the actual value of a claim that decides (permissions, roles, groups, client,
 * object id and the like; lists are cut after 20 values). Never the token, never a whole header or payload, never a
 * name or an address.
 */
export interface EntraGuardErrorDetails {
  readonly claim?: string | undefined
  readonly expected?: unknown
  readonly actual?: unknown
  readonly reason?: string | undefined
  readonly address?: string | undefined
}

/** What {@link challengeFor} needs besides the code. */
export interface ChallengeFacts {
  /** Scopes that would have admitted the user, as tokens name them. They come from the route, not from the token. */
  readonly scopes?: readonly string[] | undefined
  /**
   * The text before each of these scopes, from the verifier that refused. The option of {@link challengeFor} takes
   * precedence.
   */
  readonly scopePrefix?: string | undefined
  /** A claims request as minified JSON. */
  readonly claims?: string | undefined
  /** The authorize endpoint of the identity's cloud; absent for a client that did not declare `cp1`. */
  readonly authorizationUri?: string | undefined
  /** Seconds. */
  readonly retryAfter?: number | undefined
  /** What a client needs to know about DPoP, if the verifier that refused accepts it. */
  readonly dpop?: DpopChallenge | undefined
}

/** What a refusal says about DPoP (RFC 9449 §7.1). */
export interface DpopChallenge {
  /** What proofs may be signed with. */
  readonly algorithms: readonly string[]
  /** True when the token came in the scheme DPoP, so that the refusal is about it. */
  readonly used: boolean
  /** True when plain bearer tokens are accepted too. */
  readonly bearer: boolean
  /** For the next proof (RFC 9449 §9). */
  readonly nonce?: string | undefined
}

/** What an error says beyond its code. Defaults come from the catalogue. */
export interface EntraGuardErrorInit {
  readonly status?: EntraGuardStatus | undefined
  readonly hint?: string | undefined
  readonly details?: EntraGuardErrorDetails | undefined
  readonly challenge?: ChallengeFacts | undefined
  readonly cause?: unknown
}

// A registered symbol, so that an error from a second copy of this package is still recognised.
const brand = Symbol.for('entraguard.error')

/**
 * The error of every refusal.
 *
 * `code` is stable and meant for programs. `message` and `hint` are for people. `details` has expected and actual
 * values for a log. None of them ever contains the token or its signature.
 *
 * @example
 * ```ts
 * try {
 *   await verifier.verify(token)
 * } catch (error) {
 *   if (!EntraGuardError.is(error)) throw error
 *   log.warn({ code: error.code, step: error.step, details: error.details })
 * }
 * ```
 */
export class EntraGuardError extends Error {
  override readonly name: string = 'EntraGuardError'
  readonly code: EntraGuardErrorCode
  readonly step: EntraGuardStep
  /** The HTTP status to answer with: 400, 401, 403 or 503. */
  readonly status: EntraGuardStatus
  /** What to do about it. */
  readonly hint: string
  readonly details: EntraGuardErrorDetails
  readonly challenge: ChallengeFacts

  constructor(code: EntraGuardErrorCode, init: EntraGuardErrorInit = {}) {
    const entry = errorCatalogue[code]
    super(entry.message, 'cause' in init ? { cause: init.cause } : undefined)
    this.code = code
    this.step = entry.step
    this.status = init.status ?? entry.status
    this.hint = init.hint ?? entry.hint
    this.details = Object.freeze({ ...init.details })
    this.challenge = Object.freeze({ ...init.challenge })
    Object.defineProperty(this, brand, { value: true })
  }

  /** True for an `EntraGuardError`, including one from another copy of this package. */
  static is(value: unknown): value is EntraGuardError {
    return typeof value === 'object' && value !== null && Reflect.get(value, brand) === true
  }

  /**
   * Makes `error instanceof EntraGuardError` agree with {@link EntraGuardError.is}. Bundlers and frameworks may load a
   * package twice (Next.js does so for each layer), and a refusal from the other copy must not look like an unexpected
   * failure.
   */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return this === EntraGuardError
      ? EntraGuardError.is(value)
      : Function.prototype[Symbol.hasInstance].call(this, value)
  }
}

/**
 * Makes a value from a token safe for `details`: short, one line, no objects.
 *
 * Whatever is logged can be chosen by an attacker: control characters forge log lines, and claims of 16 kB fill disks.
 */
export function loggable(value: unknown): string | number | boolean | null | undefined {
  if (typeof value === 'string') {
    const line = value.slice(0, 200).replace(/[^\x20-\x7e]/g, '?')
    return value.length > 200 ? `${line}…` : line
  }
  if (typeof value === 'number' || typeof value === 'boolean' || value === null || value === undefined)
    return value
  return Array.isArray(value) ? '(array)' : `(${typeof value})`
}

/** More values would not help anyone who reads the log, and a token can contain thousands. */
const longestList = 20

/** {@link loggable} for each of a list, which is cut. */
export function loggableList(values: readonly string[]): readonly unknown[] {
  const shown = values.slice(0, longestList).map(loggable)
  return values.length > longestList ? [...shown, `… ${values.length - longestList} more`] : shown
}

/** The same JSON in ASCII. Microsoft's clients read the bytes of a claims challenge as Latin-1. */
export function asciiJson(json: string): string {
  return json.replace(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
