import { createEmulator, defaults, type Emulator, type EmulatorOptions } from '@entraguard/emulator'
import { describe, expect, it } from 'vitest'

import {
  b2c,
  createVerifier,
  externalId,
  type Identity,
  type Verifier,
  type VerifierOptions,
} from '../../src/index.ts'
import { fixture } from '../support/fixture.ts'
import { issue as issueByHand, documents, tenantId, verifierFor, type Members } from '../support/issuer.ts'
import { outcomeOf } from '../support/outcome.ts'

/*
 * Tokens of every kind that Entra issues, made by the emulator with its own keys and documents, and the same tokens
 * with one thing wrong.
 */

const contoso = defaults.tenantId
const personal = '9188040d-6c67-4c5b-b112-36a304b66dad'
const [userFlow, customPolicy] = ['B2C_1_susi', 'B2C_1A_signup_signin']
const b2cHost = `${defaults.b2cTenantName}.b2clogin.com`
const b2cTenant = b2c({ domain: b2cHost, tenantId: defaults.b2cTenantId, policies: [userFlow, customPolicy] })
const ciam = externalId({ subdomain: defaults.externalIdTenantName, tenantId: defaults.externalIdTenantId })

interface Kind {
  readonly what: string
  readonly issue: (
    entra: Emulator,
    changes?: { claims?: Members; expiresIn?: number; signWith?: string },
  ) => Promise<string>
  readonly identity: Readonly<Record<string, unknown>>
  readonly options?: Partial<VerifierOptions>
  readonly world?: EmulatorOptions
}

const inCloud = (cloud: 'usgov' | 'china'): EmulatorOptions => ({
  tenants: [{ id: contoso, name: 'contoso', cloud }],
})
const asking = (...optionalClaims: string[]): EmulatorOptions => ({
  apps: [{ optionalClaims, scopes: ['Orders.Read'], appRoles: ['Orders.Read.All'] }],
})
const daemon = '44444444-4444-4444-8444-444444444444'
const groups200 = Array.from(
  { length: 200 },
  (_, at) => `00000000-0000-4000-8000-${String(at).padStart(12, '0')}`,
)
const objectGuid = '0f0f0f0f-1a1a-4b2b-8c3c-4d4d4d4d4d4d'

const kinds: readonly Kind[] = [
  {
    what: 'a v2.0 token of a user',
    issue: (entra, changes) => entra.issueUserToken({ scopes: ['Orders.Read'], ...changes }),
    identity: {
      kind: 'user',
      version: '2.0',
      scopes: ['Orders.Read'],
      roles: [],
      guest: false,
      clientAuthentication: 'public',
    },
  },
  {
    what: 'a v1.0 token of a user',
    issue: (entra, changes) =>
      entra.issueUserToken({ version: '1.0', authenticationMethods: ['pwd', 'mfa'], ...changes }),
    identity: {
      kind: 'user',
      version: '1.0',
      authenticationMethods: ['pwd', 'mfa'],
      loginHost: 'login.microsoftonline.com',
    },
  },
  {
    what: 'a token of a user with roles, directory roles and authentication contexts',
    issue: (entra, changes) =>
      entra.issueUserToken({
        roles: ['Orders.Admin'],
        directoryRoles: ['62e90394-69f5-4237-9190-012177145e10'],
        authenticationContexts: ['c1', 'c2'],
        ...changes,
      }),
    identity: {
      kind: 'user',
      roles: ['Orders.Admin'],
      directoryRoles: ['62e90394-69f5-4237-9190-012177145e10'],
      authenticationContexts: ['c1', 'c2'],
    },
  },
  {
    what: 'a v2.0 token of an app without idtyp, which real ones lack',
    issue: (entra, changes) => entra.issueAppToken(changes),
    identity: {
      kind: 'app',
      clientId: daemon,
      clientAuthentication: 'secret',
      roles: ['Orders.Read.All', 'Orders.Write.All'],
    },
  },
  {
    what: 'a v1.0 token of an app without idtyp',
    issue: (entra, changes) =>
      entra.issueAppToken({ version: '1.0', clientAuthentication: 'certificate', ...changes }),
    identity: { kind: 'app', version: '1.0', clientAuthentication: 'certificate', guest: false },
  },
  {
    what: 'a token of an app with idtyp',
    issue: (entra, changes) => entra.issueAppToken(changes),
    world: asking('idtyp'),
    identity: { kind: 'app', roles: ['Orders.Read.All'], scopes: [] },
  },
  {
    what: 'a token of a managed identity',
    issue: (entra, changes) =>
      entra.issueAppToken({
        managedIdentity: '/subscriptions/x/resourcegroups/y/providers/z/vm',
        ...changes,
      }),
    identity: { kind: 'app', clientAuthentication: 'certificate' },
  },
  {
    what: 'a token of an app without any permission, where that is accepted',
    issue: (entra, changes) => entra.issueAppToken({ roles: [], ...changes }),
    options: { allowWithoutPermissions: true },
    identity: { kind: 'app', roles: [], scopes: [] },
  },
  {
    what: 'a token of a guest',
    issue: (entra, changes) => entra.issueUserToken({ guestFrom: defaults.otherTenantId, ...changes }),
    identity: { kind: 'user', guest: true, tenantId: contoso },
  },
  {
    what: 'a token of a guest, with acct',
    issue: (entra, changes) => entra.issueUserToken({ guestFrom: 'live.com', ...changes }),
    world: asking('acct'),
    identity: { kind: 'user', guest: true },
  },
  {
    what: 'a token of someone from live.com, who may be a member',
    issue: (entra, changes) => entra.issueUserToken({ guestFrom: 'live.com', ...changes }),
    identity: { kind: 'user', guest: undefined },
  },
  {
    what: 'a token under common of a personal account',
    issue: (entra, changes) => entra.issueUserToken({ personalAccount: true, ...changes }),
    options: { tenants: 'common' },
    identity: { kind: 'user', tenantId: personal },
  },
  {
    what: 'a token under consumers of a personal account',
    issue: (entra, changes) => entra.issueUserToken({ personalAccount: true, ...changes }),
    options: { tenants: 'consumers' },
    identity: { kind: 'user', tenantId: personal },
  },
  {
    what: 'a token of a personal account that a function admits',
    issue: (entra, changes) => entra.issueUserToken({ personalAccount: true, ...changes }),
    options: { tenants: (id) => id === personal, personalAccounts: true },
    identity: { kind: 'user', tenantId: personal },
  },
  {
    what: 'a token of a work account, under common',
    issue: (entra, changes) => entra.issueUserToken(changes),
    options: { tenants: 'common' },
    identity: { kind: 'user', tenantId: contoso },
  },
  {
    what: 'a v1.0 token under organizations, with the keys of the v2.0 document',
    issue: (entra, changes) => entra.issueUserToken({ version: '1.0', ...changes }),
    options: { tenants: 'organizations' },
    identity: { kind: 'user', version: '1.0', tenantId: contoso },
  },
  {
    what: 'a token of an agent that acts for a user',
    issue: (entra, changes) => entra.issueUserToken({ agent: 'onBehalfOf', ...changes }),
    identity: { kind: 'user' },
  },
  {
    what: "a token of an agent's own user account",
    issue: (entra, changes) => entra.issueUserToken({ agent: 'userAccount', ...changes }),
    identity: { kind: 'user' },
  },
  {
    what: 'a token of an autonomous agent, with roles and the empty scope "/"',
    issue: (entra, { claims, ...changes } = {}) =>
      entra.issueAppToken({
        agent: true,
        roles: ['Orders.Read.All'],
        claims: { scp: '/', ...claims },
        ...changes,
      }),
    identity: { kind: 'app', scopes: [], roles: ['Orders.Read.All'] },
  },
  {
    what: 'a token with 200 groups',
    issue: (entra, changes) => entra.issueUserToken({ groups: groups200, ...changes }),
    identity: { kind: 'user', groups: { status: 'complete', ids: groups200 } },
  },
  {
    what: 'a token without groups',
    issue: (entra, changes) => entra.issueUserToken(changes),
    identity: { kind: 'user', groups: { status: 'absent' } },
  },
  {
    what: 'a token with more groups than fit',
    issue: (entra, changes) => entra.issueUserToken({ groups: 'overage', ...changes }),
    identity: { kind: 'user', groups: { status: 'overage' } },
  },
  {
    what: 'a token that is signed with a key of the app (claims mapping)',
    issue: (entra, changes) => entra.issueUserToken(changes),
    world: { apps: [{ scopes: ['Orders.Read'], claimsMapping: { employee_id: '7' } }] },
    options: { appId: defaults.apiClientId },
    identity: { kind: 'user', claims: expect.objectContaining({ employee_id: '7' }) },
  },
  {
    what: 'a token of a B2C user flow, with the nonce that the client sent',
    issue: (entra, changes) => entra.issueB2cToken({ policy: userFlow, nonce: 'echo', ...changes }),
    options: { authority: b2cTenant },
    identity: {
      kind: 'user',
      authority: 'b2c',
      tenantId: defaults.b2cTenantId,
      loginHost: b2cHost,
      version: '1.0',
    },
  },
  {
    what: 'a token of a B2C custom policy, without oid and with the policy in acr',
    issue: (entra, { claims, ...changes } = {}) =>
      entra.issueB2cToken({
        policy: customPolicy,
        claims: {
          oid: undefined,
          sub: objectGuid,
          tfp: undefined,
          acr: customPolicy.toLowerCase(),
          ...claims,
        },
        ...changes,
      }),
    options: { authority: b2cTenant },
    identity: {
      kind: 'user',
      objectId: objectGuid,
      subject: objectGuid,
      key: `${defaults.b2cTenantId}.${objectGuid}`,
    },
  },
  {
    what: 'a token of a B2C policy that names itself in the issuer',
    issue: (entra, changes) => entra.issueB2cToken({ policy: userFlow, ...changes }),
    world: {
      tenants: [
        { id: contoso },
        {
          id: defaults.b2cTenantId,
          name: defaults.b2cTenantName,
          kind: 'b2c',
          policies: [{ name: userFlow, issuer: 'policy' }],
        },
      ],
    },
    options: { authority: b2cTenant },
    identity: { kind: 'user', authority: 'b2c' },
  },
  {
    what: 'a B2C token with a tid',
    issue: (entra, { claims, ...changes } = {}) =>
      entra.issueB2cToken({ policy: userFlow, claims: { tid: defaults.b2cTenantId, ...claims }, ...changes }),
    options: { authority: b2cTenant },
    identity: { kind: 'user', tenantId: defaults.b2cTenantId },
  },
  {
    what: 'a B2C token of an app, whose permissions stand in scp',
    issue: (entra, changes) =>
      entra.issueB2cToken({ policy: userFlow, clientId: daemon, scopes: ['app.read'], ...changes }),
    options: { authority: b2c({ ...b2cTenant, appClients: [daemon] }) },
    identity: { kind: 'app', scopes: ['app.read'] },
  },
  {
    what: 'an External ID token of a user',
    issue: (entra, changes) => entra.issueUserToken({ tenantId: defaults.externalIdTenantId, ...changes }),
    options: { authority: ciam },
    identity: { kind: 'user', authority: 'externalId', tenantId: defaults.externalIdTenantId },
  },
  {
    what: 'an External ID token of an app',
    issue: (entra, changes) => entra.issueAppToken({ tenantId: defaults.externalIdTenantId, ...changes }),
    options: { authority: ciam },
    identity: { kind: 'app', authority: 'externalId' },
  },
  {
    what: 'a v2.0 token of the US Government cloud',
    issue: (entra, changes) => entra.issueUserToken(changes),
    world: inCloud('usgov'),
    options: { cloud: 'usgov' },
    identity: { kind: 'user', loginHost: 'login.microsoftonline.us' },
  },
  {
    what: 'a v1.0 token of the US Government cloud, with the issuer of the public one',
    issue: (entra, changes) => entra.issueUserToken({ version: '1.0', ...changes }),
    world: inCloud('usgov'),
    options: { cloud: 'usgov' },
    identity: { kind: 'user', version: '1.0', loginHost: 'login.microsoftonline.us' },
  },
  {
    what: 'a v2.0 token of the cloud in China',
    issue: (entra, changes) => entra.issueAppToken(changes),
    world: inCloud('china'),
    options: { cloud: 'china' },
    identity: { kind: 'app', loginHost: 'login.partner.microsoftonline.cn' },
  },
  {
    what: 'a v1.0 token of the cloud in China',
    issue: (entra, changes) => entra.issueUserToken({ version: '1.0', ...changes }),
    world: inCloud('china'),
    options: { cloud: 'china' },
    identity: { kind: 'user', version: '1.0' },
  },
]

async function start({ world = {}, options = {} }: Kind): Promise<{ entra: Emulator; verifier: Verifier }> {
  const entra = await createEmulator(world)
  const { tenants, ...rest } = entra.verifierOptions()
  const authority = options.authority === undefined ? { tenants } : {}
  return { entra, verifier: createVerifier({ ...authority, ...rest, ...options }) }
}

describe('is accepted, as what it is:', () => {
  it.each(kinds)('$what', async (kind) => {
    const { entra, verifier } = await start(kind)
    const identity = await verifier.verify(await kind.issue(entra))
    expect(identity).toMatchObject(kind.identity)
    if (identity.kind === 'unknown') throw new Error('nobody admits this token')
    expect(identity.key).toBe(`${identity.tenantId}.${identity.objectId}`)
  })
})

interface Fault {
  readonly what: string
  readonly code: string
  readonly changes: { readonly claims?: Members; readonly expiresIn?: number; readonly signWith?: string }
}

const fault = (what: string, code: string, claims: Members): Fault => ({ what, code, changes: { claims } })
const far = 4_000_000_000

/** Wrong in a token of any authority and version. */
const faults: readonly Fault[] = [
  { what: 'an unknown key', code: 'signing_key_not_found', changes: { signWith: 'unknown' } },
  { what: 'an end in the past', code: 'token_expired', changes: { expiresIn: -301 } },
  fault('another audience', 'audience_mismatch', { aud: 'api://other' }),
  fault('a list of audiences', 'claim_invalid', { aud: [defaults.apiClientId] }),
  fault('no audience', 'claim_missing', { aud: undefined }),
  fault('an issuer on another host', 'issuer_unknown', { iss: `https://login.example.com/${contoso}/v2.0` }),
  fault('an issuer that is no text', 'issuer_unknown', { iss: ['https://login.microsoftonline.com'] }),
  fault('no issuer', 'issuer_unknown', { iss: undefined }),
  fault('no end', 'claim_missing', { exp: undefined }),
  fault('an end in text', 'claim_invalid', { exp: '4000000000' }),
  fault('an end that is null', 'claim_invalid', { exp: null }),
  fault('a begin in the future', 'token_not_yet_valid', { nbf: far - 1, exp: far }),
  fault('a begin after its end', 'claim_invalid', { nbf: far, exp: far - 1 }),
  fault('a begin in text', 'claim_invalid', { nbf: '1' }),
  fault('an issue in the future', 'token_not_yet_valid', { iat: far - 1, exp: far }),
  fault('an issue that is no number', 'claim_invalid', { iat: true }),
  fault('no version', 'claim_missing', { ver: undefined }),
  fault('another version', 'version_refused', { ver: '3.0' }),
  fault('a version that is a number', 'version_refused', { ver: 2 }),
  fault('another tenant', 'tenant_mismatch', { tid: '99999999-9999-4999-8999-999999999999' }),
  fault('a tenant that is no id', 'tenant_mismatch', { tid: 'contoso.com' }),
  fault('a tenant that is empty', 'tenant_mismatch', { tid: '' }),
  fault('no subject', 'claim_missing', { sub: undefined }),
  fault('an empty subject', 'claim_invalid', { sub: '' }),
  fault('a subject that is a number', 'claim_invalid', { sub: 7 }),
  fault('an object id that is a list', 'claim_invalid', { oid: ['x'] }),
  fault('two clients', 'claim_invalid', { azp: daemon, appid: defaults.apiClientId }),
  fault('a client that is no text', 'claim_invalid', { azp: 7 }),
  fault('an empty client', 'claim_invalid', { azp: '' }),
  fault('a bound key', 'bound_token_refused', { cnf: { kid: 'x' } }),
  fault('a bound key that is null', 'bound_token_refused', { cnf: null }),
  fault('c_hash', 'id_token_refused', { c_hash: 'x' }),
  fault('at_hash', 'id_token_refused', { at_hash: 'x' }),
  fault('a list of scopes', 'claim_invalid', { scp: ['Orders.Read'] }),
]

/** Wrong in a token of Entra ID and External ID. */
const entraFaults: readonly Fault[] = [
  fault('roles in one text', 'claim_invalid', { roles: 'Orders.Admin' }),
  fault('roles that are numbers', 'claim_invalid', { roles: [1] }),
  fault('directory roles in one text', 'claim_invalid', { wids: 'x' }),
  fault('authentication methods in one text', 'claim_invalid', { amr: 'mfa' }),
  fault('groups in one text, without a pointer', 'claim_invalid', {
    groups: 'src1',
    _claim_sources: undefined,
  }),
  fault('groups that are objects', 'claim_invalid', { groups: [{}] }),
  fault('a nonce, as ID tokens have', 'id_token_refused', { nonce: 'x' }),
  fault('no client and no permission, as ID tokens', 'id_token_refused', {
    azp: undefined,
    appid: undefined,
    scp: undefined,
    roles: undefined,
  }),
  fault('no client and no scope but roles, as ID tokens of a client that has roles', 'id_token_refused', {
    azp: undefined,
    appid: undefined,
    scp: undefined,
    roles: ['x'],
  }),
  fault('no client', 'claim_missing', {
    azp: undefined,
    appid: undefined,
    idtyp: undefined,
    scp: 'Orders.Read',
  }),
  fault('no tenant', 'claim_missing', { tid: undefined }),
  fault('a tenant in capitals', 'tenant_mismatch', { tid: 'ABCDEF00-1111-4111-8111-111111111111' }),
  fault('an app with a delegated permission', 'claim_invalid', { idtyp: 'app', scp: 'Orders.Read' }),
]

const b2cFaults: readonly Fault[] = [
  fault('a policy that is a list', 'policy_refused', { tfp: [userFlow] }),
  fault('a policy that is not accepted', 'policy_refused', { tfp: 'B2C_1_other', acr: undefined }),
  fault('no policy', 'policy_refused', { tfp: undefined, acr: undefined }),
  fault('no permission', 'claim_missing', { scp: undefined }),
  fault('no client', 'claim_missing', { azp: undefined }),
  fault('neither, as ID tokens', 'id_token_refused', { azp: undefined, scp: undefined }),
  fault('version 2.0', 'version_refused', { ver: '2.0' }),
  fault('the issuer of another tenant', 'issuer_mismatch', { iss: `https://${b2cHost}/${contoso}/v2.0/` }),
  fault('the issuer without its slash', 'issuer_mismatch', {
    iss: `https://${b2cHost}/${defaults.b2cTenantId}/v2.0`,
  }),
]

describe.each(kinds)('is refused, $what with', (kind) => {
  const isB2c = kind.what.includes('B2C')
  it.each([...faults, ...(isB2c ? b2cFaults : entraFaults)])('$what: $code', async ({ changes, code }) => {
    const { entra, verifier } = await start(kind)
    expect(await outcomeOf(verifier.verify(await kind.issue(entra, changes)))).toBe(code)
  })
})

describe('an ID token, whose audience is its client, is called one', () => {
  const spaClientId = '33333333-3333-4333-8333-333333333333'
  const mine = { audience: spaClientId }
  const ofB2c = { azp: undefined, scp: undefined, nonce: undefined }
  const workforce = { tenants: contoso }
  it.each<[string, string, Partial<VerifierOptions>, (entra: Emulator) => Promise<string>]>([
    ['of v2.0', 'nonce', workforce, (entra) => entra.issueIdToken(mine)],
    ['of v1.0', 'nonce', workforce, (entra) => entra.issueIdToken({ ...mine, version: '1.0' })],
    [
      'without a nonce',
      'azp',
      workforce,
      (entra) => entra.issueIdToken({ ...mine, claims: { nonce: undefined } }),
    ],
    [
      'with roles at its client',
      'azp',
      workforce,
      (entra) => entra.issueIdToken({ ...mine, claims: { nonce: undefined, roles: ['Orders.Admin'] } }),
    ],
    [
      'of External ID',
      'nonce',
      { authority: ciam },
      (entra) => entra.issueIdToken({ ...mine, tenantId: defaults.externalIdTenantId }),
    ],
    [
      'of B2C',
      'azp',
      { authority: b2cTenant },
      (entra) => entra.issueB2cToken({ ...mine, policy: userFlow, claims: ofB2c }),
    ],
    [
      'of B2C, with the hash of a code',
      'c_hash',
      { authority: b2cTenant },
      (entra) => entra.issueB2cToken({ ...mine, policy: userFlow, claims: { c_hash: 'x' } }),
    ],
  ])('%s, by %s', async (_what, claim, authority, issue) => {
    const entra = await createEmulator()
    const { fetch, now } = entra
    const verifier = createVerifier({ fetch, now, audience: defaults.apiClientId, ...authority })
    const error = await verifier.verify(await issue(entra)).catch((refusal: unknown) => refusal)
    expect(error).toMatchObject({ code: 'id_token_refused', details: { claim } })
  })

  it('as a token that is bound to a key is, also for another API', async () => {
    const token = await issueByHand({ aud: spaClientId, cnf: { kid: 'x' } })
    expect(await outcomeOf(verifierFor().verify(token))).toBe('bound_token_refused')
  })
})

describe('a policy of B2C that is refused', () => {
  it.each<[string, Members, Members]>([
    ['that is not accepted', { tfp: 'B2C_1_other' }, { claim: 'tfp', actual: 'B2C_1_other' }],
    ['in acr', { tfp: undefined, acr: 'B2C_1_other' }, { claim: 'acr', actual: 'B2C_1_other' }],
    ['that is a list', { tfp: ['B2C_1_susi'] }, { claim: 'tfp', actual: '(array)' }],
    [
      'that the token does not name',
      { tfp: undefined, acr: undefined },
      { claim: 'tfp', reason: 'the token names no policy (tfp or acr)' },
    ],
  ])('tells the log which: one %s', async (_what, claims, details) => {
    const entra = await createEmulator()
    const { fetch, now } = entra
    const verifier = createVerifier({ fetch, now, audience: defaults.apiClientId, authority: b2cTenant })
    const token = await entra.issueB2cToken({ policy: userFlow, claims })
    const error = await verifier.verify(token).catch((refusal: unknown) => refusal)
    expect(error).toMatchObject({ code: 'policy_refused' })
    expect(error).toHaveProperty('details', {
      ...details,
      expected: [userFlow.toLowerCase(), customPolicy.toLowerCase()],
    })
  })
})

describe('no permission at all', () => {
  it.each<[string, Members]>([
    ['neither scp nor roles', { scp: undefined, roles: undefined }],
    ['an empty scp', { scp: '' }],
    ['spaces', { scp: '   ' }],
    ['the slash of agents', { scp: '/' }],
    ['slashes', { scp: '/ /' }],
    ['no role in the list', { scp: undefined, roles: [] }],
  ])('is refused: %s', async (_what, claims) => {
    const token = await issueByHand(claims)
    expect(await outcomeOf(verifierFor().verify(token))).toBe('permissions_missing')
    expect(await outcomeOf(verifierFor({ allowWithoutPermissions: true }).verify(token))).toBe('accepted')
  })

  it('in B2C, where scp is required', async () => {
    const entra = await createEmulator()
    const { fetch, now } = entra
    const verifier = createVerifier({ fetch, now, audience: defaults.apiClientId, authority: b2cTenant })
    const token = await entra.issueB2cToken({ policy: userFlow, scopes: [] })
    expect(await outcomeOf(verifier.verify(token))).toBe('claim_missing')
    const open = verifier.with({ allowWithoutPermissions: true })
    expect(await outcomeOf(open.verify(token))).toBe('accepted')
  })
})

describe('issuer, version and tenant', () => {
  const other = '775527ff-9a37-4307-8b3d-cc311f58d925'
  const login = 'https://login.microsoftonline.com'

  it.each<[string, string, Members]>([
    [
      'a v2.0 token with the issuer of v1.0',
      'issuer_mismatch',
      { iss: `https://sts.windows.net/${tenantId}/` },
    ],
    ['a v1.0 token with the issuer of v2.0', 'issuer_mismatch', { ver: '1.0' }],
    ['an issuer with a slash more', 'issuer_unknown', { iss: `${login}/${tenantId}/v2.0/` }],
    ['an issuer over http', 'issuer_unknown', { iss: `http://login.microsoftonline.com/${tenantId}/v2.0` }],
    ['an issuer in capitals', 'issuer_unknown', { iss: `${login}/${tenantId.toUpperCase()}/v2.0` }],
    ['an issuer with more path', 'issuer_unknown', { iss: `${login}/${tenantId}/x/v2.0` }],
    ['v1.1', 'issuer_unknown', { iss: `${login}/${tenantId}/v1.1` }],
    ['the placeholder', 'issuer_unknown', { iss: `${login}/{tenantid}/v2.0` }],
    ['personal accounts', 'issuer_unknown', { iss: `${login}/${personal}/v2.0`, tid: personal }],
    [
      'the US Government cloud',
      'issuer_unknown',
      { iss: `https://login.microsoftonline.us/${tenantId}/v2.0` },
    ],
    ['a tenant in tid that iss does not name', 'tenant_mismatch', { tid: other }],
    ['the right tenant in a list', 'tenant_mismatch', { tid: [tenantId] }],
    ['a tenant in iss that tid does not name', 'tenant_mismatch', { iss: `${login}/${other}/v2.0` }],
  ])('that disagree are refused where every tenant is accepted: %s: %s', async (_what, code, claims) => {
    const fetch = documents({ issuer: `${login}/{tenantid}/v2.0` })
    const verifier = verifierFor({ tenants: 'organizations', fetch })
    expect(await outcomeOf(verifier.verify(await issueByHand()))).toBe('accepted')
    expect(await outcomeOf(verifier.verify(await issueByHand(claims)))).toBe(code)
  })

  it('must be those of the list', async () => {
    const fetch = documents({ issuer: `${login}/{tenantid}/v2.0` })
    const verifier = verifierFor({ tenants: [tenantId, contoso], fetch })
    expect(await outcomeOf(verifier.verify(await issueByHand()))).toBe('accepted')
    const foreign = await issueByHand({ iss: `${login}/${other}/v2.0`, tid: other })
    expect(await outcomeOf(verifier.verify(foreign))).toBe('issuer_unknown')
  })

  it('must be of an accepted version', async () => {
    const v1 = { iss: `https://sts.windows.net/${tenantId}/`, ver: '1.0' }
    expect(await outcomeOf(verifierFor({ versions: ['2.0'] }).verify(await issueByHand(v1)))).toBe(
      'version_refused',
    )
    expect(await outcomeOf(verifierFor({ versions: ['1.0'] }).verify(await issueByHand(v1)))).toBe('accepted')
    expect(await outcomeOf(verifierFor({ versions: ['1.0'] }).verify(await issueByHand()))).toBe(
      'version_refused',
    )
  })

  it('of a domain are pinned to the tenant that its metadata names', async () => {
    const verifier = verifierFor({ tenants: 'contoso.com' })
    expect(await outcomeOf(verifier.verify(await issueByHand()))).toBe('accepted')
    const foreign = await issueByHand({ iss: `${login}/${other}/v2.0`, tid: other })
    expect(await outcomeOf(verifier.verify(foreign))).toBe('tenant_mismatch')
  })
})

describe('keys that belong to someone else', () => {
  it('a key of personal accounts signs for no work account (the shape of the 2023 incident)', async () => {
    const entra = await createEmulator()
    const verifier = createVerifier({ ...entra.verifierOptions(), tenants: 'common' })
    await verifier.verify(await entra.issueUserToken({ personalAccount: true }))
    const header = (await entra.issueUserToken({ personalAccount: true })).split('.')[0] ?? ''
    const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string }
    const forged = await entra.issueUserToken({ signWith: kid })
    expect(await outcomeOf(verifier.verify(forged))).toBe('signing_key_refused')
  })

  it('a key of the US Government cloud signs for no tenant of the public one, though its document lists it', async () => {
    const entra = await createEmulator()
    const verifier = createVerifier(entra.verifierOptions())
    await verifier.prefetch()
    const ownHeader = (await entra.issueUserToken()).split('.')[0] ?? ''
    const own = (JSON.parse(Buffer.from(ownHeader, 'base64url').toString()) as { kid: string }).kid
    const foreign = verifier.keys().find(({ kid }) => kid !== own)
    const forged = await entra.issueUserToken({ signWith: foreign?.kid ?? '' })
    expect(await outcomeOf(verifier.verify(forged))).toBe('signing_key_refused')
  })

  it('a key of an app is not found without appId, and the hint names the three remedies', async () => {
    const entra = await createEmulator({ apps: [{ scopes: ['Orders.Read'], samlSso: true }] })
    const token = await entra.issueUserToken()
    const refusal = (await createVerifier(entra.verifierOptions())
      .verify(token)
      .catch((error: unknown) => error)) as { code: string; hint: string }
    expect(refusal.code).toBe('signing_key_not_found')
    for (const remedy of ['separate app registration', 'preferredSingleSignOnMode', 'appId'])
      expect(refusal.hint).toContain(remedy)
    const appId = defaults.apiClientId
    const identity = await createVerifier({ ...entra.verifierOptions(), appId }).verify(token)
    expect(identity.kind).toBe('user')
  })
})

describe('documented sample tokens', () => {
  interface Sample {
    readonly source: string
    readonly claims?: Members
  }
  const samples = fixture<readonly Sample[]>('sample-tokens-claims.json')

  async function verifySample({ claims = {} }: Sample): Promise<Identity> {
    const { iss, tid, aud, exp } = claims as { iss: string; tid: string; aud: string; exp: number }
    const verifier = createVerifier({
      tenants: tid,
      audience: aud,
      allowWithoutPermissions: true,
      fetch: documents({ issuer: iss }),
      now: () => (exp - 60) * 1000,
    })
    const absent = Object.fromEntries('azp azpacr scp ver uti'.split(' ').map((name) => [name, undefined]))
    return await verifier.verify(await issueByHand({ ...absent, ...claims }))
  }

  it('the v2.0 token of the access token page is a user', async () => {
    const sample = samples.find(({ claims }) => claims?.['ver'] === '2.0')!
    expect(await verifySample(sample)).toMatchObject({
      kind: 'user',
      scopes: ['access_as_user'],
      guest: false,
    })
  })

  it('the token of an autonomous agent is an app, though its subject is not its object id', async () => {
    const sample = samples.find(({ source }) => source.includes('agent-token-claims'))!
    const identity = await verifySample(sample)
    expect(identity).toMatchObject({
      kind: 'app',
      clientAuthentication: 'certificate',
      scopes: [],
      roles: [],
    })
    expect(identity.subject).not.toBe(identity.objectId)
    expect(identity.expiresAt - (identity.issuedAt ?? 0)).toBe(29_100)
  })

  it('the v1.0 token whose tid is not the tenant of its issuer is refused', async () => {
    const sample = samples.find(({ claims }) => claims?.['ver'] === '1.0')!
    expect(await outcomeOf(verifySample(sample))).toBe('issuer_unknown')
  })
})
