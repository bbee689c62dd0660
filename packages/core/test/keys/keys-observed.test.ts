import memoryDriver from 'unstorage/drivers/memory'
import { describe, expect, it } from 'vitest'

import { summary, warmUp, withStore, withTimes } from './keys.examples.ts'
import { Issuer, isMetadata, makeKey, refusalOf } from '../support/rotating-issuer.ts'

const [k1, k2, k3] = [makeKey('k1'), makeKey('k2'), makeKey('k3')]

describe('keys()', () => {
  it('says what is known, from which document, how old it is and how long it backs off', async () => {
    const entra = new Issuer(k1, k2)
    const verifier = entra.verifier()
    expect(verifier.keys()).toEqual([])
    await verifier.prefetch()
    const start = entra.time
    entra.keys = [k2, k3]
    entra.advance(60)
    await verifier.verify(entra.token(k3))
    entra.advance(10)
    const document = `https://login.microsoftonline.com/11111111-1111-4111-8111-111111111111/v2.0/.well-known/openid-configuration`
    const later = start + 60_000
    expect(verifier.keys()).toEqual([
      { kid: 'k1', firstSeen: start, lastSeen: start, document, age: 10, backOff: 0 },
      { kid: 'k2', firstSeen: start, lastSeen: later, document, age: 10, backOff: 0 },
      { kid: 'k3', firstSeen: later, lastSeen: later, document, age: 10, backOff: 0 },
    ])
    entra.goOffline()
    entra.advance(60)
    for (let attempt = 0; attempt < 3; attempt++) {
      await refusalOf(verifier.verify(entra.forged('unknown')))
      entra.advance(1.2)
    }
    expect(verifier.keys()[0]?.backOff).toBeGreaterThan(0)
    expect(entra.keyRequests).toBe(5)
  })
})

describe('the examples of the documentation', () => {
  it('are right about the defaults and know no key before the first use', () => {
    expect(summary(withTimes())).toEqual([])
    expect(summary(withStore(memoryDriver(), 'secret'))).toEqual([])
  })

  it('have the keys before the first request after prefetch', async () => {
    const entra = new Issuer(k1)
    const verifier = entra.verifier()
    await warmUp(verifier)
    expect(summary(verifier)).toEqual(['k1 2026-01-15T00:00:00.000Z 0 0'])
  })
})

describe('onEvent', () => {
  it('tells every refresh, key added, key gone, return of a key and failure, and no token text', async () => {
    const entra = new Issuer(k1)
    const verifier = entra.verifier()
    const seen = (): unknown[] =>
      entra.events
        .splice(0)
        .filter(({ type }) => type !== 'token_refused')
        .map((event) => ('kid' in event ? `${event.type} ${event.kid}` : event.type))
    await verifier.prefetch()
    expect(seen()).toEqual(['document_refreshed', 'key_added k1', 'document_refreshed'])
    entra.keys = [k2]
    entra.advance(60)
    await verifier.verify(entra.token(k2))
    expect(seen()).toEqual(['key_added k2', 'key_gone k1', 'document_refreshed'])
    entra.keys = [k1, k2]
    entra.advance(60)
    await refusalOf(verifier.verify(entra.forged('unknown')))
    expect(seen()).toEqual(['key_added k1', 'document_refreshed'])
    entra.goOffline()
    entra.advance(60)
    const forged = entra.forged('not-there')
    await refusalOf(verifier.verify(forged))
    expect(entra.events[0]).toEqual({
      type: 'refresh_failed',
      document: 'keys',
      address: expect.stringContaining('/discovery/v2.0/keys') as string,
      reason: 'fetch failed',
      failures: 1,
      retryInMs: 0,
    })
    expect(JSON.stringify(entra.events)).not.toContain(forged.slice(-40))
  })

  it('does not quote a document that is no JSON', async () => {
    const entra = new Issuer(k1)
    entra.answer = (url) => (isMetadata(url) ? undefined : new Response('<html>secret</html>'))
    const refusal = await refusalOf(entra.verifier().prefetch())
    expect(refusal.code).toBe('keys_unavailable')
    expect(JSON.stringify([entra.events, String(refusal.cause)])).not.toContain('secret')
  })

  it('may throw or reject without changing anything', async () => {
    for (const onEvent of [
      () => {
        throw new Error('observer')
      },
      () => Promise.reject(new Error('observer')),
    ]) {
      const entra = new Issuer(k1)
      const identity = await entra.verifier({ onEvent }).verify(entra.token(k1))
      expect(identity.kind).toBe('user')
    }
  })
})
