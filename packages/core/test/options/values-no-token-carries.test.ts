import { describe, expect, it } from 'vitest'

import {
  allOf,
  b2c,
  compileAccess,
  createVerifier,
  externalId,
  type Access,
  type IdTokenOptions,
  type VerifierOptions,
} from '../../src/index.ts'
import { readIdTokenOptions } from '../../src/access/id-token.ts'
import { apiId, claims, documents, issue, tenantId } from '../support/issuer.ts'
import { outcomeOf } from '../support/outcome.ts'

type Place = (value: unknown) => unknown

const right = { tenants: tenantId, audience: apiId }
const make = (options: object): unknown => createVerifier(options as VerifierOptions)
const makeB2c = (parts: object): unknown =>
  b2c({ domain: 'contoso.b2clogin.com', tenantId, policies: ['B2C_1_susi'], ...parts })
const makeExternalId = (parts: object): unknown => externalId({ subdomain: 'contoso', tenantId, ...parts })
const cloud = { loginHost: 'login.example.com', v1IssuerHost: 'sts.example.com' }
const ask = (key: string): Place => {
  const rule = key === 'scopes' || key === 'appPermissions' ? {} : { callers: ['user', 'app'] }
  return (value) => compileAccess({ ...rule, [key]: value } as unknown as Access)
}

const id = 'aabbccdd-2222-4222-8222-222222222222'

/** Each place for a value that is compared with something in a token, and a value that fits there. */
const places: Readonly<Record<string, readonly [string, Place]>> = {
  tenants: [id, (tenants) => make({ ...right, tenants })],
  'tenants as a list': [id, (tenant) => make({ ...right, tenants: [tenantId, tenant] })],
  'tenants by domain': ['contoso.com', (tenants) => make({ ...right, tenants })],
  appId: [id, (appId) => make({ ...right, appId })],
  authority: [
    `https://login.microsoftonline.com/${id}/v2.0`,
    (authority) => make({ audience: apiId, authority }),
  ],
  audience: [id, (audience) => make({ ...right, audience })],
  'audience as a list': [`api://${id}`, (audience) => make({ ...right, audience: [apiId, audience] })],
  'cloud.loginHost': ['login.example.com', (loginHost) => make({ ...right, cloud: { ...cloud, loginHost } })],
  'cloud.v1IssuerHost': [
    'sts.example.com',
    (v1IssuerHost) => make({ ...right, cloud: { ...cloud, v1IssuerHost } }),
  ],
  'cloud.aliases': [
    'login.example.com',
    (alias) => make({ ...right, cloud: { ...cloud, aliases: [alias] } }),
  ],
  'cloud.name': ['microsoftonline.com', (name) => make({ ...right, cloud: { ...cloud, name } })],
  'cloud.graphHosts': [
    'graph.example.com',
    (host) => make({ ...right, cloud: { ...cloud, graphHosts: [host] } }),
  ],
  'keys.refuse': ['CtTuhMJmD5M7DLdzD2v2x3QKSRY', (kid) => make({ ...right, keys: { refuse: [kid] } })],
  'b2c domain': ['contoso.b2clogin.com', (domain) => makeB2c({ domain })],
  'b2c tenantId': [id, (value) => makeB2c({ tenantId: value })],
  'b2c policies': ['B2C_1A_signup-signin', (policy) => makeB2c({ policies: [policy] })],
  'b2c appClients': [id, (client) => makeB2c({ appClients: [client] })],
  'externalId subdomain': ['contoso', (subdomain) => makeExternalId({ subdomain })],
  'externalId tenantId': [id, (value) => makeExternalId({ tenantId: value })],
  'externalId domain': ['login.contoso.com', (domain) => makeExternalId({ domain })],
  'verifyIdToken: clientId': [
    id,
    (clientId) => readIdTokenOptions({ clientId, nonce: false } as IdTokenOptions),
  ],
  'access scopes': ['Orders.Read', (value) => ask('scopes')([value])],
  'access scopes, all of them': ['Orders.Read', (value) => ask('scopes')({ allOf: ['Orders.Write', value] })],
  'access appPermissions': ['Orders.Read.All', (value) => ask('appPermissions')([value])],
  'access roles': ['Orders.Admin', (value) => ask('roles')([value])],
  'access directoryRoles': [
    '62e90394-69f5-4237-9190-012177145e10',
    (value) => ask('directoryRoles')([value]),
  ],
  'access groups': [id, (value) => ask('groups')([value])],
  'access authContext': ['c1', (value) => ask('authContext')([value])],
  'access authContext, not in a list': ['c99', (value) => ask('authContext')(value)],
  'access clients': [id, (value) => ask('clients')([value])],
  'access clientAuthentication': ['certificate', (value) => ask('clientAuthentication')([value])],
  'access principals': [id, (value) => ask('principals')([value])],
}

const everywhere = Object.entries(places)
const guids = everywhere.filter(([, [fits]]) => fits === id || /^[0-9a-f]{8}-/.test(fits))

/** What is wrong whatever the place, made of the value that fits there. */
const slips: Readonly<Record<string, (fits: string) => unknown>> = {
  'nothing between the quotes': () => '',
  'a blank alone': () => ' ',
  'a blank in front': (fits) => ` ${fits}`,
  'a blank behind': (fits) => `${fits} `,
  'a line end behind, from a file': (fits) => `${fits}\n`,
  'a byte order mark in front, from a file': (fits) => `\uFEFF${fits}`,
  'a zero-width space behind, from a page': (fits) => `${fits}\u200B`,
  'a control character inside': (fits) => `${fits.slice(0, 1)}\u0000${fits.slice(1)}`,
  'a C1 control character inside': (fits) => `${fits.slice(0, 1)}\u0085${fits.slice(1)}`,
  'a placeholder in angle brackets': () => '<your value>',
  'a placeholder in braces': () => '{your-value}',
  'a template string in plain quotes': () => '${YOUR_VALUE}',
  'a token of a pipeline that was not replaced': () => '#{YourValue}#',
  'two values in one text': (fits) => `${fits},\n${fits}`,
  'a number': () => 7,
  null: () => null,
  'a list in a list': (fits) => [[fits]],
}

describe.each(everywhere)('%s', (name, [fits, place]) => {
  it(`takes ${JSON.stringify(fits)}`, () => {
    expect(() => place(fits)).not.toThrow()
  })

  it.each(Object.entries(slips))('with %s is a TypeError that names the place', (_slip, wrong) => {
    expect(() => place(wrong(fits))).toThrow(TypeError)
    const [where = '', member] = name.split(/[ ,.]/)
    expect(() => place(wrong(fits))).toThrow(where === 'access' || where === 'b2c' ? member : where)
  })
})

describe('a full scope, as clients ask for it, where a token carries the name alone', () => {
  const named = everywhere.filter(([, [fits]]) => fits.startsWith('Orders.'))

  it.each(named)('is refused in %s, with what to write', (_name, [, place]) => {
    for (const full of [
      `api://${apiId}/Orders.Read`,
      'api://orders/Orders.Read',
      'API://orders/Orders.Read',
      `${apiId}/Orders.Read`,
      `${apiId.toUpperCase()}/Orders.Read`,
    ])
      expect(() => place(full)).toThrow(/write "Orders\.Read"/)
    for (const all of ['.default', `api://${apiId}/.default`, 'https://graph.microsoft.com/.default'])
      expect(() => place(all)).toThrow(/\.default.*never/)
  })

  it('is refused in scopes for an Application ID URI of every scheme', () => {
    for (const full of [
      'https://orders.contoso.com/Orders.Read',
      'urn://orders/Orders.Read',
      'h2+tls://orders/Orders.Read',
    ])
      expect(() => compileAccess({ scopes: [full] })).toThrow(/write "Orders\.Read"/)
  })
})

describe('a scope', () => {
  it.each(['Orders.Read Orders.Write', 'Orders."Read"', 'Orders\\Read', 'Aufträge.Lesen'])(
    'is not %s, which stands in no token as one',
    (scope) => {
      expect(() => compileAccess({ scopes: [scope] })).toThrow(/is not one scope/)
    },
  )
})

describe('a value of another kind is a TypeError that says so', () => {
  it.each<[string, string, RegExp]>([
    ['access groups', 'Orders Admins', /not a GUID/],
    ['access clients', `${id}, ${apiId}`, /not a GUID/],
    ['access directoryRoles', 'Global Administrator', /not a GUID/],
    ['keys.refuse', 'k1 k2', /not one key id/],
    ['keys.refuse', 'k1,k2', /not one key id/],
  ])('%s: %s', (name, value, said) => {
    const place = places[name]?.[1]
    expect(() => place?.(value)).toThrow(TypeError)
    expect(() => place?.(value)).toThrow(said)
  })
})

describe('an audience that no token can carry', () => {
  it.each([
    [`api://${apiId}/.default`, `"api://${apiId}"`],
    [`api://${apiId}/Orders.Read`, `"api://${apiId}"`],
    [`api://${apiId}/Orders.ReadWrite.All`, `"api://${apiId}"`],
    [`api://${apiId}/user_impersonation`, `"api://${apiId}"`],
    ['https://orders.contoso.com/access_as_user', '"https://orders.contoso.com"'],
    [`${apiId}/.default`, `"${apiId}"`],
    ['https://graph.microsoft.com', 'Microsoft Graph'],
    ['00000003-0000-0000-c000-000000000000', 'Microsoft Graph'],
    ['api://<client id>', 'placeholder'],
    [`api://{clientId}`, 'placeholder'],
    ['api://${process.env.CLIENT_ID}', 'placeholder'],
    [`${apiId} api://${apiId}`, 'white space'],
    ['https://orders.contoso.com/"orders"', 'URI'],
    ['api://orders>', 'URI'],
    ['api://<orders', 'URI'],
  ])('%s is a TypeError that says what to write', (audience, said) => {
    expect(() => make({ ...right, audience })).toThrow(TypeError)
    expect(() => make({ ...right, audience: [apiId, audience] })).toThrow(said)
  })

  it('is one Application ID URI where only v2.0 tokens are accepted: they carry the client id', () => {
    const onlyV2 = [
      { tenants: tenantId, versions: ['2.0'] },
      { authority: externalId({ subdomain: 'contoso', tenantId }) },
    ]
    for (const options of onlyV2) {
      expect(() => make({ ...options, audience: 'api://orders' })).toThrow(/client id/)
      expect(() => make({ ...options, audience: ['api://orders', apiId] })).not.toThrow()
    }
    expect(() => make({ tenants: tenantId, versions: ['1.0'], audience: 'api://orders' })).not.toThrow()
  })
})

describe('a GUID in capitals', () => {
  it.each(guids)('means the same in %s', (_name, [fits, place]) => {
    expect(() => place(fits.toUpperCase())).not.toThrow()
  })

  it('is compared in lower case, as tokens carry it', () => {
    const upper = id.toUpperCase()
    for (const key of ['groups', 'clients', 'principals', 'directoryRoles'] as const) {
      const [rule] = compileAccess({ callers: ['user'], [key]: [upper] })
      expect(rule?.[key]?.values).toEqual([id])
    }
  })

  it('as the audience accepts the client id of a token', async () => {
    const audience = apiId.toUpperCase()
    const fetch = documents({ issuer: claims['iss'] })
    const verifier = createVerifier({
      ...right,
      audience,
      fetch,
      now: () => Number(claims['iat']) * 1000,
    })
    expect(await outcomeOf(verifier.verify(await issue()))).toBe('accepted')
  })
})

describe('a token has one client, one way of authentication and one caller', () => {
  it.each(['clients', 'clientAuthentication', 'principals'])('so %s cannot ask for all of several', (key) => {
    const several = key === 'clientAuthentication' ? allOf('secret', 'certificate') : allOf(id, apiId)
    expect(() => ask(key)(several)).toThrow(/allOf/)
  })
})

describe('what Entra ID can issue is taken', () => {
  // The characters that Microsoft Graph documents for the values of permission scopes and app roles.
  const documented = ":!#$%&'()*+,-./:;<=>?@[]^_`{|}~"

  it.each(documented.split('').map((character) => `a${character}b`))(
    'as a permission or a role: %s',
    (name) => {
      for (const key of ['scopes', 'appPermissions', 'roles']) expect(() => ask(key)([name])).not.toThrow()
    },
  )

  it.each([
    'Orders.Read',
    'orders:read',
    'orders/read',
    'access_as_user',
    'user_impersonation',
    'Orders.Read<T>',
    'openid',
    'a'.repeat(120),
    apiId,
    'api://orders/',
    '1a://orders/read',
    'a!b://orders/read',
  ])('as a permission or a role: %s', (name) => {
    for (const key of ['scopes', 'appPermissions', 'roles']) expect(() => ask(key)([name])).not.toThrow()
  })

  // Groups that are emitted as roles come by their names.
  it.each(['Orders Admins', 'CONTOSO\\Orders Admins', 'contoso.com\\admins', 'Geschäftsführung', '管理者'])(
    'as a role: %s',
    (name) => {
      for (const key of ['appPermissions', 'roles']) expect(() => ask(key)([name])).not.toThrow()
    },
  )

  // Some registrations write their roles as addresses.
  it('as a role: https://contoso.com/roles/admin', () => {
    expect(() => ask('roles')(['https://contoso.com/roles/admin'])).not.toThrow()
  })

  it.each([
    'api://orders',
    `api://${apiId}/orders`,
    `api://contoso/${apiId}`,
    `api://${tenantId}/orders.api`,
    'https://contoso.com/orders',
    'https://orders.contoso.com/',
    'https://contoso.onmicrosoft.com/Orders.Reader',
    'http://orders',
    'urn:contoso:orders',
    'ms-appx-web://orders',
    `spn:${apiId}`,
  ])('as the audience of one tenant: %s', (audience) => {
    expect(() => make({ ...right, audience })).not.toThrow()
  })
})
