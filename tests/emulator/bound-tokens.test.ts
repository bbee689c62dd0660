import {
  b2c,
  combineVerifiers,
  createVerifier,
  EntraGuardError,
  externalId,
  type Verifier,
} from '@entraguard/core'
import { dpop } from '@entraguard/core/pop'
import { createEmulator, defaults, type Emulator, type ProofKey } from '@entraguard/emulator'
import { beforeAll, describe, expect, it } from 'vitest'

/* Every kind of authority issues bound tokens, and each verifier takes them, alone and as a part of a combined one. */
const origin = 'https://api.contoso.com'
const { b2cTenantId, externalIdTenantId } = defaults

let entra: Emulator
let key: ProofKey
beforeAll(async () => {
  entra = await createEmulator()
  key = await entra.createProofKey()
})

function verifiers(): Readonly<Record<'entraId' | 'b2c' | 'externalId', Verifier>> {
  const { fetch, now, audience, tenants } = entra.verifierOptions()
  const own = { audience, fetch, now, bound: dpop({ origin }) }
  const policies = ['B2C_1_susi'] as const
  const domain = 'contosob2c.b2clogin.com'
  return {
    entraId: createVerifier({ ...own, tenants }),
    b2c: createVerifier({ ...own, authority: b2c({ domain, tenantId: b2cTenantId, policies }) }),
    externalId: createVerifier({
      ...own,
      authority: externalId({ subdomain: 'contosociam', tenantId: externalIdTenantId }),
    }),
  }
}

const tokens: Readonly<Record<string, [keyof ReturnType<typeof verifiers>, () => Promise<string>]>> = {
  'a v2.0 token': ['entraId', () => entra.issueUserToken({ boundTo: key })],
  'a v1.0 token': ['entraId', () => entra.issueUserToken({ version: '1.0', boundTo: key })],
  'a token of an app': ['entraId', () => entra.issueAppToken({ boundTo: key })],
  'a token of a policy of B2C': ['b2c', () => entra.issueB2cToken({ boundTo: key })],
  'a token of External ID': [
    'externalId',
    () => entra.issueUserToken({ tenantId: externalIdTenantId, boundTo: key }),
  ],
}

describe.each(Object.entries(tokens))('%s', (_what, [authority, issue]) => {
  it.each(['alone', 'combined'])('is taken from who proves its key, once for each proof: %s', async (how) => {
    const all = verifiers()
    const verifier = how === 'alone' ? all[authority] : combineVerifiers(all.entraId, all.b2c, all.externalId)
    const accessToken = await issue()
    const proof = await key.proof({ method: 'GET', url: `${origin}/orders`, accessToken })
    const call = async (scheme: string): Promise<unknown> => {
      const request = { method: 'GET', url: '/orders', proof }
      try {
        return (await verifier.authenticate(`${scheme} ${accessToken}`, undefined, { request })).bound
      } catch (error) {
        return EntraGuardError.is(error) ? error.code : error
      }
    }
    expect(await call('DPoP')).toEqual({ by: 'dpop', thumbprint: key.jkt })
    expect(await call('DPoP')).toBe('proof_replayed')
    expect(await call('Bearer')).toBe('bound_token_refused')
  })
})
