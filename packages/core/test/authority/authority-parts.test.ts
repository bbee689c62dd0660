import { describe, expect, it } from 'vitest'

import { b2c, createVerifier, externalId, type VerifierOptions } from '../../src/index.ts'
import { apiId, tenantId } from '../support/issuer.ts'

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
    [{ policies: ['signin'] }],
    [{ appClients: ['daemon'] }],
  ])('b2c(%j) throws', (changes) => {
    const parts = { domain: 'contoso.b2clogin.com', tenantId, policies: ['B2C_1_susi'], ...changes }
    expect(() => b2c(parts)).toThrow(TypeError)
    // The same parts written by hand, past the function.
    expect(() => make({ audience: apiId, authority: { kind: 'b2c', ...parts } })).toThrow(TypeError)
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
    expect(externalId({ subdomain: 'Contoso', tenantId: upper })).toMatchObject({
      subdomain: 'contoso',
      tenantId,
    })
    expect(() => make({ tenants: upper, audience: apiId })).not.toThrow()
  })
})
