import { createEmulator } from '@entraguard/emulator'
import { expect, test } from 'vitest'

import { teamVerifier } from './own-options.ts'

test('options of your own stand beside those of a verifier, and none is lost or misspelt', async () => {
  const entra = await createEmulator()
  const verifier = teamVerifier({ ...entra.verifierOptions(), team: 'orders' })
  expect(verifier.challenge.realm).toBe('orders')
  expect((await verifier.verify(await entra.issueUserToken())).kind).toBe('user')
  const misspelt = { ...entra.verifierOptions(), team: 'orders', guest: 'refuse' }
  expect(() => teamVerifier(misspelt)).toThrow('teamVerifier: unknown option "guest"')
  class WithCheck {
    readonly team = 'orders'
    constructor() {
      Object.assign(this, entra.verifierOptions())
    }
    check(): void {}
  }
  expect(() => teamVerifier(new WithCheck() as never)).toThrow('teamVerifier: option "check" is inherited')
})
