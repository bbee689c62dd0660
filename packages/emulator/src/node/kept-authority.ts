import { createHash, randomBytes } from 'node:crypto'
import { link, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { PemConverter, X509Certificate } from '@peculiar/x509'

import { algorithm, createAuthority, vouchesFor, type Authority } from './certificate-authority.ts'

/**
 * How several emulators that start at once, in several processes, end with one authority, without a lock that somebody
 * could leave behind: a private file holds the key together with its certificate, and appears whole or not at all.
 * Whoever comes first makes it; the others find it there and use it. A pair that is over, or that is none, is followed
 * by one whose name is made of its content: everybody who sees the same old pair agrees on the same new one.
 */

/** An authority that is kept in a folder. */
export interface KeptAuthority extends Authority {
  /** The file for `NODE_EXTRA_CA_CERTS`: this certificate, and others of the folder that are not over. */
  readonly file: string
}

const DAY = 86_400_000
const KEY = 'ca-key.pem'
const CERTIFICATES = 'ca.pem'

const hasCode = (error: unknown, ...codes: readonly string[]): boolean =>
  error instanceof Error && 'code' in error && codes.includes(String(error.code))

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}

/** The key is only as secret as its file. */
async function requirePrivate(file: string): Promise<void> {
  const { mode } = await stat(file)
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw new Error(
      `${file} can be read by others: remove it and its ${CERTIFICATES}; the emulator creates new ones`,
    )
  }
}

async function writeAside(file: string, text: string, mode: number): Promise<string> {
  const aside = `${file}.${randomBytes(8).toString('hex')}.tmp`
  await writeFile(aside, text, { mode, flag: 'wx' })
  return aside
}

/** Puts a whole file there, in the place of what was there. */
async function replaceFile(file: string, text: string, mode: number): Promise<void> {
  await rename(await writeAside(file, text, mode), file)
}

/** Puts a whole file there unless there is one, and gives what is there then. */
async function putFirst(file: string, text: string): Promise<string> {
  const aside = await writeAside(file, text, 0o600)
  try {
    await link(aside, file)
  } catch (error) {
    // A file system without hard links: two that come at the very same moment replace each other there.
    if (
      hasCode(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS') &&
      (await readIfThere(file)) === undefined
    ) {
      await rename(aside, file)
    } else if (!hasCode(error, 'EEXIST', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS')) throw error
  } finally {
    await rm(aside, { force: true })
  }
  return readFile(file, 'utf8')
}

const blocksOf = (text: string, label: string): readonly string[] =>
  text.match(new RegExp(`-----BEGIN ${label}-----[^-]+-----END ${label}-----`, 'g')) ?? []

/** Does the certificate say the public half of this key? */
async function belongTogether(certificate: X509Certificate, privateKey: CryptoKey): Promise<boolean> {
  const own = await crypto.subtle.exportKey('jwk', privateKey)
  const shown = await crypto.subtle.exportKey(
    'jwk',
    await certificate.publicKey.export(algorithm, ['verify']),
  )
  return own.x === shown.x && own.y === shown.y
}

/** The pair in a private file; the certificate of earlier versions stands in `ca.pem` only. */
async function readPair(directory: string, text: string): Promise<Authority | undefined> {
  const [file, keyFile] = [path.join(directory, CERTIFICATES), path.join(directory, KEY)]
  const [inside] = blocksOf(text, 'CERTIFICATE')
  const [pem] = inside === undefined ? blocksOf((await readIfThere(file)) ?? '', 'CERTIFICATE') : [inside]
  try {
    const pkcs8 = PemConverter.decodeFirst(blocksOf(text, 'PRIVATE KEY')[0] ?? '')
    const privateKey = await crypto.subtle.importKey('pkcs8', pkcs8, algorithm, true, ['sign'])
    if (pem === undefined) return undefined
    const certificate = new X509Certificate(pem)
    return (await belongTogether(certificate, privateKey))
      ? { certificate, privateKey, pem: `${pem}\n` }
      : undefined
  } catch (cause) {
    throw new Error(
      `${file} or ${keyFile} cannot be read: remove both, or choose another directory; the emulator creates new ones`,
      { cause },
    )
  }
}

async function toText({ privateKey, pem }: Authority): Promise<string> {
  const pkcs8 = await crypto.subtle.exportKey('pkcs8', privateKey)
  return `${PemConverter.encode(pkcs8, 'PRIVATE KEY')}\n${pem}`
}

const isUsable = ({ certificate }: Authority, hosts: readonly string[]): boolean =>
  certificate.notAfter.getTime() >= Date.now() + DAY && vouchesFor(certificate, hosts)

const successorOf = (text: string): string =>
  `ca-key.${createHash('sha256').update(text).digest('hex').slice(0, 16)}.pem`

/** Follows an old pair. Everybody who saw that very pair puts the same one in its place. */
async function succeed(directory: string, old: string, hosts: readonly string[]): Promise<string> {
  const name = successorOf(old)
  const agreed = await putFirst(path.join(directory, name), await toText(await createAuthority(hosts)))
  await replaceFile(path.join(directory, KEY), agreed, 0o600)
  const successors = (await readdir(directory)).filter((file) => /^ca-key\.[0-9a-f]{16}\.pem$/.test(file))
  const over = successors.filter((file) => file !== name)
  await Promise.all(over.map((file) => rm(path.join(directory, file), { force: true })))
  return agreed
}

const isOver = (pem: string): boolean => {
  try {
    return new X509Certificate(pem).notAfter.getTime() <= Date.now()
  } catch {
    return true
  }
}

/** The certificates that emulators of this folder may be serving with. One that is over is removed. */
async function knownCertificates(directory: string): Promise<readonly string[]> {
  const names = (await readdir(directory)).filter((file) => /^ca\.[0-9a-f]{16}\.pem$/.test(file)).toSorted()
  const known: string[] = []
  for (const name of names) {
    const file = path.join(directory, name)
    const pem = await readIfThere(file)
    if (pem === undefined) continue
    if (isOver(pem)) await rm(file, { force: true })
    else known.push(pem)
  }
  return known
}

/**
 * Shows the certificate to clients, in one file with those of other emulators of this folder that may still run. The
 * file is made of what lies there, and made again when somebody else came in between: nobody's certificate gets lost.
 */
async function publish(directory: string, { pem, certificate }: Authority): Promise<string> {
  const name = createHash('sha256').update(new Uint8Array(certificate.rawData)).digest('hex').slice(0, 16)
  await replaceFile(path.join(directory, `ca.${name}.pem`), pem, 0o644)
  const file = path.join(directory, CERTIFICATES)
  let [shown, known] = ['', (await knownCertificates(directory)).join('')]
  while (shown !== known) {
    shown = known
    if ((await readIfThere(file)) !== shown) await replaceFile(file, shown, 0o644)
    known = (await knownCertificates(directory)).join('')
  }
  return file
}

const ATTEMPTS = 5

/**
 * The authority of a folder: `ca-key.pem` (mode 0600), and `ca.pem` for clients. It is used again until its last day,
 * or until it has to vouch for a name that it was not made for; then another one takes its place. It is never put into
 * a system's trust store.
 */
export async function keptAuthority(directory: string, hosts: readonly string[]): Promise<KeptAuthority> {
  const keyFile = path.join(directory, KEY)
  await mkdir(directory, { recursive: true, mode: 0o700 })
  let text =
    (await readIfThere(keyFile)) ?? (await putFirst(keyFile, await toText(await createAuthority(hosts))))
  await requirePrivate(keyFile)
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const authority = await readPair(directory, text)
    if (authority !== undefined && isUsable(authority, hosts)) {
      return { ...authority, file: await publish(directory, authority) }
    }
    text = await succeed(directory, text, hosts)
  }
  throw new Error(`${directory} got no suitable certificate authority: other emulators keep replacing it`)
}
