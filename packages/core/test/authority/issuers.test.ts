import { describe, expect, it } from 'vitest'

import { b2c, externalId, type VerifierOptions } from '../../src/index.ts'
import { issue, tenantId, verifierFor } from '../support/issuer.ts'
import { outcomeOf } from '../support/outcome.ts'

const policy = 'B2C_1_susi'
const authorities: Readonly<Record<string, Partial<VerifierOptions>>> = {
  'one tenant': {},
  'every tenant': { tenants: 'organizations' },
  'Azure AD B2C': {
    tenants: undefined,
    authority: b2c({ domain: 'contoso.b2clogin.com', tenantId, policies: [policy] }),
  },
  'External ID': { tenants: undefined, authority: externalId({ subdomain: 'contoso', tenantId }) },
}

describe.each(Object.keys(authorities))('an issuer that is not of %s', (name) => {
  it.each<[unknown]>([
    [5],
    [null],
    [{}],
    [['https://contoso.b2clogin.com/']],
    [''],
    ['contoso.b2clogin.com'],
    ['https://contoso.b2clogin.com.evil.example/'],
    [`https://login.evil.example/${tenantId}/v2.0`],
  ])('is unknown: %j', async (iss) => {
    const token = await issue({ iss, tfp: policy })
    const verifier = verifierFor(authorities[name] ?? {})
    expect(await outcomeOf(verifier.verify(token))).toBe('issuer_unknown')
  })
})
