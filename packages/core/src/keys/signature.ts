import { importJWK } from 'jose/key/import'

import type { Awaitable } from '../async/awaitable.ts'
import { EntraGuardError } from '../errors/errors.ts'
import type { SigningKey } from './signing-key.ts'
import type { Bytes } from '../token/base64url.ts'
import type { UnverifiedToken } from '../token/token.ts'

/**
 * Checks an RS256 signature (RFC 7518 §3.3). One key object always stands for the same key, so derived forms may be
 * kept in a `WeakMap`. Any result but `true` refuses the token.
 */
export type SignatureCheck = (
  key: SigningKey,
  signedBytes: Bytes,
  signature: Bytes,
) => boolean | Promise<boolean>

declare const signatureVerified: unique symbol

/** A token with a valid signature. Only {@link verifySignature} creates one. */
export interface VerifiedToken extends UnverifiedToken {
  readonly [signatureVerified]: true
}

/**
 * Checks the signature over the exact bytes received. The answer is synchronous if that of the check is.
 *
 * @throws {EntraGuardError} `signature_invalid`.
 */
export function verifySignature(
  token: UnverifiedToken,
  key: SigningKey,
  check: SignatureCheck,
): Awaitable<VerifiedToken> {
  let answer: Awaitable<boolean>
  try {
    answer = check(key, token.signedBytes, token.signature)
  } catch (cause) {
    throw new EntraGuardError('signature_invalid', { cause })
  }
  return typeof answer === 'boolean' ? requireGood(token, answer) : requireGoodLater(token, answer)
}

function requireGoodLater(token: UnverifiedToken, answer: Promise<boolean>): Promise<VerifiedToken> {
  return Promise.resolve(answer).then(
    (good) => requireGood(token, good),
    (cause: unknown) => {
      throw new EntraGuardError('signature_invalid', { cause })
    },
  )
}

function requireGood(token: UnverifiedToken, good: boolean): VerifiedToken {
  if (good !== true) throw new EntraGuardError('signature_invalid')
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one place where a token becomes a verified one
  return token as VerifiedToken
}

// Keyed by the key object: a replaced key is another object, so its import is never used for the new one. The
// imported key and not its promise is kept, because workerd may not await a promise of another request.
const imported = new WeakMap<SigningKey, CryptoKey>()

// An object and not its name: Node makes one of a name for every signature, which is a sixth of what it costs there to
// hand a signature to another thread.
const pkcs1: Readonly<Algorithm> = Object.freeze({ name: 'RSASSA-PKCS1-v1_5' })

/** The default: WebCrypto, on every runtime, off the main thread where the runtime has another one. */
export const webCryptoSignature: SignatureCheck = (key, signedBytes, signature) => {
  const verifyWith = (cryptoKey: CryptoKey): Promise<boolean> =>
    crypto.subtle.verify(pkcs1, cryptoKey, signature, signedBytes)
  const cryptoKey = imported.get(key)
  return cryptoKey === undefined ? importSigningKey(key).then(verifyWith) : verifyWith(cryptoKey)
}

async function importSigningKey(key: SigningKey): Promise<CryptoKey> {
  const cryptoKey = await importJWK({ kty: key.kty, n: key.n, e: key.e }, 'RS256')
  if (cryptoKey instanceof Uint8Array) throw new TypeError('not a public key')
  imported.set(key, cryptoKey)
  return cryptoKey
}
