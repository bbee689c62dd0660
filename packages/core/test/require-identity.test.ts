import { createEmulator, type Emulator } from '@entraguard/emulator'
import { beforeAll, describe, expect, it } from 'vitest'

import { createVerifier, readBearerToken, requireIdentity, type Access, type Verifier } from '../src/index.ts'

let entra: Emulator
let real: Verifier
beforeAll(async () => {
  entra = await createEmulator()
  real = createVerifier(entra.verifierOptions())
})

const wrapped = (authenticate: (authorization: string) => unknown): Verifier => ({
  ...real,
  authenticate: authenticate as Verifier['authenticate'],
})

describe('an identity that an adapter requires', () => {
  it('is the one that the verifier gives', async () => {
    const header = `Bearer ${await entra.issueUserToken({ scopes: ['Orders.Read'] })}`
    const identity = await real.authenticate(header)
    expect(await requireIdentity(real, header)).toBe(identity)
    expect(await requireIdentity(real, header, { scopes: ['Orders.Read'] })).toBe(identity)
    await expect(requireIdentity(real, header, { scopes: ['Orders.Write'] })).rejects.toMatchObject({
      code: 'scope_missing',
    })
  })

  it.each<[string, Access, string]>([
    ['a scope', { scopes: ['Orders.Write'] }, 'scope_missing'],
    ['a permission of apps', { appPermissions: ['Orders.Read.All'] }, 'caller_refused'],
    ['a role', { scopes: ['Orders.Read'], roles: ['Admin'] }, 'role_missing'],
  ])('is none without %s, where a wrapper forgets the access', async (_what, access, code) => {
    const header = `Bearer ${await entra.issueUserToken({ scopes: ['Orders.Read'] })}`
    const forgetful = wrapped((authorization) => real.authenticate(authorization))
    await expect(requireIdentity(forgetful, header, access)).rejects.toMatchObject({ code })
  })

  it('is none of a caller who is neither surely a user nor surely an app, where a wrapper only verifies', async () => {
    const token = await entra.issueUserToken({
      version: '2.0',
      claims: { scp: undefined, roles: ['Reader'] },
    })
    const verifying = wrapped((authorization) => real.verify(readBearerToken(authorization)))
    const { kind } = await real.verify(token)
    expect(kind).toBe('unknown')
    await expect(requireIdentity(verifying, `Bearer ${token}`)).rejects.toMatchObject({
      code: 'caller_refused',
    })
  })

  it('keeps the groups that the verifier has looked up', async () => {
    const group = 'aaaaaaaa-1111-4111-8111-111111111111'
    const token = await entra.issueUserToken({ groups: 'overage' })
    const resolving = createVerifier({ ...entra.verifierOptions(), resolveGroups: async () => [group] })
    const access = { callers: ['user'], groups: [group] } as const
    const identity = await requireIdentity(resolving, `Bearer ${token}`, access)
    expect(identity.groups).toMatchObject({ status: 'complete' })
  })

  it('leaves groups unread where no access asks for them', async () => {
    const token = await entra.issueUserToken({ groups: 'overage' })
    const resolving = createVerifier({
      ...entra.verifierOptions(),
      resolveGroups: () => expect.unreachable('nobody asked for groups'),
    })
    const { groups } = await requireIdentity(resolving, `Bearer ${token}`)
    expect(groups).toStrictEqual({ status: 'overage' })
  })
})
