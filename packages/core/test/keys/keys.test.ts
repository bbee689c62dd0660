import { describe, expect, it, vi } from 'vitest'

import { webCryptoSignature } from '../../src/keys/signature.ts'
import {
  codeOf,
  Gate,
  Issuer,
  isMetadata,
  loginHost,
  makeKey,
  otherTenant,
  refusalOf,
  settle,
} from '../support/rotating-issuer.ts'

const day = 86_400
const [k1, k2] = [makeKey('k1'), makeKey('k2')]
const bound = { ...k1, jwk: { ...k1.jwk, cloud_instance_name: 'microsoftonline.us' } }

describe('the first use', () => {
  it('makes one metadata and one keys request, however many requests wait', async () => {
    const entra = new Issuer(k1, k2)
    const verifier = entra.verifier()
    const identities = await Promise.all(
      Array.from({ length: 100 }, (_, index) => verifier.verify(entra.token(index % 2 === 0 ? k1 : k2))),
    )
    expect(identities).toHaveLength(100)
    expect(entra.requests.map(isMetadata)).toEqual([true, false])
  })

  it('needs no request when prefetch was called, and prefetch needs none when it was called before', async () => {
    const entra = new Issuer(k1)
    const verifier = entra.verifier()
    await verifier.prefetch()
    await verifier.prefetch()
    await verifier.verify(entra.token(k1))
    expect(entra.requests).toHaveLength(2)
  })

  it('makes no request for a token that is malformed or of a foreign issuer', async () => {
    const entra = new Issuer(k1)
    const verifier = entra.verifier()
    expect(await codeOf(verifier.verify('x.y.z'))).toBe('token_malformed')
    const foreign = entra.token(k1, { claims: { iss: 'https://attacker.example/' } })
    expect(await codeOf(verifier.verify(foreign))).toBe('issuer_unknown')
    expect(entra.requests).toEqual([])
  })

  it('asks with a limit on redirects and caches, and reads nothing else', async () => {
    const entra = new Issuer(k1)
    const inits: RequestInit[] = []
    entra.answer = (_url, init) => {
      inits.push(init)
      return undefined
    }
    await entra.verifier().prefetch()
    expect(inits).toHaveLength(2)
    for (const { method, redirect, cache, body, signal } of inits) {
      expect({ method, redirect, cache, body }).toEqual({
        method: 'GET',
        redirect: 'manual',
        cache: 'no-store',
        body: undefined,
      })
      expect(signal).toBeInstanceOf(AbortSignal)
    }
  })
})

describe('keys older than refreshAfter', () => {
  it('are refreshed in the background, and the request does not wait', async () => {
    const entra = new Issuer(k1)
    const verifier = entra.verifier()
    await verifier.verify(entra.token(k1))
    const gate = new Gate()
    entra.answer = async (url) => {
      await gate.opened
      return entra.respond(url)
    }
    entra.advance(2 * 3600)
    await verifier.verify(entra.token(k1))
    await verifier.verify(entra.token(k1))
    await settle()
    expect(entra.requests).toHaveLength(4)
    gate.open()
  })

  it('are refreshed between 0.9 and 1.1 times refreshAfter, spread over that time', async () => {
    const ages: number[] = []
    for (let index = 0; index < 200; index++) {
      const entra = new Issuer(k1)
      const verifier = entra.verifier()
      await verifier.prefetch()
      const before = entra.keyRequests
      for (let age = 3200; age <= 4000 && entra.keyRequests === before; age += 20) {
        entra.time = Date.UTC(2026, 0, 15) + age * 1000
        await verifier.prefetch()
        await settle()
        if (entra.keyRequests > before) ages.push(age)
      }
    }
    expect(ages).toHaveLength(200)
    expect(Math.min(...ages)).toBeGreaterThanOrEqual(3240)
    expect(Math.max(...ages)).toBeLessThanOrEqual(3980)
    expect(Math.min(...ages)).toBeLessThan(3340)
    expect(Math.max(...ages)).toBeGreaterThan(3860)
  })

  it('hand the work to waitUntil, which may fail without harm', async () => {
    const entra = new Issuer(k1)
    const verifier = entra.verifier()
    const works: Array<Promise<unknown>> = []
    await verifier.prefetch()
    entra.advance(2 * 3600)
    await verifier.verify(entra.token(k1), { waitUntil: (work) => void works.push(work) })
    expect(works).toHaveLength(2)
    await Promise.all(works)
    expect(entra.requests).toHaveLength(4)
    entra.advance(2 * 3600)
    const waitUntil = vi.fn<() => void>(() => {
      throw new TypeError('Illegal invocation')
    })
    await verifier.verify(entra.token(k1), { waitUntil })
    await settle()
    expect(waitUntil).toHaveBeenCalled()
    expect(entra.requests).toHaveLength(6)
    expect(entra.events.filter(({ type }) => type === 'refresh_failed')).toEqual([])
  })
})

describe('an unknown kid', () => {
  it('brings the new key with the request that needs it', async () => {
    const entra = new Issuer(k1)
    const verifier = entra.verifier()
    await verifier.verify(entra.token(k1))
    entra.keys = [k1, k2]
    entra.advance(30)
    await verifier.verify(entra.token(k2))
    expect(entra.keyRequests).toBe(2)
    expect(entra.metadataRequests).toBe(1)
  })

  it('is refused at once inside minRefreshInterval, and found once it has passed', async () => {
    const entra = new Issuer(k1)
    const verifier = entra.verifier()
    await verifier.prefetch()
    entra.keys = [k1, k2]
    entra.advance(29.999)
    expect(await codeOf(verifier.verify(entra.token(k2)))).toBe('signing_key_not_found')
    expect(entra.keyRequests).toBe(1)
    entra.advance(0.001)
    await verifier.verify(entra.token(k2))
    expect(entra.keyRequests).toBe(2)
  })

  it('costs one request for a thousand of them at once, and known keys do not notice', async () => {
    const entra = new Issuer(k1)
    const verifier = entra.verifier()
    await verifier.prefetch()
    entra.advance(60)
    const genuine = entra.token(k1)
    const refusals = Array.from({ length: 1000 }, (_, index) =>
      codeOf(verifier.verify(entra.forged(`forged-${index}`))),
    )
    await verifier.verify(genuine)
    expect(new Set(await Promise.all(refusals))).toEqual(new Set(['signing_key_not_found']))
    expect(entra.keyRequests).toBe(2)
  })

  it('waits for the refresh in flight instead of starting another', async () => {
    const entra = new Issuer(k1)
    const verifier = entra.verifier()
    await verifier.prefetch()
    entra.keys = [k1, k2]
    const gate = new Gate()
    entra.answer = async (url) => {
      await gate.opened
      return entra.respond(url)
    }
    entra.advance(2 * 3600)
    await verifier.verify(entra.token(k1))
    const waiting = Promise.all([verifier.verify(entra.token(k2)), verifier.verify(entra.token(k2))])
    await settle()
    gate.open()
    await waiting
    expect(entra.keyRequests).toBe(2)
  })

  it('is never answered with the only key that there is', async () => {
    const entra = new Issuer(k1)
    const verifier = entra.verifier()
    const token = entra.token({ ...k1, kid: 'another' })
    expect(await codeOf(verifier.verify(token))).toBe('signing_key_not_found')
  })
})

describe('a key that is gone from the document', () => {
  it('is trusted until it has not been seen for retainFor, then refused', async () => {
    const entra = new Issuer(k1, k2)
    const verifier = entra.verifier()
    await verifier.prefetch()
    entra.keys = [k2]
    for (let hour = 0; hour < 23; hour++) {
      entra.advance(3600)
      await verifier.verify(entra.token(k1))
      await settle()
    }
    entra.advance(3600)
    await verifier.verify(entra.token(k2))
    await settle()
    expect(await codeOf(verifier.verify(entra.token(k1)))).toBe('signing_key_not_found')
    await verifier.verify(entra.token(k2))
    expect(verifier.keys().map(({ kid }) => kid)).toEqual(['k2'])
  })

  it('is refused then also under a token that was accepted before', async () => {
    const entra = new Issuer(k1, k2)
    const verifier = entra.verifier()
    const token = entra.token(k1, { expiresIn: 3 * day })
    await verifier.verify(token)
    entra.keys = [k2]
    entra.advance(day - 3600)
    await verifier.verify(token)
    await settle()
    entra.advance(3600)
    expect(await codeOf(verifier.verify(token))).toBe('signing_key_not_found')
  })

  it('starts a new retention when it comes back', async () => {
    const entra = new Issuer(k1, k2)
    const verifier = entra.verifier()
    for (const keys of [[k1, k2], [k2], [k1, k2], [k2]]) {
      entra.keys = keys
      await verifier.prefetch()
      await settle()
      entra.advance(20 * 3600)
    }
    entra.advance(-19 * 3600)
    await verifier.verify(entra.token(k1))
    expect(verifier.keys().find(({ kid }) => kid === 'k1')?.firstSeen).toBe(Date.UTC(2026, 0, 15))
  })
})

describe('the same kid with a new key', () => {
  const impostor = makeKey('k1')

  it('replaces the old key at once: imported keys and remembered tokens too', async () => {
    const entra = new Issuer(k1)
    const verifier = entra.verifier()
    const old = entra.token(k1)
    await verifier.verify(old)
    await verifier.verify(old)
    entra.keys = [impostor]
    entra.advance(60)
    expect(await codeOf(verifier.verify(entra.forged('unknown')))).toBe('signing_key_not_found')
    expect(await codeOf(verifier.verify(old))).toBe('signature_invalid')
    expect(await codeOf(verifier.verify(entra.token(k1)))).toBe('signature_invalid')
    await verifier.verify(entra.token(impostor))
    expect(entra.events).toContainEqual(
      expect.objectContaining({ type: 'key_added', kid: 'k1', replaced: true }),
    )
  })

  it('is used neither way when one document lists both', async () => {
    const entra = new Issuer(k1, impostor, k2)
    const verifier = entra.verifier()
    expect(await codeOf(verifier.verify(entra.token(k1)))).toBe('signing_key_refused')
    expect(await codeOf(verifier.verify(entra.token(impostor)))).toBe('signing_key_refused')
    await verifier.verify(entra.token(k2))
  })
})

describe('a key that must go now', () => {
  it('is refused by keys.refuse before any request', async () => {
    const entra = new Issuer(k1, k2)
    const verifier = entra.verifier({ keys: { refuse: ['k1'] } })
    await verifier.verify(entra.token(k2))
    expect(await codeOf(verifier.verify(entra.token(k1)))).toBe('signing_key_refused')
    entra.advance(60)
    expect(await codeOf(verifier.verify(entra.token(k1)))).toBe('signing_key_refused')
    expect(entra.requests).toHaveLength(2)
  })

  it('goes with forgetKeys, and with it every token that it had signed', async () => {
    const entra = new Issuer(k1, k2)
    const verifier = entra.verifier()
    const token = entra.token(k1)
    await verifier.verify(token)
    entra.keys = [k2]
    await verifier.forgetKeys()
    expect(await codeOf(verifier.verify(token))).toBe('signing_key_not_found')
    await verifier.verify(entra.token(k2))
    expect(verifier.keys().map(({ kid }) => kid)).toEqual(['k2'])
    expect(entra.requests).toHaveLength(4)
  })

  it('does not come back with an answer that was under way when forgetKeys was called', async () => {
    const entra = new Issuer(k1)
    const verifier = entra.verifier()
    const token = entra.token(k1)
    await verifier.verify(token)
    const gate = new Gate()
    const old = entra.respond('https://login.microsoftonline.com/x/keys')
    entra.answer = async () => {
      await gate.opened
      return old
    }
    entra.advance(2 * 3600)
    await verifier.verify(entra.token(k1))
    entra.goOnline()
    entra.keys = [k2]
    await verifier.forgetKeys()
    gate.open()
    await settle()
    expect(await codeOf(verifier.verify(entra.token(k1)))).toBe('signing_key_not_found')
    await verifier.verify(entra.token(k2))
  })

  it('goes also when forgetKeys is called by who hears that the document lists it no longer', async () => {
    const entra = new Issuer(k1, k2)
    const token = entra.token(k2, { expiresIn: 10_000 })
    const verifier = entra.verifier({
      onEvent: ({ type }) => {
        if (type === 'key_gone') void verifier.forgetKeys()
      },
    })
    await verifier.verify(token)
    entra.keys = [k1]
    entra.advance(2 * 3600)
    await verifier.verify(token)
    await settle()
    expect(await codeOf(verifier.verify(token))).toBe('signing_key_not_found')
    expect(verifier.keys().map(({ kid }) => kid)).toEqual(['k1'])
  })

  it.each([
    ['forgotten', [k2], 'signing_key_not_found'],
    ['replaced', [makeKey('k1')], 'signature_invalid'],
    ['bound to another cloud', [bound], 'signing_key_refused'],
  ])('lets nobody in whose signature was being checked when it was %s', async (_name, keys, code) => {
    const gate = new Gate()
    const entra = new Issuer(k1)
    const verifier = entra.verifier({
      signature: async (...parts) => {
        await gate.opened
        return await webCryptoSignature(...parts)
      },
    })
    await verifier.prefetch()
    const token = entra.token(k1)
    const before = codeOf(verifier.verify(token))
    await settle()
    entra.keys = keys
    await verifier.forgetKeys()
    const after = codeOf(verifier.authenticate(`Bearer ${token}`))
    await settle()
    gate.open()
    expect(await Promise.all([before, after])).toEqual([code, code])
  })

  it('is accepted when it came back as it was while a signature was being checked', async () => {
    const gate = new Gate()
    let checks = 0
    const entra = new Issuer(k1)
    const verifier = entra.verifier({
      signature: async (...parts) => {
        checks++
        await gate.opened
        return await webCryptoSignature(...parts)
      },
    })
    await verifier.prefetch()
    const waiting = verifier.verify(entra.token(k1))
    await settle()
    await verifier.forgetKeys()
    gate.open()
    expect((await waiting).kind).toBe('user')
    expect(checks).toBe(2)
  })

  it('takes no request along that waits for a new key meanwhile', async () => {
    const entra = new Issuer(k1)
    const verifier = entra.verifier()
    await verifier.prefetch()
    const [first, second] = [new Gate(), new Gate()]
    let gate = first
    entra.answer = async (url) => {
      await gate.opened
      return entra.respond(url)
    }
    entra.keys = [k1, k2]
    entra.advance(60)
    const waiting = verifier.verify(entra.token(k2))
    await settle()
    gate = second
    const forgotten = verifier.forgetKeys()
    await settle()
    first.open()
    await settle()
    second.open()
    await forgotten
    expect((await waiting).kind).toBe('user')
  })

  it('leaves a 503 and never a 401 when forgetKeys finds the endpoint down', async () => {
    const entra = new Issuer(k1)
    const verifier = entra.verifier()
    const token = entra.token(k1)
    await verifier.verify(token)
    entra.goOffline()
    expect((await refusalOf(verifier.forgetKeys())).status).toBe(503)
    expect((await refusalOf(verifier.verify(token))).status).toBe(503)
    entra.goOnline()
    entra.advance(2)
    await verifier.verify(token)
  })
})

describe('a key that the document lists in a form that may not be used', () => {
  it('is refused, the others stay usable, and it is back once the document is mended', async () => {
    const entra = new Issuer(k1, { ...k2, jwk: { ...k2.jwk, use: 'enc' } })
    const verifier = entra.verifier()
    await verifier.verify(entra.token(k1))
    expect(await codeOf(verifier.verify(entra.token(k2)))).toBe('signing_key_refused')
    entra.keys = [k1, k2]
    entra.advance(60)
    await verifier.verify(entra.token(k2))
  })

  it('goes at once when it was known before', async () => {
    const entra = new Issuer(k1, k2)
    const verifier = entra.verifier()
    await verifier.verify(entra.token(k2))
    entra.keys = [k1, { ...k2, jwk: { ...k2.jwk, d: 'AQAB' } }]
    entra.advance(60)
    await refusalOf(verifier.verify(entra.forged('unknown')))
    expect(await codeOf(verifier.verify(entra.token(k2)))).toBe('signing_key_refused')
  })
})

describe('a key that a document binds', () => {
  it.each([
    ['an issuer', { issuer: `${loginHost}/${otherTenant}/v2.0` }],
    ['a cloud', { cloud_instance_name: 'microsoftonline.us' }],
  ])('to %s stays bound when the next document does not say so any more', async (_, members) => {
    const entra = new Issuer({ ...k1, jwk: { ...k1.jwk, ...members } })
    const verifier = entra.verifier()
    expect(await codeOf(verifier.verify(entra.token(k1)))).toBe('signing_key_refused')
    entra.keys = [k1, k2]
    entra.advance(60)
    await verifier.verify(entra.token(k2))
    expect(entra.keyRequests).toBe(2)
    expect(await codeOf(verifier.verify(entra.token(k1)))).toBe('signing_key_refused')
  })

  it.each([
    ['issuer', { issuer: `${loginHost}/${otherTenant}/v2.0` }],
    ['cloud', { cloud_instance_name: 'microsoftonline.us' }],
  ])('to its own %s only later is bound from then on', async (_, members) => {
    const entra = new Issuer(k1)
    const verifier = entra.verifier()
    await verifier.verify(entra.token(k1))
    entra.keys = [{ ...k1, jwk: { ...k1.jwk, ...members } }, k2]
    entra.advance(60)
    await verifier.verify(entra.token(k2))
    expect(await codeOf(verifier.verify(entra.token(k1)))).toBe('signing_key_refused')
  })
})

describe('an answer that is older than what is known', () => {
  it('does not overwrite it', async () => {
    const entra = new Issuer(k1)
    const verifier = entra.verifier()
    await verifier.prefetch()
    const slow = entra.holdAnswers()
    entra.advance(2 * 3600)
    await verifier.verify(entra.token(k1))
    await settle()
    // The first refresh is far past its time limit by this clock, so another may start.
    entra.goOnline()
    entra.keys = [k2]
    entra.advance(60)
    await verifier.verify(entra.token(k2))
    slow.open()
    await settle()
    await verifier.verify(entra.token(k2))
    expect(entra.events.filter(({ type }) => type === 'key_gone')).toHaveLength(1)
    expect(entra.events.filter((event) => event.type === 'key_added')).toHaveLength(2)
  })
})

describe('the clock', () => {
  it('may jump back without making keys immortal or fetches frequent', async () => {
    const entra = new Issuer(k1, k2)
    const verifier = entra.verifier()
    await verifier.prefetch()
    entra.keys = [k2]
    entra.advance(-30 * day)
    await verifier.verify(entra.token(k1))
    expect(entra.requests).toHaveLength(2)
    expect(verifier.keys().every(({ lastSeen }) => lastSeen <= entra.time)).toBe(true)
    entra.advance(31)
    await refusalOf(verifier.verify(entra.forged('unknown')))
    expect(entra.keyRequests).toBe(2)
    for (let hour = 0; hour < 25; hour++) {
      entra.advance(3600)
      await verifier.verify(entra.token(k2))
      await settle()
    }
    expect(await codeOf(verifier.verify(entra.token(k1)))).toBe('signing_key_not_found')
  })

  it('may jump ahead: old keys are loaded anew, and nothing is kept when it comes back', async () => {
    const entra = new Issuer(k1)
    const verifier = entra.verifier()
    await verifier.prefetch()
    entra.advance(3650 * day)
    await verifier.verify(entra.token(k1))
    expect(entra.keyRequests).toBe(2)
    entra.advance(-3650 * day)
    await verifier.verify(entra.token(k1))
    entra.advance(2 * 3600)
    await verifier.verify(entra.token(k1))
    await settle()
    expect(entra.keyRequests).toBe(3)
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY, -1, undefined, '2026'])(
    'that gives %s refuses with 503, known keys or not',
    async (broken) => {
      const entra = new Issuer(k1)
      let isBroken = false
      const verifier = entra.verifier({ now: () => (isBroken ? (broken as number) : entra.time) })
      const token = entra.token(k1)
      await verifier.verify(token)
      isBroken = true
      expect((await refusalOf(verifier.verify(token))).code).toBe('keys_unavailable')
      expect((await refusalOf(verifier.verify(entra.token(k1)))).status).toBe(503)
      isBroken = false
      await verifier.verify(token)
    },
  )

  it('that throws refuses with 503', async () => {
    const entra = new Issuer(k1)
    const verifier = entra.verifier({
      now: () => {
        throw new Error('no clock')
      },
    })
    expect((await refusalOf(verifier.verify(entra.token(k1)))).code).toBe('keys_unavailable')
    expect((await refusalOf(verifier.prefetch())).code).toBe('keys_unavailable')
  })

  it('that breaks during a refresh ends no process and loses no later refresh', async () => {
    const entra = new Issuer(k1)
    let isBroken = false
    const verifier = entra.verifier({ now: () => (isBroken ? Number.NaN : entra.time) })
    await verifier.prefetch()
    entra.answer = () => {
      isBroken = true
      throw new TypeError('fetch failed')
    }
    entra.advance(60)
    expect((await refusalOf(verifier.verify(entra.forged('unknown')))).status).toBe(503)
    isBroken = false
    entra.goOnline()
    expect(await codeOf(verifier.verify(entra.forged('unknown')))).toBe('signing_key_not_found')
  })
})

describe('verifiers made by with()', () => {
  it('share the keys and nothing else', async () => {
    const entra = new Issuer(k1)
    const verifier = entra.verifier()
    const other = verifier.with({ audience: 'api://another' })
    const token = entra.token(k1)
    await verifier.verify(token)
    expect(await codeOf(other.verify(token))).toBe('audience_mismatch')
    await other.verify(entra.token(k1, { claims: { aud: 'api://another' } }))
    expect(entra.requests).toHaveLength(2)
    expect(other.keys()).toEqual(verifier.keys())
    await other.forgetKeys()
    expect(entra.requests).toHaveLength(4)
    await verifier.verify(token)
    expect(entra.requests).toHaveLength(4)
  })

  it('keep keys apart for another tenant', async () => {
    const entra = new Issuer(k1)
    const verifier = entra.verifier()
    const anyTenant = verifier.with({ tenants: 'organizations' })
    await verifier.verify(entra.token(k1))
    await anyTenant.verify(entra.token(k1))
    expect(entra.requests).toHaveLength(4)
  })

  it.each(['keys', 'store', 'storeSecret', 'fetch', 'now'])('cannot change %s', (name) => {
    const verifier = new Issuer(k1).verifier()
    expect(() => verifier.with({ [name]: {} })).toThrow(TypeError)
  })
})
