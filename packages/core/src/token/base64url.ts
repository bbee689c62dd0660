/*
 * Strict base64url (RFC 4648 §5, RFC 7515 §2): no padding, no white space, no standard alphabet, and zero trailing
 * bits. A lenient decoder gives one token many spellings, and every spelling is a way around a deny list or a cache.
 *
 * The runtime's own decoders are fast and lenient. They all skip or refuse what they do not know, so a result of the
 * full length proves that every character counted.
 */

interface NativeBuffer {
  from(text: string, encoding: 'base64url' | 'utf8'): Uint8Array<ArrayBuffer>
  byteLength(text: string): number
}
interface NativeBase64 {
  fromBase64?(
    text: string,
    options: { alphabet: 'base64url'; lastChunkHandling: 'loose' },
  ): Uint8Array<ArrayBuffer>
}

// Node, Bun and Deno: 0.2 µs a token; without it `atob` costs 2 µs.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a global that the neutral types do not know
const nativeBuffer = (globalThis as { Buffer?: NativeBuffer }).Buffer
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- newer than the types
const nativeBase64 = Uint8Array as unknown as NativeBase64

/**
 * `Uint8Array<ArrayBuffer>`, which WebCrypto asks for, in the words of the platform: before TypeScript 5.7 the type has no
 * parameter, and declarations with one could not be read.
 */
export type Bytes = ReturnType<TextEncoder['encode']>

/** True when every character of the text is ASCII. */
export function isAscii(text: string): boolean {
  // Some decoders cut a character to 8 bits, so "Ł" (U+0141) would read as "A": a second spelling of a good token.
  // oxlint-disable-next-line no-control-regex
  return nativeBuffer === undefined ? !/[^\0-\x7f]/.test(text) : nativeBuffer.byteLength(text) === text.length
}

/** Decodes a canonical base64url text that {@link isAscii}; `undefined` when it is anything else. */
export function decodeBase64url(text: string): Bytes | undefined {
  const length = text.length
  const rest = length % 4
  if (rest === 1 || text.includes('+') || text.includes('/')) return undefined
  if (rest === 2 && !'AQgw'.includes(text.charAt(length - 1))) return undefined
  if (rest === 3 && !'AEIMQUYcgkosw048'.includes(text.charAt(length - 1))) return undefined
  const bytes = decodeNatively(text)
  return bytes?.length === Math.floor((length * 3) / 4) ? bytes : undefined
}

function decodeNatively(text: string): Bytes | undefined {
  if (nativeBuffer !== undefined) return nativeBuffer.from(text, 'base64url')
  try {
    if (nativeBase64.fromBase64 !== undefined) {
      return nativeBase64.fromBase64(text, { alphabet: 'base64url', lastChunkHandling: 'loose' })
    }
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
    const bytes = new Uint8Array(binary.length)
    for (let index = 0; index < binary.length; index++) bytes[index] = binary.charCodeAt(index)
    return bytes
  } catch {
    return undefined
  }
}

/** Encodes bytes as base64url without padding. */
export function encodeBase64url(bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

const utf8 = new TextEncoder()

/** The bytes of an ASCII text, `undefined` for any other. */
export function encodeAscii(text: string): Bytes | undefined {
  const bytes = nativeBuffer === undefined ? utf8.encode(text) : nativeBuffer.from(text, 'utf8')
  // Only of ASCII is UTF-8 as long as the text.
  return bytes.length === text.length ? bytes : undefined
}
