import { describe, expect, it } from 'vitest'

import { b2c, createVerifier, externalId, type VerifierOptions } from '../../src/index.ts'
import { apiId, documents, issue, tenantId, verifierFor, type Members } from '../support/issuer.ts'
import { outcomeOf } from '../support/outcome.ts'

const make = (options: object): unknown => createVerifier(options as VerifierOptions)

describe('parts of an authority', () => {
  it('that are unknown throw, because a typo in a list of what is accepted must not be silent', () => {
    const policies = ['B2C_1_susi']
    const domain = 'contoso.b2clogin.com'
    const misspelt = { domain, tenantId, policies, appClient: [apiId] }
    expect(() => b2c(misspelt)).toThrow(/appClient/)
    const custom = { subdomain: 'contoso', tenantId, host: 'login.contoso.com' }
    expect(() => externalId(custom)).toThrow(/host/)
  })

  it.each([
    [{ domain: 'https://contoso.b2clogin.com' }],
    [{ domain: 'contoso.b2clogin.com/x' }],
    [{ domain: '' }],
    [{ tenantId: 'contoso.onmicrosoft.com' }],
    [{ policies: [] }],
    [{ policies: undefined }],
    [{ policies: 'B2C_1_susi' }],
    [{ policies: ['signin'] }],
    [{ policies: ['B2C_1_susi', 'signin'] }],
    [{ policies: [['B2C_1_susi']] }],
    [{ policies: ['xB2C_1_susi'] }],
    [{ policies: ['B2C_1_su si'] }],
    [{ policies: ['B2C_1_susi/'] }],
    [{ policies: ['B2C_1AA_susi'] }],
    [{ appClients: apiId }],
    [{ appClients: ['daemon'] }],
    [{ appClients: [apiId, 'daemon'] }],
  ])('b2c(%j) throws', (changes) => {
    const right = { domain: 'contoso.b2clogin.com', tenantId, policies: ['B2C_1_susi'] }
    const parts = { ...right, ...changes } as unknown as Parameters<typeof b2c>[0]
    const [name = ''] = Object.keys(changes)
    const message = new RegExp(`^b2c: ${name} must`)
    expect(() => b2c(parts)).toThrow(message)
    // The same parts written by hand, past the function.
    expect(() => make({ audience: apiId, authority: { kind: 'b2c', ...parts } })).toThrow(message)
  })

  it.each([
    [{ subdomain: 'contoso.ciamlogin.com' }],
    [{ subdomain: '' }],
    [{ subdomain: 'a/b' }],
    [{ tenantId: 'contoso' }],
    [{ domain: 'https://login.contoso.com' }],
  ])('externalId(%j) throws', (changes) => {
    const parts = { subdomain: 'contoso', tenantId, ...changes }
    expect(() => externalId(parts)).toThrow(TypeError)
    expect(() => make({ audience: apiId, authority: { kind: 'externalId', ...parts } })).toThrow(TypeError)
  })

  it('may be written in any case', () => {
    const upper = tenantId.toUpperCase()
    const policies = ['B2C_1_susi']
    expect(
      b2c({ domain: 'Contoso.B2CLogin.com', tenantId: upper, policies, appClients: [upper] }),
    ).toMatchObject({
      domain: 'contoso.b2clogin.com',
      tenantId,
      appClients: [tenantId],
    })
    expect(externalId({ subdomain: 'Contoso', tenantId: upper })).toStrictEqual({
      kind: 'externalId',
      subdomain: 'contoso',
      tenantId,
    })
    expect(externalId({ subdomain: 'contoso', tenantId, domain: 'Login.Contoso.com' }).domain).toBe(
      'login.contoso.com',
    )
    expect(() => make({ tenants: upper, audience: apiId })).not.toThrow()
    const authority = `https://contoso.ciamlogin.com/${upper}/v2.0`
    expect(() => make({ authority, audience: apiId })).not.toThrow()
  })

  it('name one tenant, so an audience need not be unique across tenants', () => {
    const audience = [apiId, 'api://orders']
    const consumers = b2c({ domain: 'contoso.b2clogin.com', tenantId, policies: ['B2C_1_susi'] })
    for (const authority of [consumers, externalId({ subdomain: 'contoso', tenantId })])
      expect(() => make({ authority, audience })).not.toThrow()
    expect(() => make({ tenants: 'organizations', audience })).toThrow(/not unique across tenants/)
  })
})

describe('the name of a B2C policy in a token', () => {
  const issuer = `https://contoso.b2clogin.com/${tenantId}/v2.0/`
  const authority = b2c({ domain: 'contoso.b2clogin.com', tenantId, policies: ['B2C_1_Kiosk-signin'] })
  const outcome = async (claims: Members): Promise<string> =>
    await outcomeOf(
      verifierFor({ authority, fetch: documents({ issuer }) }).verify(
        await issue({ iss: issuer, ver: '1.0', ...claims }),
      ),
    )

  it.each(['tfp', 'acr'])('is compared without regard to case, as B2C does: %s', async (claim) => {
    for (const name of ['B2C_1_Kiosk-signin', 'b2c_1_kiosk-signin', 'B2C_1_KIOSK-SIGNIN'])
      expect(await outcome({ [claim]: name })).toBe('accepted')
  })

  it('stands in tfp; acr counts only where there is no tfp at all', async () => {
    const [good, other] = ['B2C_1_Kiosk-signin', 'B2C_1_weaker']
    expect(await outcome({ tfp: good, acr: other })).toBe('accepted')
    expect(await outcome({ tfp: other, acr: good })).toBe('policy_refused')
    for (const tfp of ['', null, [good]]) expect(await outcome({ tfp, acr: good })).toBe('policy_refused')
    expect(await outcome({ acr: other })).toBe('policy_refused')
  })

  it.each([
    ['the Kelvin sign', 'B2C_1_\u212Aiosk-signin'],
    ['a dotted capital I', 'B2C_1_K\u0130osk-signin'],
    ['a dotless i', 'B2C_1_k\u0131osk-signin'],
    ['a long s', 'B2C_1_kio\u017Fk-signin'],
    ['letters of full width', 'B2C_1_\uFF2Biosk-signin'],
  ])('is another one with %s in it', async (_what, name) => {
    for (const claim of ['tfp', 'acr']) expect(await outcome({ [claim]: name })).toBe('policy_refused')
  })
})

describe('the tenant of a B2C token', () => {
  const issuer = `https://contoso.b2clogin.com/${tenantId}/v2.0/`
  const authority = b2c({ domain: 'contoso.b2clogin.com', tenantId, policies: ['B2C_1_susi'] })

  it.each([
    ['the id', tenantId, 'accepted'],
    ['the id in upper case, which B2C never writes', tenantId.toUpperCase(), 'tenant_mismatch'],
    ['another one', apiId, 'tenant_mismatch'],
    ['a name', 'contoso.onmicrosoft.com', 'tenant_mismatch'],
    ['nothing, as B2C has it', undefined, 'accepted'],
  ])('is %s', async (_, tid, expected) => {
    const verifier = verifierFor({ authority, fetch: documents({ issuer }) })
    const token = await issue({ iss: issuer, ver: '1.0', tfp: 'B2C_1_susi', tid })
    expect(await outcomeOf(verifier.verify(token))).toBe(expected)
  })
})
