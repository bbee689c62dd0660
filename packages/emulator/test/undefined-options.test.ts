import { decodeJwt, decodeProtectedHeader } from 'jose'
import { describe, expect, it } from 'vitest'

import { createEmulator, defaults, type Emulator, type NextToken } from '../src/index.ts'
import { listen } from '../src/node.ts'

const KEYS = 'https://login.microsoftonline.com/common/discovery/v2.0/keys'
const GROUP = 'cccccccc-0000-4000-8000-000000000001'

const withUndefined = (names: string): object =>
  Object.fromEntries(names.split(' ').map((name) => [name, undefined]))

/** What a token says, without what is random in every one, and the ring of its key. */
async function told(entra: Emulator, token: string): Promise<unknown> {
  const { aio, rh, uti, xms_ftd, nonce, ...claims } = decodeJwt(token)
  expect([aio, rh, uti, xms_ftd, nonce]).toBeDefined()
  const { kid, ...header } = decodeProtectedHeader(token)
  const { keys } = (await (await entra.fetch(KEYS)).json()) as { keys: readonly { kid: string }[] }
  return { claims, header, isPublished: keys.some((key) => key.kid === kid) }
}

/** What would make the same emulator again, without the identity whose name is random. */
function shown(entra: Emulator | undefined): unknown {
  const { managedIdentities, ...rest } = entra?.registrations() ?? {}
  expect(managedIdentities).toHaveLength(1)
  return JSON.parse(JSON.stringify(rest))
}

const everyToken = 'audience tenantId version expiresIn claims header signWith'
const everyAccessToken = `${everyToken} clientId clientAuthentication roles capabilities`
const issued: readonly (readonly [string, string, (entra: Emulator, options?: object) => Promise<string>])[] =
  [
    [
      'a user token',
      `${everyAccessToken} user scopes groups directoryRoles guestFrom personalAccount authenticationMethods authenticationContexts agent`,
      (entra, options) => entra.issueUserToken(options),
    ],
    [
      'an app token',
      `${everyAccessToken} objectId managedIdentity agent`,
      (entra, options) => entra.issueAppToken(options),
    ],
    [
      'a B2C token',
      `${everyToken} policy clientId scopes user application nonce`,
      (entra, options) => entra.issueB2cToken(options),
    ],
    [
      'an ID token',
      `${everyToken} user nonce scopes codeHash accessTokenHash`,
      (entra, options) => entra.issueIdToken(options),
    ],
  ]

describe('an option that is undefined', () => {
  it.each(issued)('of %s is one that was left out', async (_, names, issue) => {
    const entra = await createEmulator({ now: () => 1_900_000_000_000 })
    const plain = await told(entra, await issue(entra))
    expect(await told(entra, await issue(entra, withUndefined(names)))).toEqual(plain)
  })

  it.each(issued)('of nextToken leaves what was asked of %s', async (_, _names, issue) => {
    const entra = await createEmulator({ now: () => 1_900_000_000_000 })
    const asked = { expiresIn: 60, signWith: 'unknown', claims: { odd: 1 }, header: { typ: 'odd' } }
    const plain = await told(entra, await issue(entra, asked))
    expect(plain).toMatchObject({ claims: { odd: 1, exp: 1_900_000_060 }, isPublished: false })
    entra.nextToken(withUndefined('kind claims header expiresIn signWith'))
    expect(await told(entra, await issue(entra, asked))).toEqual(plain)
  })

  it.each([
    ['expiresIn', { expiresIn: 30 }, { claims: { odd: 1, exp: 1_900_000_030 }, isPublished: false }],
    ['signWith', { signWith: undefined, expiresIn: 30 }, { isPublished: false }],
    ['claims', { claims: { more: 2 } }, { claims: { odd: 1, more: 2, exp: 1_900_000_060 } }],
    ['header', { header: { more: 2 } }, { header: { typ: 'odd', more: 2 } }],
  ] satisfies [string, NextToken, object][])(
    'of nextToken hides nothing of the others: %s',
    async (_, change, shows) => {
      const entra = await createEmulator({ now: () => 1_900_000_000_000 })
      const asked = { expiresIn: 60, signWith: 'unknown', claims: { odd: 1 }, header: { typ: 'odd' } }
      entra.nextToken({ ...withUndefined('kind claims header expiresIn signWith'), ...change })
      expect(await told(entra, await entra.issueUserToken(asked))).toMatchObject(shows)
    },
  )

  it('of nextResponse leaves that part of the answer as it is', async () => {
    const entra = await createEmulator()
    const plain = await (await entra.fetch(KEYS)).json()
    entra.nextResponse({ ...withUndefined('on status headers body'), headers: { 'x-odd': '1' } })
    const answer = await entra.fetch(KEYS)
    expect([answer.status, answer.headers.get('x-odd'), await answer.json()]).toEqual([200, '1', plain])
  })

  it('of disturb disturbs nothing', async () => {
    const entra = await createEmulator()
    entra.disturb(withUndefined('on latency answer retryAfter times'))
    expect((await entra.fetch(KEYS)).status).toBe(200)
  })

  it('of rotateKeys makes a key that is published, under a name of its own', async () => {
    const entra = await createEmulator()
    const { kid, previousKid } = await entra.rotateKeys(withUndefined('ring published reuseKid'))
    expect(kid).not.toBe(previousKid)
    expect(await told(entra, await entra.issueUserToken())).toMatchObject({ isPublished: true })
  })

  it('of a registration is filled in as if it had not been named', async () => {
    const ids = { tenantId: defaults.tenantId }
    const app = { clientId: defaults.apiClientId, name: 'Orders' }
    const user = { id: 'aaaaaaaa-0000-4000-8000-000000000009', userPrincipalName: 'ada@contoso.com' }
    const group = { id: GROUP, members: [user.id] }
    const policy = { id: GROUP, requires: 'mfa' } as const
    const [plain, odd] = await Promise.all(
      [
        { apps: [app], users: [user], groups: [group], conditionalAccess: [policy] },
        {
          ...withUndefined('now tenants managedIdentities'),
          apps: [
            {
              ...withUndefined(
                'tenantId multiTenant appIdUri secret certificates federatedCredentials redirectUris scopes appRoles tokenVersion optionalClaims claimsMapping samlSso accessTokenLifetime',
              ),
              ...app,
            },
          ],
          users: [{ ...withUndefined('tenantId name givenName email password roles guestFrom'), ...user }],
          groups: [{ ...withUndefined('tenantId name'), ...group }],
          conditionalAccess: [
            { ...withUndefined('users clients resources authenticationContexts'), ...policy },
          ],
        },
      ].map((options) => createEmulator(options)),
    )
    expect(shown(odd)).toEqual(shown(plain))
    expect(odd?.directory.firstTenant.id).toBe(ids.tenantId)
    odd?.register({ ...withUndefined('tenants apps groups managedIdentities'), users: [user] })
    expect(shown(odd)).toEqual(shown(plain))
  })

  it('of listen is the default', async () => {
    const { url, ca, close } = await listen(
      await createEmulator(),
      withUndefined('port https localIssuer apis'),
    )
    expect([url.startsWith('http://127.0.0.1:'), ca]).toEqual([true, undefined])
    await close()
  })
})
