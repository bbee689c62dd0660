import { decodeBase64url, isAscii } from '../token/base64url.ts'
import {
  decodeUtf8,
  isJsonObject,
  JsonError,
  parseJson,
  parseStrictObject,
  type JsonObject,
} from '../token/strict-json.ts'
import { claimNames, headerNames } from '../token/token.ts'

/** A decoded token. Nothing in it is trusted, and no rule of a verifier was applied. */
export interface DecodedToken {
  readonly header: JsonObject
  readonly payload: JsonObject
  /** What a strict parser would refuse, although it can be read. */
  readonly irregularities: readonly string[]
  /** Characters, without a scheme before it. */
  readonly length: number
  /** The token as a verifier should get it. */
  readonly token: string
  /** The scheme of an Authorization header that stood before it, as it was written. */
  readonly scheme: string | undefined
}

export type Decoded =
  | { readonly kind: 'token'; readonly token: DecodedToken }
  | { readonly kind: 'encrypted' }
  | { readonly kind: 'unreadable'; readonly reason: string }

/** Longer input is not taken apart: no token is, and a page must not freeze on it. */
const longest = 1_048_576

/** Decodes a pasted token. Never throws. */
export function decodeToken(input: unknown): Decoded {
  if (typeof input !== 'string') return unreadable('it is not text')
  if (input.length > longest) return unreadable(`it has more than ${longest} characters`)
  const trimmed = input.trim().replace(/^(["'])(.*)\1$/s, '$2')
  const [before, scheme] = /^(?:authorization:\s*)?(bearer|dpop|pop|mtls_pop)\s+/i.exec(trimmed) ?? ['']
  const token = trimmed.slice(before.length)
  if (token === '') return unreadable('it is empty')
  const parts = token.split('.')
  if (parts.length === 5) return { kind: 'encrypted' }
  const [first, second, third] = parts
  if (parts.length !== 3 || first === undefined || second === undefined || third === undefined) {
    return unreadable(`it has ${parts.length} part${parts.length === 1 ? '' : 's'} between dots, not 3`)
  }
  const header = readPart(first, 'header', headerNames)
  if (typeof header === 'string') return unreadable(header)
  const payload = readPart(second, 'payload', claimNames)
  if (typeof payload === 'string') return unreadable(payload)
  const irregularities = [...header.irregularities, ...payload.irregularities]
  if (/\s/.test(token)) irregularities.unshift('it has line breaks or spaces inside')
  if (third === '') irregularities.push('the signature is missing')
  else if (!isCanonical(third)) irregularities.push('the signature is not base64url')
  return {
    kind: 'token',
    token: {
      header: header.object,
      payload: payload.object,
      irregularities,
      length: token.length,
      token,
      scheme,
    },
  }
}

function unreadable(reason: string): Decoded {
  return { kind: 'unreadable', reason }
}

interface Part {
  readonly object: JsonObject
  readonly irregularities: readonly string[]
}

function isCanonical(encoded: string): boolean {
  return isAscii(encoded) && decodeBase64url(encoded) !== undefined
}

/** Reads what can be read, and says what a strict parser would object to. Returns a text if nothing can be read. */
function readPart(encoded: string, what: string, names: ReadonlySet<string>): Part | string {
  const irregularities = isCanonical(encoded) ? [] : [`the ${what} is not plain base64url`]
  let bytes: Uint8Array
  try {
    const binary = atob(
      encoded
        .replaceAll('-', '+')
        .replaceAll('_', '/')
        .replace(/={1,2}$/, ''),
    )
    bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0))
  } catch {
    return `the ${what} is not base64url`
  }
  const text = new TextDecoder().decode(bytes)
  let object: unknown
  try {
    object = parseJson(text)
  } catch (error) {
    return problemOf(what, error)
  }
  if (!isJsonObject(object)) return `the ${what} is not a JSON object`
  if (decodeUtf8(bytes) === text) {
    try {
      parseStrictObject(text, names)
    } catch (error) {
      irregularities.push(problemOf(what, error))
    }
  } else irregularities.push(`the ${what} is not plain UTF-8`)
  return { object, irregularities }
}

function problemOf(what: string, error: unknown): string {
  return `the ${what} ${error instanceof JsonError ? error.message : 'cannot be read'}`
}
