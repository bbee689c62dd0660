// One of several processes of an API that share a Redis. Started by the test, told what to do by messages.
import { createVerifier, EntraGuardError } from '@entraguard/core'
import { emulatorFetch } from '@entraguard/emulator'
import { createStorage } from 'unstorage'
import redisDriver from 'unstorage/drivers/redis'

import type { Answer, Question, Setting } from './messages.ts'

const { redisPort, emulatorUrl, tenants, audience, now, ...rest } = JSON.parse(
  process.env['SETTING'] ?? '{}',
) as Setting
const storage = createStorage({
  driver: redisDriver({ host: '127.0.0.1', port: redisPort, base: 'api', retryStrategy: () => 200 }),
})
let offset = 0
let events: string[] = []
const verifier = createVerifier({
  tenants,
  audience,
  ...rest,
  fetch: emulatorFetch(emulatorUrl),
  store: storage,
  now: () => now + offset,
  onEvent: (event) =>
    events.push(event.type === 'document_refreshed' ? `${event.type} ${event.source}` : event.type),
})

// A lost connection to Redis is an event of the driver, not the end of the process.
process.on('uncaughtException', (error) => {
  if (!('code' in error && error.code === 'ECONNREFUSED')) throw error
})

process.on('message', (question: Question) => {
  void answer(question).then((reply) => process.send?.(reply))
})
process.on('disconnect', () => process.exit())
// The first answer of all takes longer than the others, on a busy machine longer than a store is given.
await storage.getKeys().catch(() => [])
process.send?.({ outcome: 'ready', events: [] } satisfies Answer)

async function answer({ token, advance = 0 }: Question): Promise<Answer> {
  offset += advance * 1000
  events = []
  try {
    await verifier.verify(token)
    return { outcome: 'accepted', events }
  } catch (error) {
    return { outcome: EntraGuardError.is(error) ? error.code : String(error), events }
  }
}
