import * as fc from 'fast-check'
import { expect, it } from 'vitest'

import { outcomeOf } from '../support/outcome.ts'
import { isMetadata, Issuer, makeKey, settle, type IssuerKey } from '../support/rotating-issuer.ts'

/*
 * Whatever happens in whatever order, four sentences hold. They say everything about trust in keys that a caller can
 * notice, and nothing of how it is done.
 */

const kids = ['a', 'b', 'c', 'd']
const keys = new Map<string, IssuerKey>(kids.map((kid) => [kid, makeKey(kid)]))
const retainFor = 86_400_000
const minRefreshInterval = 30_000

type Step =
  | { readonly do: 'verify'; readonly kid: string }
  | { readonly do: 'publish'; readonly kids: readonly string[] }
  | { readonly do: 'advance'; readonly seconds: number }
  | { readonly do: 'fail' | 'heal' }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('verify'), kid: fc.constantFrom(...kids, 'forged') }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('publish'), kids: fc.subarray(kids, { minLength: 1 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('advance'),
      seconds: fc.constantFrom(0.5, 5, 29, 30, 31, 90, 3000, 3700, 40_000, 86_399, 86_400, 100_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('fail') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('heal') }) },
)

interface Asked {
  readonly at: number
  readonly listed: readonly string[] | undefined
}

async function play(steps: readonly Step[]): Promise<void> {
  const entra = new Issuer()
  entra.keys = kids.slice(0, 2).flatMap((kid) => keys.get(kid) ?? [])
  const tokens = new Map(Array.from(keys, ([kid, key]) => [kid, entra.token(key, { expiresIn: 1e9 })]))
  const asked: Asked[] = []
  let isDown = false
  entra.answer = (url) => {
    const listed = isMetadata(url) || isDown ? undefined : entra.keys.map(({ kid }) => kid)
    if (!isMetadata(url) || isDown) asked.push({ at: entra.time, listed })
    return isDown ? new Response('down', { status: 503 }) : undefined
  }
  const verifier = entra.verifier()
  const lastSeen = (kid: string): number =>
    asked.findLast(({ listed }) => listed?.includes(kid) === true)?.at ?? Number.NEGATIVE_INFINITY

  async function verify(kid: string): Promise<void> {
    const outcome = await outcomeOf(verifier.verify(tokens.get(kid) ?? entra.forged(kid)))
    const newest = asked.at(-1)
    // A key is trusted exactly as long as a document has listed it within retainFor.
    expect(outcome === 'accepted').toBe(entra.time - lastSeen(kid) < retainFor)
    // 401 says that the newest document, which is young, does not list it. 503 says that it could not be read.
    if (outcome === 'signing_key_not_found') {
      expect(newest?.listed).not.toContain(kid)
      expect(entra.time - (newest?.at ?? 0)).toBeLessThan(minRefreshInterval)
    } else if (outcome !== 'accepted') {
      expect(['keys_unavailable', 'metadata_unavailable']).toContain(outcome)
      expect(newest?.listed).toBeUndefined()
    }
  }

  for (const each of steps) {
    if (each.do === 'verify') await verify(each.kid)
    else if (each.do === 'publish') entra.keys = each.kids.flatMap((kid) => keys.get(kid) ?? [])
    else if (each.do === 'advance') entra.advance(each.seconds)
    else isDown = each.do === 'fail'
    await settle()
  }
  // After an answer nobody is asked again within the interval.
  const gaps = asked.flatMap(({ at, listed }, index) => {
    const next = asked[index + 1]
    return listed === undefined || next === undefined ? [] : [next.at - at]
  })
  expect(Math.min(...gaps, minRefreshInterval)).toBe(minRefreshInterval)
}

it('keys are trusted while they are seen, refused when they are not, and never fail anyone in between', async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), play), { numRuns: 150 })
  expect.hasAssertions()
})
