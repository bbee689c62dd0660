import { UsageError } from './terminal.ts'

/*
 * Options as a program has them: JSON, or an object of JavaScript whose values are written out. Nothing is run. Keys may
 * stand without quotes, texts in any quotes, and there may be comments and a comma at the end.
 */

/**
 * The object in a text that has a member of this name.
 * @throws {UsageError} where there is none, and for a value that is an expression: nobody here knows what it gives.
 */
export function readObjectWith(member: string, text: string): Readonly<Record<string, unknown>> {
  const at = text.search(new RegExp(`["']?\\b${member}["']?\\s*:`))
  const start = at === -1 ? -1 : openingBefore(text, at)
  if (start === -1) throw new UsageError(`The input contains no object with the member "${member}"`)
  const value = new Reader(text, start).value(member)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it began with a brace
  return value as Readonly<Record<string, unknown>>
}

function openingBefore(text: string, end: number): number {
  let depth = 0
  for (let at = end - 1; at >= 0; at--) {
    if (text[at] === '}') depth++
    if (text[at] === '{' && depth-- === 0) return at
  }
  return -1
}

const words: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['true', true],
  ['false', false],
  ['null', null],
  ['undefined', undefined],
])
const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
  v: '\v',
  0: '\0',
}

class Reader {
  readonly #text: string
  #at: number

  constructor(text: string, at: number) {
    this.#text = text
    this.#at = at
  }

  value(name: string): unknown {
    const next = this.#peek()
    if (next === '{') return this.#object(name)
    if (next === '[') return this.#list(name)
    const value = next === '"' || next === "'" || next === '`' ? this.#string(next, name) : this.#word(name)
    // `'https://' + host` begins with a text, and `a.b` with a word.
    if (!/[,}\]]/.test(this.#peek())) throw noLiteral(name)
    return value
  }

  #object(name: string): Readonly<Record<string, unknown>> {
    const members: Array<[string, unknown]> = []
    this.#at++
    while (this.#peek() !== '}') {
      const key = this.#key(name)
      if (this.#peek() !== ':') throw noLiteral(key)
      this.#at++
      members.push([key, this.value(key)])
      if (this.#peek() === ',') this.#at++
      else if (this.#peek() !== '}') throw noLiteral(key)
    }
    this.#at++
    return Object.fromEntries(members)
  }

  #list(name: string): readonly unknown[] {
    const items: unknown[] = []
    this.#at++
    while (this.#peek() !== ']') {
      items.push(this.value(name))
      if (this.#peek() === ',') this.#at++
      else if (this.#peek() !== ']') throw noLiteral(name)
    }
    this.#at++
    return items
  }

  #key(name: string): string {
    const next = this.#peek()
    if (next === '"' || next === "'") return this.#string(next, name)
    return this.#match(/[A-Za-z_$][\w$]*/y) ?? refuse(name)
  }

  #string(quote: string, name: string): string {
    let value = ''
    for (this.#at++; this.#text[this.#at] !== quote; this.#at++) {
      const character = this.#text[this.#at]
      if (character === undefined || (quote === '`' && this.#text.startsWith('${', this.#at))) refuse(name)
      value += character === '\\' ? this.#escape(name) : character
    }
    this.#at++
    return value
  }

  #escape(name: string): string {
    this.#at++
    const character = this.#text[this.#at] ?? refuse(name)
    if (character !== 'u') return escapes[character] ?? (/[x\d]/.test(character) ? refuse(name) : character)
    const digits = /[\da-f]{4}/iy
    digits.lastIndex = this.#at + 1
    const [code] = digits.exec(this.#text) ?? refuse(name)
    this.#at += 4
    return String.fromCharCode(Number.parseInt(code, 16))
  }

  #word(name: string): unknown {
    const word = this.#match(/-?[\w.]+/y) ?? refuse(name)
    if (words.has(word)) return words.get(word)
    return /^-?\d+(?:\.\d+)?$/.test(word) ? Number(word) : refuse(name)
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    const [found] = pattern.exec(this.#text) ?? []
    this.#at += found?.length ?? 0
    return found
  }

  /** The next character that is neither white space nor in a comment. */
  #peek(): string {
    this.#match(/(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)+/y)
    return this.#text[this.#at] ?? ''
  }
}

const noLiteral = (name: string): UsageError =>
  new UsageError(
    `"${name.slice(0, 60)}" is not a plain value: replace the expression in the file with its value`,
  )

function refuse(name: string): never {
  throw noLiteral(name)
}
