import * as fc from 'fast-check'
import { afterEach, expect, it, vi } from 'vitest'

import { CachedDocument } from '../../src/documents/cache.ts'
import type { DocumentStore, Verifier, VerifierOptions } from '../../src/index.ts'
import { outcomeOf } from '../support/outcome.ts'
import { Gate, isMetadata, Issuer, makeKey, settle, type IssuerKey } from '../support/rotating-issuer.ts'

/*
 * A token that was seen is not looked up in the documents again while nothing has changed in them and nothing is due.
 * Nobody may notice: beside a verifier that remembers no token, everything is accepted, refused and requested alike.
 */

const kids = ['a', 'b'] as const
const keys = new Map<string, IssuerKey>(kids.map((kid) => [kid, makeKey(kid)]))
const other = makeKey('a')
const minter = new Issuer()
const longAgo = { nbf: 1, iat: 1 }
const tokens = new Map(
  Array.from(keys, ([kid, key]) => [kid, minter.token(key, { claims: longAgo, expiresIn: 1e9 })]),
)
const forged = minter.forged('unknown', { ...longAgo, exp: 4e9 })

type Step =
  | { readonly do: 'verify'; readonly kid: string }
  | { readonly do: 'publish'; readonly kids: readonly string[] }
  | { readonly do: 'advance'; readonly seconds: number }
  | { readonly do: 'replace' | 'failAll' | 'failKeys' | 'heal' | 'forget' }

const verifying = {
  weight: 8,
  arbitrary: fc.record({ do: fc.constant('verify'), kid: fc.constantFrom(...kids, 'unknown') }),
} as const
const others = [
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('publish'), kids: fc.subarray([...kids], { minLength: 1 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom('replace', 'failAll', 'failKeys', 'heal', 'forget') }),
  },
] as const
const advancing = (...seconds: readonly number[]): fc.WeightedArbitrary<Step> => ({
  weight: 5,
  arbitrary: fc.record({ do: fc.constant('advance'), seconds: fc.constantFrom(...seconds) }),
})

/** One issuer with one verifier, which does what the steps say. */
class Side {
  readonly #entra = new Issuer(...keys.values())
  readonly #verifier: Verifier
  #answers = new Gate()
  #down: 'failAll' | 'failKeys' | undefined

  constructor(options: Partial<VerifierOptions>) {
    this.#verifier = this.#entra.verifier(options)
    this.#entra.answer = async (url) => {
      await this.#answers.opened
      if (this.#down === 'failAll' || (this.#down === 'failKeys' && !isMetadata(url)))
        throw new TypeError('fetch failed')
      return this.#entra.respond(url)
    }
  }

  async play(step: Step): Promise<string> {
    // A refresh in the background must not be faster than a signature check, which only one of the two needs.
    this.#answers = new Gate()
    const taking = this.#take(step)
    await settle()
    this.#answers.open()
    const outcome = await taking
    await settle()
    return `${outcome}, ${this.#entra.requests.length} requests`
  }

  async #take(step: Step): Promise<string> {
    const entra = this.#entra
    if (step.do === 'verify') return await outcomeOf(this.#verifier.verify(tokens.get(step.kid) ?? forged))
    if (step.do === 'forget') return await outcomeOf(this.#verifier.forgetKeys())
    if (step.do === 'publish') entra.keys = step.kids.flatMap((kid) => keys.get(kid) ?? [])
    else if (step.do === 'replace') entra.keys = [other]
    else if (step.do === 'advance') entra.advance(step.seconds)
    else this.#down = step.do === 'heal' ? undefined : step.do
    return step.do
  }
}

interface World {
  readonly times: { readonly refreshAfter: number; readonly retainFor: number }
  /** When a document is refreshed is drawn by lot, which falls alike on both sides. */
  readonly lot: number
}

const hourly: World = { times: { refreshAfter: 3600, retainFor: 86_400 }, lot: 0.5 }
/** Documents are too old before they are refreshed. */
const late: World = { times: { refreshAfter: 86_400, retainFor: 86_400 }, lot: 0.999 }

/** Both verifiers take the same steps. Returns what became of each step, which is the same for both. */
async function compare(steps: readonly Step[], { times, lot }: World): Promise<readonly string[]> {
  vi.spyOn(Math, 'random').mockReturnValue(lot)
  const remembers = new Side({ keys: times })
  const forgets = new Side({ keys: times, tokenCache: false })
  const outcomes: string[] = []
  for (const step of steps) {
    outcomes.push(await remembers.play(step))
    expect(outcomes.at(-1)).toBe(await forgets.play(step))
  }
  return outcomes
}

afterEach(() => vi.restoreAllMocks())

it.each([
  ['each hour', hourly, [0.5, 31, 3599, 3600, 82_800, -1e6, 1e6]],
  ['when they are too old', late, [31, 40_000, 86_400, -1e6, 1e6]],
] as const)('whatever happens, where documents are refreshed %s', async (_name, world, seconds) => {
  const step: fc.Arbitrary<Step> = fc.oneof(verifying, advancing(...seconds), ...others)
  let accepted = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 80 }), async (steps) => {
      const outcomes = await compare(steps, world)
      accepted += outcomes.filter((outcome) => outcome.startsWith('accepted')).length
    }),
    { numRuns: 40 },
  )
  expect(accepted).toBeGreaterThan(100)
})

const verify = (kid: string): Step => ({ do: 'verify', kid })
const publish = (...listed: readonly string[]): Step => ({ do: 'publish', kids: listed })
const advance = (seconds: number): Step => ({ do: 'advance', seconds })

it.each<[string, readonly Step[], string]>([
  [
    'a key that is no longer listed is trusted for as long as it is retained, however new the documents are',
    [verify('a'), publish('b'), advance(86_399), verify('b'), verify('a'), advance(1), verify('a')],
    'signing_key_not_found, 4 requests',
  ],
  [
    'a key that is replaced meanwhile is refused at once',
    [verify('a'), { do: 'replace' }, advance(31), verify('a'), verify('unknown'), verify('a')],
    'signature_invalid, 3 requests',
  ],
  [
    'metadata are refreshed when they are due, though the keys were read later',
    [verify('a'), advance(31), verify('unknown'), verify('a'), advance(3599), verify('a')],
    'accepted, 4 requests',
  ],
  [
    'keys that could not be refreshed are requested again, though the metadata are new',
    [verify('a'), advance(3600), { do: 'failKeys' }, verify('a'), verify('a'), advance(31), verify('a')],
    'accepted, 6 requests',
  ],
  [
    'a clock that goes back by less than the age of the documents makes no key trusted for longer',
    [
      verify('a'),
      advance(100),
      verify('a'),
      advance(-50),
      verify('a'),
      { do: 'failAll' },
      advance(86_349),
      verify('a'),
      advance(1),
      verify('a'),
    ],
    'keys_unavailable, 6 requests',
  ],
  [
    'what is due after the clock went back is due although a token was seen after it',
    [verify('a'), advance(-1e6), verify('b'), advance(1e6), verify('a')],
    'accepted, 4 requests',
  ],
])('%s', async (_name, steps, last) => {
  const outcomes = await compare(steps, hourly)
  expect(outcomes.at(-1)).toBe(last)
})

it('no token of a key that was replaced is accepted, also where it was refused for another one', async () => {
  const entra = new Issuer(...keys.values())
  const verifier = entra.verifier()
  const key = keys.get('a') ?? other
  const seen = [entra.token(key), entra.token(key)]
  for (const token of seen) await verifier.verify(token)
  entra.keys = [other]
  entra.advance(31)
  await outcomeOf(verifier.verify(forged))
  for (const token of seen) expect(await outcomeOf(verifier.verify(token))).toBe('signature_invalid')
})

it('the documents are asked once, and not for each token that was seen', async () => {
  const entra = new Issuer(...keys.values())
  const verifier = entra.verifier()
  const token = tokens.get('a') ?? ''
  await verifier.verify(token)
  const peek = vi.spyOn(CachedDocument.prototype, 'peek')
  for (const seconds of [0, 0, 0, 3000]) {
    entra.advance(seconds)
    await verifier.verify(token)
  }
  expect(peek).toHaveBeenCalledTimes(2)
})

it('metadata that are forgotten are read again, though the keys were read again before', async () => {
  const entra = new Issuer(...keys.values())
  const deleting = new Gate()
  const store: DocumentStore = {
    getItem: async () => null,
    setItem: async (_key, value) => {
      if (value.includes('forgotten')) await deleting.opened
    },
  }
  const verifier = entra.verifier({ store })
  const token = tokens.get('a') ?? ''
  await verifier.verify(token)
  const forgetting = verifier.forgetKeys()
  await verifier.verify(token)
  await verifier.verify(token)
  expect([entra.metadataRequests, entra.keyRequests]).toEqual([1, 2])
  deleting.open()
  await forgetting
  await verifier.verify(token)
  expect([entra.metadataRequests, entra.keyRequests]).toEqual([2, 2])
})
