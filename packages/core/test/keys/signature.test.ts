import { expect, it } from 'vitest'

import { readSigningKey, type SigningKey } from '../../src/keys/signing-key.ts'
import { verifySignature } from '../../src/keys/signature.ts'
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
