/** A JSON object as it was parsed; nothing is known of its members. */
export type JsonObject = Readonly<Record<string, unknown>>

/** Nested deeper than any document of the identity provider; well under every engine's recursion limit. */
const maxDepth = 32

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The text of bytes that are UTF-8 without errors, a byte order mark kept; `undefined` otherwise. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

/**
 * Parses a JSON object, deeply frozen; `undefined` when the text is anything else, names a top-level member twice,
 * nests too deep, or holds a case twin of one of `names`.
 *
 * RFC 8259 leaves duplicate names to the parser: two parsers that choose differently see two different tokens.
 * A twin such as `TID` beside `tid` does the same to readers that ignore case.
 */
export function parseStrictObject(text: string, names: ReadonlySet<string>): JsonObject | undefined {
  const members = countMembers(text)
  if (members === undefined) return undefined
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!isJsonObject(value)) return undefined
  const keys = Object.keys(value)
  if (keys.length !== members) return undefined
  for (const key of keys) {
    const lower = key.toLowerCase()
    if (lower !== key && names.has(lower)) return undefined
    freezeDeeply(value[key])
  }
  return Object.freeze(value)
}

/** True for what JSON calls an object. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The value of an own member: a polluted `Object.prototype` must not speak for a token. */
export function member(object: JsonObject, name: string): unknown {
  const value = object[name]
  return value === undefined || Object.hasOwn(object, name) ? value : undefined
}

/**
 * The number of members that the text of a JSON object spells at its top level; `undefined` when it nests too deep.
 *
 * Hops from quote to quote, so the cost is that of the structure, not of the strings. For text that is not JSON the
 * number means nothing: the parser refuses it afterwards.
 */
function countMembers(text: string): number | undefined {
  let depth = 0
  let members = 0
  let index = 0
  while (index < text.length) {
    const character = text.charCodeAt(index)
    if (character === 0x22) {
      index = endOfString(text, index)
    } else if (character === 0x7b || character === 0x5b) {
      if (++depth > maxDepth) return undefined
    } else if (character === 0x7d || character === 0x5d) {
      depth--
    } else if (character === 0x3a && depth === 1) {
      members++
    }
    index++
  }
  return members
}

function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  while (end !== -1) {
    let backslashes = 0
    while (text.charCodeAt(end - 1 - backslashes) === 0x5c) backslashes++
    if (backslashes % 2 === 0) return end
    end = text.indexOf('"', end + 1)
  }
  return text.length
}

function freezeDeeply(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  if (Array.isArray(value)) for (const child of value) freezeDeeply(child)
  else for (const child of Object.values(value)) freezeDeeply(child)
  Object.freeze(value)
}
