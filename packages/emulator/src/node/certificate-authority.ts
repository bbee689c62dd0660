import 'reflect-metadata'

import { randomBytes } from 'node:crypto'
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'

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
export interface CertificateAuthority {
  readonly certificate: X509Certificate
  readonly privateKey: CryptoKey
  /** The certificate in PEM, for `NODE_EXTRA_CA_CERTS` or a client's `ca` option. */
  readonly pem: string
  /** Where that PEM is, when it is in a file. */
  readonly file: string | undefined
}

/** What a TLS server needs. */
export interface ServerCertificate {
  readonly cert: string
  readonly key: string
}

const HOUR = 3_600_000
const DAY = 24 * HOUR
const LIFETIME = 30 * DAY
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

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

const serialNumber = (): string => `01${randomBytes(15).toString('hex')}`

async function createAuthority(
  hosts: readonly string[],
  now: number,
): Promise<Omit<CertificateAuthority, 'file'>> {
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

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/** The key is only as secret as its file. */
async function requirePrivate(file: string): Promise<void> {
  const { mode } = await stat(file)
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw new Error(`${file} can be read by others: remove it and its ca.pem, the emulator makes new ones`)
  }
}

/** Was it made for all of these names, or for what they stand below? Outside of that nothing it signs is trusted. */
function vouchesFor(certificate: X509Certificate, hosts: readonly string[]): boolean {
  const constraints = Buffer.from(certificate.getExtension('2.5.29.30')?.value ?? new ArrayBuffer(0))
  return hosts.every((host) =>
    host
      .split('.')
      .some((_, start, labels) => constraints.includes(Buffer.from(dnsName(labels.slice(start).join('.'))))),
  )
}

async function loadAuthority(
  directory: string,
  hosts: readonly string[],
): Promise<CertificateAuthority | undefined> {
  const [file, keyFile] = [path.join(directory, 'ca.pem'), path.join(directory, 'ca-key.pem')]
  const [pem, keyPem] = await Promise.all([readIfThere(file), readIfThere(keyFile)])
  if (pem === undefined || keyPem === undefined) return undefined
  await requirePrivate(keyFile)
  try {
    const certificate = new X509Certificate(pem)
    if (certificate.notAfter.getTime() < Date.now() + DAY || !vouchesFor(certificate, hosts)) return undefined
    const pkcs8 = PemConverter.decodeFirst(keyPem)
    const privateKey = await crypto.subtle.importKey('pkcs8', pkcs8, algorithm, true, ['sign'])
    return { certificate, privateKey, pem, file }
  } catch (cause) {
    throw new Error(
      `${file} or ${keyFile} cannot be read: remove both, or choose another directory; the emulator makes new ones`,
      { cause },
    )
  }
}

async function saveAuthority(
  directory: string,
  created: Omit<CertificateAuthority, 'file'>,
): Promise<CertificateAuthority> {
  const [file, keyFile] = [path.join(directory, 'ca.pem'), path.join(directory, 'ca-key.pem')]
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const pkcs8 = await crypto.subtle.exportKey('pkcs8', created.privateKey)
  await writeFile(keyFile, `${PemConverter.encode(pkcs8, 'PRIVATE KEY')}\n`, { mode: 0o600 })
  // `mode` counts only for a new file.
  await chmod(keyFile, 0o600)
  await writeFile(file, created.pem)
  return { ...created, file }
}

/**
 * A certificate authority for 30 days. With a directory it is kept there, `ca.pem` and `ca-key.pem` (mode 0600), and
 * used again until its last day, or until it has to vouch for a name that it was not made for; without one it never
 * leaves memory. It is never put into a system's trust store.
 */
export async function certificateAuthority(
  hosts: readonly string[],
  directory?: string,
  now: number = Date.now(),
): Promise<CertificateAuthority> {
  const kept = directory === undefined ? undefined : await loadAuthority(directory, hosts)
  if (kept !== undefined) return kept
  const created = await createAuthority(hosts, now)
  return directory === undefined ? { ...created, file: undefined } : saveAuthority(directory, created)
}

/** A certificate for loopback and for every host name that the emulator answers for. Its key stays in memory. */
export async function serverCertificate(
  authority: CertificateAuthority,
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
