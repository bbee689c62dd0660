import * as fc from 'fast-check'
import { expect, it } from 'vitest'

import { EntraGuardError, type SignatureCheck, type Verifier } from '../../src/index.ts'
import { webCryptoSignature } from '../../src/keys/signature.ts'
import { codeOf, isMetadata, Issuer, makeKey, settle, type IssuerKey } from '../support/rotating-issuer.ts'

/*
 * Every answer of the issuer and every signature check waits until it is let go, in any order, while tokens come, keys
 * change and are forgotten. Nobody is let in by a key that no document listed after the last forgetKeys before the
 * request came, whatever is shared with whoever came earlier, and nobody waits for ever.
 */

// Two keys under each id, of which a document lists one.
const [a, otherA, b, otherB] = [makeKey('a'), makeKey('a'), makeKey('b'), makeKey('b')]
const keys = [a, otherA, b, otherB]
const keySets = [[a], [otherA], [b], [a, b], [a, otherB], [otherA, b], [otherA, otherB], []]

type Step =
  | { readonly do: 'verify'; readonly key: number; readonly forge: boolean; readonly abort: boolean }
  | { readonly do: 'publish'; readonly keys: readonly IssuerKey[] }
  | { readonly do: 'advance'; readonly seconds: number }
  | { readonly do: 'letGo'; readonly which: number }
  | { readonly do: 'forget' | 'fail' | 'heal' }

const rarely = fc.nat(4).map((roll) => roll === 0)

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('verify'),
      key: fc.nat(keys.length - 1),
      forge: rarely,
      abort: rarely,
    }),
  },
  { weight: 14, arbitrary: fc.record({ do: fc.constant('letGo'), which: fc.nat(9) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('publish'), keys: fc.constantFrom(...keySets) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('advance'), seconds: fc.constantFrom(0.1, 31, 4000, 90_000, -5) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('forget', 'fail', 'heal') }) },
)

class World {
  readonly entra: Issuer = new Issuer(a, b)
  readonly verifier: Verifier
  readonly #tokens: readonly string[]
  readonly #held: Array<() => void> = []
  readonly #ends: Array<Promise<unknown>> = []
  /** The key documents that arrived, in order of the moments at which they were asked for. */
  readonly #documents: Array<{ readonly askedAt: number; readonly listed: readonly IssuerKey[] }> = []
  #moment = 0
  #forgottenAt = 0
  #isDown = false
  #accepted = 0

  constructor() {
    this.#tokens = keys.map((key) => this.entra.token(key, { expiresIn: 1e8, claims: { nbf: 1, iat: 1 } }))
    this.entra.answer = async (url) => {
      const [askedAt, listed, response] = [++this.#moment, this.entra.keys, this.entra.respond(url)]
      const isDown = this.#isDown
      await this.#hold()
      if (isDown) throw new TypeError('fetch failed')
      if (!isMetadata(url)) this.#documents.push({ askedAt, listed })
      return response
    }
    const signature: SignatureCheck = async (...parts) => {
      await this.#hold()
      return await webCryptoSignature(...parts)
    }
    this.verifier = this.entra.verifier({ signature, tokenCache: 2 })
    this.#await(this.verifier.prefetch())
  }

  play(each: Step): void {
    if (each.do === 'verify') this.#await(this.#verify(each.key, each.forge, each.abort))
    else if (each.do === 'publish') this.entra.keys = each.keys
    else if (each.do === 'advance') this.entra.advance(each.seconds)
    else if (each.do === 'letGo') this.#held.splice(each.which % Math.max(1, this.#held.length), 1)[0]?.()
    else if (each.do === 'forget') this.#forget()
    else this.#isDown = each.do === 'fail'
  }

  /** Lets go of everything until nobody waits any more. Gives how many tokens were accepted. */
  async end(): Promise<number> {
    const work = { hasEnded: false }
    const ends = Promise.all(this.#ends).finally(() => {
      work.hasEnded = true
    })
    for (let turn = 0; turn < 20_000 && !work.hasEnded; turn++) {
      for (const letGo of this.#held.splice(0)) letGo()
      await settle()
    }
    if (!work.hasEnded) throw new Error('somebody waits for ever')
    await ends
    return this.#accepted
  }

  #hold(): Promise<void> {
    return new Promise((letGo) => {
      this.#held.push(letGo)
    })
  }

  /** Looked at in the end, and never an unhandled rejection before. */
  #await(work: Promise<unknown>): void {
    this.#ends.push(work)
    work.catch(() => {})
  }

  #forget(): void {
    this.#forgottenAt = ++this.#moment
    this.#await(refusalOnly(this.verifier.forgetKeys()))
  }

  async #verify(index: number, forge: boolean, abort: boolean): Promise<void> {
    const [token = '', other = ''] = [this.#tokens[index], this.#tokens[(index + 1) % keys.length]]
    const controller = new AbortController()
    const context = { signal: controller.signal }
    if (abort) this.#held.push(() => controller.abort())
    const forgottenAt = this.#forgottenAt
    if (forge) {
      const [header, , signature] = token.split('.')
      await codeOf(this.verifier.verify(`${header}.${other.split('.')[1]}.${signature}`, context))
      return
    }
    const identity = await refusalOnly(this.verifier.authenticate(`Bearer ${token}`, undefined, context))
    if (identity === undefined) return
    const listed = this.#documents
      .filter(({ askedAt }) => askedAt > forgottenAt)
      .flatMap((each) => each.listed)
    if (!listed.some((key) => key === keys[index])) throw new Error('let in by a key that was forgotten')
    this.#accepted++
  }
}

/** A refusal is an outcome like others here; any other error fails the test. */
async function refusalOnly<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if (EntraGuardError.is(error)) return undefined
    throw error
  }
}

it('whatever is under way, nobody is let in by a key that was forgotten before, and nobody waits for ever', async () => {
  let accepted = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 80 }), async (steps) => {
      const world = new World()
      await world.end()
      for (const each of steps) {
        world.play(each)
        await settle()
      }
      accepted += await world.end()
    }),
    { numRuns: 250 },
  )
  // Otherwise it has shown nothing. How many depends on the steps, and on how many runs there were.
  expect(accepted).toBeGreaterThan(0)
})
