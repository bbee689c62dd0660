import { base64url } from 'jose'

export const toBase64url = (value: Uint8Array | string): string => base64url.encode(value)

export function toBase64(value: Uint8Array): string {
  let binary = ''
  for (const byte of value) binary += String.fromCharCode(byte)
  return btoa(binary)
}

/** The bytes of the first certificate in a PEM text; none when there is none. */
export function derOf(pem: string): Uint8Array<ArrayBuffer> {
  const body = /-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----/.exec(pem)?.[1] ?? ''
  return Uint8Array.from(atob(body.replace(/\s/g, '')), (character) => character.charCodeAt(0))
}

export const randomBase64url = (length: number): string =>
  toBase64url(crypto.getRandomValues(new Uint8Array(length)))

export async function digest(
  algorithm: 'SHA-1' | 'SHA-256',
  value: Uint8Array<ArrayBuffer> | string,
): Promise<Uint8Array<ArrayBuffer>> {
  const data = typeof value === 'string' ? new TextEncoder().encode(value) : value
  return new Uint8Array(await crypto.subtle.digest(algorithm, data))
}

const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

export const isGuid = (value: string): boolean => guid.test(value)

/** SHA-256 in base64url, as RFC 7638 and RFC 9449 write the thumbprint of a key. */
export const isThumbprint = (value: string): boolean => /^[\w-]{43}$/.test(value)
