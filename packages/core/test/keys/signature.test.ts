import { expect, it, vi } from 'vitest'

import { readSigningKey, type SigningKey } from '../../src/keys/signing-key.ts'
import { verifySignature, webCryptoSignature } from '../../src/keys/signature.ts'
import type { UnverifiedToken } from '../../src/token/token.ts'
import { jwk } from '../support/issuer.ts'

it('a check that fails refuses with what it failed of, at once where it throws', async () => {
  const key = readSigningKey(jwk) as SigningKey
  const token = { signedBytes: new Uint8Array(), signature: new Uint8Array() } as unknown as UnverifiedToken
  const cause = new Error('no module')
  const refusal: unknown = expect.objectContaining({ code: 'signature_invalid', cause })
  expect(() =>
    verifySignature(token, key, () => {
      throw cause
    }),
  ).toThrow(refusal)
  await expect(verifySignature(token, key, () => Promise.reject(cause))).rejects.toEqual(refusal)
})

it('a check that answers at once is answered at once, so a seen key costs no promise', () => {
  const key = readSigningKey(jwk) as SigningKey
  const token = { signedBytes: new Uint8Array(), signature: new Uint8Array() } as unknown as UnverifiedToken
  expect(verifySignature(token, key, () => true)).toBe(token)
})

/** Asks WebCrypto about a signature that is none. */
async function check(key: SigningKey): Promise<void> {
  expect(await webCryptoSignature(key, new Uint8Array(), new Uint8Array())).toBe(false)
}

it('WebCrypto imports a key once, and a key that replaces it again', async () => {
  const imports = vi.spyOn(crypto.subtle, 'importKey')
  const key = readSigningKey(jwk) as SigningKey
  await check(key)
  await check(key)
  expect(imports).toHaveBeenCalledTimes(1)
  await check(readSigningKey(jwk) as SigningKey)
  expect(imports).toHaveBeenCalledTimes(2)
  imports.mockRestore()
})
