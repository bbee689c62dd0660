import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { createEmulator, type Emulator } from '../../src/index.ts'

type Document = Readonly<Record<string, unknown>>

/** Members whose value is not the recorded one, each with the reason. A difference that is not here fails. */
type Explained = Readonly<Record<string, string>>

const TENANT = '6babcaad-604b-40ac-a9d7-9fd97c0b779f'
const MICROSOFT = 'https://login.microsoftonline.com'

const mixedRecording = 'the recording, from a test suite, mixes v1.0 and v2.0 addresses'
const since = 'not in this old recording; the newer ones have it'

const recordedTenant: Explained = {
  authorization_endpoint: mixedRecording,
  token_endpoint: mixedRecording,
  token_endpoint_auth_methods_supported: `client_secret_basic: ${since}`,
  claims_supported: since,
  check_session_iframe: mixedRecording,
  end_session_endpoint: mixedRecording,
  ...Object.fromEntries(
    [
      'microsoft_multi_refresh_token',
      'device_authorization_endpoint',
      'frontchannel_logout_supported',
      'kerberos_endpoint',
      'tenant_region_scope',
      'cloud_instance_name',
      'cloud_graph_host_name',
      'msgraph_host',
      'rbac_url',
    ].map((name) => [name, since]),
  ),
}

const legacyB2c = 'the host that B2C left in 2020; the emulator speaks for b2clogin.com'
const legacy: Explained = Object.fromEntries(
  'authorization_endpoint token_endpoint jwks_uri issuer check_session_iframe end_session_endpoint userinfo_endpoint'
    .split(' ')
    .map((name) => [name, legacyB2c]),
)

const documents: readonly [file: string, url: string, explained: Explained][] = [
  ['entra-common-v1', `${MICROSOFT}/common/.well-known/openid-configuration`, {}],
  ['entra-common-v2', `${MICROSOFT}/common/v2.0/.well-known/openid-configuration`, {}],
  ['entra-organizations-v2', `${MICROSOFT}/organizations/v2.0/.well-known/openid-configuration`, {}],
  ['aad-tenant-msalnet', `${MICROSOFT}/${TENANT}/.well-known/openid-configuration`, recordedTenant],
  [
    'b2c-b2clogin',
    `https://sometenantid.b2clogin.com/${TENANT}/policy/v2.0/.well-known/openid-configuration`,
    { jwks_uri: 'names the tenant as the request did; the recording mixes both names' },
  ],
  [
    'b2c-legacy-login-microsoftonline',
    `https://sometenantid.b2clogin.com/${TENANT}/my-policy/v2.0/.well-known/openid-configuration`,
    legacy,
  ],
  [
    'b2c-queryparams',
    `https://sometenantid.b2clogin.com/${TENANT}/v2.0/.well-known/openid-configuration?p=my-policy`,
    legacy,
  ],
]

const keySets: readonly [file: string, url: string][] = [
  ['entra-common-v1.jwks.2024-02-02', `${MICROSOFT}/common/discovery/keys`],
  ['entra-common-v2.jwks.with-cloud-instance-names', `${MICROSOFT}/common/discovery/v2.0/keys`],
  ['entra-organizations-v2.jwks.with-cloud-instance-names', `${MICROSOFT}/organizations/discovery/v2.0/keys`],
]

const byNature: Explained = {
  kid: 'the SHA-1 of the certificate, as in the recording',
  x5t: 'equals kid, as in the recording',
  n: 'a key of this process',
  x5c: 'a self-signed certificate of that key',
}

let entra: Emulator
const table: string[][] = []

beforeAll(async () => {
  entra = await createEmulator({
    tenants: [{ id: crypto.randomUUID() }, { id: TENANT, name: 'sometenant' }],
  })
})

const recorded = async (file: string): Promise<Document> =>
  JSON.parse(
    await readFile(path.join(import.meta.dirname, '../fixtures', `${file}.json`), 'utf8'),
  ) as Document

const served = async (from: Emulator, url: string): Promise<Document> =>
  (await (await from.fetch(url)).json()) as Document

async function emulatorFor(file: string): Promise<Emulator> {
  if (!file.startsWith('b2c-')) return entra
  const policies = ['policy', 'my-policy']
  return createEmulator({
    tenants: [{ id: crypto.randomUUID() }, { id: TENANT, name: 'sometenantid', kind: 'b2c', policies }],
  })
}

afterAll(() => {
  const widths = [0, 1].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)))
  const lines = table.map(([file = '', member = '', why]) =>
    [file.padEnd(widths[0] ?? 0), member.padEnd(widths[1] ?? 0), why].join('  '),
  )
  process.stdout.write(`\nDifferences from the live service's documents\n${lines.join('\n')}\n\n`)
})

describe('a metadata document has the members and the values of the real one', () => {
  it.each(documents)('%s', async (file, url, explained) => {
    const real = await recorded(`${file}.openid-configuration`)
    const ours = await served(await emulatorFor(file), url)
    const members = [...new Set([...Object.keys(real), ...Object.keys(ours)])]
    const different = members.filter((name) => JSON.stringify(real[name]) !== JSON.stringify(ours[name]))
    if (different.length === 0) table.push([file, '(none)', ''])
    for (const name of different) table.push([file, name, explained[name] ?? 'NOT EXPLAINED'])
    expect(different).toStrictEqual(members.filter((name) => name in explained))
  })
})

interface Key {
  readonly kid: string
  readonly x5t: string
  readonly x5c: readonly [string]
  readonly issuer?: string
  readonly cloud_instance_name?: string
}

const shape = (key: Key & Document): Document =>
  Object.fromEntries(
    Object.entries(key).map(([name, value]) => [name, name in byNature ? typeof value : value]),
  )

// Every key of ours looks like one of theirs: the same members in the same order, and the same value of each
// one that is not of a key's nature. And every kind of theirs is among ours.
const kinds = (keys: readonly (Key & Document)[] = []): Set<string> =>
  new Set(keys.map((key) => JSON.stringify(shape(key))))

describe('a key set has keys like the real ones', () => {
  it.each(keySets)('%s', async (file, url) => {
    const [real, ours] = (await Promise.all([recorded(file), served(entra, url)])).map(
      ({ keys }) => keys as readonly (Key & Document)[],
    )
    expect(ours?.length).toBeGreaterThan(0)
    expect(kinds(ours)).toStrictEqual(kinds(real))
    for (const { kid, x5t, x5c } of [...(real ?? []), ...(ours ?? [])]) {
      const thumbprint = createHash('sha1').update(Buffer.from(x5c[0], 'base64')).digest('base64url')
      expect([kid, x5t]).toStrictEqual([thumbprint, thumbprint])
    }
    for (const [name, why] of Object.entries(byNature)) table.push([file, name, why])
    table.push([
      file,
      '(number of keys)',
      `${ours?.length} here, ${real?.length} recorded: one of each kind is enough`,
    ])
  })
})
