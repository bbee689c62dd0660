// One of several processes of an API that keep the tokens of another API in one Redis. Told by messages whom to call for.
import { createVerifier, EntraGuardError } from '@entraguard/core'
import { onBehalfOf } from '@entraguard/downstream'
import { emulatorFetch } from '@entraguard/emulator'
import { createStorage } from 'unstorage'
import redisDriver from 'unstorage/drivers/redis'

import type { Answer, Setting } from './messages.ts'

const { redisPort, emulatorUrl, tenants, audience, clientId, secret, storeSecret, scopes } = JSON.parse(
  process.env['SETTING'] ?? '{}',
) as Setting
const fetch = emulatorFetch(emulatorUrl)
const verifier = createVerifier({ tenants, audience, fetch })
const store = createStorage({
  driver: redisDriver({ host: '127.0.0.1', port: redisPort, base: 'orders', retryStrategy: () => 100 }),
})
const downstream = onBehalfOf({ clientId, credential: { secret }, store, storeSecret, fetch })

const unhandled: string[] = []
process.on('unhandledRejection', (reason) => unhandled.push(String(reason)))
// A lost connection to Redis is an event of the driver, not the end of the process.
process.on('uncaughtException', (error) => {
  if (!('code' in error && ['ECONNREFUSED', 'ECONNRESET'].includes(String(error.code)))) throw error
})

async function answer(token: string): Promise<Answer> {
  const authorization = `Bearer ${token}`
  try {
    const user = await verifier.authenticate(authorization, { scopes: ['Orders.Read'] })
    return { outcome: await downstream.tokenFor(user, authorization, scopes), unhandled }
  } catch (error) {
    return { outcome: EntraGuardError.is(error) ? error.code : String(error), unhandled }
  }
}

process.on('message', (token: string) => {
  void answer(token).then((reply) => process.send?.(reply))
})
process.on('disconnect', () => process.exit())
// The first answer of all takes longer than the others, on a busy machine longer than a store is given.
await store.getKeys().catch(() => [])
process.send?.({ outcome: 'ready', unhandled } satisfies Answer)
