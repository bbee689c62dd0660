import { runInNewContext } from 'node:vm'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { refuse, type VerifierOptions } from '../src/index.ts'
import { webCryptoSignature } from '../src/keys/signature.ts'
import { outcomeOf } from './support/outcome.ts'
import { Issuer, makeKey, settle } from './support/rotating-issuer.ts'

const k1 = makeKey('k1')

/** A promise of another realm, as a library gives one that was loaded into a context of its own (Jest, edge VMs). */
const foreign = (outcome: string): Promise<boolean> => runInNewContext(outcome) as Promise<boolean>

describe('where another Promise is the global one, as with zone.js and Bluebird', () => {
  const native = globalThis.Promise

  beforeEach(() => {
    // Async functions go on giving the native one, which is no instance of this.
    globalThis.Promise = class<T> extends native<T> {}
  })

  afterEach(() => {
    globalThis.Promise = native
  })

  it.each<[string, Partial<VerifierOptions>, string]>([
    ['a genuine token is accepted', {}, 'accepted'],
    [
      'a check refuses',
      {
        check: () => {
          throw refuse('no')
        },
      },
      'check_failed',
    ],
    ['the tenants predicate refuses', { tenants: () => false }, 'tenant_refused'],
    ['a claim refuses', { audience: 'api://another' }, 'audience_mismatch'],
  ])('%s', async (_name, options, outcome) => {
    const entra = new Issuer(k1)
    const verifier = entra.verifier(options)
    const token = entra.token(k1)
    for (let time = 0; time < 3; time++) {
      expect(await outcomeOf(verifier.verify(token))).toBe(outcome)
      expect(await outcomeOf(verifier.authenticate(`Bearer ${token}`, { scopes: ['Orders.Read'] }))).toBe(
        outcome,
      )
    }
  })

  it('a forged token is refused, and an observer that rejects ends no process', async () => {
    const entra = new Issuer(k1)
    let events = 0
    const verifier = entra.verifier({
      onEvent: async () => {
        events++
        await settle()
        throw new Error('the observer failed')
      },
    })
    const forged = entra.token({ ...makeKey('other'), kid: 'k1' })
    for (let time = 0; time < 2; time++)
      expect(await outcomeOf(verifier.verify(forged))).toBe('signature_invalid')
    expect(await outcomeOf(verifier.verify(entra.token(k1)))).toBe('accepted')
    await settle()
    await settle()
    expect(events).toBeGreaterThanOrEqual(4)
  })
})

describe('a signature check of the application', () => {
  it.each<[string, () => unknown, string]>([
    ['true', () => true, 'accepted'],
    ['a promise of true', () => Promise.resolve(true), 'accepted'],
    ['a promise of true of another realm', () => foreign('Promise.resolve(true)'), 'accepted'],
    // oxlint-disable-next-line unicorn/no-thenable -- that is what it is about
    ['something with then', () => ({ then: (give: (good: boolean) => void) => give(true) }), 'accepted'],
    ['false', () => false, 'signature_invalid'],
    ['a promise of false of another realm', () => foreign('Promise.resolve(false)'), 'signature_invalid'],
    ['a rejection of another realm', () => foreign('Promise.reject(1)'), 'signature_invalid'],
    ['a late rejection', async () => settle().then(() => Promise.reject(new Error())), 'signature_invalid'],
    ['nothing', () => undefined, 'signature_invalid'],
    ['null', () => null, 'signature_invalid'],
    ['1', () => 1, 'signature_invalid'],
    ['"true"', () => 'true', 'signature_invalid'],
    ['a promise of 1', () => Promise.resolve(1), 'signature_invalid'],
    ['an object', () => ({ good: true }), 'signature_invalid'],
    ['a Boolean object', () => Object(true), 'signature_invalid'],
    [
      'a then that throws',
      () => ({
        // oxlint-disable-next-line unicorn/no-thenable -- that is what it is about
        get then(): never {
          throw new Error('then')
        },
      }),
      'signature_invalid',
    ],
    [
      'an error',
      () => {
        throw new Error('check')
      },
      'signature_invalid',
    ],
  ])('that gives %s', async (_name, answer, outcome) => {
    const entra = new Issuer(k1)
    const signature = answer as unknown as typeof webCryptoSignature
    const verifier = entra.verifier({ signature })
    const token = entra.token(k1)
    for (let time = 0; time < 2; time++) {
      const both = [verifier.verify(token), verifier.authenticate(`Bearer ${token}`)]
      expect(await Promise.all(both.map(outcomeOf))).toEqual([outcome, outcome])
    }
  })
})
