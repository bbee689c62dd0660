import { describe, expect, it } from 'vitest'

import { b2c, createVerifier } from '../../src/index.ts'
import { nodeSignature } from '../../src/node.ts'
import { fixture, rows } from '../support/fixture.ts'
import {
  apiId,
  clock,
  documents,
  issue,
  jwk,
  tenantId,
  verifierFor,
  type Members,
} from '../support/issuer.ts'
import { outcomeOf } from '../support/outcome.ts'

/*
 * Each table holds what Microsoft's own validators do and, in `ours`, what this package does. A row is a token that
 * is otherwise valid, against documents that are otherwise ordinary.
 */

const verdict = (accepted: boolean): unknown =>
  accepted ? 'accepted' : expect.not.stringMatching('accepted')

interface IssuerRow {
  readonly id: string
  readonly issuerTemplate: string
  readonly tid: string | null
  readonly iss: string
  readonly tidClaimName?: string
  readonly kind?: 'b2c'
  readonly tfp?: string
  readonly ours: boolean | 'n/a'
}

const versionOf = (issuer: string): '1.0' | '2.0' => (issuer.endsWith('/v2.0') ? '2.0' : '1.0')

function issuerRowVerifier({ issuerTemplate, kind, tfp = '' }: IssuerRow): ReturnType<typeof createVerifier> {
  const fetch = documents({ issuer: issuerTemplate })
  const [named] = /[0-9a-f-]{36}/.exec(issuerTemplate) ?? []
  if (kind === 'b2c') {
    const domain = new URL(issuerTemplate).host
    return verifierFor({ authority: b2c({ domain, tenantId: named ?? tenantId, policies: [tfp] }), fetch })
  }
  const versions = [versionOf(issuerTemplate)]
  const audience = [apiId, `api://${apiId}`]
  return verifierFor({ tenants: named ?? 'organizations', audience, versions, fetch })
}

describe('the issuer, against the configured metadata', () => {
  it.each(rows<IssuerRow>('issuer-validator-cases.json'))('$id: $ours', async (row) => {
    const { iss, tid, tidClaimName = 'tid', kind, tfp } = row
    const version = kind === 'b2c' ? '1.0' : versionOf(iss)
    const token = await issue({ iss, tid: undefined, ver: version, tfp, [tidClaimName]: tid ?? undefined })
    expect(await outcomeOf(issuerRowVerifier(row).verify(token))).toEqual(verdict(row.ours))
  })
})

describe('the issuer of a signing key', () => {
  interface Row {
    readonly id: string
    readonly keyIssuer: string | null
    readonly metadataIssuer: string | null
    readonly claims: Members
    readonly iss: string
    readonly ours: boolean | 'n/a'
  }
  it.each(rows<Row>('signing-key-issuer-cases.json'))('$id: $ours', async (row) => {
    const key = row.keyIssuer === null ? jwk : { ...jwk, issuer: row.keyIssuer }
    const keys = row.id === 'NoSigningKeysInConfiguration' ? [] : [key]
    const issuer = row.metadataIssuer ?? 'https://login.microsoftonline.com/{tenantid}/v2.0'
    const verifier = verifierFor({ tenants: 'organizations', fetch: documents({ issuer }, keys) })
    const token = await issue({ tid: undefined, ...row.claims, iss: row.iss })
    expect(await outcomeOf(verifier.verify(token))).toEqual(verdict(row.ours))
  })
})

const named = (name: string | null): Members => (name === null ? {} : { cloud_instance_name: name })

describe('the cloud of a signing key', () => {
  interface Row {
    readonly id: string
    readonly keyCloudInstanceName: string | null
    readonly metadataCloudInstanceName: string | null
    readonly ours: boolean | 'n/a'
  }
  it.each(rows<Row>('cloud-instance-cases.json'))('$id: $ours', async (row) => {
    const metadata = {
      issuer: `https://login.microsoftonline.com/${tenantId}/v2.0`,
      ...named(row.metadataCloudInstanceName),
    }
    const key = { ...jwk, ...named(row.keyCloudInstanceName) }
    const outcome = await outcomeOf(verifierFor({ fetch: documents(metadata, [key]) }).verify(await issue()))
    expect(outcome).toEqual(verdict(row.ours))
  })

  it('is refused when it is another than that of the metadata', async () => {
    const metadata = {
      issuer: `https://login.microsoftonline.com/${tenantId}/v2.0`,
      cloud_instance_name: 'microsoftonline.com',
    }
    const fetch = documents(metadata, [{ ...jwk, cloud_instance_name: 'microsoftonline.us' }])
    expect(await outcomeOf(verifierFor({ fetch }).verify(await issue()))).toBe('signing_key_refused')
  })
})

describe('the audience', () => {
  interface Row {
    readonly id: string
    readonly tokenAud: readonly string[]
    readonly validAudiences: readonly string[]
    readonly ver?: '1.0' | '2.0'
    readonly isB2C?: boolean
    readonly ours: boolean | 'n/a'
  }

  async function outcomeOfRow(row: Row): Promise<string> {
    const { tokenAud, validAudiences, ver = '2.0', isB2C = false } = row
    const domain = 'contoso.b2clogin.com'
    const b2cIssuer = `https://${domain}/${tenantId}/v2.0/`
    const v1Issuer = `https://sts.windows.net/${tenantId}/`
    const issuer = isB2C ? b2cIssuer : `https://login.microsoftonline.com/${tenantId}/v2.0`
    const token = await issue({
      // Entra writes one string; the table comes from a library that reads a list.
      aud: tokenAud.length === 1 ? tokenAud[0] : tokenAud,
      ver,
      iss: ver === '1.0' && !isB2C ? v1Issuer : issuer,
      ...(isB2C && { tfp: 'b2c_1_susi' }),
    })
    const authority = b2c({ domain, tenantId, policies: ['B2C_1_susi'] })
    const options = { audience: validAudiences, fetch: documents({ issuer }) }
    return await outcomeOf(verifierFor(isB2C ? { ...options, authority } : options).verify(token))
  }

  it.each(rows<Row>('audience-cases.json').filter((row) => !row.validAudiences.includes('')))(
    '$id: $ours',
    async (row) => {
      expect(await outcomeOfRow(row)).toEqual(verdict(row.ours))
    },
  )

  it.each(rows<Row>('audience-cases.json').filter((row) => row.validAudiences.includes('')))(
    '$id: $ours, because an empty accepted audience is a mistake',
    async (row) => {
      expect(row.ours).toBe(false)
      await expect(outcomeOfRow(row)).rejects.toThrow(TypeError)
    },
  )
})

function isMadeWith(name: string): boolean {
  try {
    return b2c({ domain: 'contoso.b2clogin.com', tenantId, policies: [name] }).policies[0] === name
  } catch (error) {
    if (error instanceof TypeError) return false
    throw error
  }
}

describe('the name of a B2C policy', () => {
  it.each(rows<{ name: string; ours: boolean | 'n/a' }>('b2c-policy-name-cases.json'))(
    '$name: $ours',
    ({ name, ours }) => {
      expect(isMadeWith(name)).toBe(ours)
    },
  )
})

const withHeader = (authorization: string): Request =>
  new Request('https://api.example', { headers: { authorization } })
const withBody = (token: string, headers: Record<string, string> = {}): Request =>
  new Request('https://api.example', {
    method: 'POST',
    headers,
    body: new URLSearchParams({ access_token: token }),
  })

describe('where the token comes in', () => {
  const requests: Readonly<Record<string, (token: string) => Request>> = {
    'no token': () => new Request('https://api.example'),
    'header Bearer': (token) => withHeader(`Bearer ${token}`),
    'header bearer (lower-case scheme)': (token) => withHeader(`bearer ${token}`),
    'header without scheme': (token) => withHeader(token),
    'form body access_token': (token) => withBody(token),
    'query access_token': (token) => new Request(`https://api.example?access_token=${token}`),
    'header and body': (token) => withBody(token, { authorization: `Bearer ${token}` }),
  }

  it.each(rows<{ id: string; ours: boolean | 'n/a' }>('token-transport-cases.json'))(
    '$id: $ours',
    async ({ id, ours }) => {
      const request = requests[id]?.(await issue())
      if (request === undefined) throw new Error(`no request for the row ${id}`)
      const work = verifierFor().authenticate(request.headers.get('authorization'))
      expect(await outcomeOf(work)).toEqual(verdict(ours))
    },
  )
})

describe.each([
  ['WebCrypto', {}],
  ['node:crypto', { signature: nodeSignature }],
])('damaged RSA padding, as Project Wycheproof collects it, before %s', (_engine, engine) => {
  const table = fixture<{
    clock: number
    jwks: { keys: readonly unknown[] }
    cases: ReadonlyArray<{ id: string; expected: 'accept' | 'reject'; token: string }>
  }>('wycheproof-rs256-jwts.json')
  const tenant = 'a1b2c3d4-0a0b-4c0d-8e0f-abcdefabcdef'

  it('holds 224 tokens, of which 9 are good', () => {
    expect(table.clock).toBe(clock)
    expect(table.cases).toHaveLength(224)
    expect(table.cases.filter(({ expected }) => expected === 'accept')).toHaveLength(9)
  })

  it.each(table.cases)('$id: $expected', async ({ token, expected }) => {
    const verifier = createVerifier({
      tenants: tenant,
      audience: 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee',
      fetch: documents({ issuer: `https://login.microsoftonline.com/${tenant}/v2.0` }, table.jwks.keys),
      now: () => table.clock * 1000,
      ...engine,
    })
    expect(await outcomeOf(verifier.verify(token))).toBe(
      expected === 'accept' ? 'accepted' : 'signature_invalid',
    )
  })
})
