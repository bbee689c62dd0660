import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { createEmulator, emulatorFetch, type Emulator } from '../src/index.ts'
import { createEmulatorFrom, listen, serveInspector } from '../src/node.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'entraguard-options-'))
afterAll(() => rmSync(folder, { recursive: true }))

let entra: Emulator
beforeAll(async () => {
  entra = await createEmulator()
})

/** What takes options, called as a program without types may call it. */
const calls = {
  createEmulator: (options: object) => createEmulator(options),
  createEmulatorFrom: async (options: object) => {
    const file = path.join(folder, 'state.json')
    await createEmulatorFrom(file)
    return createEmulatorFrom(file, options)
  },
  // oxlint-disable-next-line typescript/require-await -- what it throws is to reject, as with the others
  emulatorFetch: async (options: object) => emulatorFetch('http://127.0.0.1:1', options),
  listen: async (options: object) => await (await listen(entra, options)).close(),
  serveInspector: async (options: object) => await (await serveInspector(options)).close(),
  issueUserToken: (options: object) => entra.issueUserToken(options),
  issueAppToken: (options: object) => entra.issueAppToken(options),
  issueB2cToken: (options: object) => entra.issueB2cToken(options),
  issueIdToken: (options: object) => entra.issueIdToken(options),
  rotateKeys: (options: object) => entra.rotateKeys(options),
  proof: async (options: object) =>
    await (
      await entra.createProofKey()
    ).proof({ method: 'GET', url: 'https://api.contoso.com/', ...options }),
  nextToken: async (options: object) => await Promise.resolve(options).then((one) => entra.nextToken(one)),
  nextResponse: async (options: object) =>
    await Promise.resolve(options).then((one) => entra.nextResponse(one)),
  disturb: async (options: object) => await Promise.resolve(options).then((one) => entra.disturb(one)),
  register: async (options: object) => await Promise.resolve(options).then((one) => entra.register(one)),
  'conditionalAccess.add': async (options: object) =>
    await Promise.resolve(options).then((one) => entra.conditionalAccess.add({ requires: 'mfa', ...one })),
} as const

type Call = keyof typeof calls
const names = Object.keys(calls) as Call[]

it.each(names)('%s names an option that it does not know', async (call) => {
  await expect(calls[call]({ prot: 1 })).rejects.toThrow(/^prot is unknown; the known ones are \w+/)
})

it.each(names.filter((call) => !['proof', 'conditionalAccess.add'].includes(call)))(
  '%s takes an object and nothing else',
  async (call) => {
    for (const wrong of [null, [], 'port', 8484]) {
      await expect(calls[call](wrong as unknown as object)).rejects.toThrow(
        new TypeError('The options must be an object'),
      )
    }
  },
)

/** A member of each that would be lost, or copied in one place and not in another. */
const inherited: Readonly<Record<Exclude<Call, 'proof' | 'conditionalAccess.add'>, object>> = {
  createEmulator: { apps: [] },
  createEmulatorFrom: { apps: [] },
  emulatorFetch: { hosts: [] },
  listen: { localIssuer: true },
  serveInspector: { token: 'a.b.c' },
  issueUserToken: { scopes: [] },
  issueAppToken: { roles: [] },
  issueB2cToken: { scopes: [] },
  issueIdToken: { nonce: 'n' },
  rotateKeys: { reuseKid: true },
  nextToken: { expiresIn: -600 },
  nextResponse: { status: 500 },
  disturb: { answer: 'empty' },
  register: { users: [] },
}

it.each(Object.entries(inherited))('%s refuses an option that is inherited', async (call, prototype) => {
  const [name] = Object.keys(prototype)
  await expect(calls[call as Call](Object.create(prototype) as object)).rejects.toThrow(
    `${name} is inherited: pass a plain object`,
  )
})

const wrong: readonly (readonly [Call, object, string])[] = [
  ['createEmulator', { now: 5 }, 'now must be a function'],
  ['createEmulator', { now: () => new Date(0) }, 'now must give a number, the milliseconds since the epoch'],
  ['createEmulator', { now: () => Number.NaN }, 'now must give a number, the milliseconds since the epoch'],
  [
    'createEmulator',
    { tenants: [{ host: 'https://login.contoso.com' }] },
    'tenants[0].host must be a host name',
  ],
  [
    'createEmulator',
    { tenants: [{ host: 'login.contoso.com:8443' }] },
    'tenants[0].host must be a host name',
  ],
  [
    'createEmulator',
    { tenants: [{ policies: [{ issuer: 'policy' }] }] },
    'tenants[0].policies[0].name must be',
  ],
  [
    'createEmulator',
    { apps: [{ claimsMapping: new Map() }] },
    'apps[0].claimsMapping must be a plain object',
  ],
  ['createEmulator', { apps: [{ dpop: { nonce: 1 } }] }, 'apps[0].dpop.nonce must be true or false'],
  [
    'createEmulator',
    { apps: [{ implicitGrant: { idToken: true } }] },
    'apps[0].implicitGrant.idToken is unknown',
  ],
  [
    'createEmulator',
    { apps: [{ redirectUris: [{ uri: 'https://a' }] }] },
    'apps[0].redirectUris[0].platform must be',
  ],
  [
    'createEmulator',
    { apps: [{ appRoles: [{ value: 'A' }] }] },
    'apps[0].appRoles[0].allowedMemberTypes must be',
  ],
  [
    'createEmulator',
    { apps: [{ federatedCredentials: [{}] }] },
    'apps[0].federatedCredentials[0].issuer must be',
  ],
  ['createEmulatorFrom', { apps: [{ scope: [] }] }, 'apps[0].scope is unknown'],
  ['emulatorFetch', { hosts: 'login.contoso.com' }, 'hosts must be a list'],
  ['emulatorFetch', { hosts: ['https://login.contoso.com'] }, 'hosts[0] must be a host name'],
  ['emulatorFetch', { hosts: ['login.contoso.com:8443'] }, 'hosts[0] must be a host name'],
  ['emulatorFetch', { hosts: [''] }, 'hosts[0] must be a host name'],
  ['emulatorFetch', { fetch: {} }, 'fetch must be a function'],
  ['listen', { host: '0.0.0.0' }, 'host is unknown; the known ones are port, https, localIssuer, apis'],
  ['listen', { port: '0' }, 'port must be a whole number from 0 to 65535'],
  ['listen', { port: 65_536 }, 'port must be a whole number from 0 to 65535'],
  ['listen', { https: 'yes' }, 'https must be true, false, or an object with the directory'],
  ['listen', { https: { folder: 'a' } }, 'https must be true, false, or an object with the directory'],
  ['listen', { https: { directory: '' } }, 'https must be true, false, or an object with the directory'],
  ['listen', { localIssuer: 'no' }, 'localIssuer must be true or false'],
  ['listen', { apis: { url: 'http://localhost' } }, 'apis must be a list'],
  ['listen', { apis: [{ address: 'http://localhost' }] }, 'apis[0].address is unknown'],
  ['listen', { apis: [{ name: 'Orders' }] }, 'apis[0].url must be a string'],
  ['listen', { apis: [{ url: 'http://localhost/#orders' }] }, 'apis[0].url must not contain a fragment'],
  ['serveInspector', { port: '8585' }, 'port must be a whole number from 0 to 65535'],
  ['serveInspector', { token: 5 }, 'token must be a string'],
  ['serveInspector', { fetch: true }, 'fetch must be a function'],
  ['issueUserToken', { scope: ['Orders.Read'] }, 'scope is unknown'],
  ['issueUserToken', { expireIn: -600 }, 'expireIn is unknown'],
  ['issueUserToken', { scopes: 'Orders.Read' }, 'scopes must be a list of strings'],
  ['issueUserToken', { expiresIn: '60' }, 'expiresIn must be a number'],
  ['issueUserToken', { version: 2 }, 'version must be one of "1.0", "2.0"'],
  ['issueUserToken', { claims: new Map([['tid', 'x']]) }, 'claims must be a plain object'],
  ['issueUserToken', { header: new Headers({ alg: 'none' }) }, 'header must be a plain object'],
  ['issueUserToken', { groups: 'many' }, 'groups must be "overage" or a list of group ids'],
  ['issueUserToken', { agent: true }, 'agent must be one of "onBehalfOf", "userAccount"'],
  ['issueUserToken', { boundTo: { thumbprint: 'x' } }, 'boundTo must be a jkt or a certificate'],
  ['issueUserToken', { policy: 'B2C_1_susi' }, 'policy is unknown'],
  ['issueAppToken', { scopes: ['Orders.Read'] }, 'scopes is unknown'],
  ['issueAppToken', { user: 'ada@contoso.com' }, 'user is unknown'],
  ['issueAppToken', { agent: 'onBehalfOf' }, 'agent must be true or false'],
  ['issueB2cToken', { roles: ['Orders.Read'] }, 'roles is unknown'],
  ['issueB2cToken', { version: '2.0' }, 'version must be one of "1.0"'],
  ['issueIdToken', { clientId: 'x' }, 'clientId is unknown'],
  ['issueIdToken', { nonce: 5 }, 'nonce must be a string'],
  ['rotateKeys', { ring: 'private' }, 'ring must be public, usgov, china'],
  ['rotateKeys', { published: 'no' }, 'published must be true or false'],
  ['proof', { method: undefined }, 'method must be a string'],
  ['proof', { accessToken: 5 }, 'accessToken must be a string'],
  ['nextToken', { kind: 'refresh' }, 'kind must be one of "access", "id"'],
  ['nextToken', { expiresIn: '60' }, 'expiresIn must be a number'],
  ['nextResponse', { status: '500' }, 'status must be a whole number from 200 to 599'],
  ['nextResponse', { headers: new Headers({ 'x-odd': '1' }) }, 'headers must be a plain object with strings'],
  ['nextResponse', { headers: { 'retry-after': 1 } }, 'headers must be a plain object with strings'],
  ['nextResponse', { on: 'users' }, 'on must be one of "metadata", "keys", "token", "graph"'],
  ['disturb', { latency: '1' }, 'latency must be a number, zero or more'],
  ['register', { users: [{ mail: 'ada@contoso.com' }] }, 'users[0].mail is unknown'],
  ['conditionalAccess.add', { users: 'ada@contoso.com' }, 'users must be a list of strings'],
]

describe('an option of the wrong kind is a TypeError that names it', () => {
  it.each(wrong)('%s %o: %s', async (call, options, message) => {
    await expect(calls[call](options)).rejects.toThrow(TypeError)
    await expect(calls[call](options)).rejects.toThrow(message)
  })

  it('nextResponse with a function says so of its second argument', () => {
    expect(() => entra.nextResponse((response) => response, 'users' as 'graph')).toThrow(
      new TypeError('on must be one of "metadata", "keys", "token", "graph"'),
    )
  })
})

it('a mistake changes nothing: the next token and the next answer are as ever', async () => {
  const fresh = await createEmulator()
  expect(() => fresh.nextToken({ expiresIn: '60' } as never)).toThrow(TypeError)
  expect(() => fresh.nextResponse({ status: '500' } as never)).toThrow(TypeError)
  expect(() => fresh.disturb({ answer: 'nothing' } as never)).toThrow(TypeError)
  const keys = 'https://login.microsoftonline.com/common/discovery/v2.0/keys'
  expect((await fresh.fetch(keys)).status).toBe(200)
  expect(await fresh.issueUserToken()).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/)
})

it('a token may be bound to what createProofKey gives', async () => {
  expect(await entra.issueUserToken({ boundTo: await entra.createProofKey() })).toBeTypeOf('string')
})
