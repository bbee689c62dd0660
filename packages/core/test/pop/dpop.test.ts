import { describe, expect, it, vi } from 'vitest'

import {
  authorize,
  challengeFor,
  claimsChallenge,
  combineVerifiers,
  EntraGuardError,
  readClaimsChallenge,
  recallIdentity,
  refuse,
  type VerifyContext,
} from '../../src/index.ts'
import { dpop, mtls, type DpopOptions } from '../../src/pop.ts'
import { clock, issue, verifierFor } from '../support/issuer.ts'
import { outcomeOf } from '../support/outcome.ts'
import {
  edwardsHolder,
  ellipticHolder,
  holder,
  issueBound,
  origin,
  popVerifier,
  prove,
  rsaHolder,
  scope,
  thief,
  thumbprint,
  withProof,
} from '../support/prover.ts'

async function refusalOf(work: Promise<unknown>): Promise<EntraGuardError> {
  try {
    await work
  } catch (error) {
    if (EntraGuardError.is(error)) return error
    throw error
  }
  throw new Error('it was accepted')
}

const wwwAuthenticate = async (work: Promise<unknown>): Promise<string | undefined> =>
  challengeFor(await refusalOf(work)).headers['www-authenticate']

describe('a token that is bound by DPoP', () => {
  it('lets its holder in, and the identity says which key was proved', async () => {
    const token = await issueBound()
    const identity = await popVerifier().authenticate(`DPoP ${token}`, scope, withProof(prove(token)))
    expect(identity.bound).toEqual({ by: 'dpop', thumbprint: holder.jkt })
    expect(Object.isFrozen(identity.bound)).toBe(true)
    expect(identity.kind).toBe('user')
  })

  it('is asked for a proof with each request, also when it was seen before', async () => {
    const verifier = popVerifier()
    const token = await issueBound()
    const call = (proof: string | undefined): Promise<string> =>
      outcomeOf(verifier.authenticate(`DPoP ${token}`, scope, withProof(proof)))
    expect(await call(prove(token))).toBe('accepted')
    expect(await call(undefined)).toBe('proof_missing')
    expect(await call(prove(token, {}, {}, thief))).toBe('proof_invalid')
    expect(await call(prove(token))).toBe('accepted')
  })

  it('has its key computed once, however many proofs come', async () => {
    const verifier = popVerifier()
    const token = await issueBound()
    const importing = vi.spyOn(crypto.subtle, 'importKey')
    for (let time = 0; time < 3; time++)
      await verifier.authenticate(`DPoP ${token}`, scope, withProof(prove(token)))
    expect(importing.mock.calls.filter(([, key]) => 'crv' in key)).toHaveLength(1)
    importing.mockRestore()
  })

  it('is of no use to a thief, with any key', async () => {
    const verifier = popVerifier()
    const token = await issueBound()
    const seen = prove(token)
    const call = (authorization: string, proof?: string): Promise<string> =>
      outcomeOf(verifier.authenticate(authorization, scope, withProof(proof)))
    expect(await call(`DPoP ${token}`, seen)).toBe('accepted')
    expect(await call(`DPoP ${token}`, seen)).toBe('proof_replayed')
    expect(await call(`DPoP ${token}`, prove(token, {}, {}, thief))).toBe('proof_invalid')
    // His signature under the key of the holder.
    expect(await call(`DPoP ${token}`, prove(token, {}, { jwk: holder.jwk }, thief))).toBe('proof_invalid')
    expect(await call(`Bearer ${token}`)).toBe('bound_token_refused')
    expect(await call(`Bearer ${token}`, prove(token))).toBe('bound_token_refused')
  })

  it('is refused by verify, which knows of no request', async () => {
    const verifier = popVerifier()
    const token = await issueBound()
    expect(await outcomeOf(verifier.verify(token))).toBe('bound_token_refused')
    await verifier.authenticate(`DPoP ${token}`, scope, withProof(prove(token)))
    expect(await outcomeOf(verifier.verify(token))).toBe('bound_token_refused')
    expect(await outcomeOf(verifier.verify(token, withProof(prove(token))))).toBe('bound_token_refused')
  })

  it('is refused where the request is not given, and by a verifier without the option', async () => {
    const token = await issueBound()
    expect(await outcomeOf(popVerifier().authenticate(`DPoP ${token}`, scope))).toBe('proof_missing')
    const plain = verifierFor()
    expect(await outcomeOf(plain.authenticate(`DPoP ${token}`, scope, withProof(prove(token))))).toBe(
      'scheme_refused',
    )
    expect(await outcomeOf(plain.authenticate(`Bearer ${token}`, scope))).toBe('bound_token_refused')
  })

  it('is never recalled: a proof has to be checked each time, also of a verifier that is one of several', async () => {
    const verifier = popVerifier()
    const token = await issueBound()
    await verifier.authenticate(`DPoP ${token}`, scope, withProof(prove(token)))
    for (const one of [verifier, combineVerifiers(verifier)])
      for (const scheme of ['DPoP', 'Bearer'])
        expect(recallIdentity(one, `${scheme} ${token}`, scope, withProof(prove(token)))).toBeUndefined()
  })

  it('is looked at before its proof: a bad one keeps its own code', async () => {
    const token = await issueBound(holder, { exp: clock - 301, nbf: undefined })
    const call = popVerifier().authenticate(`DPoP ${token}`, scope, withProof('no proof'))
    expect(await outcomeOf(call)).toBe('token_expired')
  })

  it('is proved before the rules of the application hear of it', async () => {
    let asked = 0
    const check = (): never => {
      asked++
      throw refuse('no')
    }
    const verifier = popVerifier({}, { check })
    const token = await issueBound()
    expect(await outcomeOf(verifier.authenticate(`DPoP ${token}`, scope, withProof(undefined)))).toBe(
      'proof_missing',
    )
    expect(asked).toBe(0)
    expect(await outcomeOf(verifier.authenticate(`DPoP ${token}`, scope, withProof(prove(token))))).toBe(
      'check_failed',
    )
    expect(asked).toBe(1)
  })

  it('shares what it remembers with every policy over the same option', async () => {
    const verifier = popVerifier()
    const other = verifier.with({ guests: 'refuse' })
    const token = await issueBound()
    const proof = withProof(prove(token))
    expect(await outcomeOf(verifier.authenticate(`DPoP ${token}`, scope, proof))).toBe('accepted')
    expect(await outcomeOf(other.authenticate(`DPoP ${token}`, scope, proof))).toBe('proof_replayed')
  })

  it.each<[string, unknown]>([
    ['no object', 'jkt'],
    ['nothing', {}],
    ['another way to prove', { kid: 'x' }],
    ['two ways to prove', { jkt: holder.jkt, 'x5t#S256': holder.jkt }],
    ['the key itself beside its thumbprint', { jkt: holder.jkt, jwk: holder.jwk }],
    ['a certificate, where none is taken', { 'x5t#S256': holder.jkt }],
    ['a list', [holder.jkt]],
  ])('is refused where cnf holds %s', async (_name, cnf) => {
    const token = await issue({ cnf })
    const call = popVerifier().authenticate(`DPoP ${token}`, scope, withProof(prove(token)))
    expect(await outcomeOf(call)).toBe('bound_token_refused')
  })

  it.each<[string, unknown]>([
    ['a number', 1],
    ['null', null],
    ['empty', ''],
    ['that of the key with an = behind it', `${holder.jkt}=`],
    ['that of the key without its first letter', holder.jkt.slice(1)],
    ['that of the key with a letter more', `${holder.jkt}A`],
  ])('is refused where its thumbprint is %s', async (_what, jkt) => {
    const token = await issue({ cnf: { jkt } })
    const call = popVerifier().authenticate(`DPoP ${token}`, scope, withProof(prove(token)))
    expect(await outcomeOf(call)).toBe('claim_invalid')
  })

  it('may say more in cnf, as Entra does of how a key is kept', async () => {
    const token = await issue({ cnf: { jkt: holder.jkt, xms_ksl: 'sw' } })
    const call = popVerifier().authenticate(`DPoP ${token}`, scope, withProof(prove(token)))
    expect(await outcomeOf(call)).toBe('accepted')
  })
})

describe('a plain token', () => {
  it('passes as a bearer token, and an identity says that nothing was proved', async () => {
    const identity = await popVerifier().authenticate(`Bearer ${await issue()}`, scope)
    expect(identity.bound).toBeUndefined()
  })

  it('is refused in the scheme of bound ones, whatever proof comes with it', async () => {
    const token = await issue()
    const call = popVerifier().authenticate(`DPoP ${token}`, scope, withProof(prove(token)))
    expect(await outcomeOf(call)).toBe('token_not_bound')
  })

  it('is refused where the API or the route asks for a bound one', async () => {
    const token = await issue()
    const required = popVerifier({ required: true })
    expect(await outcomeOf(required.authenticate(`Bearer ${token}`, scope))).toBe('token_not_bound')
    expect(await outcomeOf(required.verify(token))).toBe('token_not_bound')
    const asked = popVerifier().authenticate(`Bearer ${token}`, { ...scope, bound: true })
    expect(await outcomeOf(asked)).toBe('token_not_bound')
    const identity = await popVerifier().verify(token)
    expect(() => authorize(identity, { ...scope, bound: true })).toThrow('must be bound')
  })

  it('is let in by bound: true only with a key that was proved', async () => {
    const token = await issueBound()
    const call = popVerifier().authenticate(
      `DPoP ${token}`,
      { ...scope, bound: true },
      withProof(prove(token)),
    )
    expect(await outcomeOf(call)).toBe('accepted')
  })
})

describe('the challenge (RFC 9449 §7.1)', () => {
  it('names both schemes where a client may choose, and one where it may not', async () => {
    expect(await wwwAuthenticate(popVerifier().authenticate(undefined, scope))).toBe(
      'Bearer scope="Orders.Read", DPoP algs="ES256"',
    )
    const required = popVerifier({ required: true, algorithms: ['ES256', 'RS256'] })
    expect(await wwwAuthenticate(required.authenticate(undefined, scope))).toBe(
      'DPoP scope="Orders.Read", algs="ES256 RS256"',
    )
  })

  it('says what is wrong with a proof, and nothing of it', async () => {
    const verifier = popVerifier()
    const token = await issueBound()
    const refusal = await refusalOf(
      verifier.authenticate(`DPoP ${token}`, scope, withProof(prove(token, { htm: 'POST' }))),
    )
    expect(challengeFor(refusal)).toEqual({
      status: 401,
      headers: {
        'cache-control': 'no-store',
        'www-authenticate':
          'DPoP error="invalid_dpop_proof", error_description="The DPoP proof is not valid for this request.", scope="Orders.Read", algs="ES256"',
      },
      body: {
        error: 'invalid_dpop_proof',
        error_description: 'The DPoP proof is not valid for this request.',
      },
    })
  })

  it('calls a bound token that comes as a bearer token invalid, and says which scheme would do', async () => {
    const verifier = popVerifier()
    expect(await wwwAuthenticate(verifier.authenticate(`Bearer ${await issueBound()}`))).toBe(
      'Bearer error="invalid_token", error_description="The access token is not valid for this API.", DPoP algs="ES256"',
    )
    expect(await wwwAuthenticate(verifier.authenticate(`DPoP ${await issue()}`))).toBe(
      'DPoP error="invalid_token", error_description="The access token is not valid for this API.", algs="ES256"',
    )
  })

  it('keeps the form of Microsoft for a claims challenge, which its clients read', async () => {
    const claims = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
    const check = (): never => {
      throw claimsChallenge(claims)
    }
    const verifier = popVerifier({}, { check })
    const token = await issueBound(holder, { xms_cc: ['cp1'] })
    const refusal = await refusalOf(verifier.authenticate(`DPoP ${token}`, scope, withProof(prove(token))))
    const { status, headers } = challengeFor(refusal)
    expect(status).toBe(401)
    expect(headers['www-authenticate']).toMatch(/^Bearer realm="".*claims="[^"]+", DPoP algs="ES256"$/)
    expect(readClaimsChallenge(new Response(null, { status, headers }))).toBe(claims)
  })

  it('names the scheme that was used for a permission that is missing', async () => {
    const token = await issueBound(holder, { scp: 'Orders.Write' })
    const call = popVerifier().authenticate(`DPoP ${token}`, scope, withProof(prove(token)))
    expect(await wwwAuthenticate(call)).toBe(
      'DPoP error="insufficient_scope", error_description="The access token does not permit this operation.", scope="Orders.Read", algs="ES256"',
    )
  })

  it('of a verifier without the option is what it was', async () => {
    expect(await wwwAuthenticate(verifierFor().authenticate(undefined, scope))).toBe(
      'Bearer scope="Orders.Read"',
    )
  })
})

function askAgain(): never {
  throw new EntraGuardError('claims_required', { status: 401, hint: 'Ask again.' })
}

describe('a refusal by a verifier that takes DPoP', () => {
  it('keeps what it says besides: its cause, its hint, and what its challenge asks for', async () => {
    const by = { ...holder, jwk: { ...holder.jwk, y: Buffer.alloc(32, 7).toString('base64url') } }
    const token = await issueBound({ ...by, jkt: thumbprint(by.jwk) })
    const refusal = await refusalOf(
      popVerifier().authenticate(`DPoP ${token}`, scope, withProof(prove(token, {}, {}, by))),
    )
    expect(refusal).toMatchObject({ code: 'proof_invalid', details: { reason: 'the key cannot be used' } })
    expect(refusal.cause).toBeInstanceOf(Error)
    const good = await issueBound()
    const asked = await refusalOf(
      popVerifier({}, { check: askAgain }).authenticate(`DPoP ${good}`, scope, withProof(prove(good))),
    )
    expect(asked).toMatchObject({
      status: 401,
      hint: 'Ask again.',
      challenge: {
        scopes: ['Orders.Read'],
        dpop: { algorithms: ['ES256'], used: true, bearer: true, nonce: undefined },
      },
    })
    expect('cause' in asked).toBe(false)
  })

  it('says nothing of proofs where it is an outage, or where proofs are not what the verifier takes', async () => {
    const token = await issueBound()
    const full = await refusalOf(
      popVerifier({ replay: { add: () => undefined } }).authenticate(
        `DPoP ${token}`,
        scope,
        withProof(prove(token)),
      ),
    )
    expect(full).toMatchObject({ status: 503, code: 'replay_store_unavailable' })
    expect(full.challenge.dpop).toBeUndefined()
    const byCertificate = await refusalOf(verifierFor({ bound: mtls() }).authenticate(undefined, scope))
    expect(byCertificate.challenge).toEqual({ scopes: ['Orders.Read'] })
    const byEither = verifierFor({ bound: [mtls(), dpop({ origin })] }).authenticate(undefined, scope)
    expect((await refusalOf(byEither)).challenge.dpop).toMatchObject({ algorithms: ['ES256'] })
  })

  it('is none of its own where something else failed', async () => {
    const mistake = new Error('a mistake of the caller')
    const broken: VerifyContext = {
      get request(): never {
        throw mistake
      },
    }
    await expect(popVerifier().authenticate(`Bearer ${await issue()}`, scope, broken)).rejects.toBe(mistake)
  })
})

describe('the log', () => {
  it.each<[string, Readonly<Record<string, unknown>>, object]>([
    ['another path', { htu: `${origin}/me` }, { reason: 'htu names another path than the request' }],
    [
      'another address',
      { htu: 'https://other.contoso.com/me' },
      {
        reason: 'htu names another address than origin',
        expected: origin,
        actual: 'https://other.contoso.com',
      },
    ],
    [
      'another method',
      { htm: 'POST' },
      { reason: 'htm is not the method of the request', expected: 'GET', actual: 'POST' },
    ],
    [
      'another time',
      { iat: clock - 301 },
      {
        reason: 'iat is too far from the clock of this server',
        expected: 'at most 300 seconds',
        actual: 301,
      },
    ],
    ['another token', { ath: 'x' }, { reason: 'ath is not the hash of the access token' }],
  ])('says that a proof is for %s, and no path', async (_what, claims, details) => {
    const token = await issueBound()
    const call = popVerifier().authenticate(`DPoP ${token}`, scope, withProof(prove(token, claims)))
    expect((await refusalOf(call)).details).toEqual(details)
  })
})

describe('what proofs may be signed with', () => {
  const holders = { ES256: holder, RS256: rsaHolder(), EdDSA: edwardsHolder() } as const
  const names = ['ES256', 'RS256', 'EdDSA'] as const

  it.each(names)('%s, where it is configured and nowhere else', async (name) => {
    const by = holders[name]
    const token = await issueBound(by)
    for (const only of names) {
      const verifier = popVerifier({ algorithms: [only] })
      for (let time = 0; time < 2; time++) {
        const call = verifier.authenticate(`DPoP ${token}`, scope, withProof(prove(token, {}, {}, by)))
        expect(await outcomeOf(call)).toBe(only === name ? 'accepted' : 'proof_invalid')
      }
    }
  })

  it('is ES256 without the option', async () => {
    const by = rsaHolder()
    const token = await issueBound(by)
    const call = popVerifier().authenticate(`DPoP ${token}`, scope, withProof(prove(token, {}, {}, by)))
    expect(await outcomeOf(call)).toBe('proof_invalid')
  })

  it.each<[string, ReturnType<typeof ellipticHolder>]>([
    ['an RSA key of 1024 bits', rsaHolder(1024)],
    ['an RSA key with the exponent 3', rsaHolder(2048, 3)],
    ['an RSA key of 4608 bits', rsaHolder(4608)],
    ['a key on another curve', { ...ellipticHolder('P-384'), algorithm: 'ES256' }],
  ])('is never %s', async (_name, by) => {
    const token = await issueBound(by)
    const verifier = popVerifier({ algorithms: ['ES256', 'RS256', 'EdDSA'] })
    const call = verifier.authenticate(`DPoP ${token}`, scope, withProof(prove(token, {}, {}, by)))
    expect(await outcomeOf(call)).toBe('proof_invalid')
  })
})

describe('options of dpop', () => {
  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['no origin', {}],
    ['an origin without https', { origin: 'http://api.contoso.com' }],
    ['an origin that is a host', { origin: 'api.contoso.com' }],
    ['an origin with a query', { origin: `${origin}/?a=b` }],
    ['an origin with an empty query', { origin: `${origin}/?` }],
    ['an origin with a fragment', { origin: `${origin}/#a` }],
    ['an origin with a path that encodes nothing', { origin: `${origin}/%zz` }],
    ['an origin of another scheme', { origin: 'ftp://localhost' }],
    ['an origin with a user', { origin: 'https://me@api.contoso.com' }],
    ['an empty origin', { origin: '' }],
    ['several origins', { origin: [origin] }],
    ['an unknown option', { origin, maxage: 5 }],
    ['an inherited option', Object.create({ origin }) as unknown],
    ['required as text', { origin, required: 'true' }],
    ['no age at all', { origin, maxAge: 0 }],
    ['an endless age', { origin, maxAge: Infinity }],
    ['an age as text', { origin, maxAge: '60' }],
    ['no room for proofs', { origin, replay: 0 }],
    ['proofs that are not remembered', { origin, replay: false }],
    ['a store without add', { origin, replay: { getItem: () => null } }],
    ['no algorithms', { origin, algorithms: [] }],
    ['an unknown algorithm', { origin, algorithms: ['none'] }],
    ['an unknown algorithm beside a known one', { origin, algorithms: ['ES256', 'none'] }],
    ['a symmetric algorithm', { origin, algorithms: ['HS256'] }],
    ['algorithms as text', { origin, algorithms: 'ES256' }],
    ['a nonce as text', { origin, nonce: 'true' }],
    ['a short secret', { origin, nonce: { secret: 'x'.repeat(31) } }],
    ['a secret that is no text', { origin, nonce: { secret: Array.from({ length: 32 }, () => 1) } }],
    ['a secret that is null', { origin, nonce: { secret: null } }],
    ['a misspelt member of nonce', { origin, nonce: { sekret: 'x'.repeat(32) } }],
    ['an endless nonce', { origin, nonce: { lifetime: Infinity } }],
  ])('refuse %s', (_name, options) => {
    expect(() => dpop(options as DpopOptions)).toThrow(TypeError)
  })

  it.each<[string, unknown, string]>([
    ['nothing in place of options', undefined, 'dpop needs options'],
    ['null in place of options', null, 'dpop needs options'],
    ['an address in place of options', origin, 'dpop needs options'],
    ['an unknown option', { origin, maxage: 5 }, 'unknown option of dpop "maxage"'],
    ['required as text', { origin, required: 'true' }, 'required must be true or false'],
    [
      'algorithms as text',
      { origin, algorithms: 'ES256' },
      'algorithms must be a list of ES256, RS256, EdDSA',
    ],
    ['a short age', { origin, maxAge: 4 }, 'maxAge must be a number from 5 to 3600'],
    ['null for a store', { origin, replay: null }, 'replay (or a store) must be a whole number'],
    ['a store without add', { origin, replay: {} }, 'replay must have add(key, seconds)'],
    ['a nonce as text', { origin, nonce: 'true' }, 'nonce must be true, false or { secret, lifetime }'],
    ['null for a nonce', { origin, nonce: null }, 'nonce must be true, false or { secret, lifetime }'],
    ['a misspelt member', { origin, nonce: { sekret: '' } }, 'unknown option nonce. "sekret"'],
    [
      'a short lifetime',
      { origin, nonce: { lifetime: 9 } },
      'nonce.lifetime must be a number from 10 to 3600',
    ],
  ])('say what is wrong: %s', (_name, options, message) => {
    expect(() => dpop(options as DpopOptions)).toThrow(message)
  })

  it.each([origin, `${origin}/`, 'http://localhost:3000', 'http://127.0.0.1:1', `${origin}/orders/`])(
    'take %s for the origin',
    (address) => {
      expect(dpop({ origin: address }).by).toBe('dpop')
    },
  )

  it.each<[string, unknown]>([
    ['options in place of what dpop gives', { origin }],
    ['nothing in a list', []],
    ['two of a kind', [dpop({ origin }), dpop({ origin })]],
    ['true', true],
  ])('bound refuses %s', (_name, bound) => {
    expect(() => verifierFor({ bound: bound as never })).toThrow(TypeError)
  })
})
