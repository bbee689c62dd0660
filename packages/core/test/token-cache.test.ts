import { afterEach, describe, expect, it, vi } from 'vitest'

import {
  refuse,
  type Identity,
  type SignatureCheck,
  type Verifier,
  type VerifierOptions,
} from '../src/index.ts'
import { webCryptoSignature } from '../src/keys/signature.ts'
import { TokenCache, type AcceptedToken } from '../src/token-cache.ts'
import { audience, codeOf, encode, Issuer, makeKey, settle } from './support/rotating-issuer.ts'

const [k1, k2] = [makeKey('k1'), makeKey('k2')]

interface Counted {
  readonly entra: Issuer
  readonly verifier: Verifier
  /** Signatures that were checked: a token that was remembered needs none. */
  readonly checks: () => number
}

/** The real signature check, counted. */
function counted(changes: Partial<VerifierOptions> = {}): Counted {
  let checks = 0
  const signature: SignatureCheck = (...parts) => {
    checks++
    return webCryptoSignature(...parts)
  }
  const entra = new Issuer(k1)
  return { entra, verifier: entra.verifier({ signature, ...changes }), checks: () => checks }
}

describe('a token that was accepted', () => {
  it('needs no second signature check, and gives the same identity', async () => {
    const { entra, verifier, checks } = counted()
    const token = entra.token(k1)
    const first = await verifier.verify(token)
    expect(await verifier.verify(token)).toBe(first)
    expect(await verifier.authenticate(`Bearer ${token}`, { scopes: ['Orders.Read'] })).toBe(first)
    expect(checks()).toBe(1)
  })

  it('is remembered as a whole: another payload or header before the same signature is refused', async () => {
    const { entra, verifier, checks } = counted()
    const token = entra.token(k1)
    await verifier.verify(token)
    const [header = '', payload = '', signature = ''] = token.split('.')
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object
    const forged = encode({ ...claims, roles: ['Orders.Admin'], oid: 'someone-else' })
    expect(await codeOf(verifier.verify(`${header}.${forged}.${signature}`))).toBe('signature_invalid')
    const otherHeader = encode({ alg: 'RS256', kid: 'k1', typ: 'JWT' })
    expect(await codeOf(verifier.verify(`${otherHeader}.${payload}.${signature}`))).toBe('signature_invalid')
    const half = `${signature.slice(0, 10) === 'AAAAAAAAAA' ? 'BBBBBBBBBB' : 'AAAAAAAAAA'}${signature.slice(10)}`
    expect(await codeOf(verifier.verify(`${header}.${payload}.${half}`))).toBe('signature_invalid')
    expect(checks()).toBe(4)
    await verifier.verify(token)
    expect(checks()).toBe(4)
  })

  it('is remembered as a whole also when it was not used lately', async () => {
    const { entra, verifier, checks } = counted({ tokenCache: 2 })
    const token = entra.token(k1)
    await verifier.verify(token)
    await verifier.verify(entra.token(k1))
    const [header = '', payload = '', signature = ''] = token.split('.')
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object
    const forged = `${header}.${encode({ ...claims, roles: ['Orders.Admin'] })}.${signature}`
    expect(await codeOf(verifier.verify(forged))).toBe('signature_invalid')
    expect(checks()).toBe(3)
    await verifier.verify(token)
    expect(checks()).toBe(3)
  })

  it.each([
    ['padding', (token: string) => `${token}=`],
    ['a space after it', (token: string) => `${token} `],
    ['a line break after it', (token: string) => `${token}\n`],
    ['a space before it', (token: string) => ` ${token}`],
    ['a fourth segment', (token: string) => `${token}.`],
  ])('is another token with %s', async (_name, change) => {
    const { entra, verifier } = counted()
    const token = entra.token(k1)
    await verifier.verify(token)
    expect(await codeOf(verifier.verify(change(token)))).toBe('token_malformed')
  })

  it('is refused from the millisecond on that is exp and the tolerance', async () => {
    const { entra, verifier, checks } = counted({ clockTolerance: 60 })
    const token = entra.token(k1, { expiresIn: 600 })
    await verifier.verify(token)
    entra.advance(659.999)
    await verifier.verify(token)
    expect(checks()).toBe(1)
    entra.advance(0.001)
    expect(await codeOf(verifier.verify(token))).toBe('token_expired')
    expect(await codeOf(verifier.verify(token))).toBe('token_expired')
  })

  it('is refused when it becomes too old for maxTokenAge', async () => {
    const { entra, verifier, checks } = counted({ clockTolerance: 60, maxTokenAge: 120 })
    const token = entra.token(k1, { expiresIn: 600 })
    await verifier.verify(token)
    entra.advance(179.999)
    await verifier.verify(token)
    expect(checks()).toBe(1)
    entra.advance(0.001)
    expect(await codeOf(verifier.verify(token))).toBe('token_too_old')
  })

  it('is refused when the clock goes back before its nbf', async () => {
    const { entra, verifier, checks } = counted({ clockTolerance: 0 })
    const token = entra.token(k1)
    await verifier.verify(token)
    await verifier.verify(token)
    expect(checks()).toBe(1)
    entra.advance(-0.001)
    expect(await codeOf(verifier.verify(token))).toBe('token_not_yet_valid')
  })

  it('is refused once its key is no longer trusted or was replaced', async () => {
    const { entra, verifier } = counted()
    const token = entra.token(k1)
    await verifier.verify(token)
    entra.keys = [k2]
    await verifier.forgetKeys()
    expect(await codeOf(verifier.verify(token))).toBe('signing_key_not_found')
    entra.keys = [makeKey('k1')]
    entra.advance(60)
    expect(await codeOf(verifier.verify(token))).toBe('signature_invalid')
  })

  it('is checked anew, and accepted, when its key comes back as it was', async () => {
    const { entra, verifier, checks } = counted()
    const token = entra.token(k1)
    await verifier.verify(token)
    await verifier.forgetKeys()
    await verifier.verify(token)
    expect(checks()).toBe(2)
  })

  it('is refused once its key is bound to another issuer or cloud', async () => {
    for (const members of [
      { issuer: 'https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0' },
      { cloud_instance_name: 'microsoftonline.us' },
    ]) {
      const { entra, verifier } = counted()
      const token = entra.token(k1, { expiresIn: 7200 })
      await verifier.verify(token)
      entra.keys = [{ ...k1, jwk: { ...k1.jwk, ...members } }]
      entra.advance(4200)
      await verifier.verify(token)
      await settle()
      expect(await codeOf(verifier.verify(token))).toBe('signing_key_refused')
    }
  })

  it('asks the tenants predicate every time, which may change its mind', async () => {
    let admitted = true
    const asked: string[] = []
    const { entra, verifier, checks } = counted({
      tenants: (tenantId) => {
        asked.push(tenantId)
        return admitted
      },
    })
    const token = entra.token(k1)
    await verifier.verify(token)
    admitted = false
    expect(await codeOf(verifier.verify(token))).toBe('tenant_refused')
    admitted = true
    await verifier.verify(token)
    expect(asked).toHaveLength(3)
    expect(checks()).toBe(1)
  })

  it('asks the check every time, which may refuse or fail', async () => {
    const answers: Array<() => unknown> = [
      () => undefined,
      () => Promise.reject(refuse('revoked')),
      () => {
        throw new Error('database')
      },
      () => undefined,
    ]
    const seen: Identity[] = []
    const { entra, verifier, checks } = counted({
      check: (identity) => {
        seen.push(identity)
        return answers.shift()?.()
      },
    })
    const token = entra.token(k1)
    await verifier.verify(token)
    expect(await codeOf(verifier.verify(token))).toBe('check_failed')
    expect(await codeOf(verifier.verify(token))).toBe('check_unavailable')
    await verifier.verify(token)
    expect(seen).toHaveLength(4)
    expect(checks()).toBe(1)
  })

  it('needs no second signature check where a rule of the application is asked for each request', async () => {
    const { entra, verifier, checks } = counted({ check: () => undefined })
    const header = `Bearer ${entra.token(k1)}`
    const first = await verifier.authenticate(header)
    expect(await verifier.authenticate(header)).toBe(first)
    expect(checks()).toBe(1)
  })

  it('is accepted by no other verifier for that, not even one over the same keys', async () => {
    const { entra, verifier } = counted()
    const token = entra.token(k1)
    await verifier.verify(token)
    for (const other of [
      verifier.with({ audience: 'api://another' }),
      entra.verifier({ audience: 'api://another' }),
    ]) {
      expect(await codeOf(other.verify(token))).toBe('audience_mismatch')
    }
    const stricter = verifier.with({ check: () => false })
    expect(await codeOf(stricter.verify(token))).toBe('check_failed')
    await verifier.verify(token)
  })

  it('cannot be changed by who was given its identity', async () => {
    const { entra, verifier } = counted()
    const token = entra.token(k1, { claims: { roles: ['Reader'], groups: [], amr: ['pwd'] } })
    const identity = await verifier.verify(token)
    const before = JSON.stringify(identity)
    const frozen: unknown[] = []
    const visit = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return
      frozen.push(Object.isFrozen(value))
      for (const member of Object.values(value)) visit(member)
    }
    visit(identity)
    expect(frozen.length).toBeGreaterThan(5)
    expect(new Set(frozen)).toEqual(new Set([true]))
    expect(() => Reflect.apply(Array.prototype.push, identity.roles, ['Admin'])).toThrow(TypeError)
    expect(Reflect.set(identity, 'tenantId', 'another')).toBe(false)
    expect(Reflect.set(identity.claims, 'oid', 'another')).toBe(false)
    expect(JSON.stringify(await verifier.verify(token))).toBe(before)
  })

  it('is verified every time with tokenCache: false', async () => {
    const { entra, verifier, checks } = counted({ tokenCache: false })
    const token = entra.token(k1)
    await verifier.verify(token)
    await verifier.verify(token)
    expect(checks()).toBe(2)
  })
})

describe('a token that was refused', () => {
  it('is judged anew: accepted once it is valid', async () => {
    const { entra, verifier } = counted({ clockTolerance: 0 })
    const seconds = Math.floor(entra.time / 1000)
    const token = entra.token(k1, { claims: { nbf: seconds + 10, iat: seconds } })
    expect(await codeOf(verifier.verify(token))).toBe('token_not_yet_valid')
    entra.advance(11)
    await verifier.verify(token)
    expect(entra.requests).toHaveLength(2)
  })

  it('is not remembered, whatever it was refused for', async () => {
    const { entra, verifier, checks } = counted()
    const foreign = entra.token(k1, { claims: { aud: 'api://another' } })
    for (let attempt = 0; attempt < 3; attempt++) {
      expect(await codeOf(verifier.verify(foreign))).toBe('audience_mismatch')
    }
    expect(checks()).toBe(3)
    expect(foreign).not.toContain(audience)
  })
})

describe('many requests with one new token', () => {
  it('share one verification', async () => {
    const { entra, verifier, checks } = counted()
    await verifier.prefetch()
    const token = entra.token(k1)
    const identities = await Promise.all(Array.from({ length: 100 }, () => verifier.verify(token)))
    expect(new Set(identities).size).toBe(1)
    expect(checks()).toBe(1)
  })

  it('share one refusal, and the next request is judged anew', async () => {
    const { entra, verifier, checks } = counted()
    await verifier.prefetch()
    const forged = entra.token({ ...k2, kid: 'k1' })
    const codes = await Promise.all(Array.from({ length: 100 }, () => codeOf(verifier.verify(forged))))
    expect(new Set(codes)).toEqual(new Set(['signature_invalid']))
    expect(checks()).toBe(1)
    expect(await codeOf(verifier.verify(forged))).toBe('signature_invalid')
    expect(checks()).toBe(2)
  })

  it('never share with a forged one of the same suffix that came first', async () => {
    const { entra, verifier } = counted()
    await verifier.prefetch()
    const token = entra.token(k1)
    const [header = '', payload = '', signature = ''] = token.split('.')
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object
    const forged = `${header}.${encode({ ...claims, sub: 'attacker' })}.${signature}`
    const [bad, good] = await Promise.all([codeOf(verifier.verify(forged)), verifier.verify(token)])
    expect(bad).toBe('signature_invalid')
    expect(good.subject).toBe('subject')
  })

  it('each end with their own request: one that is aborted leaves the others alone', async () => {
    const { entra, verifier } = counted()
    const abort = new AbortController()
    const token = entra.token(k1)
    const aborted = codeOf(verifier.verify(token, { signal: abort.signal }))
    const others = Promise.all(Array.from({ length: 10 }, () => verifier.verify(token)))
    abort.abort()
    expect(await aborted).toBe('keys_unavailable')
    expect(await others).toHaveLength(10)
    expect(entra.requests).toHaveLength(2)
  })
})

/** Distinct in the last 43 characters. */
function accepted(index: number): AcceptedToken {
  return { token: `${'x'.repeat(43)}${index}` } as AcceptedToken
}

function keep(cache: TokenCache, entry: AcceptedToken): void {
  void cache.acceptOnce(entry.token, () => entry)
}

describe('requests with one new token where promises belong to a request', () => {
  afterEach(() => {
    vi.unstubAllGlobals()
    vi.resetModules()
  })

  it.each([
    ['in workerd', { WebSocketPair: () => {} }, 2],
    ['in workerd that says so', { navigator: { userAgent: 'Cloudflare-Workers' } }, 2],
    ['elsewhere', {}, 1],
    ['where nobody says what it is', { navigator: undefined }, 1],
  ])('do their own work %s', async (_where, globals, work) => {
    for (const [name, value] of Object.entries(globals)) vi.stubGlobal(name, value)
    vi.resetModules()
    const { TokenCache: Cache } = await import('../src/token-cache.ts')
    const cache = new Cache(10)
    const entry = accepted(1)
    let started = 0
    const accept = async (): Promise<AcceptedToken> => {
      started++
      return entry
    }
    const [one, other] = [cache.acceptOnce(entry.token, accept), cache.acceptOnce(entry.token, accept)]
    expect([await one, await other]).toEqual([entry, entry])
    expect(started).toBe(work)
  })
})

describe('the memory for tokens', () => {
  it('holds no more than it was given, and forgets those that are not used', async () => {
    const { entra, verifier, checks } = counted({ tokenCache: 10 })
    const tokens = Array.from({ length: 40 }, () => entra.token(k1))
    const [inUse = '', ...others] = tokens
    for (const token of others) {
      await verifier.verify(inUse)
      await verifier.verify(token)
    }
    expect(checks()).toBe(40)
    await verifier.verify(inUse)
    expect(checks()).toBe(40)
    for (const token of others) await verifier.verify(token)
    expect(checks()).toBeGreaterThanOrEqual(40 + 29)
  })

  it.each([1, 2, 3, 10, 5000])(
    'of size %i never holds more than that and one generation’s rounding',
    (size) => {
      const cache = new TokenCache(size)
      for (let index = 0; index < 3 * size + 5; index++) keep(cache, accepted(index))
      let held = 0
      for (let index = 0; index < 3 * size + 5; index++) {
        const { token } = accepted(index)
        if (cache.find(token) !== undefined) held++
      }
      expect(held).toBeGreaterThan(0)
      expect(held).toBeLessThanOrEqual(size + 1)
    },
  )

  it('gives an entry for exactly its token, not for another with the same 43 last characters', () => {
    const cache = new TokenCache(10)
    const suffix = 'x'.repeat(43)
    const entry = { token: `first.${suffix}` } as AcceptedToken
    keep(cache, entry)
    expect(cache.find(`first.${suffix}`)).toBe(entry)
    expect(cache.find(`other.${suffix}`)).toBeUndefined()
    cache.forget(`other.${suffix}`)
    expect(cache.find(`first.${suffix}`)).toBe(entry)
    keep(cache, { token: `other.${suffix}` } as AcceptedToken)
    expect(cache.find(`first.${suffix}`)).toBeUndefined()
  })

  it('forgets a token wherever it is kept, and no other', () => {
    const cache = new TokenCache(4)
    const texts = [1, 2, 3, 4].map((index) => accepted(index).token)
    for (const token of texts) keep(cache, { token } as AcceptedToken)
    cache.forget('never.kept.signature')
    // With the marks of tokens that are kept.
    for (const token of texts) cache.forget(`other.${token}`)
    cache.forget(texts[0] ?? '')
    cache.forget(texts[3] ?? '')
    expect(texts.map((token) => cache.find(token) !== undefined)).toEqual([false, true, true, false])
  })
})
