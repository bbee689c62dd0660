import { expect, it } from 'vitest'

import { outcomeOf } from '../support/outcome.ts'
import { issueBound, popVerifier, prove, scope, withProof } from '../support/prover.ts'

/** Of P-256 (SEC 2 §2.4.2). */
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

/** Whoever has seen an ECDSA signature (r, s) can make another good one, (r, n - s), and needs no key for that. */
function withSecondSignature(proof: string): string {
  const [header = '', payload = '', signature = ''] = proof.split('.')
  const bytes = Buffer.from(signature, 'base64url')
  const s = BigInt(`0x${bytes.subarray(32).toString('hex')}`)
  const second = (order - s).toString(16).padStart(64, '0')
  return `${header}.${payload}.${Buffer.concat([bytes.subarray(0, 32), Buffer.from(second, 'hex')]).toString('base64url')}`
}

it('is one proof, by whichever of its two signatures: it is good once', async () => {
  const token = await issueBound()
  const verifier = popVerifier()
  const call = (proof: string) => outcomeOf(verifier.authenticate(`DPoP ${token}`, scope, withProof(proof)))
  const [first, other] = [prove(token), prove(token)]
  expect([await call(first), await call(withSecondSignature(first))]).toEqual(['accepted', 'proof_replayed'])
  expect([await call(withSecondSignature(other)), await call(other)]).toEqual(['accepted', 'proof_replayed'])
})
