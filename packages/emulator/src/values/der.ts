/** One value of ASN.1 in its distinguished encoding (X.690): a tag, a length, the parts one after the other. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  const out = new Uint8Array(1 + size.length + length)
  out[0] = tag
  out.set(size, 1)
  let offset = 1 + size.length
  for (const part of parts) {
    out.set(part, offset)
    offset += part.length
  }
  return out
}

const SEQUENCE = 0x30
export const sequence = (...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => der(SEQUENCE, ...parts)
