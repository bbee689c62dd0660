import { createVerifier } from '@entraguard/core'
import { createEmulator, defaults, emulatorFetch } from '@entraguard/emulator'
import { listen } from '@entraguard/emulator/node'
import { expect, test } from 'vitest'

test('an API in another process finds the emulator', async () => {
  // #region listen
  const entra = await createEmulator()
  const { url, close } = await listen(entra, { port: 0 })
  // #endregion
  const verifier = createVerifier({
    tenants: defaults.tenantId,
    audience: defaults.apiClientId,
    fetch: emulatorFetch(url), // such as http://127.0.0.1:8080
  })
  expect((await verifier.verify(await entra.issueUserToken())).kind).toBe('user')
  await close()
})
