import { describe, expect, it } from 'vitest'

import { b2c, createVerifier, externalId, refuse, type VerifierOptions } from '../../src/index.ts'
import { fixture } from '../support/fixture.ts'
import { mtls } from '../../src/pop.ts'
import { apiId, claims, clock, documents, issue, tenantId, verifierFor } from '../support/issuer.ts'
import { outcomeOf } from '../support/outcome.ts'

interface Scenario {
  readonly id: string
  readonly config: Readonly<Record<string, unknown>>
}

const numbers: Readonly<Record<string, unknown>> = { NaN: Number.NaN, '86400': 86_400 }

/** The scenario's words in ours, completed to a configuration that is right in everything else. */
function optionsOf({ id, config }: Scenario): Record<string, unknown> {
  const { tenantId: tenant, clockToleranceSec, tenantMode, allowedTenants, ...rest } = config
  const complete: Record<string, unknown> = { tenants: tenantId, audience: apiId, ...rest }
  if ('authority' in config || id === 'cfg-tenant-missing') delete complete['tenants']
  if (id === 'cfg-aud-missing') delete complete['audience']
  if (id === 'cfg-aud-regex') complete['audience'] = /.*/
  if (tenant !== undefined) complete['tenants'] = tenant
  if (tenantMode !== undefined) complete['tenants'] = allowedTenants
  if (clockToleranceSec !== undefined)
    complete['clockTolerance'] = numbers[clockToleranceSec as string] ?? clockToleranceSec
  return complete
}

const make = (options: object): unknown => createVerifier(options as VerifierOptions)
const scenarios = fixture<readonly Scenario[]>('options-cases.json')

describe('a configuration that cannot be right', () => {
  // The two others follow: one is a choice that has to be written, one is about what happens afterwards.
  const wrong = scenarios.filter(({ id }) => id !== 'cfg-tenant-common' && id !== 'cfg-mutate-after')

  it.each(wrong)('$id throws a TypeError', (scenario) => {
    expect(() => make(optionsOf(scenario))).toThrow(TypeError)
  })

  it('is what differs from this one, which is right', () => {
    expect(() => make(optionsOf({ id: 'right', config: {} }))).not.toThrow()
  })
})

describe('cfg-tenant-common: every tenant', () => {
  it('is accepted where it is written as such', () => {
    expect(() => make({ tenants: 'common', audience: apiId })).not.toThrow()
  })

  it('is refused in a pasted URL, with the option to write instead', () => {
    for (const path of ['common', 'common/v2.0', 'organizations/v2.0/.well-known/openid-configuration']) {
      const authority = `https://login.microsoftonline.com/${path}`
      expect(() => make({ authority, audience: apiId })).toThrow(/tenants: '(?:common|organizations)'/)
    }
  })
})

describe('cfg-mutate-after: options', () => {
  it('are copied, so that what happens to the objects later has no effect', async () => {
    const audience = ['api://other-api']
    const tenants = ['99999999-9999-4999-8999-999999999999']
    const verifier = createVerifier({
      tenants,
      audience,
      fetch: documents({ issuer: claims['iss'] }),
      now: () => clock * 1000,
    })
    audience.push(apiId)
    tenants[0] = tenantId
    expect(await outcomeOf(verifier.verify(await issue()))).toBe('issuer_unknown')
    const other = verifier.with({ clockTolerance: 60 })
    expect(await outcomeOf(other.verify(await issue()))).toBe('issuer_unknown')
  })

  it('of another policy are copied too', async () => {
    const audience = ['api://other-api']
    const policy = verifierFor().with({ audience })
    audience.push(apiId)
    expect(await outcomeOf(policy.with({ clockTolerance: 0 }).verify(await issue()))).toBe(
      'audience_mismatch',
    )
  })
})

describe('an option', () => {
  const right = { tenants: tenantId, audience: apiId }

  it('that is undefined counts as absent', async () => {
    const absent = Object.fromEntries(
      (
        'personalAccounts cloud appId authority allowSharedAudience versions clockTolerance maxTokenAge maxTokenLength ' +
        'allowWithoutPermissions check resolveGroups keys store storeSecret tokenCache signature challenge fetch now onEvent'
      )
        .split(' ')
        .map((name) => [name, undefined]),
    )
    expect(() => make({ ...right, ...absent })).not.toThrow()
    const keys = { refreshAfter: undefined, retainFor: undefined, timeout: undefined, refuse: undefined }
    expect(() => make({ ...right, keys })).not.toThrow()
    const changes = { audience: undefined, tenants: undefined, check: undefined } as object
    expect(
      await outcomeOf(
        verifierFor()
          .with(changes)
          .verify(await issue()),
      ),
    ).toBe('accepted')
  })

  it('that is inherited throws, because a polluted prototype must not configure anything', () => {
    expect(() => make(Object.create(right))).toThrow(/inherited/)
    expect(() => verifierFor().with(Object.create({ audience: apiId }))).toThrow(/inherited/)
    expect(() => make({ ...right, keys: Object.create({ retainFor: 600 }) })).toThrow(/inherited/)
  })

  it.each([[[]], [null], ['static'], [7]])('cannot be %j where an object is needed', (keys) => {
    expect(() => make({ ...right, keys: keys as never })).toThrow('option keys: an object is needed, not')
  })

  it('that lists keys to refuse is a list', () => {
    expect(() => make({ ...right, keys: { refuse: [] } })).not.toThrow()
    for (const value of ['', 'kid', {}, null])
      expect(() => make({ ...right, keys: { refuse: value as never } })).toThrow(/keys\.refuse must be/)
  })

  it('that is a member of a class throws, because a copy would lose it: a check that holds here and not in with()', () => {
    class WithMethod {
      readonly tenants = tenantId
      readonly audience = apiId
      check(): void {
        throw refuse('not today')
      }
    }
    class WithGetter {
      get retainFor(): number {
        return 600
      }
    }
    const hidden = Object.defineProperty({ ...right }, 'maxTokenAge', { value: 60 })
    expect(() => make(new WithMethod())).toThrow(/"check" is inherited/)
    expect(() => make({ ...right, keys: new WithGetter() })).toThrow(/"retainFor" is inherited/)
    expect(() => make(hidden)).toThrow(/"maxTokenAge" is inherited/)
  })

  it.each([
    ['audience', ''],
    ['audience', [' ']],
    ['audience', [apiId, 'api://undefined']],
    ['audience', [apiId, 'api://null/orders']],
    ['audience', 'undefined'],
    ['audience', [apiId, '']],
    ['audience', `${apiId} `],
    ['audience', [apiId, 7]],
    ['audience', { 0: apiId }],
    ['tenants', ''],
    ['tenants', []],
    ['tenants', [tenantId, 'contoso.com']],
    ['tenants', `${tenantId}/..`],
    ['tenants', 'localhost'],
    ['tenants', '10.0.0.1'],
    ['tenants', 7],
    ['tenants', null],
    ['versions', []],
    ['versions', ['3.0']],
    ['versions', '2.0'],
    ['clockTolerance', -1],
    ['clockTolerance', 601],
    ['clockTolerance', Number.POSITIVE_INFINITY],
    ['maxTokenAge', 0],
    ['maxTokenAge', Number.NaN],
    ['maxTokenLength', 0],
    ['maxTokenLength', 1.5],
    ['allowWithoutPermissions', 'yes'],
    ['allowSharedAudience', 1],
    ['personalAccounts', true],
    ['check', {}],
    ['cloud', 'germany'],
    ['cloud', 'constructor'],
    ['cloud', { loginHost: 'https://login.example.com', v1IssuerHost: 'sts.example.com' }],
    ['cloud', { loginHost: 'login.example.com' }],
    ['cloud', { loginHost: 'login.example.com', v1IssuerHost: 'sts.example.com', issuer: 'x' }],
    ['appId', 'my-app'],
    ['tokenCache', true],
    ['tokenCache', -1],
    ['keys', { refreshAfter: Number.NaN }],
    ['keys', { refreshAfter: 100, retainFor: 10 }],
    ['keys', { minRefreshInterval: 0 }],
    ['keys', { refuse: [''] }],
    ['keys', { maxKeys: 1 }],
    ['keys', { refreshAfter: 0.5 }],
    ['keys', { retainFor: 0.5, refreshAfter: 1 }],
    ['keys', { retainFor: 0 }],
    ['keys', { minRefreshInterval: 0.5 }],
    ['keys', { minRefreshInterval: 86_401 }],
    ['keys', { timeout: 0 }],
    ['keys', { timeout: 61 }],
    ['keys', { timeout: '5' }],
    ['keys', { refuse: 'k1' }],
    ['keys', { refuse: ['k1 k2'] }],
    ['keys', { refuse: ['k1,k2'] }],
    ['challenge', { realm: 'a"\r\nb' }],
    ['challenge', { realm: 'a\u007f' }],
    ['challenge', { realm: 'ä' }],
    ['challenge', { realm: 7 }],
    ['challenge', { resourceMetadata: 'not a URL' }],
    ['challenge', { resourceMetadata: 'ftp://api.contoso.com/' }],
    ['challenge', { scopePrefix: 'api://orders /' }],
    ['challenge', { scopePrefix: 'api://"orders"/' }],
    ['challenge', { scopePrefix: 'api://orders\\' }],
    ['challenge', { scopePrefix: 7 }],
    ['challenge', { scope: 'x' }],
    ['challenge', { exposeCode: 'yes' }],
    ['store', {}],
    ['store', null],
    ['store', { getItem: () => null }],
    ['store', { setItem: () => {} }],
    ['storeSecret', 'without a store'],
    ['fetch', 'https://proxy.contoso.com'],
    ['now', 1_800_000_000_000],
    ['appId', 7],
    ['tenants', [tenantId, 7]],
    ['cloud', 7],
    ['cloud', ['usgov']],
    ['cloud', null],
    ['cloud', { v1IssuerHost: 'sts.example.com' }],
    ['cloud', { loginHost: 'login.example.com', v1IssuerHost: 'https://sts.example.com' }],
    ['cloud', { loginHost: 'login.example.com', v1IssuerHost: 'sts.example.com', aliases: ['x'] }],
    ['cloud', { loginHost: 'login.example.com', v1IssuerHost: 'sts.example.com', name: '' }],
  ])('%s: %j throws, and the error names the option', (name, value) => {
    expect(() => make({ ...right, [name]: value })).toThrow(TypeError)
    expect(() => make({ ...right, [name]: value })).toThrow(name)
  })

  it.each<[string, unknown, string]>([
    ['versions', '2.0', "versions must be a list of '1.0' and '2.0'"],
    ['versions', [], "versions must be a list of '1.0' and '2.0'"],
    ['versions', ['2.0', '3.0'], "versions must be a list of '1.0' and '2.0'"],
    ['guests', 'admit', "guests can only be 'refuse'"],
    ['guests', false, "guests can only be 'refuse'"],
    ['unknown', 1, 'unknown option "unknown"'],
    ['bound', true, 'bound must be what'],
    ['bound', null, 'bound must be what'],
    ['bound', 'dpop', 'bound must be what'],
    ['bound', [], 'bound must be what'],
    ['bound', [mtls(), {}], 'bound must be what'],
    ['bound', [mtls(), { prove: true }], 'bound must be what'],
    ['bound', [mtls(), mtls()], 'at most once each'],
  ])('%s: %j throws, and the error says what it must be', (name, value, message) => {
    expect(() => make({ ...right, [name]: value })).toThrow(message)
    expect(() => verifierFor().with({ [name]: value })).toThrow(message)
  })

  it('a misspelt option is named, not the one that is missing for it', () => {
    expect(() => make({ ...right, tenants: undefined, tenant: right.tenants })).toThrow(
      'unknown option "tenant"',
    )
  })

  it('that is to be a function is one', () => {
    for (const name of ['check', 'resolveGroups', 'signature', 'onEvent']) {
      expect(() => make({ ...right, [name]: () => undefined })).not.toThrow()
      for (const value of [null, {}, 'check', true])
        expect(() => make({ ...right, [name]: value })).toThrow(`${name} must be a function`)
    }
  })

  it.each([undefined, null, 'f645ad92-e38d-4d1a-b510-d1b09a74a8ca', 7])(
    'cannot stand where all of them do: %j in their place throws',
    (options) => {
      expect(() => make(options as never)).toThrow('createVerifier needs options')
    },
  )

  it('that is no data is kept and not copied: a store that holds itself, a binding with a prototype', async () => {
    const store = { getItem: () => null, setItem: () => undefined, own: {} }
    store.own = store
    expect(() => make({ ...right, store, storeSecret: 'x'.repeat(32) })).not.toThrow()
    class Proving {
      readonly by = 'mtls'
      readonly scheme = 'mtls_pop'
      readonly required = true
      async prove(): Promise<void> {}
    }
    const verifier = verifierFor({ bound: new Proving() }).with({ clockTolerance: 60 })
    expect(await outcomeOf(verifier.verify(await issue()))).toBe('token_not_bound')
  })

  it.each<readonly [string, Partial<VerifierOptions>]>([
    [
      'the shortest times',
      { keys: { refreshAfter: 1, retainFor: 1, minRefreshInterval: 1, timeout: 0.001 } },
    ],
    [
      'the longest times',
      { keys: { retainFor: Number.MAX_SAFE_INTEGER, minRefreshInterval: 86_400, timeout: 60 } },
    ],
    ['keys that are retained shorter than they are refreshed by default', { keys: { retainFor: 60 } }],
    ['no key to refuse', { keys: { refuse: [] } }],
    ['a realm of all that is printable', { challenge: { realm: ' ~' } }],
    ['an empty realm', { challenge: { realm: '' } }],
    ['no text before a scope', { challenge: { scopePrefix: '' } }],
    ['a text before a scope', { challenge: { scopePrefix: '!#[]~' } }],
    [
      'a cloud of which the issuer of v1.0 is not known',
      { cloud: { loginHost: 'login.example.com', v1IssuerHost: undefined } },
    ],
  ])('may be at its limit: %s', (_what, changes) => {
    expect(() => make({ ...right, ...changes })).not.toThrow()
  })

  it('that is missing says what to write', () => {
    expect(() => make({ tenants: tenantId })).toThrow(/audience is required/)
    expect(() => make({ ...right, audience: null })).toThrow(/audience is required/)
    expect(() => make({ audience: apiId })).toThrow(/tenants is required/)
    expect(() => make({ ...right, authority: `https://login.microsoftonline.com/${tenantId}` })).toThrow(
      /exclude each other/,
    )
    expect(() => make({ ...right, personalAccounts: true })).toThrow(/needs a function in tenants/)
    for (const cloud of ['germany', 7, null])
      expect(() => make({ ...right, cloud })).toThrow(/cloud must be public, .* or \{ loginHost/)
    for (const authority of [7, null, {}, { kind: 'entraId' }])
      expect(() => make({ audience: apiId, authority })).toThrow(/must be b2c\(/)
    expect(() => make({ ...right, store: {}, storeSecret: 'x' })).toThrow(/store must have getItem/)
    expect(() => make({ ...right, storeSecret: 'x' })).toThrow(/needs a store/)
    const store = { getItem: () => null, setItem: () => {} }
    for (const storeSecret of ['', 7, null])
      expect(() => make({ ...right, store, storeSecret })).toThrow(/storeSecret must be a non-empty string/)
    expect(() => make({ ...right, store, storeSecret: 'x' })).not.toThrow()
  })

  it('that contradicts another one throws', () => {
    const b2cAuthority = b2c({ domain: 'contoso.b2clogin.com', tenantId, policies: ['B2C_1_susi'] })
    const external = externalId({ subdomain: 'contoso', tenantId })
    for (const options of [
      { ...right, authority: b2cAuthority },
      { audience: apiId, authority: b2cAuthority, cloud: 'usgov' },
      { audience: apiId, authority: b2cAuthority, appId: apiId },
      { audience: apiId, authority: b2cAuthority, versions: ['2.0'] },
      { audience: apiId, authority: external, versions: ['1.0'] },
      { audience: apiId, authority: external, cloud: 'public' },
      { ...right, tenants: 'organizations', appId: apiId },
      { ...right, tenants: () => true, appId: apiId },
      { ...right, tenants: [tenantId, apiId], appId: apiId },
    ]) {
      expect(() => make(options)).toThrow(TypeError)
    }
  })
})

describe('another policy over the same keys', () => {
  const external = externalId({ subdomain: 'contoso', tenantId })
  const ofTenants = verifierFor()
  const ofAuthority = createVerifier({ authority: external, audience: apiId, now: () => clock * 1000 })

  it('keeps whose tokens it accepts, unless that is changed', async () => {
    const token = await issue()
    expect(await outcomeOf(ofTenants.with({ clockTolerance: 0 }).verify(token))).toBe('accepted')
    const other = ofTenants.with({ tenants: '99999999-9999-4999-8999-999999999999' })
    expect(await outcomeOf(other.verify(token))).toBe('issuer_unknown')
    expect(await outcomeOf(ofAuthority.with({ clockTolerance: 0 }).verify(token))).toBe('issuer_unknown')
  })

  it('has tenants in place of the authority, or an authority in place of the tenants', async () => {
    const token = await issue()
    expect(await outcomeOf(ofTenants.with({ authority: external }).verify(token))).toBe('issuer_unknown')
    const workforce = ofAuthority.with({ tenants: tenantId }).health()
    expect(workforce.authorities.map(({ document }) => new URL(document).host)).toEqual([
      'login.microsoftonline.com',
    ])
  })

  it.each(['keys', 'store', 'storeSecret', 'fetch', 'now'])('cannot have another %s', (name) => {
    expect(() => ofTenants.with({ [name]: undefined })).not.toThrow()
    expect(() => ofTenants.with({ [name]: {} })).toThrow(`it cannot change "${name}"`)
  })
})

describe('an audience that another tenant could register too', () => {
  it('throws with several tenants, unless that is accepted', () => {
    for (const tenants of ['common', 'organizations', () => true, [tenantId, apiId]]) {
      expect(() => make({ tenants, audience: 'api://orders' })).toThrow(/allowSharedAudience/)
      expect(() => make({ tenants, audience: 'api://orders', allowSharedAudience: true })).not.toThrow()
      for (const audience of [
        apiId,
        `api://${apiId}`,
        `api://${apiId}/orders`,
        'https://orders.contoso.com',
      ]) {
        expect(() => make({ tenants, audience })).not.toThrow()
      }
    }
  })

  const foreign = '99999999-0000-4000-8000-000000000009'

  it.each([
    `api://${apiId}/a/b`,
    `api://${apiId}/a/more`,
    `api://orders/${apiId}`,
    `api://${tenantId}/${apiId}`,
    `api://auth-${foreign}/${apiId}`,
    `api://${foreign}/${apiId}`,
    `API://orders/${apiId.toUpperCase()}`,
    `spn:${apiId}`,
    `api://orders.contoso.com/${apiId}`,
  ])('is not %s: it holds the client id, which audience lists too', (uri) => {
    for (const tenants of ['organizations', [tenantId, foreign], () => true])
      expect(() => make({ tenants, audience: [apiId, uri] })).not.toThrow()
  })

  it.each([
    `api://${foreign}`,
    `api://${foreign}/orders`,
    `api://${tenantId}/orders`,
    `api://orders/${foreign}`,
    `api://auth-${apiId}/${foreign}`,
    `api://auth-${apiId}`,
    `api://orders-${apiId}`,
    `api://orders/${apiId}/`,
    `api://orders/${apiId}/more`,
    `api://orders/a/${apiId}`,
    `api://orders/${apiId}x`,
    `spn:${foreign}`,
    `spn:${apiId}/orders`,
    `web+api://${apiId}`,
    `web+api://orders/${apiId}`,
    `urn:${apiId}`,
    `http://orders.contoso.com/${apiId}`,
  ])('is %s, although there are GUIDs in it or in audience', (uri) => {
    for (const tenants of ['organizations', [tenantId, foreign], () => true]) {
      expect(() => make({ tenants, audience: [apiId, uri] })).toThrow(/allowSharedAudience/)
      expect(() => make({ tenants, audience: [apiId, uri], allowSharedAudience: true })).not.toThrow()
    }
  })

  it('is one that ends in a client id which nobody says is ours', () => {
    for (const audience of [
      `api://orders/${apiId}`,
      `spn:${apiId}`,
      `api://auth-${foreign}/${apiId}`,
      // Whoever owns that domain may write any id behind it.
      [`https://orders.contoso.com/api://${apiId}`, `api://orders/${apiId}`],
    ])
      expect(() => make({ tenants: 'organizations', audience })).toThrow(
        /a client id that audience lists too/,
      )
  })

  it('is fine with one tenant', () => {
    for (const tenants of [tenantId, [tenantId], 'contoso.com']) {
      expect(() => make({ tenants, audience: 'api://orders' })).not.toThrow()
    }
  })
})
