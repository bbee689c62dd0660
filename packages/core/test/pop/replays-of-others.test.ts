import { describe, expect, it } from 'vitest'

import { challengeFor, EntraGuardError } from '../../src/index.ts'
import { attempt, cases, testCases } from '../support/cases-of-others.ts'
import { clock } from '../support/issuer.ts'
import { outcomeOf } from '../support/outcome.ts'
import { issueBound, popVerifier, prove, scope, thief, withProof } from '../support/prover.ts'

const token = await issueBound()

const server = () => {
  let time = clock
  const verifier = popVerifier({}, { now: () => time * 1000 })
  return {
    send: (proof: string, as = token) =>
      outcomeOf(verifier.authenticate(`DPoP ${as}`, scope, withProof(proof))),
    at: (seconds: number) => {
      time = seconds
    },
  }
}

describe('a proof that comes again', () => {
  it('is refused (Nimbus, oidc-provider and Spring)', async () => {
    const { send } = server()
    const proof = prove(token)
    expect([await send(proof), await send(proof)]).toEqual(['accepted', 'proof_replayed'])
  })

  it('is another one where another key has used the same id (danielfett/draft-dpop issue 32)', async () => {
    const { send } = server()
    const other = await issueBound(thief)
    expect(await send(prove(token, { jti: '1' }))).toBe('accepted')
    expect(await send(prove(other, { jti: '1' }, {}, thief), other)).toBe('accepted')
    expect(await send(prove(token, { jti: '1' }))).toBe('proof_replayed')
  })

  it('is refused as long as it would be good, if it was made in the future (sourcebot-dev/sourcebot pull 1395)', async () => {
    const { send, at } = server()
    const proof = prove(token, { iat: clock + 300 })
    expect(await send(proof)).toBe('accepted')
    for (const seconds of [299, 301, 599, 600]) {
      at(clock + seconds)
      expect([seconds, await send(proof)]).toEqual([seconds, 'proof_replayed'])
    }
  })

  it.each([new Error('replay cache failed'), new DOMException('canceled', 'AbortError')])(
    'lets nobody pass where it cannot be told (Microsoft): %s',
    async (error) => {
      const add = (): never => {
        throw error
      }
      expect(await attempt({ dpop: { replay: { add } } })).toBe('replay_store_unavailable')
    },
  )
})

describe('nonces', () => {
  const dpop = { nonce: true }
  testCases([
    ...cases('Microsoft and MCP', 'proof_nonce_required', {
      none: { dpop },
      'another one': { dpop, claims: { nonce: 'definitely-not-the-server-nonce' } },
    }),
    ...cases('oidc-provider', 'proof_nonce_required', { null: { dpop, claims: { nonce: null } } }),
    ...cases('Microsoft', 'accepted', {
      'one that nobody asked for': { claims: { nonce: 'test-server-nonce' } },
    }),
  ])

  it('come with use_dpop_nonce, and the same request with it passes (MCP)', async () => {
    const verifier = popVerifier(dpop)
    const send = (nonce?: string): Promise<unknown> =>
      verifier.authenticate(`DPoP ${token}`, scope, withProof(prove(token, { nonce })))
    const refusal: unknown = await send().catch((error: unknown) => error)
    if (!EntraGuardError.is(refusal)) throw new Error('it was accepted')
    const { status, headers } = challengeFor(refusal)
    expect([status, headers['www-authenticate']]).toEqual([
      401,
      expect.stringMatching(/^DPoP error="use_dpop_nonce"/),
    ])
    expect(await outcomeOf(send(headers['dpop-nonce']))).toBe('accepted')
  })
})

describe('the refusal', () => {
  it.each<[string, string, Parameters<typeof withProof>[0]]>([
    [
      'of a bad proof names DPoP and its algorithms (oidc-provider, MCP, Spring)',
      'DPoP',
      'this-is-not-a-jwt',
    ],
    [
      'of a missing proof too, with 401 (Spring; oidc-provider says 400, RFC 9449 §7.1 shows 401)',
      'DPoP',
      undefined,
    ],
    ['of a bound token as Bearer names Bearer and DPoP (MCP takes either)', 'Bearer', undefined],
  ])('%s', async (_sentence, scheme, proof) => {
    const call = popVerifier().authenticate(`${scheme} ${token}`, scope, withProof(proof))
    const refusal: unknown = await call.catch((error: unknown) => error)
    if (!EntraGuardError.is(refusal)) throw new Error('it was accepted')
    const { status, headers } = challengeFor(refusal)
    expect(status).toBe(401)
    const error = scheme === 'DPoP' ? 'invalid_dpop_proof' : 'invalid_token'
    expect(headers['www-authenticate']).toMatch(new RegExp(`^${scheme} error="${error}".*algs="ES256"$`))
  })
})
