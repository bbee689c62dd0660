import * as fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'

import { decodeUtf8, JsonError, member, parseJson, parseStrictObject } from '../../src/token/strict-json.ts'
import { meaningOf, readJson } from '../support/json-reader.ts'

const names = new Set(['tid', 'aud'])
const parse = (text: string): unknown => parseStrictObject(text, names)

/** Why a text is refused; nothing when it is not. */
function problem(text: string): string | undefined {
  try {
    parse(text)
    return undefined
  } catch (error) {
    if (error instanceof JsonError) return error.message
    throw error
  }
}

const spell = (letter: string): string => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`
/** Every UTF-16 code unit as an escape, surrogates too. */
const escaped = (text: string): string => text.split('').map(spell).join('')

/** JSON with every name in escapes. */
function write(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).map(([name, item]) => `"${escaped(name)}":${write(item)}`)
  return `{${members.join(',')}}`
}

const nested = (depth: number): string => `{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`

describe('a strict JSON object', () => {
  it('is what the text says, deeply frozen', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 })), fc.nat(4), (value, space) => {
        const text = JSON.stringify(value, null, space)
        expect(parse(text)).toEqual(meaningOf(text))
        expect(Object.isFrozen(parse(text))).toBe(true)
      }),
    )
    const { list } = parse('{"list":[[{"a":{}}]]}') as { list: [[{ a: object }]] }
    for (const part of [list, list[0], list[0][0], list[0][0].a]) expect(Object.isFrozen(part)).toBe(true)
  })

  it.each(['"a"', String.raw`"\u0061"`])('may have white space between any two tokens: %s', (name) => {
    const tokens = [
      '{',
      name,
      ':',
      '[',
      '1',
      ',',
      '{',
      '"b"',
      ':',
      'null',
      '}',
      ',',
      '[',
      ']',
      ']',
      ',',
      '"c"',
      ':',
      '{',
      '}',
      '}',
    ]
    const value = { a: [1, { b: null }, []], c: {} }
    expect(parse(tokens.join(''))).toEqual(value)
    for (const space of [' ', '\n', '\r', '\t', ' \t\r\n ']) {
      expect(parse(tokens.join(space))).toEqual(value)
      // And before the first and after the last.
      expect(parse(`${space}${tokens.join('')}${space}`)).toEqual(value)
      for (let at = 1; at < tokens.length; at++)
        expect(parse([...tokens.slice(0, at), space, ...tokens.slice(at)].join(''))).toEqual(value)
    }
    for (const other of ['\u00a0', '\u000b', '\u000c', '\uFEFF', '\u2028'])
      expect(problem(tokens.join(other))).toBe('is not JSON')
  })

  it('is the same with every name spelled in escapes, at every depth', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 })), (value) => {
        const text = JSON.stringify(value)
        const spelled = write(meaningOf(text))
        expect(parse(spelled)).toEqual(meaningOf(text))
        expect(JSON.stringify(parseJson(spelled))).toBe(JSON.stringify(meaningOf(text)))
        expect(Object.isFrozen(parse(spelled))).toBe(true)
      }),
    )
  })

  it('is nothing when a member is there twice, wherever and however it is written', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }), { minKeys: 1 }),
        fc.nat(),
        (value, at) => {
          const keys = Object.keys(value)
          const twice = keys[at % keys.length] ?? ''
          const rest = JSON.stringify(value).slice(1)
          expect(problem(`{${JSON.stringify(twice)}:1,${rest}`)).toBe('names a member twice')
          expect(problem(`{"${escaped(twice)}":1,${rest}`)).toBe('names a member twice')
        },
      ),
    )
  })

  it('is nothing after an object was read whose name is the beginning of an escape', () => {
    // nodejs/node#63785: on some engines the third name of the second text was then read as the third of the first.
    const poison = String.raw`{"a2":1,"tid":"T","\\u0":"T2"}`
    expect(parse(poison)).toEqual({ a2: 1, tid: 'T', '\\u0': 'T2' })
    expect(problem(String.raw`{"a2":1,"tid":"T","\u0074id":"T2"}`)).toBe('names "tid" twice')
    expect(parse(String.raw`{"a2":1,"aud":"A","\u0074id":"T2"}`)).toEqual({ a2: 1, aud: 'A', tid: 'T2' })
  })

  it('keeps the names of honest writers, who escape "+", "&", quotes and what is not ASCII', () => {
    const text = String.raw`{"a\u002bb\u0026c":1,"caf\u00e9":{"\ud83d\ude00":2},"say \"hi\"":[{"\\":3,"\/":4}],"tid":"T"}`
    const value = { 'a+b&c': 1, café: { '😀': 2 }, 'say "hi"': [{ '\\': 3, '/': 4 }], tid: 'T' }
    expect(parse(text)).toEqual(value)
    expect(parseJson(text)).toEqual(value)
  })

  it('has the last of two members inside of a value, however they are spelled', () => {
    expect(parse(String.raw`{"x":{"a":1,"b":2,"\u0061":3}}`)).toEqual({ x: { a: 3, b: 2 } })
    expect(parse('{"x":{"a":1,"b":2,"a":3}}')).toEqual({ x: { a: 3, b: 2 } })
  })

  it.each([
    '',
    ' ',
    '{',
    '{}}',
    '{"a":1,}',
    '{a:1}',
    '{"a":1}{"a":1}',
    '{"a":1}x',
    '\uFEFF{}',
    '{"\\u0061',
    '{"a":"\\u0061',
    '{"\\u0061":1',
    '{"\\u0061":1,}',
    '{"\\u0061":1,,"b":1}',
    '{"\\u0061"}',
    '{"\\u0061" 1}',
    '{"\\u0061":}',
    '{"\\u0061":1}}',
    '{"\\u0061":1} x',
    '{"\\u0061":01}',
    '{"\\u0061":+1}',
    '{"\\u0061":NaN}',
    '{"\\u0061":tru}',
    '{"\\u0061":undefined}',
    '{"\\u0061":[1,]}',
    '{"\\u0061":[1 2]}',
    '{"\\u0061":[}',
    '{"\\u0061":"}',
    '{"\\u0061":"a\nb"}',
    '{"\\u006":1}',
    '{"\\x61":1}',
    '{"\\u0061\n":1}',
    '{"\\u0061":\u00a01}',
    '{\\u0061:1}',
    '\uFEFF{"\\u0061":1}',
    "{'\\u0061':1}",
  ])('is not %j', (text) => {
    expect(problem(text)).toBe('is not JSON')
    expect(() => parseJson(text)).toThrow('is not JSON')
    expect(readJson(text)).toBeUndefined()
  })

  it.each(['[]', '[{}]', 'null', '"{}"', '1', '[{"\\u0061":1}]'])('is an object, not %j', (text) => {
    expect(problem(text)).toBe('is not a JSON object')
    expect(parseJson(text)).toEqual(meaningOf(text))
  })

  it('holds no case twin of a name that decides, beside it or alone, and says of which', () => {
    const twin = 'has a member that differs from "tid" in case only'
    expect(problem('{"tid":"a","TID":"b"}')).toBe(twin)
    expect(problem('{"Tid":"a"}')).toBe(twin)
    expect(problem('{"T\\u0069d":"a"}')).toBe(twin)
    expect(parse('{"tid":{"TID":"b"},"Other":1}')).toEqual({ tid: { TID: 'b' }, Other: 1 })
  })

  it('says which deciding name stands twice, and nothing of another one', () => {
    expect(problem('{"tid":"a","tid":"b"}')).toBe('names "tid" twice')
    expect(problem('{"secret":"a","secret":"b"}')).toBe('names a member twice')
  })

  it('nests 32 deep and no deeper, however its names are spelled', () => {
    for (const spelled of ['a', '\\u0061']) {
      const text = (depth: number): string => nested(depth).replace('a', spelled)
      expect(parse(text(32))).toEqual(meaningOf(text(32)))
      expect(parseJson(text(32))).toEqual(meaningOf(text(32)))
      expect(problem(text(33))).toBe('nests deeper than 32 levels')
      expect(() => parseJson(text(33))).toThrow('nests deeper than 32 levels')
    }
  })

  it.each([
    '{"__proto__":{"admin":true},"constructor":1}',
    '{"__pr\\u006fto__":{"admin":true},"constructor":1}',
  ])('has its own members only: %s', (text) => {
    const object = parseStrictObject(text, names)
    expect(member(object, 'admin')).toBeUndefined()
    expect(member(object, 'toString')).toBeUndefined()
    expect(member(object, 'constructor')).toBe(1)
    expect(member(object, '__proto__')).toEqual({ admin: true })
    expect(Object.getPrototypeOf(object)).toBe(Object.prototype)
  })
})

describe('UTF-8', () => {
  it('is decoded without errors, and a byte order mark is kept', () => {
    expect(decodeUtf8(new TextEncoder().encode('é😀'))).toBe('é😀')
    expect(decodeUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x7b))).toBe('\uFEFF{')
  })

  it.each([[[0xff]], [[0xc0, 0xaf]], [[0xed, 0xa0, 0x80]], [[0xe2, 0x82]], [[0xf4, 0x90, 0x80, 0x80]]])(
    'is not %j',
    (bytes) => {
      expect(decodeUtf8(Uint8Array.from(bytes))).toBeUndefined()
    },
  )
})

/** The texts that JSON.parse was called with. */
function readByEngine(work: () => unknown): unknown[] {
  const engine = vi.spyOn(JSON, 'parse')
  try {
    work()
  } catch (error) {
    if (!(error instanceof JsonError)) throw error
  }
  const texts = engine.mock.calls.map(([text]) => text)
  engine.mockRestore()
  return texts
}

describe('what the engine is given to read', () => {
  it.each([
    String.raw`{"\u0061":1}`,
    String.raw`{"a":1,"\u0062":"x"}`,
    String.raw`{"a":{"\u0062":1}}`,
    String.raw`{"a":[{"b":1},{"\u0062":1}]}`,
    String.raw`{"a":"\n","b\"":1}`,
    String.raw`{"\\":1}`,
  ])('is no object with a name that is spelled with an escape: %s', (text) => {
    for (const read of [parse, parseJson])
      expect(readByEngine(() => read(text)).filter((part) => /[{[]/.test(String(part)))).toEqual([])
  })

  it.each([
    '{}',
    '{"a":1}',
    '{"a":{"a":1,"b":2},"b":[{"c":3},[],[1,2]],"c":"x:y,{z","tid":"T"}',
    String.raw`{"a":"\"b\":1","b":["\\"],"c":{"d":"\u0061"}}`,
  ])('is everything at once where no name is: %s', (text) => {
    for (const read of [parse, parseJson]) expect(readByEngine(() => read(text))).toEqual([text])
  })

  it('is everything at once, and then piece by piece, where a name may stand twice', () => {
    const text = '{"a":1,"b":{"c":1},"a":2}'
    expect(readByEngine(() => parse(text)).slice(0, 2)).toEqual([text, '"a"'])
  })
})
