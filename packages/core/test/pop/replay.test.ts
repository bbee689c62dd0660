import { describe, expect, it } from 'vitest'

import { challengeFor, type EntraGuardError } from '../../src/index.ts'
import { type DpopOptions, type ReplayStore } from '../../src/pop.ts'
import { clock } from '../support/issuer.ts'
import { outcomeOf } from '../support/outcome.ts'
import { ellipticHolder, issueBound, popVerifier, prove, scope, withProof } from '../support/prover.ts'

const token = await issueBound()

/** A verifier whose clock the test turns. */
function server(options: Partial<DpopOptions>) {
  let time = clock
  const verifier = popVerifier(options, { now: () => time * 1000 })
  return {
    at: (seconds: number) => {
      time = seconds
    },
    call: (proof: string) => outcomeOf(verifier.authenticate(`DPoP ${token}`, scope, withProof(proof))),
  }
}

describe('the memory for proofs', () => {
  it('keeps a proof for as long as it could be used', async () => {
    const { at, call } = server({ maxAge: 60 })
    const proof = prove(token, { iat: clock + 60 })
    expect(await call(proof)).toBe('accepted')
    for (let age = -60; age <= 60; age += 3) {
      at(clock + 60 + age)
      expect([age, await call(proof)]).toEqual([age, 'proof_replayed'])
    }
    at(clock + 121)
    expect(await call(proof)).toBe('proof_invalid')
  })

  it('refuses everybody when it is full, and nobody when there is room again', async () => {
    const { at, call } = server({ replay: 3, maxAge: 60 })
    for (let count = 0; count < 3; count++) expect(await call(prove(token))).toBe('accepted')
    const refused = prove(token)
    expect(await call(refused)).toBe('replay_store_unavailable')
    at(clock + 60)
    expect(await call(prove(token, { iat: clock + 60 }))).toBe('replay_store_unavailable')
    at(clock + 90)
    expect(await call(prove(token, { iat: clock + 90 }))).toBe('accepted')
  })

  it('forgets nothing because others come: the first of many is refused as the last', async () => {
    const { call } = server({})
    const proofs = Array.from({ length: 2000 }, () => prove(token))
    for (const proof of proofs) expect(await call(proof)).toBe('accepted')
    for (const proof of proofs) expect(await call(proof)).toBe('proof_replayed')
  })

  it('does not forget because the clock went back', async () => {
    const { at, call } = server({ maxAge: 60 })
    const proof = prove(token)
    expect(await call(proof)).toBe('accepted')
    at(clock + 50)
    expect(await call(prove(token, { iat: clock + 50 }))).toBe('accepted')
    at(clock - 50)
    expect(await call(proof)).toBe('proof_replayed')
  })

  it('lets nothing back in that it forgot while the clock was ahead, for as long as it could be good', async () => {
    const { at, call } = server({ maxAge: 60 })
    const proof = prove(token)
    expect(await call(proof)).toBe('accepted')
    at(clock + 3600)
    expect(await call(prove(token, { iat: clock + 3600 }))).toBe('accepted')
    at(clock)
    expect(await call(proof)).toBe('replay_store_unavailable')
    // What was good at that moment is so for two lives of a proof.
    at(clock + 59)
    expect(await call(prove(token, { iat: clock + 59 }))).toBe('replay_store_unavailable')
    at(clock + 61)
    expect(await call(prove(token, { iat: clock + 61 }))).toBe('accepted')
  })

  it('keeps the ids of two holders apart', async () => {
    const other = ellipticHolder()
    const verifier = popVerifier()
    for (const by of [undefined, other]) {
      const own = await issueBound(by)
      const proof = prove(own, { jti: '1' }, {}, by)
      expect(await outcomeOf(verifier.authenticate(`DPoP ${own}`, scope, withProof(proof)))).toBe('accepted')
    }
  })

  it('is not filled by proofs that prove nothing', async () => {
    const { call } = server({ replay: 1 })
    for (let count = 0; count < 5; count++)
      expect(await call(prove(token, { htm: 'POST' }))).toBe('proof_invalid')
    expect(await call(prove(token))).toBe('accepted')
  })
})

/** What Redis does with NX and EX. */
function sharedStore(): ReplayStore & { readonly asked: Array<readonly [string, number]> } {
  const kept = new Set<string>()
  const asked: Array<readonly [string, number]> = []
  return {
    asked,
    add: async (key, seconds) => {
      asked.push([key, seconds])
      if (kept.has(key)) return false
      kept.add(key)
      return true
    },
  }
}

const hanging = (): Promise<boolean> => new Promise(() => {})

describe('a store for the proofs of several processes', () => {
  it('lets a proof in once, whichever process it comes to', async () => {
    const store = sharedStore()
    const [first, second] = [server({ replay: store }), server({ replay: store })]
    const proof = prove(token)
    const both = await Promise.all([first.call(proof), second.call(proof)])
    expect(both.toSorted()).toEqual(['accepted', 'proof_replayed'])
  })

  it('is given a hash, nothing of the proof, and a time that outlives it', async () => {
    const store = sharedStore()
    const { call } = server({ replay: store, maxAge: 60 })
    await call(prove(token, { jti: 'an id that says something', iat: clock + 30 }))
    const [[key, seconds] = ['', 0]] = store.asked
    expect(key).toMatch(/^entraguard:dpop:1:[\w-]{43}$/)
    expect(seconds).toBe(30 + 60 + 60)
  })

  it.each<[string, () => unknown]>([
    [
      'fails',
      () => {
        throw new Error('connect ECONNREFUSED redis://user:password@host')
      },
    ],
    ['rejects', () => Promise.reject(new Error('READONLY'))],
    ['gives nothing', () => undefined],
    ['gives OK', () => 'OK'],
    ['gives 1', () => 1],
    ['gives null', () => null],
    ['gives an object', () => ({ true: true })],
    ['hangs', hanging],
  ])('refuses with 503 when it %s', async (_name, add) => {
    const verifier = popVerifier({ replay: { add } })
    const refusal = await verifier.authenticate(`DPoP ${token}`, scope, withProof(prove(token))).then(
      () => undefined,
      (error: EntraGuardError) => error,
    )
    expect(refusal).toMatchObject({ code: 'replay_store_unavailable', status: 503 })
    expect(JSON.stringify([refusal, refusal?.details])).not.toContain('password')
    const { headers, body } = challengeFor(refusal as EntraGuardError)
    expect(headers['retry-after']).toBe('5')
    expect(headers['www-authenticate']).toBeUndefined()
    expect(body.error).toBe('temporarily_unavailable')
  })

  it('is not asked before everything else about the proof is good', async () => {
    const store = sharedStore()
    const { call } = server({ replay: store })
    await call(prove(token, { ath: 'x' }))
    await call('x.y.z')
    expect(store.asked).toEqual([])
  })
})
