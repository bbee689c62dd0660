import { createVerifier } from '@entraguard/core'
import { createEmulator } from '@entraguard/emulator'
import { expect, it } from 'vitest'

import { getIdentity } from '../src/index.ts'

// How it behaves in pages and actions is tested on a real build, in tests/next.

it('gives nothing outside a request, not even for a good token', async () => {
  const entra = await createEmulator()
  const verifier = createVerifier(entra.verifierOptions())
  const token = await entra.issueUserToken()
  await expect(getIdentity(verifier, { scopes: ['Orders.Read'] }, { token })).rejects.toThrow(
    'outside a request scope',
  )
})

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
    await expect(getIdentity(verifier, access, options as never)).rejects.toThrow(TypeError)
})
