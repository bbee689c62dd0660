import { describe, expect, it, vi } from 'vitest'

import { challengeFor, EntraGuardError, type Verifier } from '../../src/index.ts'
import { dpop, type DpopOptions } from '../../src/pop.ts'
import { clock } from '../support/issuer.ts'
import { outcomeOf } from '../support/outcome.ts'
import { holder, issueBound, origin, popVerifier, prove, scope, thief, withProof } from '../support/prover.ts'

const token = await issueBound()
const secret = 'as short a secret as there may be'.slice(0, 32)

function server(nonce: DpopOptions['nonce']) {
  let time = clock
  const verifier = popVerifier({ nonce, maxAge: 3600 }, { now: () => time * 1000 })
  return {
    verifier,
    at: (seconds: number) => {
      time = seconds
    },
  }
}

const call = (verifier: Verifier, claims: Readonly<Record<string, unknown>>): Promise<string> =>
  outcomeOf(verifier.authenticate(`DPoP ${token}`, scope, withProof(prove(token, claims))))

async function askNonce(verifier: Verifier): Promise<string> {
  try {
    await verifier.authenticate(`DPoP ${token}`, scope, withProof(prove(token)))
  } catch (error) {
    if (!EntraGuardError.is(error)) throw error
    return challengeFor(error).headers['dpop-nonce'] ?? ''
  }
  throw new Error('it was accepted')
}

describe('nonces of the API (RFC 9449 §9)', () => {
  it('are asked for, and then taken, by each request with a proof of its own', async () => {
    const { verifier } = server(true)
    expect(await call(verifier, {})).toBe('proof_nonce_required')
    const nonce = await askNonce(verifier)
    expect(nonce).toMatch(/^[\w-]{43}$/)
    for (let time = 0; time < 3; time++) expect(await call(verifier, { nonce })).toBe('accepted')
  })

  it('are good for one to two lifetimes', async () => {
    const { verifier, at } = server({ lifetime: 100 })
    const begin = Math.floor(clock / 100) * 100
    at(begin)
    const nonce = await askNonce(verifier)
    for (const [age, outcome] of [
      [99, 'accepted'],
      [100, 'accepted'],
      [199, 'accepted'],
      [200, 'proof_nonce_required'],
      [-1, 'proof_nonce_required'],
    ] as const) {
      at(begin + age)
      expect([age, await call(verifier, { nonce })]).toEqual([age, outcome])
    }
  })

  it('are those of every process with the secret, and of no other', async () => {
    const [one, other, foreign, random] = [{ secret }, { secret }, { secret: `${secret}!` }, true].map(
      (nonce) => server(nonce).verifier,
    ) as [Verifier, Verifier, Verifier, Verifier]
    const nonce = await askNonce(one)
    expect(await call(other, { nonce })).toBe('accepted')
    expect(await call(foreign, { nonce })).toBe('proof_nonce_required')
    expect(await call(random, { nonce })).toBe('proof_nonce_required')
    expect(await askNonce(other)).toBe(nonce)
    expect(await askNonce(foreign)).not.toBe(nonce)
  })

  it('are of one API, also where another one has the same secret', async () => {
    const other = popVerifier(
      { nonce: { secret }, origin: 'https://other.contoso.com' },
      { now: () => clock * 1000 },
    )
    const nonce = await askNonce(server({ secret }).verifier)
    expect(await call(server({ secret }).verifier, { nonce })).toBe('accepted')
    expect(await call(other, { nonce, htu: 'https://other.contoso.com/orders' })).toBe('proof_nonce_required')
  })

  it.each([undefined, null, '', 1, ['x'], {}, 'x', true])('are not %j', async (nonce) => {
    expect(await call(server(true).verifier, { nonce })).toBe('proof_nonce_required')
  })

  it('are given only to a proof that is good otherwise, and that is not used up by it', async () => {
    const { verifier } = server(true)
    expect(await call(verifier, { htm: 'POST' })).toBe('proof_invalid')
    const stolen = prove(token, {}, {}, thief)
    const byThief = verifier.authenticate(`DPoP ${token}`, scope, withProof(stolen))
    expect(await outcomeOf(byThief)).toBe('proof_invalid')
    const nonce = await askNonce(verifier)
    const proof = prove(token, { nonce, jti: 'the same' })
    expect(await call(verifier, { jti: 'the same' })).toBe('proof_nonce_required')
    expect(await outcomeOf(verifier.authenticate(`DPoP ${token}`, scope, withProof(proof)))).toBe('accepted')
  })

  it('come with a refusal that is about the proof, also where no verifier adds anything to it', async () => {
    const binding = dpop({ origin, nonce: { secret } })
    const proving = binding.prove({
      token,
      bound: { by: 'dpop', thumbprint: holder.jkt },
      scheme: 'dpop',
      request: withProof(prove(token)).request,
      now: clock * 1000,
    })
    const refusal: unknown = await proving.catch((error: unknown) => error)
    const nonce = await askNonce(server({ secret }).verifier)
    expect(refusal).toMatchObject({
      code: 'proof_nonce_required',
      challenge: { dpop: { algorithms: [], used: true, bearer: false, nonce } },
    })
  })

  it('are made once each, however many requests ask', async () => {
    const { verifier, at } = server({ lifetime: 100 })
    const begin = Math.floor(clock / 100) * 100
    at(begin)
    await askNonce(verifier)
    const signing = vi.spyOn(crypto.subtle, 'sign')
    const importing = vi.spyOn(crypto.subtle, 'importKey')
    const nonce = await askNonce(verifier)
    for (let time = 0; time < 5; time++) expect(await call(verifier, { nonce })).toBe('accepted')
    at(begin + 100)
    for (let time = 0; time < 5; time++) expect(await call(verifier, { nonce })).toBe('accepted')
    // The one of the later moment; the others were known.
    expect(signing).toHaveBeenCalledTimes(1)
    expect(importing.mock.calls.filter(([format]) => format === 'raw')).toEqual([])
    vi.restoreAllMocks()
  })

  it('are not asked for without the option', async () => {
    expect(await call(server(false).verifier, {})).toBe('accepted')
    expect(await call(server(undefined).verifier, { nonce: 'of somebody' })).toBe('accepted')
  })
})
