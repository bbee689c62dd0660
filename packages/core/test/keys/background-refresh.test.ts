import { createVerifier } from '@entraguard/core'
import { createEmulator } from '@entraguard/emulator'
import { expect, it } from 'vitest'

it('refreshes old documents in the background, also where the platform has no waitUntil', async () => {
  const entra = await createEmulator()
  const verifier = createVerifier(entra.verifierOptions())
  const token = await entra.issueUserToken({ expiresIn: 86_400 })
  await verifier.verify(token)
  entra.requests.length = 0
  entra.advance(2 * 3600)
  await verifier.verify(token)
  await expect.poll(() => entra.requests).toHaveLength(2)
})
