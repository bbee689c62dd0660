import { describe, expect, it } from 'vitest'

import { challengeFor, EntraGuardError } from '../../src/index.ts'
import { clock } from '../support/issuer.ts'
import { outcomeOf } from '../support/outcome.ts'
import { hostileProofs, malleated, oddButGood } from '../support/hostile-proofs.ts'
import { issueBound, popVerifier, prove, scope, withProof } from '../support/prover.ts'

const token = await issueBound()
const families = [...new Set(hostileProofs.map(({ family }) => family))]

describe('a hostile proof', () => {
  it('is one of at least 200, each of its own', () => {
    expect(hostileProofs.length).toBeGreaterThanOrEqual(200)
    const names = hostileProofs.map(({ family, name }) => `${family} ${name}`)
    expect(new Set(names).size).toBe(names.length)
  })

  it.each(families)('of the family %s proves nothing, says nothing and uses nothing up', async (family) => {
    const verifier = popVerifier()
    const good = prove(token)
    for (const { name, make } of hostileProofs.filter((one) => one.family === family)) {
      const proof = make(token)
      const sent = Array.isArray(proof) ? proof.join() : String(proof)
      // Once with what is known of the holder, and once without.
      for (const one of [verifier, popVerifier()]) {
        const refusal: unknown = await one.authenticate(`DPoP ${token}`, scope, withProof(proof)).then(
          () => `accepted: ${family} ${name}`,
          (error: unknown) => error,
        )
        if (!EntraGuardError.is(refusal)) throw new Error(String(refusal))
        expect([name, refusal.code, refusal.status]).toEqual([name, 'proof_invalid', 401])
        const told = JSON.stringify([refusal, refusal.message, refusal.stack, challengeFor(refusal)])
        const parts = sent.split(/[.,"\s]+/).filter(({ length }) => length > 20)
        expect(parts.filter((part) => told.includes(part))).toEqual([])
      }
      expect(await outcomeOf(verifier.authenticate(`DPoP ${token}`, scope, withProof(prove(token))))).toBe(
        'accepted',
      )
    }
    expect(await outcomeOf(verifier.authenticate(`DPoP ${token}`, scope, withProof(good)))).toBe('accepted')
  })

  it.each([undefined, null, '', ' ', '\t', []])('that is %j is none', async (proof) => {
    const call = popVerifier().authenticate(`DPoP ${token}`, scope, withProof(proof as string))
    expect(await outcomeOf(call)).toBe('proof_missing')
  })

  it.each<[string, unknown]>([
    ['a number', 1],
    ['an object', {}],
    ['a list of a number', [1]],
    ['a list of a list of a good one', [[prove(token)]]],
    ['a buffer', Buffer.from('x')],
  ])('that is %s, and no text, is refused', async (_kind, proof) => {
    const call = popVerifier().authenticate(`DPoP ${token}`, scope, withProof(proof as string))
    expect(await outcomeOf(call)).toBe('proof_invalid')
  })

  it.each<[string, readonly string[] | string]>([
    ['in two headers', [prove(token), prove(token)]],
    ['in one header, as a server joins them', `${prove(token)}, ${prove(token)}`],
  ])('that comes beside another one is called so in the log: %s', async (_name, proof) => {
    const call = popVerifier().authenticate(`DPoP ${token}`, scope, withProof(proof))
    await expect(call).rejects.toMatchObject({ details: { reason: 'more than one proof' } })
  })

  it('takes no longer for being long', async () => {
    const verifier = popVerifier()
    for (const proof of ['.'.repeat(8000), 'a.'.repeat(4000), `${'e'.repeat(4000)}.e.e`]) {
      const call = verifier.authenticate(`DPoP ${token}`, scope, withProof(proof))
      expect(await outcomeOf(call)).toBe('proof_invalid')
    }
  })
})

describe('a proof that came before', () => {
  const first = prove(token)
  it.each<[string, string]>([
    ['as it was', first],
    ['with blanks around it', `  ${first}\t`],
    ['with its other signature', malleated(first)],
    ['made anew with the same id', prove(token, { jti: 'the same' })],
    ['made anew with the same id, a minute later', prove(token, { jti: 'the same', iat: clock + 60 })],
    ['made anew with the same id, for an older moment', prove(token, { jti: 'the same', iat: clock - 299 })],
  ])('is refused %s', async (_name, again) => {
    const verifier = popVerifier()
    const call = (proof: string): Promise<string> =>
      outcomeOf(verifier.authenticate(`DPoP ${token}`, scope, withProof(proof)))
    expect(await call(first)).toBe('accepted')
    expect(await call(prove(token, { jti: 'the same' }))).toBe('accepted')
    expect(await call(again)).toBe('proof_replayed')
  })
})

describe('an odd proof that the RFC allows', () => {
  it.each(Object.keys(oddButGood))('is accepted: %s', async (name) => {
    const proof = oddButGood[name]?.(token)
    const call = popVerifier().authenticate(`DPoP ${token}`, scope, withProof(proof))
    expect(await outcomeOf(call)).toBe('accepted')
  })
})
