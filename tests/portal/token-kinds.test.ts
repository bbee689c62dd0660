import { createEmulator } from '@entraguard/emulator'
import { expect, it } from 'vitest'

import type { Status } from '../../apps/portal/src/emulator-api.ts'
import { tokenKinds } from '../../apps/portal/src/tokens/token-kinds.ts'
import { emptyForm, tokenRequest } from '../../apps/portal/src/tokens/token-options.ts'

const form = {
  ...emptyForm,
  user: 'ada@contoso.com',
  version: '1.0',
  scopes: 'Orders.Read',
  roles: 'Orders.Read.All',
  expiresIn: '60',
  claims: '{"odd":1}',
}

it.each(Object.entries(tokenKinds))(
  'every kind of token that the portal offers is issued, whatever its form says: %s',
  async (_, { options }) => {
    const entra = await createEmulator()
    const { tenants, firstApp } = entra.directory
    const status = { now: entra.now(), tenants } as unknown as Status
    const clientId = firstApp.clientId
    const { kind, ...request } = tokenRequest({ ...form, clientId }, options({ status, keys: [] }))
    const issue = {
      user: () => entra.issueUserToken(request),
      app: () => entra.issueAppToken(request),
      b2c: () => entra.issueB2cToken(request),
      id: () => entra.issueIdToken(request),
    }[String(kind)]
    expect(await issue?.()).toMatch(/^[\w-]+\.[\w-]+\.[\w-]*$/)
  },
)
