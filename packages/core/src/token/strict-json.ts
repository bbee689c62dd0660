import { endOfString, JsonError, maxDepth, parseByEngine, readExactly, tooDeep } from './exact-json.ts'

export { JsonError } from './exact-json.ts'

/** A JSON object as it was parsed; nothing is known of its members. */
export type JsonObject = Readonly<Record<string, unknown>>

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
 * `JSON.parse` with the same answer on every engine, whatever the spelling of the names.
 *
 * @throws {JsonError} for text that is not JSON, or that nests deeper than 32 levels. It says which, and nothing of the
 *   text.
 */
export function parseJson(text: string): unknown {
  return countMembers(text) === escapedNames ? readExactly(text).value : parseByEngine(text)
}

/**
 * Parses a JSON object, deeply frozen.
 *
 * RFC 8259 leaves duplicate names to the parser: two parsers that choose differently see two different tokens. A twin
 * such as `TID` beside `tid` does the same to readers that ignore case.
 *
 * @throws {JsonError} for anything else, and for an object that names a top-level member twice, nests too deep, or has
 * a case twin of one of `names`. The message says which, and quotes nothing of the text except one of `names`.
 */
export function parseStrictObject(text: string, names: ReadonlySet<string>): JsonObject {
  const value = parseUnique(text, names)
  if (!isJsonObject(value)) throw new JsonError('is not a JSON object')
  for (const key of Object.keys(value)) {
    const lower = key.toLowerCase()
    if (lower !== key && names.has(lower))
      throw new JsonError(`has a member that differs from "${lower}" in case only`)
    freezeDeeply(value[key])
  }
  return Object.freeze(value)
}

function parseUnique(text: string, names: ReadonlySet<string>): unknown {
  const members = countMembers(text)
  if (members !== escapedNames) {
    const value = parseByEngine(text)
    if (!isJsonObject(value) || Object.keys(value).length === members) return value
  }
  const { value, twice } = readExactly(text)
  if (twice === undefined) return value
  throw new JsonError(names.has(twice) ? `names "${twice}" twice` : 'names a member twice')
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

/** In place of a number of members: names are spelled with escapes, which not every engine reads rightly. */
const escapedNames = -1

/**
 * The number of members that the text of a JSON object spells at its top level, or {@link escapedNames} when a name at
 * any depth holds a backslash.
 *
 * Hops from quote to quote, so the cost is that of the structure, not of the strings. For text that is not JSON the
 * number means nothing: the parser refuses it afterwards.
 *
 * @throws {JsonError} when it nests too deep.
 */
function countMembers(text: string): number {
  let depth = 0
  let members = 0
  let index = 0
  let backslash = indexOrEnd(text, 0)
  let isEscaped = false
  while (index < text.length) {
    const character = text.charCodeAt(index)
    if (character === 0x22) {
      const end = text.indexOf('"', index + 1)
      isEscaped = backslash < end
      if (isEscaped) {
        index = endOfString(text, index)
        backslash = indexOrEnd(text, index)
      } else index = end === -1 ? text.length : end
    } else if (character === 0x7b || character === 0x5b) {
      if (++depth > maxDepth) throw tooDeep()
    } else if (character === 0x7d || character === 0x5d) {
      depth--
    } else if (character === 0x3a) {
      if (isEscaped) return escapedNames
      if (depth === 1) members++
    }
    index++
  }
  return members
}

function indexOrEnd(text: string, from: number): number {
  const index = text.indexOf('\\', from)
  return index === -1 ? text.length : index
}

function freezeDeeply(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  if (Array.isArray(value)) for (const child of value) freezeDeeply(child)
  else for (const child of Object.values(value)) freezeDeeply(child)
  Object.freeze(value)
}
