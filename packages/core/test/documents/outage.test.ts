import { describe, expect, it } from 'vitest'

import { challengeFor } from '../../src/index.ts'
import { codeOf, isMetadata, Issuer, makeKey, refusalOf, settle } from '../support/rotating-issuer.ts'

const day = 86_400
const [k1, k2] = [makeKey('k1'), makeKey('k2')]

async function warm(changes: Parameters<Issuer['verifier']>[0] = {}): Promise<{
  entra: Issuer
  verifier: ReturnType<Issuer['verifier']>
}> {
  const entra = new Issuer(k1)
  const verifier = entra.verifier(changes)
  await verifier.prefetch()
  return { entra, verifier }
}

describe('with the endpoint down', () => {
  it('known keys serve until retainFor after they were last seen, then the answer is 503 and never 401', async () => {
    const { entra, verifier } = await warm()
    const remembered = entra.token(k1, { expiresIn: 10 * day })
    await verifier.verify(remembered)
    entra.goOffline()
    for (let minute = 0; minute < 24 * 60; minute += 10) {
      await verifier.verify(entra.token(k1))
      await verifier.verify(remembered)
      await settle()
      entra.advance(600)
    }
    for (const token of [remembered, entra.token(k1)]) {
      const refusal = await refusalOf(verifier.verify(token))
      expect(refusal).toMatchObject({ code: 'keys_unavailable', status: 503 })
      expect(Number(challengeFor(refusal).headers['retry-after'])).toBeGreaterThanOrEqual(1)
      expect(challengeFor(refusal).headers).not.toHaveProperty('www-authenticate')
    }
    entra.goOnline()
    entra.advance(72)
    await verifier.verify(remembered)
  })

  it('known keys answer without waiting for the fetch that will fail', async () => {
    const { entra, verifier } = await warm()
    entra.answer = () => new Promise(() => {})
    entra.advance(2 * 3600)
    const seen = entra.token(k1)
    await verifier.verify(seen)
    // Each of these would hang if it waited; nothing here moves the time limit on.
    for (let request = 0; request < 50; request++) {
      await verifier.verify(seen)
      await verifier.verify(entra.token(k1))
    }
    expect(entra.requests).toHaveLength(4)
  })

  it('known keys serve as long when only the metadata is down, and are refreshed from where they were', async () => {
    const { entra, verifier } = await warm()
    entra.answer = (url) => {
      if (isMetadata(url)) throw new TypeError('fetch failed')
      return undefined
    }
    for (let hour = 0; hour < 72; hour++) {
      entra.advance(3600)
      await verifier.verify(entra.token(k1))
      await settle()
    }
    entra.keys = [k1, k2]
    entra.advance(3600)
    const identity = await verifier.verify(entra.token(k2))
    expect(identity.kind).toBe('user')
  })

  it('an unknown kid is 503 with Retry-After until a refresh has succeeded, also inside minRefreshInterval', async () => {
    const { entra, verifier } = await warm()
    entra.advance(60)
    entra.goOffline()
    for (let second = 0; second < 100; second++) {
      const refusal = await refusalOf(verifier.verify(entra.forged(`forged-${second}`)))
      expect(refusal).toMatchObject({ code: 'keys_unavailable', status: 503 })
      expect(Number(challengeFor(refusal).headers['retry-after'])).toBeLessThanOrEqual(72)
      await verifier.verify(entra.token(k1))
      entra.advance(1)
    }
    entra.goOnline()
    entra.advance(72)
    expect(await codeOf(verifier.verify(entra.forged('forged')))).toBe('signing_key_not_found')
  })

  it('is asked at the moments of the back-off, however many requests come', async () => {
    const { entra, verifier } = await warm()
    entra.goOffline()
    entra.advance(60)
    const start = entra.time
    const asked: number[] = []
    for (let tick = 0; tick < 6000; tick++) {
      const before = entra.keyRequests
      await refusalOf(verifier.verify(entra.forged('forged')))
      if (entra.keyRequests > before) asked.push((entra.time - start) / 1000)
      entra.advance(0.1)
    }
    // 0, at once, then 1 + 2 + 4 + 8 + 16 + 32 s and 60 s each, ± 20 % and a tick.
    const delays = asked.map((time, index) => time - (asked[index - 1] ?? 0))
    const expected = [0, 0, 1, 2, 4, 8, 16, 32, ...delays.slice(8).map(() => 60)]
    expect(delays.length).toBeGreaterThan(12)
    delays.forEach((delay, index) => {
      const nominal = expected[index] ?? 0
      expect(delay).toBeGreaterThanOrEqual(nominal * 0.8 - 0.11)
      expect(delay).toBeLessThanOrEqual(nominal * 1.2 + 0.21)
    })
  })

  it('and no keys yet, 100 requests cost one fetch and its retry, then 503 at once during back-off', async () => {
    const entra = new Issuer(k1)
    const verifier = entra.verifier()
    entra.goOffline()
    const first = await Promise.all(
      Array.from({ length: 100 }, () => refusalOf(verifier.verify(entra.token(k1)))),
    )
    expect(new Set(first.map(({ code }) => code))).toEqual(new Set(['metadata_unavailable']))
    expect(new Set(first).size).toBe(100)
    expect(entra.requests).toHaveLength(2)
    const held = await refusalOf(verifier.verify(entra.token(k1)))
    expect(held.status).toBe(503)
    expect([1, 2]).toContain(held.challenge.retryAfter)
    expect(entra.requests).toHaveLength(2)
    entra.goOnline()
    entra.advance(1.2)
    await verifier.verify(entra.token(k1))
  })

  it('forgetKeys asks at once, whatever the back-off says', async () => {
    const { entra, verifier } = await warm()
    entra.goOffline()
    entra.advance(60)
    for (let attempt = 0; attempt < 4; attempt++) {
      await refusalOf(verifier.verify(entra.forged('forged')))
      entra.advance(3)
    }
    entra.goOnline()
    entra.advance(-2)
    await verifier.forgetKeys()
    expect(verifier.keys()).toMatchObject([{ kid: 'k1', age: 0, backOff: 0 }])
  })

  it('the back-off ends in time also when the clock goes back', async () => {
    const { entra, verifier } = await warm()
    entra.goOffline()
    entra.advance(60)
    for (let attempt = 0; attempt < 4; attempt++) {
      await refusalOf(verifier.verify(entra.forged('forged')))
      entra.advance(3)
    }
    await refusalOf(verifier.verify(entra.forged('forged')))
    entra.goOnline()
    entra.advance(-day)
    expect((await refusalOf(verifier.verify(entra.forged('forged')))).status).toBe(503)
    entra.advance(60)
    expect(await codeOf(verifier.verify(entra.forged('forged')))).toBe('signing_key_not_found')
  })

  it('metadata that fails does not put the keys into back-off: they were not asked', async () => {
    const entra = new Issuer(k1)
    const verifier = entra.verifier()
    entra.goOffline()
    for (let attempt = 0; attempt < 20; attempt++) {
      await refusalOf(verifier.prefetch())
      entra.advance(5)
    }
    const failed = entra.events.filter((event) => event.type === 'refresh_failed')
    expect(new Set(failed.map((event) => event.document))).toEqual(new Set(['metadata']))
    entra.goOnline()
    entra.advance(72)
    await verifier.verify(entra.token(k1))
    expect(entra.keyRequests).toBe(1)
  })
})

describe('an answer that is no key set', () => {
  it.each([
    ['an error', () => new Response('down', { status: 500 })],
    [
      'a redirect',
      () => new Response(null, { status: 302, headers: { location: 'https://attacker.example/' } }),
    ],
    ['no content', () => new Response(null, { status: 204 })],
    ['not modified', () => new Response(null, { status: 304 })],
    ['an empty body', () => new Response('')],
    ['a page of a proxy', () => new Response('<html></html>', { headers: { 'content-type': 'text/html' } })],
    ['half a document', () => new Response('{"keys":[{"kty":"RSA"')],
    ['a list', () => Response.json([k2.jwk])],
    ['no keys', () => Response.json({ keys: [] })],
    ['keys of another kind', () => Response.json({ keys: [{ kty: 'EC', kid: 'k2', crv: 'P-256' }] })],
    ['keys as an object', () => Response.json({ keys: { 0: k2.jwk } })],
    ['keys in the prototype', () => new Response(`{"__proto__":{"keys":[${JSON.stringify(k2.jwk)}]}}`)],
    ['bytes that are not UTF-8', () => new Response(Uint8Array.of(0x7b, 0xff, 0x7d))],
    ['more than 1 MB', () => new Response(`${' '.repeat(1_048_577)}${JSON.stringify({ keys: [k2.jwk] })}`)],
    ['nothing that is a response', () => ({}) as Response],
  ])('is refused and the last good set stays: %s', async (_name, answer) => {
    const { entra, verifier } = await warm()
    entra.answer = answer
    entra.advance(60)
    expect((await refusalOf(verifier.verify(entra.token(k2)))).status).toBe(503)
    await verifier.verify(entra.token(k1))
    expect(entra.events).toContainEqual(expect.objectContaining({ type: 'refresh_failed', document: 'keys' }))
    expect(entra.requests).toHaveLength(3)
  })

  it('is refused with 503 when there is no good set', async () => {
    const entra = new Issuer(k1)
    entra.answer = (url) => (isMetadata(url) ? undefined : new Response('{}'))
    expect((await refusalOf(entra.verifier().verify(entra.token(k1)))).code).toBe('keys_unavailable')
  })

  it.each(['text/html', 'text/plain', 'application/jwk-set+json'])(
    'is not told by its content type: keys as %s are keys',
    async (type) => {
      const entra = new Issuer(k1)
      entra.answer = async (url) => {
        const body = await entra.respond(url).text()
        return new Response(body, { headers: { 'content-type': type } })
      }
      const identity = await entra.verifier().verify(entra.token(k1))
      expect(identity.kind).toBe('user')
    },
  )
})
