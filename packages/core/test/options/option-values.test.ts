import { describe, expect, it } from 'vitest'

import { copyOf, hasScheme, parsePlainUrl, shown, textProblem } from '../../src/options/option-values.ts'

describe('a value in a message', () => {
  it.each([
    ['a', '"a"'],
    ['a"b', String.raw`"a\"b"`],
    [7, '7'],
    [undefined, 'undefined'],
    ['x'.repeat(118), `"${'x'.repeat(118)}"`],
    ['x'.repeat(119), `"${'x'.repeat(119)}…`],
    ['x'.repeat(100_000), `"${'x'.repeat(119)}…`],
  ])('%j is shown, as far as it goes', (value, text) => {
    expect(shown(value)).toBe(text)
  })
})

describe('a text to compare with one of a token', () => {
  it.each<readonly [unknown, RegExp]>([
    [7, /not a string/],
    ['', /empty/],
    [' a', /white space/],
    ['a ', /white space/],
    [' ', /white space/],
    ['a\u200B', /invisible/],
    ['\u00ADa', /invisible/],
    ['a\u0000b', /control character/],
    ['a\u007Fb', /control character/],
    ['ä\u0085b', /control character/],
    ['<ä>', /placeholder/],
    ['<a>', /placeholder/],
    ['#{a}#', /placeholder/],
  ])('%j has a problem, which is said', (value, problem) => {
    expect(textProblem(value)).toMatch(problem)
  })

  it.each(['a', 'a b', 'a  b', '~', 'ä', '<a', 'a>', 'a{b}', '{a}b', '$a'])('%j has none', (value) => {
    expect(textProblem(value)).toBeUndefined()
  })
})

it.each([
  ['api://orders', true],
  ['HTTPS://orders.example', true],
  ['a1+.-://x', true],
  ['1a://x', false],
  ['Orders.Read', false],
  ['urn:orders', false],
  ['\u212Aa://x', false],
  [' a://x', false],
])('%j begins like a URI with an authority: %s', (text, expected) => {
  expect(hasScheme(text)).toBe(expected)
})

it('a copy shares nothing with what it was made of', () => {
  const value = { a: null, b: [{ c: 1 }, 'd'], e: undefined, f: 7 }
  const copy = copyOf(value)
  expect(copy).toStrictEqual(value)
  value.b[0] = { c: 2 }
  expect(copy).toMatchObject({ b: [{ c: 1 }, 'd'] })
  const list = [{ c: 1 }]
  const copies = copyOf(list)
  Object.assign(list[0] as object, { c: 2 })
  expect(copies).toEqual([{ c: 1 }])
})

it.each([
  [['https://api.contoso.com']],
  [7],
  [undefined],
  ['https://user@api.contoso.com'],
  ['https://:secret@api.contoso.com'],
  ['https://api.contoso.com/#'],
  [' https://api.contoso.com'],
  ['https://api.contoso.com/ä'],
  ['api.contoso.com'],
])('%j is no plain URL', (text) => {
  expect(parsePlainUrl(text)).toBeUndefined()
})
