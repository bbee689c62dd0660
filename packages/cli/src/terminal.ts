import type { Readable } from 'node:stream'

/** Everything a command touches of the world, so that a test can give it another one. */
export interface Terminal {
  readonly stdin: Readable & { readonly isTTY?: boolean; setRawMode?(raw: boolean): unknown }
  readonly stdout: Output
  readonly stderr: Output
  readonly env: Readonly<Record<string, string | undefined>>
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal
  readonly fetch: (input: string, init: RequestInit) => Promise<Response>
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Shows that something is waited for; gives what ends it. */
  readonly spin: (text: string) => () => void
}

interface Output {
  readonly isTTY?: boolean
  /** How many characters a line of a terminal has. */
  readonly columns?: number
  write(text: string): unknown
}

/** Exit codes, documented in `entraguard --help`. */
export const exitCodes = { done: 0, refused: 1, usage: 2, undecided: 3, interrupted: 130 } as const

/** A mistake in how a command was called, or something that it needs and that is not there. No stack trace. */
export class UsageError extends Error {}

/** Ctrl-C while the keyboard is read key by key, where it is no signal. */
export class Interrupted extends Error {}

type Style = 'red' | 'green' | 'yellow' | 'dim' | 'bold'
const codes: Readonly<Record<Style, number>> = { red: 31, green: 32, yellow: 33, dim: 2, bold: 1 }

/** Colours on a terminal only, never with NO_COLOR (https://no-color.org). */
export function painter({ stdout, env }: Terminal): (style: Style, text: string) => string {
  const coloured = stdout.isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb'
  return (style, text) => (coloured ? `\u001B[${codes[style]}m${text}\u001B[0m` : text)
}

/** Shows what is being waited for when it takes longer than a moment: on a terminal, and never in CI. */
export async function withProgress<T>(
  { stderr, env, spin }: Terminal,
  text: string,
  work: Promise<T>,
): Promise<T> {
  if (stderr.isTTY !== true || (env['CI'] ?? '') !== '') return await work
  let stop: (() => void) | undefined
  const timer = setTimeout(() => {
    stop = spin(text)
  }, 200)
  try {
    return await work
  } finally {
    clearTimeout(timer)
    stop?.()
  }
}

/** What lines have at most, however wide a terminal is: longer ones are hard to read. */
const longestLine = 100

/** The text in lines of one width, the second and later ones below the first word behind `label`. */
export function wrapped({ stdout }: Terminal, label: string, text: string): string {
  const width = Math.min(stdout.columns ?? 80, longestLine) - label.length
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return `${label}${[...lines, line].join(`\n${' '.repeat(label.length)}`)}\n`
}

/**
 * Control characters, invisible ones and those that turn the writing direction: out of a token, a file or an answer they
 * would rewrite the lines of a terminal.
 */
const unprintable = /[\p{C}\p{Zl}\p{Zp}]/gu

/** Text from elsewhere as it may stand on a terminal, in one line. */
export function printable(text: string): string {
  return text.replace(unprintable, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
}

/** The same value for every parser of JSON, in characters that a terminal may get. */
export function writeJson({ stdout }: Terminal, value: unknown): void {
  const json = JSON.stringify(value, null, 2).replace(unprintable, (character) =>
    character === '\n' ? character : escaped(character),
  )
  stdout.write(`${json}\n`)
}

function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index))
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')
}

/** Until Ctrl-C. */
export async function interrupted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
