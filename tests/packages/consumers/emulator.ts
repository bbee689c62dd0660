import { createVerifier } from '@entraguard/core'
import { createEmulator, defaults, emulatorFetch, type Emulator } from '@entraguard/emulator'
import { listen, type Listening } from '@entraguard/emulator/node'

import { expectType } from './expect-type.js'

export async function use(): Promise<void> {
  const entra = await createEmulator({ tenants: [{ id: defaults.tenantId, name: 'Contoso' }] })
  expectType<Emulator>()(entra)
  createVerifier(entra.verifierOptions())
  expectType<string>()(
    await entra.issueUserToken({ scopes: ['Orders.Read'], version: '1.0', groups: 'overage', expiresIn: -1 }),
  )
  const server = await listen(entra, { port: 0 })
  expectType<Listening>()(server)
  createVerifier({
    tenants: defaults.tenantId,
    audience: defaults.apiClientId,
    fetch: emulatorFetch(server.url),
  })
  await server.close()

  // @ts-expect-error there are two versions
  await entra.issueUserToken({ version: '3.0' })
  // @ts-expect-error a permission of an app is one of its roles
  await entra.issueAppToken({ appPermissions: ['Orders.Read.All'] })
}
