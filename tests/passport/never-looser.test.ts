import type { Emulator } from '@entraguard/emulator'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'

import {
  api,
  b2cTenantId,
  externalIdTenantId,
  metadata,
  otherTenantId,
  tenantId,
  v1Issuer,
  v2Issuer,
  type Row,
  type Sent,
} from './behaviours/row.ts'
import { createWorld, outcomeOf, type World } from './both.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(async () => world.close())

const b2c = (policy = ''): string =>
  `https://contosob2c.b2clogin.com/${b2cTenantId}${policy}/v2.0/.well-known/openid-configuration`
const externalId = `https://contosociam.ciamlogin.com/${externalIdTenantId}/v2.0/.well-known/openid-configuration`

type Claims = Readonly<Record<string, unknown>>

interface Token {
  readonly kind: 'user' | 'app' | 'b2c' | 'edit' | 'id' | 'personal' | 'external'
  readonly version: '1.0' | '2.0'
  readonly tenantId: string
  readonly audience: string | undefined
  readonly expiresIn: number
  readonly claims: Claims
  readonly header: Claims
  readonly signWith: 'unknown' | undefined
}

interface Case {
  readonly options: Claims
  readonly token: Token
  readonly way: string
  readonly tenantIdOrName: string | undefined
}

const good: Token = {
  kind: 'user',
  version: '2.0',
  tenantId,
  audience: undefined,
  expiresIn: 3600,
  claims: {},
  header: {},
  signWith: undefined,
}
const old: Token = { ...good, version: '1.0' }
const uris = [api, `api://${api}`]
const b2cOptions = { identityMetadata: b2c(), isB2C: true, policyName: 'B2C_1_susi' }

/** What both packages accept. */
const accepted: ReadonlyArray<readonly [options: Claims, token: Token, tenantIdOrName?: string]> = [
  [{ identityMetadata: metadata(tenantId) }, good],
  [{ identityMetadata: metadata('contoso.com') }, { ...good, kind: 'app' }],
  [{ identityMetadata: metadata(tenantId, ''), audience: uris }, old],
  [{ identityMetadata: metadata(tenantId), issuer: v1Issuer(tenantId), audience: uris }, old],
  [{ identityMetadata: metadata(tenantId), validateIssuer: false, audience: uris }, old],
  [{ identityMetadata: metadata('common') }, good, tenantId],
  [{ identityMetadata: metadata('common'), issuer: [v1Issuer(tenantId), v2Issuer(tenantId)] }, good],
  [
    { identityMetadata: metadata('common'), validateIssuer: false },
    { ...good, tenantId: otherTenantId },
  ],
  [{ identityMetadata: metadata('organizations'), validateIssuer: false }, good],
  [{ identityMetadata: metadata('consumers') }, { ...good, kind: 'personal' }],
  [{ identityMetadata: externalId }, { ...good, kind: 'external' }],
  [b2cOptions, { ...good, kind: 'b2c' }],
  [
    { ...b2cOptions, identityMetadata: b2c('/B2C_1_susi') },
    { ...good, kind: 'b2c' },
  ],
]

/** What may be otherwise: a member of the options, of the token, or of the request. */
const changes: ReadonlyArray<
  readonly [part: 'options' | 'token' | 'case', name: string, values: readonly unknown[]]
> = [
  ['options', 'identityMetadata', [...new Set(accepted.map(([{ identityMetadata }]) => identityMetadata))]],
  ['options', 'audience', [undefined, `api://${api}`, uris, 'api://other', api]],
  ['options', 'validateIssuer', [undefined, true, false]],
  [
    'options',
    'issuer',
    [
      undefined,
      '',
      v1Issuer(tenantId),
      v2Issuer(tenantId),
      v2Issuer(otherTenantId),
      [v1Issuer(tenantId), v2Issuer(otherTenantId)],
      v2Issuer('9188040d-6c67-4c5b-b112-36a304b66dad'),
      `https://contosob2c.b2clogin.com/${b2cTenantId}/v2.0/`,
      'https://evil.example/',
    ],
  ],
  ['options', 'isB2C', [undefined, true, false]],
  ['options', 'policyName', [undefined, 'B2C_1_susi', 'b2c_1_EDIT', 'none']],
  ['options', 'scope', [undefined, ['Orders.Read'], ['Orders.Audit', 'Orders.Write'], ['Orders.Audit']]],
  ['options', 'clockSkew', [undefined, 1, 60, 600]],
  ['options', 'allowMultiAudiencesInToken', [true]],
  ['options', 'allowWithoutPermissions', [true]],
  ['options', 'allowSharedAudience', [true]],
  ['token', 'kind', ['user', 'app', 'b2c', 'edit', 'id', 'personal', 'external']],
  ['token', 'version', ['1.0', '2.0']],
  ['token', 'tenantId', [tenantId, otherTenantId]],
  ['token', 'audience', [undefined, ...uris, `spn:${api}`, 'api://other']],
  ['token', 'expiresIn', [3600, -30, -200, -500, -4000]],
  ['token', 'header', [{ alg: 'none' }, { crit: ['x'] }, { kid: undefined }]],
  ['token', 'signWith', ['unknown']],
  [
    'token',
    'claims',
    [
      { tid: otherTenantId },
      { tid: undefined },
      { iss: 'https://evil.example/' },
      { iss: v2Issuer(otherTenantId) },
      { iss: v1Issuer(tenantId) },
      { aud: [api] },
      { aud: [api, 'x'], azp: api },
      { exp: undefined },
      { nbf: undefined },
      { scp: undefined },
      { scp: 'Orders.Audit' },
      { scp: 1 },
      { ver: '3.0' },
      { oid: undefined },
      { tfp: 'B2C_1_edit' },
      { roles: 'x' },
    ],
  ],
  ['case', 'way', Object.keys(ways())],
  ['case', 'tenantIdOrName', [undefined, tenantId, otherTenantId, 'contoso.com', 'organizations', 'x/..']],
]

const change = fc
  .constantFrom(...changes)
  .chain(([part, name, values]) => fc.constantFrom(...values).map((value) => ({ part, name, value })))

const cases: fc.Arbitrary<Case> = fc
  .record({ start: fc.constantFrom(...accepted), made: fc.array(change, { maxLength: 3 }) })
  .map(({ start: [options, token, tenantIdOrName], made }) => {
    let one: Case = { options, token, way: 'header', tenantIdOrName }
    for (const { part, name, value } of made)
      one = part === 'case' ? { ...one, [name]: value } : { ...one, [part]: { ...one[part], [name]: value } }
    return one
  })

async function issue(entra: Emulator, { kind, version, tenantId: of, ...rest }: Token): Promise<string> {
  switch (kind) {
    case 'app':
      return entra.issueAppToken({ ...rest, version, tenantId: of })
    case 'b2c':
      return entra.issueB2cToken(rest)
    case 'edit':
      return entra.issueB2cToken({ ...rest, policy: 'B2C_1_edit' })
    case 'id':
      return entra.issueIdToken({ ...rest, version, audience: api })
    case 'personal':
      return entra.issueUserToken({ ...rest, personalAccount: true })
    case 'external':
      return entra.issueUserToken({ ...rest, tenantId: externalIdTenantId })
    case 'user':
      return entra.issueUserToken({ ...rest, version, tenantId: of })
  }
}

const form = (token: string): URLSearchParams => new URLSearchParams({ access_token: token })

/** How a token is sent. */
function ways(): Readonly<Record<string, (token: string) => Sent>> {
  return {
    header: (token) => ({ token }),
    form: (token) => ({ body: form(token) }),
    query: (token) => ({ path: `/?access_token=${token}` }),
    'header and form': (token) => ({ token, body: form(token) }),
    'header and query': (token) => ({ token, path: '/?access_token=x' }),
    'two headers': (token) => ({ authorization: [`Bearer ${token}`, 'Bearer x'] }),
    'another scheme and form': (token) => ({ authorization: 'Basic eDp5', body: form(token) }),
  }
}

it('accepts what both accept', async () => {
  for (const [options, token, tenantIdOrName] of accepted) {
    const text = await issue(world.entra, token)
    const row: Row = { does: '', was: 200, options, route: { tenantIdOrName }, send: () => ({ token: text }) }
    expect(await outcomeOf('@entraguard/passport', row, world)).toBe(200)
    expect(await outcomeOf('passport-azure-ad', row, world)).toBe(200)
  }
})

it('lets nobody pass whom passport-azure-ad refuses, whatever the options and the token', async () => {
  let passed = 0
  await fc.assert(
    fc.asyncProperty(cases, async ({ options, token, way, tenantIdOrName }) => {
      const text = await issue(world.entra, token)
      const row: Row = {
        does: '',
        was: '',
        options,
        ...(tenantIdOrName !== undefined && { route: { tenantIdOrName } }),
        send: () => ways()[way]?.(text) ?? {},
      }
      const is = await outcomeOf('@entraguard/passport', row, world)
      expect(['refused', 200, 401, 500]).toContain(is)
      if (is !== 200) return
      passed++
      expect(await outcomeOf('passport-azure-ad', row, world)).toBe(200)
    }),
    { numRuns: Number(process.env['ENTRAGUARD_RUNS'] ?? 400) },
  )
  // Else it would say nothing.
  expect(passed).toBeGreaterThan(40)
})
