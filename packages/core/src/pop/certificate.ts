import { invalidProof } from './refusal.ts'
import { EntraGuardError } from '../errors/errors.ts'
import type { ProofRequest } from '../proof-request.ts'
import { decodeBase64url, encodeBase64url, isAscii, type Bytes } from '../token/base64url.ts'

/** Characters of a header, and bytes of a certificate. */
const maxLength = 16_384

/**
 * The client certificate of a request as DER: the bytes of the TLS connection, or what a proxy wrote into a header: PEM
 * (also percent-encoded, as of nginx, Envoy and AWS, or in one line), base64 (Azure App Service), or base64 between colons
 * (RFC 9440).
 *
 * @throws {EntraGuardError} `proof_missing` without one, `proof_invalid` for anything else.
 */
export function readCertificate({ certificate }: ProofRequest): Bytes {
  const values: readonly unknown[] = Array.isArray(certificate) ? certificate : [certificate]
  const [value] = values
  if (values.length > 1) throw invalidProof('more than one client certificate')
  if (value === undefined || value === null || value === '') throw new EntraGuardError('proof_missing')
  const der =
    typeof value === 'string' ? decodeHeader(value) : value instanceof Uint8Array ? copy(value) : undefined
  if (der === undefined || !isOneSequence(der)) throw invalidProof('the client certificate cannot be read')
  return der
}

/** RFC 8705 §3.1: SHA-256 of the DER, in base64url. */
export async function certificateThumbprint(der: Bytes): Promise<string> {
  return encodeBase64url(new Uint8Array(await crypto.subtle.digest('SHA-256', der)))
}

function copy(value: Uint8Array): Bytes | undefined {
  return value.length > maxLength ? undefined : Uint8Array.from(value)
}

const pem = /^-----BEGIN CERTIFICATE-----([\w+/=\s-]*?)-----END CERTIFICATE-----$/

function decodeHeader(header: string): Bytes | undefined {
  if (header.length > maxLength || !isAscii(header)) return undefined
  const text = header.includes('%') ? decodePercent(header) : header
  const [, colons] = /^:([^:]*):$/.exec(text.trim()) ?? []
  const [, armoured] = pem.exec(text.trim()) ?? []
  return decodeBase64((colons ?? armoured ?? text).replace(/\s+/g, ''))
}

function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}

function decodeBase64(text: string): Bytes | undefined {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined
  return decodeBase64url(text.replace(/=+$/, '').replaceAll('+', '-').replaceAll('/', '_'))
}

/**
 * DER of an X.509 certificate is one SEQUENCE, and nothing behind it: whatever follows would change the thumbprint only.
 * It has more than 127 bytes, so that its length is in the long form.
 */
function isOneSequence(der: Bytes): boolean {
  const [tag, first = 0] = der
  if (tag !== 0x30 || (first & 0x80) === 0) return false
  const lengthBytes = der.subarray(2, 2 + (first & 0x7f))
  const length = lengthBytes.reduce((sum, byte) => sum * 256 + byte, 0)
  return length > 0x7f && der.length === 2 + lengthBytes.length + length
}
