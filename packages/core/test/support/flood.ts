/*
 * A process of its own, so that the heap is the verifier's: 100,000 tokens with distinct forged key ids in 5 simulated
 * minutes, a genuine new key in the middle. Prints what it saw as JSON.
 */
import { encode, Issuer, makeKey, refusalOf } from './rotating-issuer.ts'

declare const gc: () => void

const tokens = 100_000
const simulatedSeconds = 300
const [known, added] = [makeKey('known'), makeKey('added')]
const entra = new Issuer(known)
// The observer of other tests keeps every event, and the issuer every request: neither is the verifier's memory.
const asked: number[] = []
const verifier = entra.verifier({
  fetch: async (url) => {
    if (url.endsWith('/keys')) asked.push(entra.time)
    return entra.respond(url)
  },
  onEvent: () => {},
})

function heap(): number {
  gc()
  gc()
  return process.memoryUsage().heapUsed
}

const start = entra.time
const [, payload = '', signature = ''] = entra.forged('template').split('.')
const codes: Record<string, number> = {}
let heapAt10000 = 0
let addedAfter: number | undefined
let publishedAt: number | undefined
let seenKnown = 0

await verifier.verify(entra.token(known))
for (let index = 0; index < tokens; index++) {
  entra.time = start + (index * simulatedSeconds * 1000) / tokens
  const header = encode({ typ: 'JWT', alg: 'RS256', kid: `forged-${index}` })
  const { code } = await refusalOf(verifier.verify(`${header}.${payload}.${signature}`))
  codes[code] = (codes[code] ?? 0) + 1
  if (index === 9_999) heapAt10000 = heap()
  if (index === 50_000) {
    entra.keys = [known, added]
    publishedAt = entra.time
  }
  if (index % 100 !== 99) continue
  await verifier.verify(entra.token(known))
  seenKnown++
  if (publishedAt === undefined || addedAfter !== undefined) continue
  try {
    await verifier.verify(entra.token(added))
    addedAfter = (entra.time - publishedAt) / 1000
  } catch {
    // Not yet: inside minRefreshInterval.
  }
}
const heapAt100000 = heap()
const gaps = asked.slice(1).map((time, index) => (time - (asked[index] ?? 0)) / 1000)
process.stdout.write(
  JSON.stringify({
    codes,
    seenKnown,
    addedAfter,
    keyRequests: asked.length,
    shortestGap: Math.min(...gaps),
    heapAt10000,
    heapAt100000,
  }),
)
