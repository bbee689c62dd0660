import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { authorizationOf, readBearerToken } from '../../src/index.ts'
import { credentialAsWritten, readCredentialIn, readScheme } from '../../src/token/bearer.ts'
import { outcomeOfCall } from '../support/outcome.ts'

describe('the Authorization header', () => {
  it.each([
    ['Bearer abc', 'abc'],
    ['bearer abc', 'abc'],
    ['bEaReR abc', 'abc'],
    ['Bearer   abc', 'abc'],
    [' Bearer abc ', 'abc'],
    ['\tBearer abc\t', 'abc'],
    [' \t Bearer  abc \t ', 'abc'],
    ['Bearer "abc"', '"abc"'],
    ['Bearer undefined', 'undefined'],
  ])('%j gives %j', (header, token) => {
    expect(readBearerToken(header)).toBe(token)
    expect(readBearerToken([header])).toBe(token)
  })

  it.each([
    undefined,
    null,
    '',
    ' ',
    [],
    'Basic abc',
    'abc',
    'Bearer: abc',
    'Bearerabc',
    'Bearer,abc',
    'ſearer abc',
    '\u00a0Bearer abc',
    'Negotiate YII=',
    'Digest username="x"',
    'DPoPs abc',
    'PoP: abc',
    'MTLS POP abc',
  ])('%j carries no token', (header) => {
    expect(outcomeOfCall(() => readBearerToken(header))).toBe('token_missing')
  })

  it.each([
    'DPoP abc',
    'dpop abc',
    ' DPoP  abc',
    'DPoP',
    'DPoP\tabc',
    'PoP abc',
    'POP abc',
    'MTLS_POP abc',
    'mtls_pop abc',
    'PoP a, Bearer b',
  ])('%j carries a token in a scheme that this API does not take', (header) => {
    expect(outcomeOfCall(() => readBearerToken(header))).toBe('scheme_refused')
    expect(outcomeOfCall(() => readBearerToken([header]))).toBe('scheme_refused')
  })

  it.each<[unknown]>([
    ['Bearer'],
    ['Bearer '],
    ['Bearer  \t '],
    ['Bearer a b'],
    ['Bearer a, Bearer b'],
    ['Bearer Bearer a'],
    ['Bearer a\nb'],
    // RFC 9110 §11.4: spaces stand between the scheme and the credential, nothing else.
    ['Bearer\ta'],
    ['Bearer \ta'],
    ['Bearer\t a'],
    ['Bearer \t a'],
    ['Bearer a\u00a0b'],
    ['Bearer a\u00a0'],
    [['Bearer a', 'Bearer b']],
    [['Bearer a', 'Bearer a']],
    [['Bearer a', undefined]],
    [[undefined]],
    [7],
    [{}],
    [true],
  ])('%j is malformed, because choosing a token in it would be a guess', (header) => {
    expect(outcomeOfCall(() => readBearerToken(header as string))).toBe('request_malformed')
  })

  it('of any kind gives a token without white space, or a refusal, and no other error', () => {
    const header = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string().map((rest) => `Bearer ${rest}`),
      fc.string().map((rest) => `DPoP${rest}`),
    )
    fc.assert(
      fc.property(header, (text) => {
        const outcome = outcomeOfCall(() => {
          const token = readBearerToken(text)
          expect(token).not.toMatch(/\s|^$/)
          expect(text).toContain(token)
        })
        expect(['accepted', 'token_missing', 'scheme_refused', 'request_malformed']).toContain(outcome)
      }),
    )
  })
})

const request = (authorization: string | undefined, ...rawHeaders: string[]) => ({
  headers: { authorization },
  rawHeaders,
})

describe('the Authorization header of a request of Node', () => {
  it.each([
    ['Authorization', 'AUTHORIZATION'],
    ['authorization', 'aUTHORIZATION'],
    ['authorizatioN', 'Authorization'],
    ['authorization', 'authorization'],
  ])('is every value when several came, whatever Node kept: %s and %s', (one, other) => {
    const two = request('Bearer a', 'Host', 'x', one, 'Bearer a', other, 'Bearer b')
    expect(authorizationOf(two)).toStrictEqual(['Bearer a', 'Bearer b'])
    expect(outcomeOfCall(() => readBearerToken(authorizationOf(two)))).toBe('request_malformed')
  })

  it('is two also where a server lost the value of one', () => {
    const two = request('Bearer a', 'Authorization', 'Bearer a', 'Authorization')
    expect(authorizationOf(two)).toStrictEqual(['Bearer a', ''])
    expect(outcomeOfCall(() => readBearerToken(authorizationOf(two)))).toBe('request_malformed')
  })

  it('is the one that there is, also when something in between wrote or took it', () => {
    expect(authorizationOf(request('Bearer a', 'authorization', 'Bearer a'))).toBe('Bearer a')
    expect(authorizationOf(request('Bearer b', 'authorization', 'Bearer a'))).toBe('Bearer b')
    expect(authorizationOf(request(undefined, 'authorization', 'Bearer a'))).toBeUndefined()
    expect(authorizationOf({ headers: { authorization: 'Bearer a' } })).toBe('Bearer a')
    // As long as the name of the header that is meant.
    const others = [
      'If-None-Match',
      '"x"',
      'authorizatiox',
      'Bearer b',
      'Authorization',
      'Bearer a',
      'If-None-Match',
      'y',
    ]
    expect(authorizationOf(request('Bearer a', ...others))).toBe('Bearer a')
  })

  it('is not a value that is called like the header', () => {
    const two = request('Bearer a', 'X-A', 'authorization', 'authorization', 'Bearer a', 'Authorization', 'b')
    expect(authorizationOf(two)).toStrictEqual(['Bearer a', 'b'])
    expect(authorizationOf(request('Bearer a', 'X-A', 'authorization', 'authorization', 'Bearer a'))).toBe(
      'Bearer a',
    )
  })
})

describe('a credential in one of several schemes', () => {
  const schemes = new Set(['dpop'])

  it.each(['DPoP abc', 'dpop  abc ', 'Bearer abc', ' bearer abc'])('is read from %j', (header) => {
    expect(readCredentialIn(header, schemes)).toBe('abc')
    expect(readCredentialIn([header], schemes)).toBe('abc')
  })

  it.each([
    [undefined, 'token_missing'],
    [null, 'token_missing'],
    ['', 'token_missing'],
    ['Basic abc', 'token_missing'],
    ['DPoPs abc', 'token_missing'],
    ['PoP abc', 'scheme_refused'],
    ['DPoP', 'request_malformed'],
  ])('is not read from %j: %s', (header, code) => {
    expect(outcomeOfCall(() => readCredentialIn(header, schemes))).toBe(code)
  })
})

describe('the credential as clients write it', () => {
  it('is what follows "Bearer" and a space, unread', () => {
    expect(credentialAsWritten('Bearer abc')).toBe('abc')
    expect(credentialAsWritten('Bearer  a b')).toBe(' a b')
  })

  it.each([undefined, null, '', 'bearer abc', ' Bearer abc', 'abcBearer ', ['Bearer abc'], 'DPoP abc'])(
    'is nothing in any other form: %j',
    (header) => {
      expect(credentialAsWritten(header)).toBeUndefined()
    },
  )
})

it.each([
  ['DPoP abc', 'dpop'],
  [['bearer abc'], 'bearer'],
  ['', ''],
  [undefined, ''],
  [['Bearer abc', 'DPoP abc'], ''],
])('the scheme of %j is %j', (header, scheme) => {
  expect(readScheme(header)).toBe(scheme)
})
