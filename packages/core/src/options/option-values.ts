import { parseUrl } from '../errors/parse-url.ts'

/* Checks on single option values. A mistake of the developer is a TypeError at construction, never a refusal later. */

/**
 * Refuses unknown members, because a typo in a security option must not go unnoticed. It also refuses known members
 * that are inherited or not enumerable: a copy would lose them, and with them a rule.
 */
export function rejectUnknown(what: string, options: object, known: ReadonlySet<string>, where = ''): void {
  if (!isObject(options))
    throw new TypeError(`${where}${what.replace(/\.$/, '')}: an object is needed, not ${kindOf(options)}`)
  const own = Object.keys(options)
  for (const name of known) {
    if (name in options && !own.includes(name))
      throw new TypeError(`${where}${what} "${name}" is inherited: pass a plain object`)
  }
  for (const name in options)
    if (!known.has(name))
      throw new TypeError(`${where}unknown ${what} "${name}"; the known ones are ${[...known].join(', ')}`)
}

/**
 * Checks the names of options before they are read or copied, for adapters and other code that takes options of its
 * own. A misspelt name could leave a route open, and a copy of an object with inherited options would lose them.
 *
 * It returns the same object and does not check any value.
 *
 * @param where The function that was called. It begins the message.
 * @throws {TypeError} if the options are no object, or if a name is unknown or inherited.
 *
 * @example
 * ```ts
 * function myGuard(verifier: Verifier, options: { realm?: string } = {}) {
 *   const { realm = 'orders' } = checkOptions('myGuard', options, ['realm'])
 *   return { verifier, realm }
 * }
 * ```
 */
export function checkOptions<O extends object>(where: string, options: O, known: readonly string[]): O {
  if (!isObject(options)) throw new TypeError(`${where}: options must be an object`)
  rejectUnknown('option', options, new Set(known), `${where}: `)
  return options
}

const isObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const kindOf = (value: unknown): string => (Array.isArray(value) ? 'a list' : shown(value))

/** GUIDs and host names mean the same in any case; tokens and documents write them in lower case. */
export function lowerCase(value: unknown): string {
  return typeof value === 'string' ? value.toLowerCase() : ''
}

export function flag(name: string, value: unknown): boolean {
  if (value !== undefined && typeof value !== 'boolean') throw new TypeError(`${name} must be true or false`)
  return value === true
}

export function finite(name: string, value: unknown, least: number, most: number): number {
  if (typeof value === 'number' && value >= least && value <= most) return value
  throw new TypeError(`${name} must be a number from ${least} to ${most}`)
}

export function wholeNumber(name: string, value: unknown, least: number, most: number): number {
  if (Number.isInteger(value)) return finite(name, value, least, most)
  throw new TypeError(`${name} must be a whole number from ${least} to ${most}`)
}

/** A copy down to the leaves of plain data: what happens to the caller's objects later has no effect. */
export function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, copyOf(item)]))
}

/** A placeholder of an example or a template. Entra ID could issue it as a name, but nobody uses such names. */
const placeholder = /^(?:<.*>|[$#]?\{.*\}#?)$/

/** Visible ASCII, with spaces only inside. Nearly every text is, and building the classes of Unicode costs a cold start 0.7 ms. */
const plainText = /^[!-~](?:[ -~]*[!-~])?$/

/**
 * Says what is wrong with a text that is to be compared with a value in a token, or `undefined` if nothing is. A wrong
 * text would match no token and refuse everybody from the first request on.
 */
export function textProblem(value: unknown): string | undefined {
  if (typeof value !== 'string') return 'is not a string'
  if (value === '') return 'is empty'
  return (plainText.test(value) ? undefined : invisibleProblem(value)) ?? placeholderProblem(value)
}

function invisibleProblem(value: string): string | undefined {
  if (/^[\s\p{Cc}\p{Cf}]|[\s\p{Cc}\p{Cf}]$/u.test(value))
    return 'begins or ends with white space or an invisible character'
  return /\p{Cc}/u.test(value) ? 'contains a control character' : undefined
}

function placeholderProblem(value: string): string | undefined {
  return placeholder.test(value) ? 'is a placeholder' : undefined
}

/** A value for use in the message of a `TypeError`. */
export function shown(value: unknown): string {
  const json = typeof value === 'string' ? JSON.stringify(value) : String(value)
  return json.length > 120 ? `${json.slice(0, 120)}…` : json
}

/** A copy of a list of texts. `problemOf` says what is wrong with one of them, after {@link textProblem} found nothing. */
export function readTexts(
  name: string,
  value: unknown,
  problemOf: (text: string) => string | undefined = () => undefined,
): readonly string[] {
  if (!Array.isArray(value) || value.length === 0)
    throw new TypeError(`${name} must be a non-empty list of strings`)
  return value.map((item: unknown) => {
    const problem = textProblem(item) ?? problemOf(String(item))
    if (problem !== undefined) throw new TypeError(`${name}: ${shown(item)} ${problem}`)
    return String(item)
  })
}

/** True for a text that begins like a URI with an authority (RFC 3986 §3.1). Without the flag `i`, whose classes cost a cold start 0.2 ms. */
export function hasScheme(text: string): boolean {
  return /^[a-zA-Z][\da-zA-Z+.-]*:\/\//.test(text)
}

/** RFC 6749 §3.3. Scopes stand in headers, too. */
export function isScopeToken(text: string): boolean {
  return /^[!#-[\]-~]+$/.test(text)
}

/** A URL as it is written, without user, fragment and characters that no URL has (RFC 3986): the parser would mend them. */
export function parsePlainUrl(text: unknown): URL | undefined {
  if (typeof text !== 'string' || !/^[!$-;=?-Z_a-z~[\]]+$/.test(text)) return undefined
  const url = parseUrl(text)
  return url?.username === '' && url.password === '' ? url : undefined
}

/** https, or http on this machine. */
export function isHttps({ protocol, hostname }: URL): boolean {
  const isLoopback = hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]'
  return protocol === 'https:' || (protocol === 'http:' && isLoopback)
}
