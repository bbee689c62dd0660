/*
 * A second reader of JSON (RFC 8259), to compare with: character by character, by nothing of the engine but numbers.
 * It shares no line and no idea with the one in core.
 */

/** An object as it is written: every member, in order, also one whose name was there before. */
export class WrittenObject {
  readonly members: ReadonlyArray<readonly [name: string, value: Written]>
  constructor(members: ReadonlyArray<readonly [string, Written]>) {
    this.members = members
  }
}

export type Written = string | number | boolean | null | WrittenObject | readonly Written[]

export interface Reading {
  readonly value: Written
  /** How many objects and lists are open at the deepest place. */
  readonly depth: number
}

/** `undefined` for what is not JSON. */
export function readJson(text: string): Reading | undefined {
  const state: State = { text, at: 0, open: 0, deepest: 0 }
  try {
    const value = readValue(state)
    skipSpace(state)
    return state.at === text.length ? { value, depth: state.deepest } : undefined
  } catch (error) {
    if (error instanceof NotJson) return undefined
    throw error
  }
}

/** What `JSON.parse` should make of it: of several members with one name the last, where the first stood. */
export function plain(value: Written): unknown {
  if (value instanceof WrittenObject) {
    const object: Record<string, unknown> = {}
    for (const [name, member] of value.members)
      Object.defineProperty(object, name, {
        value: plain(member),
        enumerable: true,
        writable: true,
        configurable: true,
      })
    return object
  }
  return typeof value === 'object' && value !== null ? value.map(plain) : value
}

/**
 * What a text that is JSON means. In place of `JSON.parse` where a property has names of any spelling: that of some engines
 * misreads escaped names now and then (nodejs/node#63785), and the property would fail by chance.
 */
export function meaningOf(text: string): unknown {
  const reading = readJson(text)
  if (reading === undefined) throw new Error('this is not JSON')
  return plain(reading.value)
}

class NotJson extends Error {}

interface State {
  readonly text: string
  at: number
  open: number
  deepest: number
}

function readValue(state: State): Written {
  skipSpace(state)
  const first = state.text[state.at]
  if (first === '{') return new WrittenObject(readItems(state, '}', readMember))
  if (first === '[') return readItems(state, ']', readValue)
  if (first === '"') return readString(state)
  for (const [word, value] of words) {
    if (!state.text.startsWith(word, state.at)) continue
    state.at += word.length
    return value
  }
  return readNumber(state)
}

const words: ReadonlyArray<readonly [string, boolean | null]> = [
  ['true', true],
  ['false', false],
  ['null', null],
]

function readItems<T>(state: State, end: string, read: (state: State) => T): T[] {
  const items: T[] = []
  state.at++
  state.open++
  state.deepest = Math.max(state.deepest, state.open)
  skipSpace(state)
  if (state.text[state.at] === end) state.at++
  else
    for (;;) {
      items.push(read(state))
      skipSpace(state)
      const next = state.text[state.at++]
      if (next === end) break
      if (next !== ',') throw new NotJson()
    }
  state.open--
  return items
}

function readMember(state: State): readonly [string, Written] {
  skipSpace(state)
  const name = readString(state)
  skipSpace(state)
  if (state.text[state.at++] !== ':') throw new NotJson()
  return [name, readValue(state)]
}

function readString(state: State): string {
  if (state.text[state.at++] !== '"') throw new NotJson()
  let value = ''
  for (;;) {
    value += match(plainCharacters, state)
    const character = state.text[state.at++]
    if (character === undefined || character < ' ') throw new NotJson()
    if (character === '"') return value
    value += character === '\\' ? readEscape(state) : character
  }
}

const escapes = new Map(
  Object.entries({ '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }),
)

function readEscape(state: State): string {
  const letter = state.text[state.at++] ?? ''
  if (letter === 'u') {
    const digits = state.text.slice(state.at, state.at + 4)
    if (!/^[0-9a-f]{4}$/i.test(digits)) throw new NotJson()
    state.at += 4
    return String.fromCharCode(Number.parseInt(digits, 16))
  }
  const meant = escapes.get(letter)
  if (meant === undefined) throw new NotJson()
  return meant
}

const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?/iy
// oxlint-disable-next-line eslint/no-control-regex -- which JSON forbids in strings
const plainCharacters = /[^"\\\u0000-\u001f]*/y

function readNumber(state: State): number {
  const digits = match(number, state)
  if (digits === '') throw new NotJson()
  return Number(digits)
}

function match(pattern: RegExp, state: State): string {
  pattern.lastIndex = state.at
  const [found = ''] = pattern.exec(state.text) ?? []
  state.at += found.length
  return found
}

function skipSpace(state: State): void {
  while ([' ', '\t', '\n', '\r'].includes(state.text[state.at] ?? '')) state.at++
}
