import { createHmac } from 'node:crypto'

import { describe } from 'vitest'

import { cases, testCases, type Attempt } from '../support/cases-of-others.ts'
import { clock, toBase64url } from '../support/issuer.ts'
import {
  ellipticHolder,
  holder,
  proofClaims,
  proofHeader,
  prove,
  rsaHolder,
  sha256,
  thief,
} from '../support/prover.ts'

const rsa = rsaHolder()
const privateJwk = (by: typeof holder): object => by.privateKey.export({ format: 'jwk' })
const unsigned = (token: string, alg: unknown): string =>
  `${toBase64url(JSON.stringify(proofHeader(holder, { alg })))}.${toBase64url(JSON.stringify(proofClaims(token)))}.`
const byHmac = (token: string): string => {
  const input = unsigned(token, 'HS256').slice(0, -1)
  return `${input}.${createHmac('sha256', 'secret').update(input).digest('base64url')}`
}

const algorithms = (values: readonly unknown[]): Record<string, Attempt> =>
  Object.fromEntries(
    values.map((alg) => [JSON.stringify(alg), { proof: (token: string) => unsigned(token, alg) }]),
  )
const keys = (values: readonly unknown[]): Record<string, Attempt> =>
  Object.fromEntries(values.map((jwk) => [JSON.stringify(jwk) ?? 'nothing', { header: { jwk } }]))
const missing = (...names: readonly string[]): Record<string, Attempt> =>
  Object.fromEntries(names.map((name) => [`no ${name}`, { claims: { [name]: undefined } }]))
const numbers = (...names: readonly string[]): Record<string, Attempt> =>
  Object.fromEntries(names.map((name) => [`${name} as a number`, { claims: { [name]: 123 } }]))
const bound = (cnf: unknown): Attempt => ({ token: { cnf } })

describe('the type of a proof', () => {
  testCases([
    ...cases('oidc-provider', 'proof_invalid', {
      JWT: { header: { typ: 'JWT' } },
      'secevent+jwt': { header: { typ: 'secevent+jwt' } },
    }),
    ...cases('Microsoft and MCP', 'proof_invalid', { jwt: { header: { typ: 'jwt' } } }),
    ...cases('Spring', 'proof_invalid', { 'invalid-type': { header: { typ: 'invalid-type' } } }),
    ...cases('Auth0', 'proof_invalid', {
      wrong: { header: { typ: 'wrong' } },
      'none at all': { header: { typ: undefined } },
    }),
  ])
})

describe('the algorithm of a proof', () => {
  testCases([
    ...cases('oidc-provider', 'proof_invalid', algorithms([1, true, 'none', 'HS256', 'unsupported'])),
    ...cases('Microsoft', 'proof_invalid', algorithms([''])),
    ...cases('MCP', 'proof_invalid', { 'HS256 with a good HMAC': { proof: byHmac } }),
    ...cases('Auth0 and Microsoft', 'proof_invalid', {
      'RS256 where only ES256 may be': { by: rsa },
    }),
    ...cases('Auth0', 'accepted', { 'one of several': { dpop: { algorithms: ['RS256', 'ES256'] } } }),
    ...cases('Microsoft', 'accepted', {
      'RS256 with a key of 2048 bits': { by: rsa, dpop: { algorithms: ['RS256'] } },
    }),
    ...cases('Microsoft', 'proof_invalid', {
      'that of a key for encryption, in five segments': {
        proof: (_token, good) => {
          const header = toBase64url(JSON.stringify(proofHeader(rsa, { alg: 'RSA-OAEP', enc: 'A128GCM' })))
          return `${header}.${good.split('.').slice(1).join('.')}.AA.AA`
        },
      },
    }),
  ])
})

describe('the key of a proof', () => {
  testCases([
    ...cases('oidc-provider', 'proof_invalid', keys([undefined, '', 1, true, null, 'foo', []])),
    ...cases('Auth0', 'proof_invalid', keys(['not-an-object'])),
    ...cases('Microsoft', 'proof_invalid', keys(['this-is-not-a-jwk'])),
    ...cases('oidc-provider and MCP', 'proof_invalid', {
      'with its private part': { header: { jwk: privateJwk(holder) } },
    }),
    ...cases('oidc-provider', 'proof_invalid', {
      'a symmetric one': { header: { jwk: { kty: 'oct', k: toBase64url('a secret') } } },
    }),
    ...cases('Microsoft', 'proof_invalid', {
      'RSA with its private part': {
        by: rsa,
        dpop: { algorithms: ['RS256'] },
        header: { jwk: privateJwk(rsa) },
      },
      'of P-384 where ES256 has signed': { header: { jwk: ellipticHolder('P-384').jwk } },
    }),
    ...cases('oidc-provider, Nimbus and MCP', 'proof_invalid', {
      'another one than that of the token': { token: { cnf: { jkt: thief.jkt } } },
    }),
  ])
})

describe('the claims of a proof', () => {
  testCases([
    ...cases('Auth0, Microsoft and MCP', 'proof_invalid', missing('jti', 'htm', 'htu', 'iat', 'ath')),
    ...cases('Auth0', 'proof_invalid', numbers('htm', 'htu', 'ath')),
    ...cases('Auth0 and Spring', 'proof_invalid', {
      'POST for a GET': { claims: { htm: 'POST' } },
      'GET for a POST': { request: { method: 'POST' } },
    }),
    ...cases('Microsoft', 'accepted', {
      'POST for a POST': { claims: { htm: 'POST' }, request: { method: 'POST' } },
    }),
    ...cases('Auth0', 'proof_invalid', { 'a hash that is none': { claims: { ath: 'tampered' } } }),
    ...cases('MCP', 'proof_invalid', { 'another hash': { claims: { ath: 'not-the-right-hash' } } }),
    ...cases('oidc-provider and Nimbus', 'proof_invalid', {
      'the hash of another token': { claims: { ath: sha256('anotherAccessTokenValue') } },
    }),
    ...cases('Auth0', 'accepted', {
      'more claims and more in the header': {
        claims: {
          foo: 'bar',
          aud: 'https://api.example.com',
          exp: clock + 300,
          nbf: clock - 10,
          nested: { a: 1 },
        },
        header: { kid: 'kid123', cty: 'dpop+jwt', 'x-extra': 'yes' },
      },
    }),
    ...cases(
      'oidc-provider',
      'accepted',
      { 'null for a nonce that nobody asked for': { claims: { nonce: null } } },
      'RFC 9449 §4.3 looks at a nonce only where the server gave one',
    ),
  ])
})

describe('the form of a proof', () => {
  testCases([
    ...cases('Auth0, Nimbus and oidc-provider', 'proof_missing', { nothing: { proof: () => undefined } }),
    ...cases('Auth0', 'proof_missing', { null: { proof: () => null }, 'an empty text': { proof: () => '' } }),
    ...cases('Microsoft', 'proof_missing', { blanks: { proof: () => '  ' } }),
    ...cases('Auth0', 'proof_invalid', {
      'an object': { proof: () => ({ not: 'a string' }) },
      'two between a comma': { proof: () => 'proof1,proof2' },
      'two segments': { proof: () => 'abc.def' },
      'something behind its signature': { proof: (_token, good) => `${good}tampered` },
    }),
    ...cases('MCP and Spring', 'proof_invalid', {
      'two headers': { proof: (token, good) => [good, prove(token)] },
      'the same header twice': { proof: (_token, good) => [good, good] },
    }),
    ...cases('MCP and Microsoft', 'proof_invalid', { 'no JWT': { proof: () => 'this-is-not-a-jwt' } }),
    ...cases('Microsoft', 'proof_invalid', {
      'a letter behind its claims': { proof: (_token, good) => good.replace(/\.([^.]*)$/, 'X.$1') },
      'the first letter of its signature changed': {
        proof: (_token, good) =>
          good.replace(/\.(.)([^.]*)$/, (_, first, rest) => `.${first === 'A' ? 'B' : 'A'}${rest}`),
      },
      'a signature of other letters': { proof: (_token, good) => good.replace(/[^.]*$/, '!!!not-base64!!!') },
      'two more segments': { proof: (_token, good) => `${good}.AQ.Ag` },
      'longer than it may be': { claims: { more: 'a'.repeat(8192) } },
    }),
  ])
})

describe('the token, and how it came', () => {
  testCases([
    ...cases('Auth0, MCP and oidc-provider', 'bound_token_refused', {
      'as Bearer, with its proof': { authorization: (token) => `Bearer ${token}` },
      'as Bearer, without one': { authorization: (token) => `Bearer ${token}`, proof: () => undefined },
    }),
    ...cases('Auth0', 'accepted', { 'as dPoP': { authorization: (token) => `dPoP ${token}` } }),
    ...cases('oauth4webapi', 'accepted', {
      'behind two spaces': { authorization: (token) => `DPoP  ${token}` },
      'behind three': { authorization: (token) => `DPoP   ${token}` },
    }),
    ...cases('oauth4webapi', 'request_malformed', {
      'behind a tab': { authorization: (token) => `DPoP\t${token}` },
      'behind a space and a tab': { authorization: (token) => `DPoP \t ${token}` },
      'before something': { authorization: (token) => `DPoP ${token} extra` },
    }),
    ...cases('Spring', 'request_malformed', {
      'in pieces': { authorization: (token) => `DPoP ${token} m a l f o r m e d ` },
      'as DPoP and as Bearer': { authorization: (token) => [`DPoP ${token}`, `Bearer ${token}`] },
    }),
    ...cases('Auth0 and Nimbus', 'token_missing', {
      'not there': { authorization: () => undefined },
      null: { authorization: () => null },
    }),
    ...cases('Auth0', 'request_malformed', { 'a number': { authorization: () => 123 } }),
    ...cases('MCP', 'audience_mismatch', {
      'of another API': { token: { aud: 'https://not-this-server.example.com' } },
    }),
  ])
})

describe('what the token is bound to', () => {
  testCases([
    ...cases('Auth0 and Nimbus', 'token_not_bound', { nothing: bound(undefined) }),
    ...cases('Auth0', 'bound_token_refused', {
      'a text': bound('bad'),
      'a list': bound([]),
      'an empty object': bound({}),
    }),
    ...cases('Auth0', 'claim_invalid', {
      'a number': bound({ jkt: 123 }),
      'an empty thumbprint': bound({ jkt: '' }),
    }),
    ...cases('Microsoft', 'claim_invalid', {
      'a blank': bound({ jkt: ' ' }),
      'a thumbprint that is none': bound({ jkt: 'wrong-thumbprint' }),
    }),
    ...cases('Microsoft', 'proof_invalid', { 'the thumbprint of nobody': bound({ jkt: 'A'.repeat(43) }) }),
    ...cases('oidc-provider and Auth0', 'bound_token_refused', {
      'a key and a certificate': bound({ jkt: holder.jkt, 'x5t#S256': holder.jkt }),
    }),
    ...cases(
      'Auth0',
      'accepted',
      { 'a key, and a member that nobody knows': bound({ jkt: holder.jkt, extra: 'x' }) },
      'RFC 7800 §3.1: members that are not understood are ignored',
    ),
  ])
})
