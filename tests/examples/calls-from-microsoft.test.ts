import { createVerifier } from '@entraguard/core'
import { createEmulator } from '@entraguard/emulator'
import { expect, test } from 'vitest'

import { callers, checkNotifications, options } from './calls-from-microsoft.ts'

async function start() {
  const entra = await createEmulator()
  // As the page says, over the keys of a verifier that asks for permissions.
  const strict = createVerifier(entra.verifierOptions())
  const verifier = strict.with({ allowWithoutPermissions: options.allowWithoutPermissions })
  const tokenOf = (clientId: string, ...roles: string[]): Promise<string> =>
    entra.issueAppToken({ clientId, roles })
  const codeOf = async (access: (typeof callers)[keyof typeof callers], token: string): Promise<unknown> =>
    verifier.authenticate(`Bearer ${token}`, access).then(
      ({ kind }) => kind,
      ({ code }: { code: string }) => code,
    )
  return { verifier, tokenOf, codeOf }
}

test.each(Object.entries(callers))(
  '%s: the service calls without a role, or with the one that it was given, and no other app of the tenant does',
  async (_, access) => {
    const { tokenOf, codeOf } = await start()
    const roles = 'appPermissions' in access ? access.appPermissions : []
    expect(await codeOf(access, await tokenOf(access.clients[0], ...roles))).toBe('app')
    const other = '77777777-7777-4777-8777-777777777777'
    expect(await codeOf(access, await tokenOf(other, ...roles))).toBe('client_refused')
  },
)

test("Graph's notifications are taken when every token in the body is Graph's", async () => {
  const { verifier, tokenOf } = await start()
  const graph = await tokenOf(callers.graphNotifications.clients[0])
  expect(await checkNotifications(verifier, { validationTokens: [graph, graph] })).toHaveLength(2)
  const other = await tokenOf('77777777-7777-4777-8777-777777777777')
  await expect(checkNotifications(verifier, { validationTokens: [graph, other] })).rejects.toMatchObject({
    code: 'client_refused',
  })
  await expect(checkNotifications(verifier, { validationTokens: ['forged'] })).rejects.toMatchObject({
    status: 401,
  })
})
