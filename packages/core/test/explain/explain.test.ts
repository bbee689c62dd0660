import { createEmulator, defaults, type Emulator } from '@entraguard/emulator'
import { beforeAll, describe, expect, it } from 'vitest'

import {
  claimCatalogue,
  explain,
  findingIds,
  type ClaimSafety,
  type Explanation,
  type FindingId,
} from '../../src/explain.ts'
import { b2c, createVerifier, errorCatalogue, type Verifier, type VerifierOptions } from '../../src/index.ts'
import { fixture } from '../support/fixture.ts'

const time = 1_800_000_000
const now = (): number => time * 1000
const options = { now, timeZone: 'Europe/Berlin' }

let entra: Emulator
let saml: Emulator

beforeAll(async () => {
  entra = await createEmulator({ now, apps: [{ optionalClaims: ['acct', 'idtyp'] }, {}, {}] })
  saml = await createEmulator({ now, apps: [{ samlSso: true }, {}] })
})

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
/** A token that nobody signed: `explain` without a verifier does not look. */
const unsigned = (header: unknown, claims: unknown): string =>
  `${encode(header)}.${encode(claims)}.c2lnbmF0dXJl`
const edited = async (change: (claims: Record<string, unknown>) => unknown): Promise<string> => {
  const [, payload = ''] = (await entra.issueUserToken()).split('.')
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>
  return unsigned({ typ: 'JWT', alg: 'RS256', kid: 'a' }, change(claims))
}
const scoped = { scopes: ['Orders.Read'], roles: ['Orders.Reader'] }
const verifierOf = (emulator: Emulator, more: Partial<VerifierOptions> = {}): Verifier =>
  createVerifier({ ...emulator.verifierOptions(), ...more })

interface Case {
  /** The finding that must come first, or must be there when it is only worth knowing. */
  readonly id: FindingId
  readonly token: () => unknown
  readonly verifier?: () => Verifier
}

const otherTenant = '99999999-1111-4111-8111-111111111111'
const b2cVerifier = (policy: string): Verifier => {
  const tenant = entra.directory.tenants.find(({ kind }) => kind === 'b2c')
  const authority = b2c({
    domain: `${tenant?.name}.b2clogin.com`,
    tenantId: tenant?.id ?? '',
    policies: [policy],
  })
  return createVerifier({ authority, audience: defaults.apiClientId, fetch: entra.fetch, now })
}

const cases: readonly Case[] = [
  // The envelope
  { id: 'token_unreadable', token: () => 'EwBwA8l6BAAU-an-opaque-token' },
  { id: 'token_encrypted', token: () => 'eyJhbGciOiJSU0EtT0FFUCJ9.a.b.c.d' },
  {
    id: 'token_irregular',
    token: async () =>
      (await entra.issueUserToken(scoped)).replace(
        /\..*\./,
        `.${Buffer.from('{"aud":"a","aud":"b"}').toString('base64url')}.`,
      ),
  },
  {
    id: 'token_too_large',
    token: () =>
      entra.issueUserToken({
        ...scoped,
        claims: { groups: Array.from({ length: 400 }, () => 'dddddddd-0000-4000-8000-000000000001') },
      }),
  },
  { id: 'algorithm_refused', token: () => entra.issueUserToken({ ...scoped, header: { alg: 'PS256' } }) },
  {
    id: 'token_type_refused',
    token: () => entra.issueUserToken({ ...scoped, header: { typ: 'logout+jwt' } }),
  },
  { id: 'header_refused', token: () => entra.issueUserToken({ ...scoped, header: { b64: false } }) },
  { id: 'key_id_missing', token: () => entra.issueUserToken({ ...scoped, header: { kid: undefined } }) },
  { id: 'bound_token', token: () => entra.issueUserToken({ ...scoped, claims: { cnf: { kid: 'a' } } }) },
  {
    id: 'pasted_with_scheme',
    token: async () => `Authorization: Bearer ${await entra.issueUserToken(scoped)}\n`,
  },
  { id: 'other_scheme', token: async () => `Authorization: DPoP ${await entra.issueUserToken(scoped)}\n` },
  // Tokens for somebody else
  { id: 'graph_token', token: () => entra.issueUserToken({ audience: 'https://graph.microsoft.com' }) },
  {
    id: 'aad_graph_token',
    token: () => edited((claims) => ({ ...claims, aud: '00000002-0000-0000-c000-000000000000' })),
  },
  {
    id: 'microsoft_api_token',
    token: () => edited((claims) => ({ ...claims, aud: 'https://management.azure.com/' })),
  },
  { id: 'id_token', token: () => entra.issueIdToken() },
  // Issuer, version, audience
  {
    id: 'claim_missing',
    token: () => entra.issueUserToken({ ...scoped, claims: { tid: undefined, ver: undefined } }),
  },
  { id: 'claim_invalid', token: () => entra.issueUserToken({ ...scoped, claims: { aud: ['a', 'b'] } }) },
  {
    id: 'issuer_not_microsoft',
    token: () => entra.issueUserToken({ ...scoped, claims: { iss: 'https://login.contoso.com/v2.0' } }),
  },
  {
    id: 'issuer_tenant_mismatch',
    token: () => entra.issueUserToken({ ...scoped, claims: { tid: otherTenant } }),
  },
  { id: 'issuer_version_mismatch', token: () => entra.issueUserToken({ ...scoped, claims: { ver: '1.0' } }) },
  { id: 'b2c_token', token: () => entra.issueB2cToken() },
  {
    id: 'external_id_token',
    token: () => entra.issueUserToken({ ...scoped, tenantId: defaults.externalIdTenantId }),
  },
  {
    id: 'national_cloud',
    token: () =>
      edited((claims) => ({ ...claims, iss: `https://login.microsoftonline.us/${defaults.tenantId}/v2.0` })),
  },
  {
    id: 'v1_token',
    token: () => entra.issueUserToken({ ...scoped, version: '1.0', audience: defaults.apiClientId }),
  },
  { id: 'audience_app_id_uri', token: () => entra.issueUserToken({ ...scoped, audience: 'api://orders' }) },
  // Time
  { id: 'expired', token: () => entra.issueUserToken({ ...scoped, expiresIn: -100_000 }) },
  { id: 'expired_within_tolerance', token: () => entra.issueUserToken({ ...scoped, expiresIn: -90 }) },
  { id: 'not_yet_valid', token: () => entra.issueUserToken({ ...scoped, claims: { nbf: time + 3000 } }) },
  { id: 'clock_skewed', token: () => entra.issueUserToken({ ...scoped, claims: { iat: time + 120 } }) },
  { id: 'times_contradict', token: () => entra.issueUserToken({ ...scoped, claims: { nbf: time + 9e5 } }) },
  { id: 'time_invalid', token: () => entra.issueUserToken({ ...scoped, claims: { exp: 'tomorrow' } }) },
  // Who calls
  { id: 'app_without_permissions', token: () => entra.issueAppToken({ roles: [] }) },
  { id: 'no_permissions', token: () => entra.issueUserToken({ scopes: [] }) },
  { id: 'app_token_has_no_scopes', token: () => entra.issueAppToken() },
  {
    id: 'caller_unknown',
    token: () =>
      entra.issueUserToken({ scopes: [], roles: ['Orders.Read.All'], claims: { idtyp: undefined } }),
  },
  { id: 'user_without_roles', token: () => entra.issueUserToken({ scopes: ['Orders.Read'] }) },
  { id: 'groups_overage', token: () => entra.issueUserToken({ ...scoped, groups: 'overage' }) },
  {
    id: 'groups_are_names',
    token: () => entra.issueUserToken({ ...scoped, claims: { groups: ['Administrators'] } }),
  },
  { id: 'personal_account', token: () => entra.issueUserToken({ ...scoped, personalAccount: true }) },
  { id: 'guest', token: () => entra.issueUserToken({ ...scoped, guestFrom: otherTenant }) },
  { id: 'agent_identity', token: () => entra.issueUserToken({ ...scoped, agent: 'onBehalfOf' }) },
  {
    id: 'managed_identity',
    token: () =>
      entra.issueAppToken({
        managedIdentity: '/subscriptions/s/resourcegroups/g/providers/Microsoft.Web/sites/w',
      }),
  },
  {
    id: 'custom_claims',
    token: () => entra.issueUserToken({ ...scoped, claims: { department: 'x', is_admin: true } }),
  },
  {
    id: 'display_only_claims',
    token: () => entra.issueUserToken({ ...scoped, claims: { email: 'a@b.example' } }),
  },
  // Put to a verifier
  { id: 'accepted', token: () => entra.issueUserToken(scoped), verifier: () => verifierOf(entra) },
  {
    id: 'refused',
    token: () => entra.issueUserToken(scoped),
    verifier: () => verifierOf(entra, { check: () => false }),
  },
  {
    id: 'wrong_audience',
    token: () => entra.issueUserToken({ ...scoped, audience: `api://${defaults.apiClientId}` }),
    verifier: () => verifierOf(entra, { audience: defaults.apiClientId }),
  },
  {
    id: 'wrong_version',
    token: () => entra.issueUserToken({ ...scoped, version: '1.0' }),
    verifier: () => verifierOf(entra, { versions: ['2.0'] }),
  },
  {
    id: 'wrong_tenant',
    token: () => entra.issueUserToken({ ...scoped, tenantId: otherTenant }),
    verifier: () => verifierOf(entra),
  },
  {
    id: 'wrong_cloud',
    token: () => entra.issueUserToken({ ...scoped, version: '2.0' }),
    verifier: () => verifierOf(entra, { cloud: 'usgov' }),
  },
  { id: 'b2c_not_configured', token: () => entra.issueB2cToken(), verifier: () => verifierOf(entra) },
  {
    id: 'external_id_not_configured',
    token: () => entra.issueUserToken({ ...scoped, tenantId: defaults.externalIdTenantId }),
    verifier: () => verifierOf(entra),
  },
  {
    id: 'b2c_policy_not_configured',
    token: () => entra.issueB2cToken(),
    verifier: () => b2cVerifier('B2C_1_other'),
  },
  {
    id: 'key_not_found',
    token: () => entra.issueUserToken({ ...scoped, signWith: 'unknown' }),
    verifier: () => verifierOf(entra),
  },
  { id: 'app_specific_key', token: () => saml.issueUserToken(scoped), verifier: () => verifierOf(saml) },
]

async function explained({ token, verifier }: Case): Promise<Explanation> {
  return await explain(await token(), { ...options, verifier: verifier?.() })
}

/** The findings for a reader, with what differs from run to run taken out. */
function readable({ summary, findings, text }: Explanation): string {
  const end = text.indexOf('\n\nHeader\n')
  expect(text.startsWith(summary)).toBe(true)
  expect(findings.length).toBeGreaterThan(0)
  return `${end === -1 ? text : text.slice(0, end)}\n`.replace(/The key "[\w-]{20,}"/g, 'The key "(its id)"')
}

describe('each finding, from a token that has it', () => {
  it.each(cases)('$id', async (each) => {
    const explanation = await explained(each)
    const { findings } = explanation
    const found = findings.find(({ id }) => id === each.id)
    expect(found, findings.map(({ id }) => id).join(' ')).toBeDefined()
    // The cause of a refusal is the first line that a person reads.
    const isCause = found?.severity === 'error' || each.id === 'accepted'
    expect(!isCause || findings[0]?.id === each.id).toBe(true)
    await expect(readable(explanation)).toMatchFileSnapshot(`../snapshots/explain/${each.id}.txt`)
  })

  it('is tested, each one', () => {
    expect(cases.map(({ id }) => id)).toEqual(findingIds)
  })

  it('has every part, plain text, and a page of this project for each refusal', async () => {
    for (const each of cases) {
      for (const finding of (await explained(each)).findings) {
        const { severity, seen, meaning, advice, link, code } = finding
        expect(['error', 'warning', 'info']).toContain(severity)
        for (const text of [seen, meaning, advice]) expect(text).toMatch(/^[A-Zv"(].*[.)]$/s)
        expect(new URL(link).protocol).toBe('https:')
        expect(code === undefined || Object.hasOwn(errorCatalogue, code)).toBe(true)
      }
    }
  })
})

describe("the sample tokens of Microsoft's documentation", () => {
  const [v1, v2] =
    fixture<ReadonlyArray<{ readonly header: unknown; readonly claims: unknown }>>(
      'sample-tokens-claims.json',
    )

  it.each([
    ['v1', v1],
    ['v2', v2],
  ])('%s, whole', async (name, sample) => {
    const { text } = explain(unsigned(sample?.header, sample?.claims), options)
    await expect(`${text}\n`).toMatchFileSnapshot(`../snapshots/explain/sample-${name}.txt`)
  })

  it('v1: the issuer and tid disagree', () => {
    const { findings } = explain(unsigned(v1?.header, v1?.claims), options)
    expect(findings[0]).toMatchObject({
      id: 'issuer_tenant_mismatch',
      severity: 'error',
      code: 'tenant_mismatch',
    })
  })
})

describe('the verdict of a verifier', () => {
  it('is given beside the findings, and its cause comes first', async () => {
    const token = await entra.issueUserToken({ ...scoped, expiresIn: -100_000, version: '1.0' })
    const { verdict, findings } = await explain(token, { ...options, verifier: verifierOf(entra) })
    expect(verdict).toMatchObject({ accepted: false, code: 'token_expired', step: 'claims', status: 401 })
    expect(findings[0]).toMatchObject({ id: 'expired', severity: 'error' })
  })

  it.each([{ acct: '1' }, { acct: true }, { xms_idrel: ['5'] }, { idp: ['https://sts.windows.net/x/'] }])(
    'says that nobody knows whether the user is a guest: %j',
    async (claims) => {
      const { findings } = explain(
        await entra.issueUserToken({ ...scoped, claims: { acct: undefined, ...claims } }),
      )
      const guest = findings.find(({ id }) => id === 'guest')
      expect(guest?.seen).toContain('does not tell whether the user is a guest')
      expect(guest?.seen).toContain(JSON.stringify(Object.values(claims)[0]))
    },
  )

  it('finds nothing wrong with the form of roles in a token of B2C', async () => {
    const { findings } = explain(
      await entra.issueB2cToken({ claims: { roles: 'Admin', amr: 'pwd' } }),
      options,
    )
    expect(findings.map(({ id }) => id)).not.toContain('claim_invalid')
  })

  it('an ID token is named as one, by the verifier too', async () => {
    const { verdict, findings } = await explain(await entra.issueIdToken(), {
      ...options,
      verifier: verifierOf(entra),
    })
    expect(verdict?.code).toBe('id_token_refused')
    expect(findings[0]).toMatchObject({ id: 'id_token', code: 'id_token_refused' })
    expect(findings.filter(({ severity }) => severity === 'error')).toHaveLength(1)
  })

  it('turns an error that this verifier is told to accept into a warning', async () => {
    const token = await entra.issueAppToken({ roles: [] })
    const verifier = verifierOf(entra, { allowWithoutPermissions: true })
    const { findings } = await explain(token, { ...options, verifier })
    expect(findings.map(({ id, severity }) => `${severity} ${id}`)).toEqual([
      'warning app_without_permissions',
      'info accepted',
    ])
  })

  it('tells a network that fails from a bad token', async () => {
    const offline = await createEmulator({ now })
    const token = await offline.issueUserToken(scoped)
    offline.goOffline()
    const { verdict, findings } = await explain(token, { ...options, verifier: verifierOf(offline) })
    expect(verdict).toMatchObject({ code: 'metadata_unavailable', status: 503 })
    expect(findings[0]).toMatchObject({ id: 'refused', code: 'metadata_unavailable' })
  })

  it('asks for keys of an application only by client ids of the configuration, never by one from the token', async () => {
    const watched = await createEmulator({ now })
    const token = await watched.issueUserToken({
      ...scoped,
      signWith: 'unknown',
      claims: { aud: otherTenant, azp: otherTenant },
    })
    await explain(token, { ...options, verifier: verifierOf(watched) })
    const asked = watched.requests.filter(({ url }) => url.includes('appid='))
    expect(asked.length).toBeGreaterThan(0)
    expect(asked.every(({ url }) => url.endsWith(`appid=${defaults.apiClientId}`))).toBe(true)
  })

  it('does without where several tenants are accepted, and there is no document of one application', async () => {
    const verifier = verifierOf(entra, { tenants: 'organizations' })
    const token = await entra.issueUserToken({ ...scoped, signWith: 'unknown' })
    const { findings } = await explain(token, { ...options, verifier })
    expect(findings[0]?.id).toBe('key_not_found')
  })
})

describe('every claim', () => {
  interface Row {
    readonly name: string
    readonly where: 'header' | 'payload'
    readonly safety: string
  }
  const { claims } = fixture<{ readonly claims: readonly Row[] }>('claims.json')
  const classes: Readonly<Record<string, ClaimSafety>> = {
    A: 'authorization',
    C: 'context',
    D: 'display',
    O: 'opaque',
    I: 'audit',
    P: 'protocol',
    '–': 'foreign',
  }

  it('that is documented is in the catalogue, once, with its safety class', () => {
    expect(claimCatalogue.map(({ where, name, safety }) => `${where} ${name} ${safety}`).toSorted()).toEqual(
      claims.map(({ where, name, safety }) => `${where} ${name} ${classes[safety.charAt(0)]}`).toSorted(),
    )
  })

  it('has a meaning in a sentence, types and versions', () => {
    for (const { meaning, type, versions } of claimCatalogue) {
      expect(meaning).toMatch(/^[A-Z"09].{6,}\.$/)
      expect(type).not.toBe('')
      expect(versions).not.toBe('')
    }
  })

  it('of a token is listed in its order, with meaning, class and, for times, dates', async () => {
    const token = await entra.issueUserToken({ ...scoped, claims: { auth_time: time - 60 } })
    const { header, claims: listed } = explain(token, options)
    const [, payload = ''] = token.split('.')
    const own = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>
    expect(Object.fromEntries(listed.map(({ name, value }) => [name, value]))).toEqual(own)
    expect(listed.map(({ name }) => name)).toEqual(Object.keys(own))
    expect(header.map(({ name }) => name)).toEqual(['typ', 'alg', 'kid'])
    expect(listed.find(({ name }) => name === 'auth_time')).toMatchObject({
      safety: 'context',
      date: '2027-01-15T07:59:00.000Z',
      localDate: '2027-01-15 08:59:00 UTC+01:00',
      relative: '1 minute ago',
    })
    const dated = listed.filter(({ date }) => date !== undefined).map(({ name }) => name)
    expect(dated).toEqual(['iat', 'nbf', 'exp', 'auth_time'])
  })

  it('of unknown name is custom; names by a prefix are known; groups by name are for display', async () => {
    const names = {
      department: 1,
      'extn.skypeId': 'a',
      xms_new: 1,
      extension_x: 1,
      groups: ['Admins'],
      bk_a: 1,
    }
    const { claims: listed } = explain(await entra.issueUserToken({ ...scoped, claims: names }), options)
    const safety = Object.fromEntries(listed.map((claim) => [claim.name, claim.safety]))
    expect(safety).toMatchObject({
      department: 'custom',
      'extn.skypeId': 'display',
      xms_new: 'opaque',
      extension_x: 'display',
      groups: 'display',
      bk_a: 'opaque',
    })
  })

  it('that is a live secret is not shown', async () => {
    const secret = 'a-token-of-another-identity-provider'
    const explanation = explain(await entra.issueB2cToken({ claims: { idp_access_token: secret } }), options)
    expect(JSON.stringify(explanation)).not.toContain(secret)
  })
})
