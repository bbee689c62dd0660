import 'reflect-metadata'

import { randomBytes } from 'node:crypto'

import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'

import { microsoftHosts } from '../directory/clouds.ts'
import { der, sequence } from '../values/der.ts'

/** A certificate authority of the emulator's own. */
export interface Authority {
  readonly certificate: X509Certificate
  readonly privateKey: CryptoKey
  /** The certificate in PEM, for `NODE_EXTRA_CA_CERTS` or a client's `ca` option. */
  readonly pem: string
}

/** What a TLS server needs. */
export interface ServerCertificate {
  readonly cert: string
  readonly key: string
}

const HOUR = 3_600_000
const LIFETIME = 30 * 24 * HOUR
/** Of every key here. */
export const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

const loopback = [
  Uint8Array.of(127, 0, 0, 0, 255, 0, 0, 0),
  Uint8Array.from({ length: 32 }, (_, index) => (index === 15 ? 1 : index < 16 ? 0 : 255)),
]

const dnsName = (name: string): Uint8Array => sequence(der(0x82, new TextEncoder().encode(name)))

/**
 * RFC 5280 §4.2.1.10: this authority can vouch for the names that the emulator answers for and for loopback, and for
 * nothing else. Somebody who trusts it by accident does not hand the whole web to whoever finds its key.
 */
function nameConstraints(hosts: readonly string[]): Extension {
  const names = ['localhost', ...microsoftHosts, 'b2clogin.com', 'ciamlogin.com', ...hosts].map(dnsName)
  const addresses = loopback.map((range) => sequence(der(0x87, range)))
  return new Extension('2.5.29.30', true, sequence(der(0xa0, ...names, ...addresses)))
}

/** Was it made for all of these names, or for what they stand below? Outside of that nothing it signs is trusted. */
export function vouchesFor(certificate: X509Certificate, hosts: readonly string[]): boolean {
  const constraints = Buffer.from(certificate.getExtension('2.5.29.30')?.value ?? new ArrayBuffer(0))
  return hosts.every((host) =>
    host
      .split('.')
      .some((_, start, labels) => constraints.includes(Buffer.from(dnsName(labels.slice(start).join('.'))))),
  )
}

const serialNumber = (): string => `01${randomBytes(15).toString('hex')}`

/** A new one, for 30 days, that lives in memory. */
export async function createAuthority(
  hosts: readonly string[],
  now: number = Date.now(),
): Promise<Authority> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: `CN=Entraguard emulator ${randomBytes(4).toString('hex')}`,
    notBefore: new Date(now - HOUR),
    notAfter: new Date(now + LIFETIME - HOUR),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      nameConstraints(hosts),
    ],
  })
  return { certificate, privateKey: keys.privateKey, pem: `${certificate.toString('pem')}\n` }
}

/** A certificate for loopback and for every host name that the emulator answers for. Its key stays in memory. */
export async function serverCertificate(
  authority: Authority,
  hosts: readonly string[],
): Promise<ServerCertificate> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const names = ['localhost', ...microsoftHosts, '*.b2clogin.com', '*.ciamlogin.com', ...hosts]
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: 'CN=localhost',
    issuer: authority.certificate.subject,
    notBefore: new Date(Date.now() - HOUR),
    notAfter: authority.certificate.notAfter,
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: authority.privateKey,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension([
        ...names.map((value) => ({ type: 'dns' as const, value })),
        { type: 'ip', value: '127.0.0.1' },
        { type: 'ip', value: '::1' },
      ]),
      await AuthorityKeyIdentifierExtension.create(authority.certificate.publicKey),
    ],
  })
  const pkcs8 = await crypto.subtle.exportKey('pkcs8', keys.privateKey)
  return {
    cert: `${certificate.toString('pem')}\n${authority.pem}`,
    key: PemConverter.encode(pkcs8, 'PRIVATE KEY'),
  }
}
