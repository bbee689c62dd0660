import { loggable } from './errors.ts'

/*
 * Why something failed, for a log. Runtimes and libraries wrap what happened: on Node and Deno every failure of fetch is
 * "fetch failed", and where two addresses were tried there are two causes.
 */

/** An error with a message of our own, which may go into a log, whatever caused the error. */
export class KnownProblem extends Error {
  /** True where the same request may succeed at once: the server was busy. */
  readonly passes: boolean
  /** What to do, where it is not what the code of the refusal says. */
  readonly hint: string | undefined

  constructor(
    message: string,
    { passes = false, hint, cause }: { passes?: boolean; hint?: string; cause?: unknown } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause })
    this.passes = passes
    this.hint = hint
  }
}

/** How far causes are followed, and how many of one wrapping. An error may be its own cause. */
const deepest = 6
const widest = 8
/** How many causes of equal depth are told. */
const most = 3

/**
 * Why: the code of the innermost causes that have one, with the host or address (`ENOTFOUND login.microsoftonline.com`)
 * or else the message; without any code the innermost message. One printable line; what stands in an address beside
 * host and path is left out, and so is a token.
 */
export function reasonOf(error: unknown): string {
  try {
    const levels = levelsOf(error).toReversed()
    const messages = levels.flat().map(messageOf)
    return codedIn(levels) ?? messages.find((message) => message !== '') ?? 'unknown'
  } catch {
    return 'unknown'
  }
}

/**
 * Says what happened, and why if possible, for errors from code that is not ours, whose messages may say anything. The
 * result contains only codes, hosts, addresses and our own words.
 */
export function because(what: string, error: unknown): string {
  const why = codeOf(error)
  return why === undefined ? what : `${what}: ${why}`
}

/** {@link reasonOf} without the message of anybody else. */
export function codeOf(error: unknown): string | undefined {
  try {
    const levels = levelsOf(error)
    return (
      codedIn(levels.toReversed(), false) ??
      levels.flat().find((each) => each instanceof KnownProblem)?.message
    )
  } catch {
    // An error of another library may have getters that throw.
    return undefined
  }
}

/** An error, its causes, their causes. */
function levelsOf(error: unknown): ReadonlyArray<readonly unknown[]> {
  const levels: Array<readonly unknown[]> = []
  for (
    let level: readonly unknown[] = [error];
    levels.length < deepest;
    level = level.flatMap(causesOf).slice(0, widest)
  )
    levels.push(level)
  return levels
}

function causesOf(error: unknown): readonly unknown[] {
  const [errors, cause] = [memberOf(error, 'errors'), memberOf(error, 'cause')]
  return [...(Array.isArray(errors) ? errors.slice(0, widest) : []), ...(cause === undefined ? [] : [cause])]
}

function codedIn(levels: ReadonlyArray<readonly unknown[]>, withMessage = true): string | undefined {
  for (const level of levels) {
    const coded = level.map((error) => describe(error, withMessage)).filter((text) => text !== undefined)
    if (coded.length > 0) return [...new Set(coded)].slice(0, most).join(', ')
  }
  return undefined
}

function describe(error: unknown, withMessage: boolean): string | undefined {
  const code = memberOf(error, 'code')
  if (typeof code !== 'string' || !/^[A-Z][\w-]{2,59}$/i.test(code)) return undefined
  const place = placeOf(error)
  if (place !== undefined) return `${code} ${place}`
  const message = withMessage ? messageOf(error) : ''
  const rest = message.startsWith(code) ? message.slice(code.length).replace(/^:? */, '') : message
  return rest === '' ? code : `${code}: ${rest}`
}

function placeOf(error: unknown): string | undefined {
  const [hostname, address, port] = ['hostname', 'address', 'port'].map((name) => memberOf(error, name))
  if (typeof hostname === 'string') return cleaned(hostname)
  if (typeof address !== 'string') return undefined
  const host = address.includes(':') ? `[${address}]` : address
  return cleaned(typeof port === 'number' ? `${host}:${port}` : host)
}

function messageOf(error: unknown): string {
  const message = typeof error === 'string' ? error : memberOf(error, 'message')
  return typeof message === 'string' ? cleaned(message) : ''
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

function cleaned(text: string): string {
  const safe = text
    .slice(0, 1000)
    .replace(/\/\/[^\s/@]*@/g, '//')
    .replace(/[?#][^\s"')]+/g, '')
    .replace(/\beyJ[\w.-]+/g, '(token)')
    // Longer than a label of a host name can be.
    .replace(/[\w+/=-]{64,}/g, '(...)')
  return String(loggable(safe))
}
