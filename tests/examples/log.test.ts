import { createVerifier } from '@entraguard/core'
import { createEmulator } from '@entraguard/emulator'
import { afterEach, beforeEach, expect, test, vi, type MockInstance } from 'vitest'

import { logEvents } from './log.ts'

const levels = ['debug', 'error', 'info', 'log', 'warn'] as const
let consoles: MockInstance[] = []
const lines = (): unknown[] => consoles.flatMap(({ mock }) => mock.calls)

beforeEach(() => {
  consoles = levels.map((level) => vi.spyOn(console, level).mockImplementation(() => undefined))
})
afterEach(() => {
  vi.restoreAllMocks()
})

/** An expired token, a caller without the scope, and an outage. */
async function refuseThree(onEvent?: typeof logEvents): Promise<unknown[]> {
  const entra = await createEmulator()
  const verifier = createVerifier({ ...entra.verifierOptions(), ...(onEvent && { onEvent }) })
  const codes: unknown[] = []
  const call = async (token: string): Promise<void> => {
    await verifier
      .authenticate(`Bearer ${token}`, { scopes: ['Orders.Write'] })
      .catch(({ code }: { code: string }) => {
        codes.push(code)
      })
  }
  await call(await entra.issueUserToken({ expiresIn: -3600 }))
  await call(await entra.issueUserToken({ scopes: ['Orders.Read'] }))
  entra.goOffline()
  entra.advance(3 * 86_400)
  await call(await entra.issueUserToken({ scopes: ['Orders.Write'] }))
  return codes
}

test('nothing is logged by itself, not even an outage', async () => {
  expect(await refuseThree()).toStrictEqual(['token_expired', 'scope_missing', 'keys_unavailable'])
  expect(lines()).toStrictEqual([])
})

test('with these lines there is a log of what somebody has to look at', async () => {
  await refuseThree(logEvents)
  const told = lines().map((line) => (line as [string, { type: string; code?: string }])[1])
  expect(told.filter(({ type }) => type === 'refresh_failed')).not.toStrictEqual([])
  expect(told.flatMap(({ code }) => code ?? [])).toStrictEqual(['scope_missing', 'keys_unavailable'])
})
