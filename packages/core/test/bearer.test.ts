import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { readBearerToken } from '../src/index.ts'
import { outcomeOfCall } from './support/outcome.ts'

describe('the Authorization header', () => {
  it.each([
    ['Bearer abc', 'abc'],
    ['bearer abc', 'abc'],
    ['bEaReR abc', 'abc'],
    ['Bearer   abc', 'abc'],
    [' Bearer abc ', 'abc'],
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
  ])('%j carries no token', (header) => {
    expect(outcomeOfCall(() => readBearerToken(header))).toBe('token_missing')
  })

  it.each<[unknown]>([
    ['Bearer'],
    ['Bearer '],
    ['Bearer  \t '],
    ['Bearer a b'],
    ['Bearer a, Bearer b'],
    ['Bearer Bearer a'],
    ['Bearer a\nb'],
    ['Bearer a\u00a0b'],
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
    )
    fc.assert(
      fc.property(header, (text) => {
        const outcome = outcomeOfCall(() => {
          const token = readBearerToken(text)
          expect(token).not.toMatch(/\s|^$/)
          expect(text).toContain(token)
        })
        expect(['accepted', 'token_missing', 'request_malformed']).toContain(outcome)
      }),
    )
  })
})
