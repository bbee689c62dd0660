import { describe, expect, it } from 'vitest'

import { challengeFor } from '../../src/index.ts'
import { codeOf, isMetadata, Issuer, makeKey, refusalOf, settle } from '../support/rotating-issuer.ts'

const [k1, k2] = [makeKey('k1'), makeKey('k2')]

/** As Node's fetch throws it. */
function lostConnection(code = 'ECONNRESET', more: object = {}): TypeError {
  return new TypeError('fetch failed', { cause: Object.assign(new Error(`read ${code}`), { code, ...more }) })
}

/** The first answers, one a request; the rest come from the issuer. */
function answering(...answers: ReadonlyArray<(() => Response | Promise<Response>) | undefined>): Issuer {
  const entra = new Issuer(k1)
  const left = [...answers]
  entra.answer = () => left.shift()?.()
  return entra
}

const lost = (): never => {
  throw lostConnection()
}
const cut = (): Response =>
  new Response(
    new ReadableStream({
      start(controller) {
        controller.enqueue(Uint8Array.of(0x7b))
        controller.error(new TypeError('terminated'))
      },
    }),
  )
const status = (code: number) => (): Response => new Response('busy', { status: code })

describe('a first load', () => {
  it.each<readonly [string, () => Response]>([
    ['a connection that is lost', lost],
    ['a connection that is lost in the middle of the body', cut],
    ...[408, 429, 500, 502, 503, 504].map((code) => [`status ${code}`, status(code)] as const),
  ])('survives %s: one more request, and everybody who waits gets in', async (_what, failure) => {
    for (const [answers, requests] of [
      [[failure], [true, true, false]],
      [
        [undefined, failure],
        [true, false, false],
      ],
      [
        [failure, undefined, failure],
        [true, true, false, false],
      ],
    ] as const) {
      const entra = answering(...answers)
      const verifier = entra.verifier()
      const tokens = [entra.token(k1), entra.token(k1), entra.token(k1)]
      const identities = await Promise.all(tokens.map((token) => verifier.verify(token)))
      expect(identities.map(({ kind }) => kind)).toEqual(['user', 'user', 'user'])
      expect(entra.requests.map(isMetadata)).toEqual(requests)
    }
  })

  it('by prefetch and by forgetKeys survives as much', async () => {
    const entra = answering(lost)
    const verifier = entra.verifier()
    await verifier.prefetch()
    const left = [status(503)]
    entra.answer = () => left.shift()?.()
    await verifier.forgetKeys()
    expect(entra.requests).toHaveLength(6)
    expect(verifier.keys()).toMatchObject([{ kid: 'k1', backOff: 0 }])
  })

  it('tries once and never more: the second failure is 503 for all, and the next request waits for the back-off', async () => {
    const entra = new Issuer(k1)
    entra.answer = lost
    const verifier = entra.verifier()
    const first = await Promise.all(
      Array.from({ length: 3 }, () => refusalOf(verifier.verify(entra.token(k1)))),
    )
    expect(first.map(({ code }) => code)).toEqual(Array.from({ length: 3 }, () => 'metadata_unavailable'))
    expect(entra.requests).toHaveLength(2)
    const held = await refusalOf(verifier.verify(entra.token(k1)))
    expect(Number(challengeFor(held).headers['retry-after'])).toBeGreaterThanOrEqual(1)
    expect(entra.requests).toHaveLength(2)
    // During an outage each attempt is one request.
    for (const expected of [3, 4, 5]) {
      entra.advance(73)
      await refusalOf(verifier.verify(entra.token(k1)))
      expect(entra.requests).toHaveLength(expected)
    }
  })

  it.each([
    ['a tenant that nobody knows', status(400)],
    ['an address that is not there', status(404)],
    ['a redirect', status(302)],
    ['no content', () => new Response(null, { status: 204 })],
    ['half a document', () => new Response('{"issuer":')],
    ['another issuer', () => Response.json({ issuer: 'https://login.example.com' })],
    ['a document that is too large', () => new Response(' '.repeat(1_048_577))],
    ['bytes that are no text', () => new Response(Uint8Array.of(0x7b, 0xff))],
  ])('does not ask again for what would come again: %s', async (_what, answer) => {
    const entra = answering(answer)
    const refusal = await refusalOf(entra.verifier().verify(entra.token(k1)))
    expect(refusal.status).toBe(503)
    expect(entra.requests).toHaveLength(1)
  })

  it('does not ask again when forgetKeys came in between: that asks by itself', async () => {
    const entra = new Issuer(k1)
    const gate = entra.holdAnswers()
    const verifier = entra.verifier()
    const waiting = verifier.verify(entra.token(k1))
    await settle()
    entra.answer = undefined
    const forgotten = verifier.forgetKeys()
    gate.open()
    await Promise.all([waiting, forgotten])
    expect(entra.requests.length).toBeLessThanOrEqual(4)
  })

  it('tells of both attempts', async () => {
    const entra = answering(lost)
    await entra.verifier().prefetch()
    expect(entra.events.filter(({ type }) => type !== 'key_added')).toMatchObject([
      {
        type: 'refresh_failed',
        document: 'metadata',
        failures: 1,
        retryInMs: 0,
        reason: 'ECONNRESET: read ECONNRESET',
      },
      { type: 'document_refreshed', document: 'metadata' },
      { type: 'document_refreshed', document: 'keys' },
    ])
  })
})

describe('nothing else tries twice', () => {
  it('neither a refresh in the background nor one for an unknown kid', async () => {
    const entra = new Issuer(k1)
    const verifier = entra.verifier()
    await verifier.prefetch()
    entra.answer = lost
    entra.advance(2 * 3600)
    await verifier.verify(entra.token(k1))
    await settle()
    expect(entra.requests).toHaveLength(4)
    entra.advance(60)
    expect(await codeOf(verifier.verify(entra.token(k2)))).toBe('keys_unavailable')
    expect(entra.requests.filter((url) => !isMetadata(url))).toHaveLength(3)
  })

  it('nor the load after an outage in which the keys grew too old', async () => {
    const entra = new Issuer(k1)
    const verifier = entra.verifier()
    await verifier.prefetch()
    entra.answer = lost
    entra.advance(2 * 3600)
    await verifier.verify(entra.token(k1))
    await settle()
    entra.advance(30 * 3600)
    const before = entra.keyRequests
    expect(await codeOf(verifier.verify(entra.token(k1)))).toBe('keys_unavailable')
    expect(entra.keyRequests - before).toBe(1)
  })
})

describe('the reason of an outage', () => {
  it('is in the event, in the details of the refusal and in its cause', async () => {
    const entra = new Issuer(k1)
    const cause = lostConnection('ENOTFOUND', {
      hostname: 'login.microsoftonline.com',
      syscall: 'getaddrinfo',
    })
    entra.answer = () => {
      throw cause
    }
    const refusal = await refusalOf(entra.verifier().verify(entra.token(k1)))
    const reason = 'ENOTFOUND login.microsoftonline.com'
    expect(refusal.cause).toBe(cause)
    expect(refusal.details).toEqual({ address: entra.requests[0], reason })
    expect(entra.events).toContainEqual(expect.objectContaining({ type: 'refresh_failed', reason }))
    expect(JSON.stringify(challengeFor(refusal, { exposeCode: true }))).not.toContain('ENOTFOUND')
  })

  it('is the status where the server answered', async () => {
    const entra = new Issuer(k1)
    entra.answer = status(404)
    expect((await refusalOf(entra.verifier().prefetch())).details.reason).toBe(
      'the server answered with status 404',
    )
  })

  it.each([
    ['undefined', undefined],
    ['text', '{}'],
    ['an object of another library', { status: 200, headers: { get: () => null }, body: { pipe: () => {} } }],
    ['a response without headers', { status: 200, body: null }],
  ])('is the option fetch where it gives no Response: %s', async (_what, answer) => {
    const entra = new Issuer(k1)
    const verifier = entra.verifier({ fetch: () => Promise.resolve(answer as unknown as Response) })
    const refusal = await refusalOf(verifier.verify(entra.token(k1)))
    expect(refusal).toMatchObject({ code: 'metadata_unavailable', status: 503 })
    expect(refusal.details.reason).toBe('the option fetch did not return a Response')
    expect(refusal.hint).toContain('option fetch')
  })
})
