// The clients of the section `emulator`, in a process of their own. Told by messages what to do.
import { createRemoteJWKSet, jwtVerify } from 'jose'

import { Browser, type SignedIn } from './browser.ts'
import type { Provider } from './provider.ts'

/** New browsers for an authority, or so many sign-ins of each of them. */
export type Order = { readonly provider: Provider; readonly browsers: number } | { readonly signIns: number }

/** What came of them. */
export interface Outcome {
  readonly succeeded: number
  readonly seconds: number
  /** Milliseconds of one sign-in. */
  readonly median: number
  readonly slowest: number
  readonly firstError?: string
}

async function isGood(asked: Provider, { accessToken, idToken, nonce }: SignedIn): Promise<boolean> {
  const keys = (keySets[asked.keysUrl] ??= createRemoteJWKSet(new URL(asked.keysUrl)))
  const options = { algorithms: ['RS256'] }
  // 256 bytes: a key of 2048 bits, as that of the others.
  if ([accessToken, idToken].some((token) => token.split('.')[2]?.length !== 342)) return false
  await jwtVerify(accessToken, keys, options)
  const { payload } = await jwtVerify(idToken, keys, { ...options, audience: asked.clientId })
  return payload['nonce'] === nonce
}

const keySets: Record<string, ReturnType<typeof createRemoteJWKSet>> = {}

let people: readonly Browser[] = []
let provider: Provider | undefined

/** Everybody picks an account once, where there is a page: what is measured is what follows. */
async function open(given: Provider, browsers: number): Promise<number> {
  provider = given
  people = Array.from({ length: browsers }, () => new Browser(given))
  await Promise.all(people.map((person) => person.signIn()))
  return browsers
}

async function run(signIns: number): Promise<Outcome> {
  const times: number[] = []
  const results: SignedIn[] = []
  let firstError: string | undefined
  const begin = performance.now()
  await Promise.all(
    people.map(async (person) => {
      for (let index = 0; index < signIns; index++) {
        const start = performance.now()
        try {
          results.push(await person.signIn())
        } catch (error) {
          firstError ??= String(error)
        }
        times.push(performance.now() - start)
      }
    }),
  )
  const seconds = (performance.now() - begin) / 1000
  // After the clock has stopped: it is the clients' work.
  let succeeded = 0
  for (const result of results) if (provider !== undefined && (await isGood(provider, result))) succeeded++
  const sorted = times.toSorted((a, b) => a - b)
  return {
    succeeded,
    seconds,
    median: sorted[Math.floor(sorted.length / 2)] ?? Number.NaN,
    slowest: sorted.at(-1) ?? Number.NaN,
    ...(firstError !== undefined && { firstError }),
  }
}

process.on('message', (order: Order) => {
  const done: Promise<Outcome | number> =
    'provider' in order ? open(order.provider, order.browsers) : run(order.signIns)
  void done.then((outcome) => process.send?.(outcome))
})
process.on('disconnect', () => process.exit())
process.send?.('ready')
