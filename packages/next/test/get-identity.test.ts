import { createVerifier } from '@entraguard/core'
import { createEmulator } from '@entraguard/emulator'
import { describe, expect, it } from 'vitest'

import { getIdentity } from '../src/index.ts'
import { duringRequest } from './during-request.ts'

// How it behaves in pages and actions is tested on a real build, in tests/next.

describe('the token of getIdentity', async () => {
  const entra = await createEmulator()
  const verifier = createVerifier(entra.verifierOptions())
  const access = { scopes: ['Orders.Read'] } as const
  const [ofHeader, ofSession] = await Promise.all(
    ['aaaaaaaa-0000-4000-8000-000000000001', 'bbbbbbbb-0000-4000-8000-000000000001'].map((oid) =>
      entra.issueUserToken({ scopes: ['Orders.Read'], claims: { oid } }),
    ),
  )
  const headers = { host: 'orders.example', authorization: `Bearer ${ofHeader}` }
  const outcome = async (options?: object): Promise<unknown> =>
    await duringRequest({}, headers, async () => getIdentity(verifier, access, options)).then(
      (identity) => identity.objectId[0],
      (error: unknown) => (error as { code: unknown }).code,
    )

  it('is that of the header where no option names another', async () => {
    expect(await outcome()).toBe('a')
    expect(await outcome({ optional: false })).toBe('a')
  })

  it.each([
    ['a token', ofSession, 'b'],
    ['an empty text', '', 'token_missing'],
    ['null', null, 'token_missing'],
    ['undefined', undefined, 'token_missing'],
    ['something else', 'forged', 'token_malformed'],
  ])(
    'is that of the session where the option is there, whatever the header says: %s',
    async (_, token, is) => {
      expect(await outcome({ token })).toBe(is)
    },
  )

  it('has to be there for a request: without its headers, nobody is known', async () => {
    const asked = duringRequest({}, {}, async () => getIdentity(verifier, access, { token: ofSession }))
    await expect(asked).rejects.toThrow('cannot be static')
  })
})

it('gives nothing outside a request, not even for a good token', async () => {
  const entra = await createEmulator()
  const verifier = createVerifier(entra.verifierOptions())
  const token = await entra.issueUserToken()
  await expect(getIdentity(verifier, { scopes: ['Orders.Read'] }, { token })).rejects.toThrow(
    'outside a request scope',
  )
})

it.each([undefined, null, {}, 'Orders.Read'])(
  'admits nobody for an access that is missing or wrong: %j',
  async (access) => {
    const entra = await createEmulator()
    const verifier = createVerifier(entra.verifierOptions())
    const headers = { host: 'orders.example', authorization: `Bearer ${await entra.issueUserToken()}` }
    const asked = duringRequest({}, headers, async () => getIdentity(verifier, access as never))
    await expect(asked).rejects.toThrow(TypeError)
  },
)

it('refuses options that do not exist, before it looks at the request', async () => {
  const entra = await createEmulator()
  const verifier = createVerifier(entra.verifierOptions())
  const access = { scopes: ['Orders.Read'] } as const
  for (const options of [
    { optional: 'true' },
    { optinal: true },
    { tokens: 'x' },
    Object.create({ token: 'x' }),
  ])
    await expect(getIdentity(verifier, access, options as never)).rejects.toThrow(
      /^getIdentity: (?:unknown )?option/,
    )
})
