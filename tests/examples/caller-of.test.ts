import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { createVerifier, EntraGuardError, writeRefusal } from '@entraguard/core'
import { createEmulator } from '@entraguard/emulator'
import { expect, onTestFinished, test } from 'vitest'

import { admit, callerOf } from './caller-of.ts'

test('what is behind the guard asks who calls, and a copy of the request has no caller', async () => {
  const entra = await createEmulator()
  const verifier = createVerifier(entra.verifierOptions())
  const server = createServer((request, response) => {
    const answer = (): void => {
      expect(() => callerOf(Object.assign(Object.create(null), request))).toThrow('no guard has seen')
      response.end(callerOf(request).kind)
    }
    admit(verifier, request, { scopes: ['Orders.Read'] }).then(answer, (error: unknown) => {
      if (EntraGuardError.is(error)) writeRefusal(response, error)
    })
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const ask = async (headers: Record<string, string>): Promise<string> => {
    const response = await fetch(`http://127.0.0.1:${port}`, { headers })
    return `${response.status} ${await response.text()}`
  }
  expect(await ask({ authorization: `Bearer ${await entra.issueUserToken()}` })).toBe('200 user')
  expect(await ask({})).toMatch(/^401 /)
})
