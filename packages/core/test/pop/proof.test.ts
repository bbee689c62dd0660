import { describe, expect, it } from 'vitest'

import { EntraGuardError } from '../../src/index.ts'
import { parseProof } from '../../src/pop/proof.ts'
import { toBase64url } from '../support/issuer.ts'

const json = (value: object): string => toBase64url(Buffer.from(JSON.stringify(value)))
const header = json({ typ: 'dpop+jwt', alg: 'ES256', jwk: {} })

/** Why a proof is refused by its shape alone. */
function reasonOf(text: string): unknown {
  try {
    return parseProof(text, ['ES256']) && 'read'
  } catch (error) {
    if (!EntraGuardError.is(error)) throw error
    return [error.code, error.details?.reason]
  }
}

describe('the parts of a proof', () => {
  it.each([
    ['!.e30.AA', 'the header is not base64url of UTF-8'],
    ['_w.e30.AA', 'the header is not base64url of UTF-8'],
    [`${header}.!.AA`, 'the payload is not base64url of UTF-8'],
    [`${header}._w.AA`, 'the payload is not base64url of UTF-8'],
    [`${header}.e30.`, 'the signature is not base64url'],
    [`${header}.e30.!`, 'the signature is not base64url'],
  ])('are base64url, and not %s', (text, reason) => {
    expect(reasonOf(text)).toEqual(['proof_invalid', reason])
  })

  it('are read where each is what it has to be', () => {
    expect(reasonOf(`${header}.e30.AA`)).toBe('read')
  })
})
