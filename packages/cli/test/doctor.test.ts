import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { afterAll, describe, expect, it } from 'vitest'

import { app, APP, claim, claims, role, scope, secretUntil } from './applications.ts'
import { run, type Run } from './terminal.ts'

const TENANT = '11111111-1111-4111-8111-111111111111'
const now = Date.parse('2026-11-29T00:00:00Z')
const docs = path.join(import.meta.dirname, '../../../docs')
const folder = mkdtempSync(path.join(tmpdir(), 'entraguard-doctor-'))
afterAll(() => rmSync(folder, { recursive: true }))

const withClaims = (...accessToken: readonly object[]): object => app({ optionalClaims: { accessToken } })
const many = { signInAudience: 'AzureADMultipleOrgs' }
const personal = { signInAudience: 'AzureADandPersonalMicrosoftAccount' }
const one = { tenants: TENANT, audience: [APP, `api://${APP}`] }
const any = { ...one, tenants: 'organizations' }

let files = 0
function fileOf(value: unknown): string {
  const file = path.join(folder, `${files++}.json`)
  writeFileSync(file, typeof value === 'string' ? value : JSON.stringify(value))
  return file
}

const doctor = (registration: unknown, config?: object, ...more: readonly string[]): Promise<Run> =>
  run(
    [
      'doctor',
      '--app',
      fileOf(registration),
      ...(config === undefined ? [] : ['--config', fileOf(config)]),
      ...more,
    ],
    '',
    { now: () => now },
  )

interface Finding {
  readonly rule: string
  readonly severity: string
  readonly text: string
  readonly page: string
}

const found = async (registration: object, config?: object): Promise<readonly Finding[]> => {
  const { out, err } = await doctor(registration, config, '--json')
  expect(err).toBe('')
  return JSON.parse(out) as readonly Finding[]
}

const broken: readonly (readonly [rule: string, registration: object, config?: object])[] = [
  ['no-permissions', app({ appRoles: [] }, { oauth2PermissionScopes: [], preAuthorizedApplications: [] })],
  ['no-app-id-uri', app({ identifierUris: [] })],
  ['disabled-scope', app({}, { oauth2PermissionScopes: [scope({ isEnabled: false })] })],
  ['disabled-role', app({ appRoles: [role({ isEnabled: false })] })],
  ['permission-without-value', app({ appRoles: [role({ value: null })] })],
  ['role-for-nobody', app({ appRoles: [role({ allowedMemberTypes: [] })] })],
  ['client-without-scope', app({}, { oauth2PermissionScopes: [scope({ id: TENANT })] })],
  ['uri-with-slash', app({ identifierUris: [`api://${APP}/`] })],
  ['uri-without-tls', app({ identifierUris: ['http://contoso.com/orders'] })],
  ['uri-of-others', app({ ...many, identifierUris: ['api://orders'] })],
  ['personal-with-v1', app(personal, { requestedAccessTokenVersion: null })],
  ['v1-tokens', app({}, { requestedAccessTokenVersion: null })],
  ['no-idtyp', withClaims(claim('acct'), claim('xms_cc'))],
  ['no-acct', withClaims(claim('idtyp'), claim('xms_cc'))],
  ['no-xms-cc', withClaims(claim('idtyp'), claim('acct'))],
  ['all-groups', app({ groupMembershipClaims: 'All' })],
  ['groups-by-name', withClaims(...claims, claim('groups', 'sam_account_name'))],
  ['groups-as-roles', withClaims(...claims, claim('groups', 'emit_as_roles'))],
  ['encrypted', app({ tokenEncryptionKeyId: TENANT })],
  ['implicit', app({ web: { implicitGrantSettings: { enableAccessTokenIssuance: true } } })],
  ['secret-expired', app(secretUntil('2026-11-28T00:00:00Z'))],
  ['secret-expires', app(secretUntil('2026-12-09T00:00:00Z'))],
  ['certificate-expired', app({ keyCredentials: [{ endDateTime: '2026-01-01T00:00:00Z' }] })],
  ['audience-v2', app(), { ...one, audience: `api://${APP}` }],
  ['audience-v1', app({}, { requestedAccessTokenVersion: 1 }), { ...one, audience: APP }],
  ['version-refused', app(), { ...one, versions: ['1.0'] }],
  ['one-tenant', app(), any],
  ['no-personal', app(many), { ...one, tenants: 'common' }],
  ['own-key', app({}, { acceptMappedClaims: true }), one],
]

const good: readonly (readonly [string, object, object?])[] = [
  ['one tenant, v2.0', app()],
  ['with the verifier that belongs to it', app(), one],
  ['v1.0 tokens that the verifier takes', app({}, { requestedAccessTokenVersion: null }), one],
  ['several tenants', app(many), any],
  [
    'several tenants, with an address of its own',
    app({ ...many, identifierUris: ['https://orders.contoso.com'] }),
  ],
  ['personal accounts with v2.0', app(personal), { ...one, tenants: 'common' }],
  ['users alone', app({ appRoles: [] })],
  [
    'apps alone, without an Application ID URI',
    app({ identifierUris: [] }, { oauth2PermissionScopes: [], preAuthorizedApplications: [] }),
  ],
  [
    'groups of the application, and a secret for a year',
    app({ groupMembershipClaims: 'ApplicationGroup', ...secretUntil('2027-11-28T00:00:00Z') }),
  ],
  [
    'an expired secret beside a good one',
    app({
      passwordCredentials: [{ endDateTime: '2026-01-01T00:00:00Z' }, { endDateTime: '2027-06-01T00:00:00Z' }],
    }),
  ],
  [
    'mapped claims with the key that is looked up',
    app({}, { acceptMappedClaims: true }),
    { ...one, appId: APP },
  ],
]

describe('a broken registration', () => {
  it.each(broken.map(([rule, registration, config]) => [rule, { registration, config }] as const))(
    '%s is found, with a page that is there',
    async (rule, { registration, config }) => {
      const findings = await found(registration, config)
      expect(findings.map((finding) => finding.rule)).toEqual([rule])
      expect(findings.every(({ page }) => existsSync(path.join(docs, page)))).toBe(true)
      expect(findings[0]?.text).toMatch(/\.$/)
    },
  )
})

describe('a good registration', () => {
  it.each(good.map(([name, registration, config]) => [name, { registration, config }] as const))(
    '%s: nothing to say',
    async (_, { registration, config }) => {
      expect(await found(registration, config)).toEqual([])
    },
  )

  it('is what the command "register" makes, as soon as it has a client id', async () => {
    const { out } = await run(
      [
        'register',
        '--name',
        'Orders API',
        '--scopes',
        'Orders.Read',
        '--app-roles',
        'Orders.Read.All',
        '--format',
        'graph',
      ],
      '',
    )
    const made = { ...(JSON.parse(out) as object), appId: APP, identifierUris: [`api://${APP}`] }
    expect(await found(made, one)).toEqual([])
  })
})

describe('for people', () => {
  it('errors come first, each with its page, and the exit code is 1', async () => {
    const { code, out } = await doctor(app({ tokenEncryptionKeyId: TENANT, groupMembershipClaims: 'All' }))
    expect(code).toBe(1)
    expect(
      out
        .split('\n')
        .filter((line) => /^(?:error|warning) /.test(line))
        .map((line) => line.split(':')[0]),
    ).toEqual(['error encrypted', 'warning all-groups'])
    expect(out).toContain('/docs/errors/token_encrypted.md')
  })

  it('warnings alone are no failure', async () => {
    expect((await doctor(app({ groupMembershipClaims: 'All' }))).code).toBe(0)
  })

  it('there is nothing to say of a good one', async () => {
    expect(await doctor(app())).toEqual({ code: 0, out: 'Orders API: no findings\n', err: '' })
  })

  it('a name cannot write to the terminal', async () => {
    const { out } = await doctor(app({ displayName: 'Orders\u001b[2J' }))
    expect(out).not.toContain('\u001b')
  })
})

describe('called wrongly', () => {
  it.each([
    ['a token in the place of a registration', 'eyJ.eyJ.sig', undefined],
    ['a list', [], undefined],
    ['a service principal', { id: TENANT, appId: APP }, undefined],
    ['options that createVerifier refuses', app(), { tenants: TENANT }],
  ])('%s', async (_, registration, config) => {
    const { code, out, err } = await doctor(registration, config)
    expect([code, out]).toEqual([2, ''])
    expect(err).toMatch(/^entraguard doctor: .+\n$/)
    expect(err).not.toContain('eyJ')
  })

  it('says that the options are in the file of --config', async () => {
    const { err } = await doctor(app(), { tenants: 'common', audience: 'api://orders' })
    expect(err).toMatch(/^entraguard doctor: The options in the file of --config are wrong: audience /)
  })

  it('without a file, or with one that is not there', async () => {
    expect((await run(['doctor'], '')).code).toBe(2)
    expect((await run(['doctor', '--app', path.join(folder, 'nothing.json')], '')).err).toContain('ENOENT')
  })
})
