import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import { createEmulator, type Emulator } from '@entraguard/emulator'
import * as fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'

import {
  authorize,
  challengeFor,
  claimsChallenge,
  createVerifier,
  EntraGuardError,
  errorCatalogue,
  refuse,
  revoked,
  toResponse,
  writeRefusal,
  type Access,
  type Challenge,
  type ChallengeFacts,
  type DpopChallenge,
  type EntraGuardErrorCode,
  type Identity,
  type NodeResponse,
  type Verifier,
} from '../../src/index.ts'
import { meaningOf } from '../support/json-reader.ts'

let entra: Emulator
let verifier: Verifier

beforeAll(async () => {
  entra = await createEmulator({ apps: [{ optionalClaims: ['xms_cc'] }, {}] })
  verifier = createVerifier(entra.verifierOptions())
})

const codes = Object.keys(errorCatalogue) as EntraGuardErrorCode[]
const header = ({ headers }: Challenge): string => headers['www-authenticate'] ?? ''
const user = async (options: Parameters<Emulator['issueUserToken']>[0] = {}): Promise<Identity> =>
  verifier.verify(await entra.issueUserToken({ scopes: ['Orders.Read'], ...options }))

async function thrownBy(work: () => unknown): Promise<EntraGuardError> {
  try {
    await work()
  } catch (error) {
    if (EntraGuardError.is(error)) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

/** The challenge that names these scopes, of a verifier whose prefix is another one than that of the options. */
function named(scopes: readonly string[], scopePrefix?: string): string {
  const error = new EntraGuardError('token_missing', { challenge: { scopes, scopePrefix: 'api://a/' } })
  return header(challengeFor(error, { scopePrefix }))
}

describe('the challenge of RFC 6750', () => {
  it('names no error where no token came', () => {
    expect(challengeFor(new EntraGuardError('token_missing'))).toEqual({
      status: 401,
      headers: { 'cache-control': 'no-store', 'www-authenticate': 'Bearer realm=""' },
      body: { error: 'unauthorized', error_description: 'An access token is required.' },
    })
  })

  it('names no error where a token came in another scheme, and says which one is taken', () => {
    expect(challengeFor(new EntraGuardError('scheme_refused'))).toEqual({
      status: 401,
      headers: { 'cache-control': 'no-store', 'www-authenticate': 'Bearer realm=""' },
      body: { error: 'unauthorized', error_description: 'A bearer access token is required.' },
    })
  })

  it('names invalid_request for a malformed header', () => {
    const challenge = challengeFor(new EntraGuardError('request_malformed'))
    expect(challenge.status).toBe(400)
    expect(header(challenge)).toMatch(/^Bearer error="invalid_request", error_description="[^"]+"$/)
  })

  it('names insufficient_scope and the scopes of the route', async () => {
    const identity = await user()
    const access: Access = { scopes: ['Orders.Write', 'Orders.Admin'] }
    const challenge = challengeFor(await thrownBy(() => authorize(identity, access)))
    expect(header(challenge)).toBe(
      'Bearer error="insufficient_scope", error_description="The access token does not permit this operation.", ' +
        'scope="Orders.Write Orders.Admin"',
    )
  })

  it('is not sent with 503; Retry-After is', () => {
    const challenge = challengeFor(new EntraGuardError('keys_unavailable', { challenge: { retryAfter: 17 } }))
    expect(challenge.headers).toEqual({ 'cache-control': 'no-store', 'retry-after': '17' })
    expect(challenge.body.error).toBe('temporarily_unavailable')
  })

  it('carries realm and resource_metadata where they are configured, quoted', () => {
    const options = { realm: 'orders "api" \\ 1', resourceMetadata: 'https://api.contoso.com/meta' }
    expect(header(challengeFor(new EntraGuardError('token_missing'), options))).toBe(
      'Bearer realm="orders \\"api\\" \\\\ 1", resource_metadata="https://api.contoso.com/meta"',
    )
  })

  it('leaves out of a parameter what cannot stand in a header', () => {
    const options = { realm: 'a\r\nset-cookie: x=1\u0000\u007fé\u2028' }
    expect(header(challengeFor(new EntraGuardError('token_missing'), options))).toBe(
      'Bearer realm="aset-cookie: x=1"',
    )
  })

  it('names no scope where none would do, and puts the prefix of the options before that of the verifier', () => {
    expect(named([])).toBe('Bearer realm=""')
    expect(named(['Read', 'Write'])).toBe('Bearer scope="api://a/Read api://a/Write"')
    expect(named(['Read'], 'api://b/')).toBe('Bearer scope="api://b/Read"')
  })

  it.each(codes)('%s has a status, a body and one well-formed header', (code) => {
    const challenge = challengeFor(new EntraGuardError(code))
    expect(challenge.status).toBe(errorCatalogue[code].status)
    expect(Object.keys(challenge.body)).toEqual(['error', 'error_description'])
    if (challenge.status === 503) return
    expect(header(challenge)).toMatch(/^Bearer [a-z_]+="(?:[^"\\]|\\.)*"(?:, [a-z_]+="(?:[^"\\]|\\.)*")*$/)
  })

  it('shows code and hint only where it is told to', () => {
    const { body } = challengeFor(new EntraGuardError('token_expired'), { exposeCode: true })
    expect(body).toMatchObject({ code: 'token_expired', hint: errorCatalogue.token_expired.hint })
  })

  it('is the same as a Response', async () => {
    const error = new EntraGuardError('token_expired')
    const response = toResponse(error)
    const { status, headers, body } = challengeFor(error)
    expect(response.status).toBe(status)
    expect(response.headers.get('www-authenticate')).toBe(headers['www-authenticate'])
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(await response.json()).toEqual(body)
  })
})

const claimsOf = (challenge: Challenge): unknown =>
  meaningOf(Buffer.from(/claims="([^"]*)"/.exec(header(challenge))?.[1] ?? '', 'base64').toString())

const revokeAll = (): never => {
  throw revoked(1_700_000_000)
}

describe("Microsoft's claims challenge", () => {
  const capable = { capabilities: ['cp1'] }
  it('has the documented form, byte by byte', async () => {
    const identity = await user(capable)
    const error = await thrownBy(() => authorize(identity, { scopes: ['Orders.Read'], authContext: 'c1' }))
    expect(error).toMatchObject({ code: 'auth_context_required', status: 401 })
    expect(header(challengeFor(error))).toBe(
      'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", ' +
        'error="insufficient_claims", ' +
        'claims="eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlIjoiYzEifX19"',
    )
  })

  it('has the realm that is configured in place of the empty one, and the metadata behind it', async () => {
    const identity = await user(capable)
    const error = await thrownBy(() => authorize(identity, { scopes: ['Orders.Read'], authContext: 'c1' }))
    const options = { realm: 'orders', resourceMetadata: 'https://api.contoso.com/meta' }
    expect(header(challengeFor(error, options))).toMatch(
      /^Bearer realm="orders", authorization_uri="[^"]+", error="insufficient_claims", claims="[^"]+", resource_metadata="https:\/\/api\.contoso\.com\/meta"$/,
    )
  })

  it.each<[string, ChallengeFacts]>([
    ['an address to get them at', { claims: '{}' }],
    ['claims to ask for', { authorizationUri: 'https://login.microsoftonline.com/common/oauth2/authorize' }],
  ])('is none without %s', (_what, challenge) => {
    const { headers, body } = challengeFor(new EntraGuardError('claims_required', { challenge }))
    expect(headers['www-authenticate']).toMatch(
      /^Bearer error="insufficient_scope", error_description="[^"]+"$/,
    )
    expect(body.error).toBe('insufficient_scope')
  })

  it.each([[[]], [['cp2']], [['xcp1']], ['cp1']])(
    'is kept from a client whose capabilities are %j: it would not understand and ask again for ever',
    async (capabilities) => {
      const identity = await user({ claims: { xms_cc: capabilities } })
      const error = await thrownBy(() => authorize(identity, { scopes: ['Orders.Read'], authContext: 'c1' }))
      const challenge = challengeFor(error)
      expect(challenge.status).toBe(403)
      expect(header(challenge)).not.toContain('claims')
    },
  )

  it('is for who says so among capabilities of any kind, in any case', async () => {
    const identity = await user(capable)
    const declaring = (...capabilities: unknown[]): Identity =>
      ({ ...identity, claims: { ...identity.claims, xms_cc: capabilities } }) as Identity
    expect(revoked(1, declaring(7, null, 'CP1')).status).toBe(401)
    expect(revoked(1, declaring(7, null)).status).toBe(403)
  })

  it('asks for a token from after a revocation', async () => {
    const identity = await user(capable)
    const challenge = challengeFor(revoked(new Date('2026-10-30T20:17:31.900Z'), identity))
    expect(challenge.status).toBe(401)
    expect(claimsOf(challenge)).toEqual({ access_token: { nbf: { essential: true, value: '1793391451' } } })
    expect(challengeFor(revoked(1_793_391_451)).status).toBe(403)
  })

  it('names the authorize endpoint of the cloud that the identity comes from', async () => {
    const identity = { ...(await user(capable)), loginHost: 'login.microsoftonline.us' } as Identity
    expect(header(challengeFor(revoked(1, identity)))).toContain(
      'authorization_uri="https://login.microsoftonline.us/common/oauth2/authorize"',
    )
    const external = { ...identity, authority: 'externalId', loginHost: 'contoso.ciamlogin.com' } as Identity
    expect(header(challengeFor(revoked(1, external)))).toContain(
      `authorization_uri="https://contoso.ciamlogin.com/${identity.tenantId}/oauth2/v2.0/authorize"`,
    )
  })

  it('is bound to the caller when a check throws it without knowing the caller', async () => {
    const strict = createVerifier({ ...entra.verifierOptions(), check: revokeAll })
    const capableToken = await entra.issueUserToken(capable)
    const error = await thrownBy(() => strict.verify(capableToken))
    expect(error).toMatchObject({ code: 'claims_required', status: 401, details: { reason: 'revoked' } })
    const plainToken = await entra.issueUserToken()
    expect(await thrownBy(() => strict.verify(plainToken))).toMatchObject({ status: 403 })
  })

  it('that a check throws with its caller stays that very error, with its cause', async () => {
    const thrown: EntraGuardError[] = []
    const strict = createVerifier({
      ...entra.verifierOptions(),
      check: (identity) => {
        thrown.push(revoked(1, identity))
        throw thrown[0]
      },
    })
    const token = await entra.issueUserToken(capable)
    expect(await thrownBy(() => strict.verify(token))).toBe(thrown[0])
  })

  it('hands on any JSON object, minified and in ASCII', async () => {
    const identity = await user(capable)
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()), (claims) => {
        const json = JSON.stringify(claims, null, 2)
        fc.pre(JSON.stringify(claims).length < 500)
        const challenge = challengeFor(claimsChallenge(json, identity))
        expect(header(challenge)).toMatch(/claims="[A-Za-z0-9+/]*={0,2}"$/)
        expect(claimsOf(challenge)).toEqual(meaningOf(json))
      }),
    )
  })

  it('is in ASCII also in an error that an application makes itself', () => {
    const claims = '{"access_token":{"note":{"value":"Zürich 東京"}}}'
    const authorizationUri = 'https://login.microsoftonline.com/common/oauth2/authorize'
    const error = new EntraGuardError('claims_required', {
      status: 401,
      challenge: { claims, authorizationUri },
    })
    const sent = Buffer.from(
      /claims="([^"]*)"/.exec(header(challengeFor(error)))?.[1] ?? '',
      'base64',
    ).toString('latin1')
    expect(sent).toBe('{"access_token":{"note":{"value":"Z\\u00fcrich \\u6771\\u4eac"}}}')
  })

  it('hands on as much as fits into a header', () => {
    const json = JSON.stringify({ a: 'x'.repeat(4096 - '{"a":""}'.length) })
    expect(claimsChallenge(json).challenge.claims).toBe(json)
    expect(() => claimsChallenge(json.replace('x', 'xx'))).toThrow(TypeError)
  })

  it.each<[string, string]>([
    ['no JSON', '{"access_token":'],
    ['a list', '[]'],
    ['null', 'null'],
    ['text', '"claims"'],
    ['more than fits into a header', JSON.stringify({ a: 'x'.repeat(4096) })],
    ['more than fits once it is ASCII', JSON.stringify({ a: '東'.repeat(1000) })],
  ])('refuses to hand on %s', (_name, json) => {
    expect(() => claimsChallenge(json)).toThrow(TypeError)
  })

  it.each<[string, number | Date]>([
    ['now, in milliseconds', Date.now()],
    ['seconds of the year 5138', 100_000_000_000],
    ['as many before the epoch', -100_000_000_000],
    ['NaN', Number.NaN],
    ['Infinity', Infinity],
    ['a Date that is none', new Date('never')],
  ])('refuses a moment that is none, or is in milliseconds: %s', (_name, since) => {
    expect(() => revoked(since)).toThrow(TypeError)
  })

  it.each([99_999_999_999, -99_999_999_999])('takes any other moment: %i', (since) => {
    expect(revoked(since).challenge.claims).toContain(`"${since}"`)
  })
})

describe('a challenge of an API that takes DPoP', () => {
  const dpop = { algorithms: ['ES256', 'EdDSA'], used: true, bearer: true }
  const headerOf = (
    code: EntraGuardErrorCode,
    facts: Partial<DpopChallenge>,
    more: ChallengeFacts = {},
  ): string =>
    header(challengeFor(new EntraGuardError(code, { challenge: { ...more, dpop: { ...dpop, ...facts } } })))
  const algs = 'algs="ES256 EdDSA"'
  const described = 'error_description="[^"]+"'

  it.each<[EntraGuardErrorCode, string]>([
    ['proof_missing', 'invalid_dpop_proof'],
    ['proof_invalid', 'invalid_dpop_proof'],
    ['proof_replayed', 'invalid_dpop_proof'],
    ['proof_nonce_required', 'use_dpop_nonce'],
    ['token_not_bound', 'invalid_token'],
    ['token_expired', 'invalid_token'],
  ])('%s says %s where the token came in the scheme DPoP', (code, error) => {
    expect(headerOf(code, {})).toMatch(new RegExp(`^DPoP error="${error}", ${described}, ${algs}$`))
    expect(headerOf(code, { bearer: false })).toBe(headerOf(code, {}))
  })

  it.each<EntraGuardErrorCode>(['proof_missing', 'proof_invalid', 'token_expired'])(
    '%s is about the token where that came in another scheme',
    (code) => {
      expect(headerOf(code, { used: false })).toMatch(
        new RegExp(`^Bearer error="invalid_token", ${described}, DPoP ${algs}$`),
      )
      expect(headerOf(code, { used: false, bearer: false })).toMatch(
        new RegExp(`^DPoP error="invalid_token", ${described}, ${algs}$`),
      )
      // No verifier that takes DPoP.
      expect(header(challengeFor(new EntraGuardError(code)))).toMatch(
        new RegExp(`^Bearer error="invalid_token", ${described}$`),
      )
    },
  )

  it('asks for claims in the scheme whose name the clients of Microsoft look for', () => {
    const request = {
      claims: '{}',
      authorizationUri: 'https://login.microsoftonline.com/common/oauth2/authorize',
    }
    for (const facts of [{}, { used: false }, { bearer: false }])
      expect(headerOf('claims_required', facts, request)).toMatch(
        new RegExp(`^Bearer realm="", .*, claims="e30=", DPoP ${algs}$`),
      )
  })

  it('has the nonce for the next proof in a header of its own', () => {
    const init = { challenge: { dpop: { ...dpop, nonce: 'n' } } }
    expect(challengeFor(new EntraGuardError('proof_nonce_required', init)).headers['dpop-nonce']).toBe('n')
    const { headers } = challengeFor(new EntraGuardError('proof_invalid', { challenge: { dpop } }))
    expect(Object.keys(headers)).toEqual(['cache-control', 'www-authenticate'])
  })
})

const outside = async (token: string, by: Verifier = verifier): Promise<string> => {
  const error = await thrownBy(() => by.verify(token))
  const response = toResponse(error, by.challenge)
  return JSON.stringify([response.status, [...response.headers], await response.text()])
}

describe('what the outside learns', () => {
  it('an unknown key and a bad signature look the same when the keys are fresh', async () => {
    const fresh = createVerifier(entra.verifierOptions())
    await fresh.prefetch()
    const good = await entra.issueUserToken()
    const unknownKey = await entra.issueUserToken({ signWith: 'unknown' })
    const badSignature = `${good.slice(0, good.lastIndexOf('.'))}.${unknownKey.slice(unknownKey.lastIndexOf('.') + 1)}`
    expect(await thrownBy(() => fresh.verify(unknownKey))).toMatchObject({ code: 'signing_key_not_found' })
    expect(await thrownBy(() => fresh.verify(badSignature))).toMatchObject({ code: 'signature_invalid' })
    expect(await outside(badSignature, fresh)).toBe(await outside(unknownKey, fresh))
  })

  it('every 401 of a token looks the same, whichever check it failed', async () => {
    const seen = new Set<string>()
    for (const token of [
      'no-token',
      'a.b.c',
      await entra.issueUserToken({ signWith: 'unknown' }),
      await entra.issueUserToken({ expiresIn: -1000 }),
      await entra.issueUserToken({ audience: 'api://other' }),
      await entra.issueUserToken({ tenantId: '99999999-1111-4111-8111-111111111111' }),
      await entra.issueUserToken({ audience: 'https://graph.microsoft.com' }),
      await entra.issueIdToken(),
      await entra.issueUserToken({ claims: { cnf: { kid: 'a' } } }),
      await entra.issueUserToken({ header: { alg: 'none' } }),
    ])
      seen.add(await outside(token))
    expect([...seen]).toHaveLength(1)
  })

  it('a reason of the application stays in the log', () => {
    const error = refuse('blocked since Monday')
    expect(error.details.reason).toBe('blocked since Monday')
    expect(JSON.stringify(challengeFor(error, { exposeCode: true }))).not.toContain('Monday')
  })
})

const serve = async (answer: (response: ServerResponse) => void): Promise<Response> => {
  const server = createServer((_request, response) => answer(response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    return await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  } finally {
    server.close()
  }
}

describe('a refusal on a response of Node', () => {
  it('is the one of toResponse, whatever was said about another body', async () => {
    const error = new EntraGuardError('keys_unavailable')
    const written = await serve((response) => {
      response.setHeader('content-length', '1000')
      response.setHeader('content-encoding', 'gzip')
      response.setHeader('etag', '"orders"')
      response.setHeader('cache-control', 'public')
      response.setHeader('x-kept', 'yes')
      writeRefusal(response, error, { exposeCode: true })
    })
    const other = toResponse(error, { exposeCode: true })
    expect(written.status).toBe(503)
    for (const name of ['content-type', 'retry-after', 'cache-control', 'etag', 'content-encoding'])
      expect([name, written.headers.get(name)]).toEqual([name, other.headers.get(name)])
    expect(written.headers.get('x-kept')).toBe('yes')
    expect(await written.json()).toEqual(await other.json())
  })

  it('needs no more of the response than Express, Next and node:http have in common', () => {
    const headers = new Map<string, string>([['etag', '"orders"']])
    const written: string[] = []
    const response: NodeResponse = {
      statusCode: 200,
      headersSent: false,
      setHeader: (name, value) => headers.set(name, value),
      removeHeader: (name) => headers.delete(name),
      end: (body) => written.push(body),
    }
    writeRefusal(response, new EntraGuardError('token_missing'))
    expect(response.statusCode).toBe(401)
    expect([...headers.keys()].toSorted()).toEqual(['cache-control', 'content-type', 'www-authenticate'])
    expect(JSON.parse(written.join(''))).toHaveProperty('error', 'unauthorized')
  })

  it('is a TypeError once the answer has begun', async () => {
    let thrown: unknown
    await serve((response) => {
      response.write('half an answer')
      try {
        writeRefusal(response, new EntraGuardError('token_missing'))
      } catch (error) {
        thrown = error
      }
      response.end()
    })
    expect(thrown).toBeInstanceOf(TypeError)
    expect(thrown).toHaveProperty('cause.code', 'token_missing')
  })
})
