import { createEmulator, type Emulator } from '@entraguard/emulator'
import { beforeAll, describe, expect, it } from 'vitest'

import { createVerifier, EntraGuardError, toResponse, type Access, type Verifier } from '../../src/index.ts'

let entra: Emulator
let verifier: Verifier

beforeAll(async () => {
  entra = await createEmulator({ apps: [{ optionalClaims: ['xms_cc'] }, {}] })
  verifier = createVerifier(entra.verifierOptions())
})

async function thrownBy(work: () => unknown): Promise<EntraGuardError> {
  try {
    await work()
  } catch (error) {
    if (EntraGuardError.is(error)) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

const guids = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `dddddddd-0000-4000-8000-${String(index).padStart(12, '0')}`)
const marker = 'INJECTED'
const hostileClaims: Array<[string, Record<string, unknown>]> = [
  ['__proto__', JSON.parse(`{"__proto__":{"scp":"Orders.Write","kind":"app","x":"${marker}"}}`)],
  ['a thenable', JSON.parse(`{"then":"${marker}"}`)],
  ['constructor and prototype', { constructor: { prototype: { roles: [marker] } }, prototype: marker }],
  ['toString and valueOf', { toString: marker, valueOf: marker, hasOwnProperty: marker }],
  ['a tab in scp', { scp: `Orders.Read\tOrders.Write ${marker}` }],
  ['a newline in scp', { scp: `Orders.Read\r\nX-Injected: ${marker}` }],
  ['other white space in scp', { scp: `Orders.Read\u00a0Orders.Write\u2003${marker}` }],
  ['quotes in names', { name: `"${marker}", error="none`, preferred_username: `\r\n${marker}` }],
  ['quotes in the client id', { azp: `", scope="Orders.Write ${marker}` }],
  ['quotes in capabilities', { xms_cc: ['cp1', `", claims="${marker}`] }],
  [
    'another authorization_uri in the token',
    { authorization_uri: marker, loginHost: marker, claims: marker },
  ],
  ['lists where text belongs', { acct: [1], idp: [marker], uti: [marker], acrs: [['c1', marker]] }],
  ['text where lists belong', { acrs: `c1 ${marker}` }],
  ['as many groups as fit', { groups: guids(200) }],
  ['many unknown claims', Object.fromEntries(guids(150).map((name) => [name, marker]))],
]

describe('hostile claims', () => {
  it.each(hostileClaims)('%s changes no verdict and reaches no header and no body', async (_name, claims) => {
    const token = await entra.issueUserToken({ scopes: ['Orders.Read'], claims })
    const write = { scopes: ['Orders.Write'], roles: ['Admin'] } satisfies Access
    for (const access of [write, { appPermissions: ['Orders.Write'] } satisfies Access]) {
      const error = await thrownBy(() => verifier.authenticate(`Bearer ${token}`, access))
      expect(error.step).toBe('authorize')
      const response = toResponse(error, { exposeCode: true })
      expect(response.status).toBe(403)
      expect(JSON.stringify([[...response.headers], await response.text()])).not.toContain(marker)
    }
    const context = await thrownBy(() =>
      verifier.authenticate(`Bearer ${token}`, { callers: ['user'], authContext: 'c1' }),
    )
    const response = toResponse(context)
    expect([...response.headers].join('\n')).not.toContain(marker)
    expect(Object.hasOwn(Object.prototype, 'scp')).toBe(false)
  })

  it.each<[string, Record<string, unknown>]>([
    ['scp', { scp: ['Orders.Read', 'Orders.Write'] }],
    ['roles', { roles: 'Admin' }],
    ['roles that hold a list', { roles: [['Admin']] }],
    ['wids', { wids: 'Admin' }],
    ['groups', { groups: { 0: 'a', length: 1 } }],
    ['amr', { amr: 'mfa' }],
    ['oid', { oid: ['a'] }],
    ['azp', { azp: { toString: 'x' } }],
  ])('a decisive claim of another type is refused, not guessed at: %s', async (_name, claims) => {
    const token = await entra.issueUserToken({ claims })
    expect(await thrownBy(() => verifier.verify(token))).toMatchObject({ code: 'claim_invalid', status: 401 })
  })

  it('a token with more groups than the limit of characters is refused before anything is fetched', async () => {
    const token = await entra.issueUserToken({ claims: { groups: guids(400) } })
    const { length } = entra.requests
    expect(await thrownBy(() => verifier.verify(token))).toMatchObject({ code: 'token_too_large' })
    expect(entra.requests).toHaveLength(length)
  })
})
