/** Nested deeper than any document of the identity provider; well under every engine's recursion limit. */
export const maxDepth = 32

/** Why a text was refused. The message continues "the payload …" and contains nothing of the text. */
export class JsonError extends SyntaxError {}

/** A value, and the first name that occurs twice in the outermost object. */
export interface ExactReading {
  readonly value: unknown
  readonly twice: string | undefined
}

/**
 * Reads JSON (RFC 8259) without the engine's own reading of objects.
 *
 * V8 before the middle of 2026 may read a name that is spelled with an escape as the first characters of its spelling,
 * once an object of the same shape with such a name was made anywhere in the process (nodejs/node#63785: Node 24.0 to
 * 24.21, 25, 26.0 to 26.10, Deno 2.9). So each name and each value is given to the engine by itself.
 *
 * Otherwise like `JSON.parse`: of a name that stands twice the last value counts, at the place of the first. Takes
 * time in proportion to the length, some three to six times that of `JSON.parse`.
 *
 * @throws {JsonError} for text that is not JSON, or that nests deeper than {@link maxDepth}.
 */
export function readExactly(text: string): ExactReading {
  return new Reader(text).whole()
}

/** The index of the quote that ends the string whose first quote is at `start`; the length of the text without one. */
export function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  while (end !== -1) {
    let backslashes = 0
    while (text.charCodeAt(end - 1 - backslashes) === 0x5c) backslashes++
    if (backslashes % 2 === 0) return end
    end = text.indexOf('"', end + 1)
  }
  return text.length
}

/** Numbers, `true`, `false` and `null`, and what is none of them: the engine decides. */
const scalar = /[^\s,:"[\]{}]+/y

class Reader {
  readonly #text: string
  #at = 0
  #depth = 0
  #twice: string | undefined

  constructor(text: string) {
    this.#text = text
  }

  whole(): ExactReading {
    this.#skipSpace()
    const value = this.#value()
    this.#skipSpace()
    if (this.#at < this.#text.length) throw notJson()
    return { value, twice: this.#twice }
  }

  #value(): unknown {
    const first = this.#text[this.#at]
    if (first === '{') return this.#object()
    if (first === '[') return this.#array()
    return first === '"' ? this.#string() : this.#scalar()
  }

  #object(): unknown {
    // A map has the rules of JSON.parse for names that stand twice, and no prototype that could listen or answer.
    const members = new Map<string, unknown>()
    this.#enter()
    if (!this.#take('}')) {
      do {
        this.#skipSpace()
        const name = this.#string()
        if (this.#depth === 1 && members.has(name)) this.#twice ??= name
        this.#skipSpace()
        if (!this.#take(':')) throw notJson()
        this.#skipSpace()
        members.set(name, this.#value())
        this.#skipSpace()
      } while (this.#take(','))
      if (!this.#take('}')) throw notJson()
    }
    this.#depth--
    return Object.fromEntries(members)
  }

  #array(): unknown {
    const items: unknown[] = []
    this.#enter()
    if (!this.#take(']')) {
      do {
        this.#skipSpace()
        items.push(this.#value())
        this.#skipSpace()
      } while (this.#take(','))
      if (!this.#take(']')) throw notJson()
    }
    this.#depth--
    return items
  }

  #string(): string {
    if (this.#text[this.#at] !== '"') throw notJson()
    const start = this.#at
    this.#at = endOfString(this.#text, start) + 1
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- JSON that begins with a quote is a string
    return parseByEngine(this.#text.slice(start, this.#at)) as string
  }

  #scalar(): unknown {
    scalar.lastIndex = this.#at
    const [text = ''] = scalar.exec(this.#text) ?? []
    this.#at += text.length
    return parseByEngine(text)
  }

  /** Past the bracket that opens, and the space behind it. */
  #enter(): void {
    if (++this.#depth > maxDepth) throw tooDeep()
    this.#at++
    this.#skipSpace()
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false
    this.#at++
    return true
  }

  #skipSpace(): void {
    for (;;) {
      const character = this.#text.charCodeAt(this.#at)
      const isSpace = character === 0x20 || character === 0x0a || character === 0x0d || character === 0x09
      if (!isSpace) return
      this.#at++
    }
  }
}

/** `JSON.parse`, for text that names no member with an escape. @throws {JsonError} */
export function parseByEngine(text: string): unknown {
  try {
    // oxlint-disable-next-line eslint/no-restricted-properties -- the one place
    return JSON.parse(text)
  } catch {
    // The engine's own message quotes the text.
    throw notJson()
  }
}

export function notJson(): JsonError {
  return new JsonError('is not JSON')
}

export function tooDeep(): JsonError {
  return new JsonError(`nests deeper than ${maxDepth} levels`)
}
