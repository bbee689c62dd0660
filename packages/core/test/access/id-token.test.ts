import { createHash } from 'node:crypto'

import { createEmulator, defaults, type Emulator } from '@entraguard/emulator'
import { anything, assert, asyncProperty, pre, string } from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'

import {
  b2c,
  combineVerifiers,
  createVerifier,
  EntraGuardError,
  type IdTokenOptions,
  type Verifier,
  type VerifierEvent,
} from '../../src/index.ts'
import { outcomeOf } from '../support/outcome.ts'

const clientId = '33333333-3333-4333-8333-333333333333'
const api = '22222222-2222-4222-8222-222222222222'
const nonce = 'n-0S6_WzA2Mj'
const otherTenant = '99999999-1111-4111-8111-111111111111'

let entra: Emulator
let verifier: Verifier
let events: VerifierEvent[]

beforeEach(async () => {
  entra = await createEmulator({ now: () => 1_800_000_000_000 })
  events = []
  verifier = createVerifier({ ...entra.verifierOptions(), onEvent: (event) => events.push(event) })
})

type IssueOptions = NonNullable<Parameters<Emulator['issueIdToken']>[0]>

const issue = (options: IssueOptions = {}): Promise<string> =>
  entra.issueIdToken({ audience: clientId, nonce, ...options })
const check = (token: string, expected: Partial<IdTokenOptions> = {}): Promise<string> =>
  outcomeOf(verifier.verifyIdToken(token, { clientId, nonce, ...expected }))

/** As OpenID Connect Core §3.3.2.11 says it, with Node's own hash. */
const halfHash = (text: string): string =>
  createHash('sha256').update(text).digest().subarray(0, 16).toString('base64url')

async function refusal(token: string, expected: Partial<IdTokenOptions> = {}): Promise<EntraGuardError> {
  try {
    await verifier.verifyIdToken(token, { clientId, nonce, ...expected })
  } catch (error) {
    if (EntraGuardError.is(error)) return error
    throw error
  }
  throw new Error('it was accepted')
}

describe('an ID token', () => {
  it.each(['1.0', '2.0'] as const)('of version %s says who signed in, as frozen data', async (version) => {
    const identity = await verifier.verifyIdToken(await issue({ version }), { clientId, nonce })
    const user = entra.directory.users[0]
    expect(identity).toMatchObject({
      authority: 'entraId',
      tenantId: entra.directory.firstTenant.id,
      objectId: user?.id,
      key: `${entra.directory.firstTenant.id}.${user?.id}`,
      subjectKey: `${entra.directory.firstTenant.id}.${identity.subject}`,
      version,
      claims: { aud: clientId, nonce },
    })
    expect(identity).not.toHaveProperty('kind')
    expect(Object.isFrozen(identity) && Object.isFrozen(identity.claims)).toBe(true)
  })

  it('without oid gives no key to store data under', async () => {
    const token = await issue({ claims: { oid: undefined } })
    const { key, objectId } = await verifier.verifyIdToken(token, { clientId, nonce })
    expect([key, objectId]).toEqual([undefined, undefined])
  })

  it('has the key that the same user has in an access token', async () => {
    const caller = await verifier.verify(await entra.issueUserToken())
    expect((await verifier.verifyIdToken(await issue(), { clientId, nonce })).key).toBe(caller.key)
  })

  it.each<[string, IssueOptions, string]>([
    ['for another client', { audience: api }, 'audience_mismatch'],
    ['expired', { expiresIn: -400 }, 'token_expired'],
    ['of another tenant', { tenantId: otherTenant }, 'issuer_unknown'],
    ['signed by an unknown key', { signWith: 'unknown' }, 'signing_key_not_found'],
    ['with another algorithm', { header: { alg: 'PS256' } }, 'algorithm_refused'],
    ['with tid and iss that disagree', { claims: { tid: otherTenant } }, 'tenant_mismatch'],
    ['without sub', { claims: { sub: undefined } }, 'claim_missing'],
    ['without iat', { claims: { iat: undefined } }, 'claim_missing'],
    ['without exp', { claims: { exp: undefined } }, 'claim_missing'],
    ['without nonce', { claims: { nonce: undefined } }, 'claim_missing'],
    ['with an empty nonce', { claims: { nonce: '' } }, 'claim_invalid'],
    ['with a list as nonce', { claims: { nonce: [nonce] } }, 'claim_invalid'],
    ['with a list as audience', { claims: { aud: [clientId] } }, 'claim_invalid'],
    ['with groups of a wrong type', { claims: { groups: 7 } }, 'claim_invalid'],
    ['from the future', { claims: { iat: 1_800_001_000 } }, 'token_not_yet_valid'],
  ])('%s is refused', async (_name, options, code) => {
    expect(await check(await issue(options))).toBe(code)
  })

  it('is refused after one bit of its signature is changed', async () => {
    const token = await issue()
    const signature = Buffer.from(token.slice(token.lastIndexOf('.') + 1), 'base64url')
    signature[0] = (signature[0] ?? 0) ^ 1
    const changed = `${token.slice(0, token.lastIndexOf('.'))}.${signature.toString('base64url')}`
    expect(await check(changed)).toBe('signature_invalid')
  })

  it('is held to the tenants of the verifier, the predicate too', async () => {
    const asked: string[] = []
    const picky = verifier.with({
      tenants: (tenantId) => {
        asked.push(tenantId)
        return false
      },
      audience: api,
    })
    const { id } = entra.directory.firstTenant
    expect(await outcomeOf(picky.verifyIdToken(await issue(), { clientId, nonce }))).toBe('tenant_refused')
    expect(asked).toEqual([id])
  })

  it('reports a refusal as an event, by its code alone', async () => {
    await refusal(await issue(), { nonce: 'another' })
    expect(events.filter(({ type }) => type === 'token_refused')).toEqual([
      { type: 'token_refused', code: 'claim_invalid', step: 'claims' },
    ])
  })
})

it('is held to maxTokenAge of the verifier', async () => {
  const strict = verifier.with({ maxTokenAge: 60 })
  const old = await issue({ claims: { iat: 1_800_000_000 - 400 } })
  expect(await outcomeOf(strict.verifyIdToken(old, { clientId, nonce }))).toBe('token_too_old')
  expect(await outcomeOf(strict.verifyIdToken(await issue(), { clientId, nonce }))).toBe('accepted')
})

describe('the nonce', () => {
  it('must be exactly that of the sign-in', async () => {
    const token = await issue()
    await assert(
      asyncProperty(string({ minLength: 1 }), async (other) => {
        pre(other !== nonce)
        expect(await check(token, { nonce: other })).toBe('claim_invalid')
      }),
      { numRuns: 50 },
    )
    for (const near of [`${nonce} `, nonce.slice(0, -1), `${nonce}${nonce}`, nonce.toUpperCase()])
      expect(await check(token, { nonce: near })).toBe('claim_invalid')
  })

  it('is in no refusal, neither the one in the token nor the expected one', async () => {
    const error = await refusal(await issue({ nonce: 'secret-of-the-token' }), {
      nonce: 'secret-of-the-session',
    })
    expect(error.details).toEqual({ claim: 'nonce', reason: 'does not match' })
    expect(JSON.stringify([error, error.message, error.details])).not.toContain('secret')
  })
})

describe('what came with the ID token', () => {
  it('a code must have its hash in c_hash', async () => {
    const code = '0.AXEA-the-code'
    expect(await check(await issue({ codeHash: halfHash(code) }), { code })).toBe('accepted')
    expect(await check(await issue({ codeHash: halfHash('another code') }), { code })).toBe('claim_invalid')
    expect(await check(await issue(), { code })).toBe('claim_missing')
    // The code is not there to compare with: the hash alone proves nothing and spoils nothing.
    expect(await check(await issue({ codeHash: halfHash(code) }))).toBe('accepted')
  })

  it('an access token must have its hash in at_hash', async () => {
    const accessToken = await entra.issueUserToken()
    expect(await check(await issue({ accessTokenHash: halfHash(accessToken) }), { accessToken })).toBe(
      'accepted',
    )
    expect(await check(await issue({ accessTokenHash: halfHash(`${accessToken}a`) }), { accessToken })).toBe(
      'claim_invalid',
    )
    expect(await check(await issue(), { accessToken })).toBe('claim_missing')
  })
})

const signedIn = (secondsAgo: number): Promise<string> =>
  issue({ claims: { auth_time: 1_800_000_000 - secondsAgo } })

describe('maxAge', () => {
  it('refuses a sign-in by hand that is longer ago, with the tolerance for clocks', async () => {
    expect(await check(await signedIn(899), { maxAge: 600 })).toBe('accepted')
    expect(await check(await signedIn(900), { maxAge: 600 })).toBe('token_too_old')
  })

  it('needs auth_time, and one that is not from the future', async () => {
    expect(await check(await issue(), { maxAge: 600 })).toBe('claim_missing')
    expect(await refusal(await signedIn(-301), { maxAge: 600 })).toMatchObject({
      code: 'token_not_yet_valid',
      details: { claim: 'auth_time' },
    })
    expect(await check(await issue({ claims: { auth_time: '1800000000' } }), { maxAge: 600 })).toBe(
      'claim_invalid',
    )
  })
})

describe('without a nonce', () => {
  it('as the code flow of MSAL gets one, an ID token is accepted by who says that there is none', async () => {
    const token = await issue({ claims: { nonce: undefined } })
    expect(await check(token, { nonce: false })).toBe('accepted')
    expect(await check(token)).toBe('claim_missing')
    expect(await check(await issue(), { nonce: false })).toBe('accepted')
  })

  it('all other rules hold', async () => {
    expect(await check(await issue({ audience: api }), { nonce: false })).toBe('audience_mismatch')
    expect(await check(await issue({ expiresIn: -3600 }), { nonce: false })).toBe('token_expired')
    expect(await check(await issue(), { nonce: false, code: 'code' })).toBe('claim_missing')
    const accessToken = await entra.issueUserToken({ audience: clientId })
    expect(await check(accessToken, { nonce: false })).toBe('claim_invalid')
  })

  it('nothing but false says so', async () => {
    for (const nothing of [undefined, null, true, 0, '']) {
      const options = { clientId, nonce: nothing } as unknown as IdTokenOptions
      await expect(verifier.verifyIdToken(await issue(), options)).rejects.toThrow(
        'nonce must be a non-empty string, or false',
      )
    }
  })
})

describe('ID token and access token are never taken for one another', () => {
  it('verify refuses an ID token of another client by its kind, verifyIdToken an access token of another API', async () => {
    expect(await outcomeOf(verifier.verify(await issue()))).toBe('id_token_refused')
    const error = await refusal(await entra.issueUserToken())
    expect(error).toMatchObject({ code: 'claim_invalid', details: { claim: 'azp' } })
  })

  it.each(['azp', 'appid', 'scp'])(
    'verifyIdToken refuses what has %s, and be it that alone',
    async (claim) => {
      const error = await refusal(await issue({ claims: { [claim]: 'Orders.Read' } }))
      expect(error).toMatchObject({ code: 'claim_invalid', details: { claim } })
    },
  )

  it('verify refuses an ID token, also where client and API share one registration', async () => {
    expect(await outcomeOf(verifier.verify(await issue({ audience: api })))).toBe('id_token_refused')
    expect(
      await outcomeOf(verifier.verify(await issue({ audience: api, claims: { nonce: undefined } }))),
    ).toBe('id_token_refused')
  })

  it('verifyIdToken refuses access tokens of every kind, also with the right audience and nonce', async () => {
    const tokens = await Promise.all([
      entra.issueUserToken({ claims: { nonce } }),
      entra.issueUserToken({ claims: { nonce }, version: '1.0', audience: api }),
      entra.issueUserToken({ claims: { nonce }, scopes: [], roles: ['Admin'] }),
      entra.issueAppToken({ claims: { nonce } }),
      entra.issueAppToken({ claims: { nonce }, roles: [] }),
      entra.issueUserToken(),
    ])
    for (const token of tokens)
      expect(await check(token, { clientId: api })).toMatch(/^claim_(?:invalid|missing)$/)
  })

  it('a remembered access token is no ID token, and an accepted ID token is not remembered as an access token', async () => {
    const accessToken = await entra.issueUserToken({ claims: { nonce: undefined } })
    await verifier.verify(accessToken)
    expect(await check(accessToken, { clientId: api })).toBe('claim_invalid')
    const idToken = await issue({ audience: api })
    expect(await check(idToken, { clientId: api })).toBe('accepted')
    expect(await outcomeOf(verifier.verify(idToken))).toBe('id_token_refused')
  })
})

const consumers = (): Verifier => {
  const tenant = entra.directory.tenants.find(({ kind }) => kind === 'b2c')
  const authority = b2c({
    domain: `${tenant?.name}.b2clogin.com`,
    tenantId: tenant?.id ?? '',
    policies: [tenant?.policies[0]?.name ?? ''],
  })
  const { fetch, now } = entra.verifierOptions()
  return createVerifier({ authority, audience: api, fetch, now })
}

describe('of Azure AD B2C', () => {
  it('an ID token is accepted for its policy, and an access token that repeats the nonce is not', async () => {
    const own = consumers()
    const both = combineVerifiers(verifier, own)
    const accessToken = await entra.issueB2cToken({ nonce, audience: clientId })
    const idToken = await entra.issueB2cToken({
      nonce,
      audience: clientId,
      claims: { azp: undefined, scp: undefined },
    })
    for (const one of [own, both]) {
      const identity = await one.verifyIdToken(idToken, { clientId, nonce })
      expect(identity).toMatchObject({ authority: 'b2c', tenantId: defaults.b2cTenantId })
      expect(await outcomeOf(one.verifyIdToken(accessToken, { clientId, nonce }))).toBe('claim_invalid')
    }
    expect(await outcomeOf(both.verifyIdToken(await issue(), { clientId, nonce }))).toBe('accepted')
  })

  it.each<[unknown, boolean]>([
    [['a', 'b'], true],
    ['a', true],
    [7, false],
    [[7], false],
    [{ a: true }, false],
  ])(
    'groups that a policy writes as %j are handed out only as their type says: %s',
    async (groups, isKept) => {
      const claims = { azp: undefined, scp: undefined, groups }
      const token = await entra.issueB2cToken({ nonce, audience: clientId, claims })
      const identity = await consumers().verifyIdToken(token, { clientId, nonce })
      expect(identity.claims.groups).toEqual(isKept ? groups : undefined)
    },
  )
})

describe('a mistake of the developer is a TypeError', () => {
  it.each<[string, unknown]>([
    ['no options', undefined],
    ['null', null],
    ['a text', clientId],
    ['no nonce', { clientId }],
    ['an empty nonce', { clientId, nonce: '' }],
    ['no client id', { nonce }],
    ['a misspelt option, which would skip a check', { clientId, nonce, accesstoken: 'a' }],
    ['an empty code', { clientId, nonce, code: '' }],
    ['code: false, which only the nonce can be', { clientId, nonce, code: false }],
    ['accessToken: false', { clientId, nonce, accessToken: false }],
    ['clientId: false', { clientId: false, nonce }],
    [
      'a code that a class computes, which a copy would lose',
      new (class {
        readonly clientId = clientId
        readonly nonce = nonce
        get code(): string {
          return 'code'
        }
      })(),
    ],
    ['maxAge as text', { clientId, nonce, maxAge: '600' }],
    ['maxAge NaN', { clientId, nonce, maxAge: Number.NaN }],
  ])('%s', async (_name, options) => {
    const call = async (): Promise<unknown> =>
      verifier.verifyIdToken(await issue(), options as IdTokenOptions)
    await expect(call()).rejects.toThrow(TypeError)
    await expect(call()).rejects.toThrow(/^(?:unknown )?verifyIdToken\b/)
  })

  it.each([undefined, null, clientId])('%j in place of options is told the form of them', async (options) => {
    const call = verifier.verifyIdToken(await issue(), options as unknown as IdTokenOptions)
    await expect(call).rejects.toThrow('{ clientId, nonce }')
  })
})

it('what is not a token is refused with a code, whatever it is', async () => {
  await assert(
    asyncProperty(anything(), async (value) => {
      expect(await check(value as string)).toMatch(/^token_|^algorithm_|^header_/)
    }),
    { numRuns: 200 },
  )
})
