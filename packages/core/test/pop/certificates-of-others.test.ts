import { describe, expect, it } from 'vitest'

import { mtls } from '../../src/pop.ts'
import type { ProofRequest } from '../../src/index.ts'
import { issue, verifierFor } from '../support/issuer.ts'
import { outcomeOf } from '../support/outcome.ts'
import { scope, sha256 } from '../support/prover.ts'

/*
 * The cases of auth0/node-oauth2-jwt-bearer, packages/access-token-jwt/test/mtls-verifier.test.ts. As everywhere beside real
 * connections, a certificate is one SEQUENCE.
 */
const certificate = (name: string): Buffer => {
  const body = Buffer.from(name.padEnd(300, '.'))
  return Buffer.concat([Buffer.from([0x30, 0x82, body.length >> 8, body.length & 0xff]), body])
}
const pemOf = (der: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`
const own = certificate('client')
const thumbprint = sha256(own)

const outcome = async (cnf: unknown, shown: ProofRequest['certificate']): Promise<string> => {
  const call = verifierFor({ bound: mtls() }).authenticate(`Bearer ${await issue({ cnf })}`, scope, {
    request: { method: 'GET', url: '/orders', certificate: shown },
  })
  return await outcomeOf(call)
}

describe('the certificate of a client', () => {
  it.each<[string, ProofRequest['certificate'], string]>([
    ['as PEM is the one of the token', pemOf(own), 'accepted'],
    ['as a Buffer of DER too', own, 'accepted'],
    ['as a Uint8Array too', new Uint8Array(own), 'accepted'],
    ['that is another one proves nothing', certificate('other'), 'proof_invalid'],
    ['that is another one, as PEM, proves nothing', pemOf(certificate('other')), 'proof_invalid'],
    ['that is a text proves nothing', 'not a cert', 'proof_invalid'],
    ['that is empty proves nothing', Buffer.alloc(0), 'proof_invalid'],
    ['is asked for', undefined, 'proof_missing'],
  ])('%s', async (_what, shown, expected) => {
    expect(await outcome({ 'x5t#S256': thumbprint }, shown)).toBe(expected)
  })

  it.each<[string, unknown, string]>([
    ['is a text', 'nope', 'bound_token_refused'],
    ['has two ways to prove', { 'x5t#S256': thumbprint, jkt: thumbprint }, 'bound_token_refused'],
    ['has a key alone', { jkt: thumbprint }, 'bound_token_refused'],
    ['has a number', { 'x5t#S256': 123 }, 'claim_invalid'],
    ['has an empty thumbprint', { 'x5t#S256': '' }, 'claim_invalid'],
  ])('is of no use to a token whose cnf %s', async (_what, cnf, expected) => {
    expect(await outcome(cnf, own)).toBe(expected)
  })

  it('is not asked for where the token has no cnf, unless bound tokens are required (Auth0 refuses in both cases)', async () => {
    expect(await outcome(undefined, own)).toBe('accepted')
    const call = verifierFor({ bound: mtls({ required: true }) }).authenticate(
      `Bearer ${await issue()}`,
      scope,
    )
    expect(await outcomeOf(call)).toBe('token_not_bound')
  })
})
