import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

import { createVerifier } from '@entraguard/core'
import { createEmulator, defaults } from '@entraguard/emulator'
import type { Express } from 'express'
import passports from 'passport'
import { describe, expect, it } from 'vitest'

import * as examples from './passport.ts'

const entra = await createEmulator()
const verifier = createVerifier(entra.verifierOptions())
const reader = await entra.issueUserToken({ scopes: ['Orders.Read'] })
const writer = await entra.issueUserToken({ scopes: ['Orders.Write'] })
const more = { fetch: entra.fetch, now: () => entra.now() }

async function statuses(app: Express, ...tokens: readonly string[]): Promise<readonly number[]> {
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const answers: number[] = []
  for (const token of tokens) {
    const headers = { authorization: `Bearer ${token}` }
    answers.push((await fetch(`http://127.0.0.1:${port}/orders`, { headers })).status)
  }
  server.closeAllConnections()
  server.close()
  return answers
}

describe('the examples of Passport', () => {
  it('with the import changed: callers with the scope pass', async () => {
    const app = examples.afterImport(new passports.Passport(), more)
    expect(await statuses(app, reader, writer, 'x')).toEqual([200, 401, 401])
  })

  it('with a verifier: a caller without the scope gets 403', async () => {
    expect(
      await statuses(examples.createApp(new passports.Passport(), verifier), reader, writer, 'x'),
    ).toEqual([200, 403, 401])
  })

  it('with what a route asks: a caller without the scope gets 403', async () => {
    const app = examples.perRoute(new passports.Passport(), verifier)
    expect(await statuses(app, reader, writer, 'x')).toEqual([403, 200, 401])
  })

  it('with answers as the adapters give them', async () => {
    const app = examples.answering(new passports.Passport(), verifier)
    expect(await statuses(app, reader, 'a b', 'x')).toEqual([200, 400, 401])
  })

  it('with an error handler: 503 while no keys can be had', async () => {
    const offline = await createEmulator()
    offline.goOffline()
    const ours = createVerifier(offline.verifierOptions())
    const app = examples.createApp(new passports.Passport(), ours).use(examples.onError)
    expect(await statuses(app, await offline.issueUserToken())).toEqual([503])
  })

  it('without Passport: the options become those of a verifier', async () => {
    const { tenantId, apiClientId: clientID } = defaults
    const identityMetadata = `https://login.microsoftonline.com/${tenantId}/v2.0/.well-known/openid-configuration`
    const translated = examples.withoutPassport({ identityMetadata, clientID, ...more })
    expect((await translated.verify(reader)).kind).toBe('user')
  })
})
