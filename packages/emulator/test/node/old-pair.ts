import { writeFile } from 'node:fs/promises'
import path from 'node:path'

/** Certificate and key as one may find them on the disk, where they do not fit or are too old. */
export async function leaveBehind(
  directory: string,
  certificate: string,
  privateKey: CryptoKey,
): Promise<void> {
  const pkcs8 = Buffer.from(await crypto.subtle.exportKey('pkcs8', privateKey)).toString('base64')
  const pem = `-----BEGIN PRIVATE KEY-----\n${pkcs8.replace(/.{64}/g, '$&\n')}\n-----END PRIVATE KEY-----\n`
  await writeFile(path.join(directory, 'ca-key.pem'), pem, { mode: 0o600 })
  await writeFile(path.join(directory, 'ca.pem'), certificate)
}
