import { der, sequence } from '../values/der.ts'

/**
 * A minimal self-signed X.509 certificate (RFC 5280), such as the ones in `x5c` of Entra's keys. Written out by
 * hand so that the in-memory emulator needs WebCrypto only and runs wherever the code under test runs.
 */

const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values)
const text = (value: string): Uint8Array => new TextEncoder().encode(value)

// sha256WithRSAEncryption (1.2.840.113549.1.1.11) with its NULL parameter
const rs256 = sequence(der(0x06, bytes(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b)), der(0x05))

const commonName = (name: string): Uint8Array =>
  sequence(der(0x31, sequence(der(0x06, bytes(0x55, 0x04, 0x03)), der(0x13, text(name)))))

function utcTime(seconds: number): Uint8Array {
  const compact = new Date(seconds * 1000).toISOString().replace(/\D/g, '')
  return der(0x17, text(`${compact.slice(2, 14)}Z`))
}

export interface CertificateOptions {
  readonly name: string
  readonly keys: CryptoKeyPair
  /** Seconds since the epoch. */
  readonly notBefore: number
  readonly notAfter: number
}

/** The certificate in DER, signed with its own key. `keys` must be an RS256 pair. */
export async function selfSignedCertificate(options: CertificateOptions): Promise<Uint8Array<ArrayBuffer>> {
  const { keys, notBefore, notAfter } = options
  const name = commonName(options.name)
  const serial = crypto.getRandomValues(new Uint8Array(8))
  // A positive number in its shortest form: the first byte is between 1 and 127.
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x01
  const body = sequence(
    der(0xa0, der(0x02, bytes(2))),
    der(0x02, serial),
    rs256,
    name,
    sequence(utcTime(notBefore), utcTime(notAfter)),
    name,
    new Uint8Array(await crypto.subtle.exportKey('spki', keys.publicKey)),
  )
  const signature = await crypto.subtle.sign('RSASSA-PKCS1-v1_5', keys.privateKey, body)
  return sequence(body, rs256, der(0x03, bytes(0), new Uint8Array(signature)))
}
