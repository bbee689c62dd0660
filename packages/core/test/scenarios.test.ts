import { readFileSync } from 'node:fs'

import { afterEach, describe, expect, it, vi } from 'vitest'

import { challengeFor, type Identity } from '../src/index.ts'
import { fixture } from './support/fixture.ts'
import {
  codeOf,
  encode,
  Gate,
  isMetadata,
  Issuer,
  makeKey,
  otherTenant,
  refusalOf,
  settle,
} from './support/rotating-issuer.ts'

const day = 86_400
const [k1, k2, attackers] = [makeKey('k1'), makeKey('k2'), makeKey('k1')]
const { scenarios } = fixture<{ scenarios: Readonly<Record<string, string>> }>('key-scenarios.json')

afterEach(() => {
  vi.useRealTimers()
})

describe('remembered tokens', () => {
  it('Result cache must not outlive exp [st-cache-expiry]', async () => {
    const entra = new Issuer(k1)
    const verifier = entra.verifier({ clockTolerance: 0 })
    const token = entra.token(k1, { expiresIn: 10 })
    await verifier.verify(token)
    entra.advance(11)
    expect(await codeOf(verifier.verify(token))).toBe('token_expired')
  })

  it('Negative cache must not outlive nbf [st-cache-nbf]', async () => {
    const entra = new Issuer(k1)
    const verifier = entra.verifier({ clockTolerance: 0 })
    const token = entra.token(k1, { claims: { nbf: entra.time / 1000 + 10 } })
    expect(await codeOf(verifier.verify(token))).toBe('token_not_yet_valid')
    entra.advance(11)
    expect((await verifier.verify(token)).kind).toBe('user')
  })

  it('Cache key must cover the whole token [st-cache-sig-only-key]', async () => {
    const entra = new Issuer(k1)
    const verifier = entra.verifier()
    const [own, other] = [entra.token(k1), entra.token(k1, { claims: { scp: 'Orders.Admin' } })]
    await verifier.verify(own)
    const [header = '', , signature = ''] = own.split('.')
    const mixed = `${header}.${other.split('.')[1] ?? ''}.${signature}`
    expect(await codeOf(verifier.verify(mixed))).toBe('signature_invalid')
  })

  it('Cache must not be shared across verifiers with different audience/tenant [st-cache-config]', async () => {
    const entra = new Issuer(k1)
    const token = entra.token(k1)
    await entra.verifier().verify(token)
    expect(await codeOf(entra.verifier({ audience: 'api://y' }).verify(token))).toBe('audience_mismatch')
    expect(await codeOf(entra.verifier({ tenants: otherTenant }).verify(token))).toBe('issuer_unknown')
  })

  it('Cache key must not be normalised [st-cache-malleable]', async () => {
    const entra = new Issuer(k1)
    const verifier = entra.verifier()
    const token = entra.token(k1)
    await verifier.verify(token)
    expect(await codeOf(verifier.verify(`${token}=`))).toBe('token_malformed')
    expect(await codeOf(verifier.verify(`${token}=`))).toBe('token_malformed')
  })

  it('Caller mutates returned claims/JWKS object [st-cache-object-mutation]', async () => {
    const entra = new Issuer(k1)
    const verifier = entra.verifier()
    const token = entra.token(k1, { claims: { roles: ['Reader'] } })
    const { roles } = await verifier.verify(token)
    expect(() => Reflect.apply(Array.prototype.push, roles, ['Admin'])).toThrow(TypeError)
    expect((await verifier.verify(token)).roles).toEqual(['Reader'])
    const known = verifier.keys()
    expect(() => Reflect.apply(Array.prototype.pop, known, [])).toThrow(TypeError)
  })

  it('Same token presented twice [st-replay]', async () => {
    const entra = new Issuer(k1)
    const verifier = entra.verifier()
    const token = entra.token(k1)
    expect(await verifier.verify(token)).toEqual(await verifier.verify(token))
  })
})

describe('rotation', () => {
  it('Key rollover: unknown kid triggers one refresh [st-rotation-new-key]', async () => {
    const entra = new Issuer(k1)
    const verifier = entra.verifier()
    await verifier.verify(entra.token(k1))
    entra.keys = [k1, k2]
    entra.advance(30)
    expect((await verifier.verify(entra.token(k2))).kind).toBe('user')
    expect(entra.keyRequests).toBe(2)
  })

  it('Emergency rollover: removed key stops working [st-rotation-removed-key]', async () => {
    const entra = new Issuer(k1)
    const verifier = entra.verifier()
    await verifier.verify(entra.token(k1))
    entra.keys = [k2]
    entra.advance(day)
    expect(await codeOf(verifier.verify(entra.token(k1)))).toBe('signing_key_not_found')
  })

  it('Random-kid flood does not amplify to JWKS endpoint [st-unknown-kid-flood]', async () => {
    const entra = new Issuer(k1)
    const verifier = entra.verifier()
    await verifier.prefetch()
    entra.advance(60)
    const flood = Promise.all(
      Array.from({ length: 1000 }, (_, index) => codeOf(verifier.verify(entra.forged(`f${index}`)))),
    )
    expect((await verifier.verify(entra.token(k1))).kind).toBe('user')
    expect(new Set(await flood)).toEqual(new Set(['signing_key_not_found']))
    expect(entra.keyRequests).toBe(2)
  })

  it('Flood must not suppress a legitimate rotation forever [st-unknown-kid-flood-blocks-rotation]', async () => {
    const entra = new Issuer(k1)
    const verifier = entra.verifier()
    await verifier.prefetch()
    for (let second = 0; second < 300; second++) {
      await codeOf(verifier.verify(entra.forged(`f${second}`)))
      entra.advance(1)
    }
    entra.keys = [k2]
    const rotatedAt = entra.time
    let acceptedAfter: number | undefined
    while (acceptedAfter === undefined && entra.time - rotatedAt <= 60_000) {
      await codeOf(verifier.verify(entra.forged(`after-${entra.time}`)))
      const accepted = await verifier.verify(entra.token(k2)).catch(() => undefined)
      if (accepted !== undefined) acceptedAfter = (entra.time - rotatedAt) / 1000
      entra.advance(1)
    }
    expect(acceptedAfter).toBeLessThanOrEqual(30)
  })

  it('Older slower refresh must not overwrite newer keys [st-stale-overwrite]', async () => {
    const entra = new Issuer(k1)
    const verifier = entra.verifier()
    await verifier.prefetch()
    const gate = entra.holdAnswers()
    entra.advance(2 * 3600)
    await verifier.verify(entra.token(k1))
    await settle()
    entra.goOnline()
    entra.keys = [k2]
    await verifier.forgetKeys()
    gate.open()
    await settle()
    expect(verifier.keys().map(({ kid }) => kid)).toEqual(['k2'])
  })
})

describe('the first use', () => {
  it('100 concurrent verifications on a cold cache [st-concurrent-cold-start]', async () => {
    const entra = new Issuer(k1)
    const verifier = entra.verifier()
    const all = await Promise.all(Array.from({ length: 100 }, () => verifier.verify(entra.token(k1))))
    expect(all).toHaveLength(100)
    expect([entra.metadataRequests, entra.keyRequests]).toEqual([1, 1])
  })

  it('Failed fetch is not cached; all waiters reject; next call retries [st-concurrent-cold-start-failure]', async () => {
    const entra = new Issuer(k1)
    const verifier = entra.verifier()
    // One failure is survived by all who wait: first-load.test.ts.
    let failures = 2
    entra.answer = (url) =>
      !isMetadata(url) && failures-- > 0 ? new Response('down', { status: 500 }) : undefined
    const codes = await Promise.all(
      Array.from({ length: 100 }, () => codeOf(verifier.verify(entra.token(k1)))),
    )
    expect(new Set(codes)).toEqual(new Set(['keys_unavailable']))
    entra.advance(1.2)
    expect((await verifier.verify(entra.token(k1))).kind).toBe('user')
    expect([entra.metadataRequests, entra.keyRequests]).toEqual([1, 3])
  })

  it('Request aborted while JWKS fetch is pending [st-abort-signal]', async () => {
    const entra = new Issuer(k1)
    const verifier = entra.verifier()
    const unhandled = vi.fn<(reason: unknown) => void>()
    process.on('unhandledRejection', unhandled)
    const gate = new Gate()
    entra.answer = async (url) => {
      await gate.opened
      return entra.respond(url)
    }
    const abort = new AbortController()
    const aborted = codeOf(verifier.verify(entra.token(k1), { signal: abort.signal }))
    const other = verifier.verify(entra.token(k1))
    await settle()
    abort.abort()
    expect(await aborted).toBe('keys_unavailable')
    gate.open()
    expect((await other).kind).toBe('user')
    await settle()
    process.off('unhandledRejection', unhandled)
    expect(unhandled).not.toHaveBeenCalled()
    expect(entra.requests).toHaveLength(2)
  })
})

describe('an endpoint that fails', () => {
  it('JWKS endpoint down while cache is fresh/stale [st-jwks-outage-with-cache]', async () => {
    const entra = new Issuer(k1)
    const verifier = entra.verifier()
    await verifier.prefetch()
    entra.answer = () => new Response('down', { status: 500 })
    entra.advance(day - 1)
    expect((await verifier.verify(entra.token(k1))).kind).toBe('user')
    await settle()
    entra.advance(1)
    const refusal = await refusalOf(verifier.verify(entra.token(k1)))
    expect(refusal).toMatchObject({ code: 'keys_unavailable', status: 503 })
    expect(challengeFor(refusal).body.error).not.toBe('invalid_token')
  })

  it('Unknown kid during outage [st-jwks-outage-unknown-kid]', async () => {
    const entra = new Issuer(k1)
    const verifier = entra.verifier()
    await verifier.prefetch()
    entra.goOffline()
    entra.advance(60)
    expect(await refusalOf(verifier.verify(entra.forged('unknown')))).toMatchObject({
      code: 'keys_unavailable',
      status: 503,
    })
  })

  it('Slow-loris JWKS endpoint [st-jwks-timeout]', async () => {
    vi.useFakeTimers()
    const entra = new Issuer(k1)
    const signals: AbortSignal[] = []
    entra.answer = (_url, { signal }) => {
      if (signal) signals.push(signal)
      return new Promise(() => {})
    }
    const refused = refusalOf(entra.verifier({ keys: { timeout: 2 } }).verify(entra.token(k1)))
    await vi.advanceTimersByTimeAsync(2000)
    expect(await refused).toMatchObject({ code: 'metadata_unavailable', status: 503 })
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('JWKS endpoint answers 302 to attacker host [st-jwks-redirect]', async () => {
    const entra = new Issuer(k1)
    const location = 'https://attacker.example/jwks'
    entra.answer = (url) =>
      isMetadata(url) ? undefined : new Response(null, { status: 302, headers: { location } })
    expect(await codeOf(entra.verifier().verify(entra.token(k1)))).toBe('keys_unavailable')
    expect(entra.requests.filter((url) => url.includes('attacker'))).toEqual([])
  })

  it('JWKS body of 50 MB / endless stream [st-jwks-huge]', async () => {
    const entra = new Issuer(k1)
    let sent = 0
    let isCancelled = false
    entra.answer = (url) => {
      if (isMetadata(url)) return undefined
      const chunk = new TextEncoder().encode(' '.repeat(65_536))
      return new Response(
        new ReadableStream({
          pull(controller) {
            sent += chunk.length
            controller.enqueue(chunk)
          },
          cancel() {
            isCancelled = true
          },
        }),
      )
    }
    expect(await codeOf(entra.verifier().verify(entra.token(k1)))).toBe('keys_unavailable')
    expect(sent).toBeLessThan(1_300_000)
    expect(isCancelled).toBe(true)
  })

  it('Compressed JWKS expands to 1 GB [st-jwks-gzip-bomb]', async () => {
    const entra = new Issuer(k1)
    let unpacked = 0
    entra.answer = (url) => {
      if (isMetadata(url)) return undefined
      const zeros = new ReadableStream<Uint8Array<ArrayBuffer>>({
        pull(controller) {
          if (unpacked > 1_000_000_000) controller.close()
          else controller.enqueue(new Uint8Array(1_000_000))
          unpacked += 1_000_000
        },
      })
      const bomb = zeros.pipeThrough(new CompressionStream('gzip'))
      return new Response(bomb.pipeThrough(new DecompressionStream('gzip')))
    }
    expect(await codeOf(entra.verifier().verify(entra.token(k1)))).toBe('keys_unavailable')
    expect(unpacked).toBeLessThan(100_000_000)
  })

  it('JWKS served as text/html or text/plain [st-jwks-content-type]', async () => {
    for (const type of ['text/html', 'text/plain']) {
      const entra = new Issuer(k1)
      entra.answer = async (url) =>
        new Response(await entra.respond(url).text(), { headers: { 'content-type': type } })
      // Documented: the content decides. A page of a proxy is no key set whatever it calls itself.
      expect((await entra.verifier().verify(entra.token(k1))).kind).toBe('user')
    }
  })

  it('304 Not Modified handling [st-jwks-304-etag]', async () => {
    const entra = new Issuer(k1)
    const verifier = entra.verifier()
    await verifier.prefetch()
    const conditional: unknown[] = []
    entra.answer = (_url, { headers }) => {
      conditional.push(new Headers(headers).get('if-none-match'))
      return new Response(null, { status: 304 })
    }
    entra.advance(2 * 3600)
    expect((await verifier.verify(entra.token(k1))).kind).toBe('user')
    await settle()
    // Never asked conditionally, so a 304 is a failed refresh; the keys stay.
    expect(conditional).toEqual([null, null])
    expect((await verifier.verify(entra.token(k1))).kind).toBe('user')
  })
})

describe('metadata that lies', () => {
  it('Metadata jwks_uri points to another origin / http / file [st-jwks-uri-cross-origin]', async () => {
    for (const address of ['http://attacker.example/keys', 'https://attacker.example/keys', 'file:///keys']) {
      const entra = new Issuer(k1)
      entra.metadata = { jwks_uri: address }
      expect(await codeOf(entra.verifier().verify(entra.token(k1)))).toBe('metadata_invalid')
      expect(entra.requests).toHaveLength(1)
    }
  })

  it('Metadata issuer differs from the authority [st-metadata-issuer-mismatch]', async () => {
    const entra = new Issuer(k1)
    entra.tenant = otherTenant
    const verifier = entra.verifier()
    const foreign = { tid: otherTenant, iss: `https://login.microsoftonline.com/${otherTenant}/v2.0` }
    expect(await codeOf(verifier.verify(entra.token(k1)))).toBe('metadata_invalid')
    expect(await codeOf(verifier.verify(entra.token(k1, { claims: foreign })))).toBe('issuer_unknown')
  })

  it('Tenant-specific endpoint returns templated issuer [st-metadata-template-on-tenant-endpoint]', async () => {
    const entra = new Issuer(k1)
    entra.tenant = '{tenantid}'
    const verifier = entra.verifier()
    const foreign = { tid: otherTenant, iss: `https://login.microsoftonline.com/${otherTenant}/v2.0` }
    expect((await verifier.verify(entra.token(k1))).kind).toBe('user')
    expect(await codeOf(verifier.verify(entra.token(k1, { claims: foreign })))).toBe('issuer_unknown')
  })

  it('Metadata/JWKS JSON contains __proto__ [st-metadata-poison-proto]', async () => {
    const entra = new Issuer(k1)
    const poison = `{"__proto__":{"jwks_uri":"https://login.microsoftonline.com/x/keys","issuer":"x","polluted":1}}`
    entra.answer = () => new Response(poison)
    expect(await codeOf(entra.verifier().verify(entra.token(k1)))).toBe('metadata_invalid')
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
    entra.answer = (url) => (isMetadata(url) ? undefined : new Response('{"__proto__":{"keys":[]}}'))
    expect(await codeOf(entra.verifier().verify(entra.token(k1)))).toBe('keys_unavailable')
  })
})

describe('the clock', () => {
  it('System clock jumps back 1 day [st-clock-jump-back]', async () => {
    const entra = new Issuer(k1, k2)
    const verifier = entra.verifier()
    await verifier.prefetch()
    entra.advance(-day)
    entra.keys = [k2]
    expect((await verifier.verify(entra.token(k1))).kind).toBe('user')
    entra.advance(4000)
    await verifier.verify(entra.token(k2))
    await settle()
    expect(entra.keyRequests).toBe(2)
    entra.advance(day)
    expect(await codeOf(verifier.verify(entra.token(k1)))).toBe('signing_key_not_found')
  })

  it('Clock at epoch 0 / NaN [st-clock-1970]', async () => {
    const entra = new Issuer(k1)
    const token = entra.token(k1)
    for (const now of [0, Number.NaN]) {
      const refusal = await refusalOf(entra.verifier({ now: () => now }).verify(token))
      expect(refusal.code).toBe(now === 0 ? 'token_not_yet_valid' : 'keys_unavailable')
    }
  })
})

describe('rules of the application', () => {
  it('Custom claims hook throws / returns false / returns Promise [st-custom-validator-throws]', async () => {
    const entra = new Issuer(k1)
    const checks: ReadonlyArray<readonly [(identity: Identity) => unknown, string]> = [
      [() => Promise.reject(new Error('no')), 'check_unavailable'],
      [() => Promise.resolve(false), 'check_failed'],
      [() => false, 'check_failed'],
      [
        () => {
          throw new Error('no')
        },
        'check_unavailable',
      ],
    ]
    for (const [check, code] of checks) {
      expect(await codeOf(entra.verifier({ check }).verify(entra.token(k1)))).toBe(code)
    }
  })

  it('Signature is checked before claims are trusted or hooks run [st-validator-order]', async () => {
    const entra = new Issuer(k1)
    const check = vi.fn<() => void>()
    const tenants = vi.fn<() => boolean>(() => true)
    const verifier = entra.verifier({ check, tenants })
    const [, payload = '', signature = ''] = entra.token(attackers, { expiresIn: -3600 }).split('.')
    const header = {
      typ: 'JWT',
      alg: 'RS256',
      kid: 'k1',
      jku: 'https://attacker.example/keys',
      x5u: 'https://x/',
    }
    expect(await codeOf(verifier.verify(`${encode(header)}.${payload}.${signature}`))).toBe(
      'signature_invalid',
    )
    expect(check).not.toHaveBeenCalled()
    expect(tenants).not.toHaveBeenCalled()
    expect(entra.requests.every((url) => url.startsWith('https://login.microsoftonline.com/'))).toBe(true)
  })
})

describe('several tenants', () => {
  it('Token of tenant A verified with keys cached for tenant B [st-multi-tenant-key-cross]', async () => {
    const [a, b] = [new Issuer(k1), new Issuer(k2)]
    b.tenant = otherTenant
    const both = a.verifier({
      fetch: async (url, init) => await (url.includes(otherTenant) ? b : a).fetch(url, init),
    })
    const ofB = both.with({ tenants: otherTenant })
    const claims = { tid: otherTenant, iss: `https://login.microsoftonline.com/${otherTenant}/v2.0` }
    await ofB.verify(b.token(k2, { claims }))
    a.advance(60)
    expect(await codeOf(both.verify(a.token(k2)))).toBe('signing_key_not_found')
    expect((await both.verify(a.token(k1))).kind).toBe('user')
  })

  it('Attacker-chosen tid creates unbounded caches/fetches [st-tenant-cache-exhaustion]', async () => {
    const entra = new Issuer(k1)
    const verifier = entra.verifier({ tenants: () => true })
    const codes = new Set<string>()
    const [header = '', , signature = ''] = entra.token(attackers).split('.')
    for (let index = 0; index < 10_000; index++) {
      const tid = crypto.randomUUID()
      const payload = encode({ tid, iss: `https://login.microsoftonline.com/${tid}/v2.0` })
      codes.add(await codeOf(verifier.verify(`${header}.${payload}.${signature}`)))
    }
    expect([...codes]).toEqual(['signature_invalid'])
    expect(entra.requests).toHaveLength(2)
    expect(verifier.keys()).toHaveLength(1)
  })
})

it('every scenario of the list has its test', () => {
  const here = readFileSync(new URL(import.meta.url), 'utf8')
  const tested = Array.from(here.matchAll(/\[(st-[\w-]+)\]', async/g), ([, id]) => id)
  expect(tested).toHaveLength(33)
  expect(new Set(tested)).toEqual(new Set(Object.keys(scenarios)))
})
