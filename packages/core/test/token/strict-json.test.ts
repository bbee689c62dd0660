import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { decodeUtf8, member, parseStrictObject } from '../../src/token/strict-json.ts'

const names = new Set(['tid', 'aud'])
const parse = (text: string): unknown => parseStrictObject(text, names)

const nested = (depth: number): string => `{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`

describe('a strict JSON object', () => {
  it('is what JSON.parse reads, deeply frozen', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 })), fc.nat(4), (value, space) => {
        const text = JSON.stringify(value, null, space)
        expect(parse(text)).toEqual(JSON.parse(text))
        expect(Object.isFrozen(parse(text))).toBe(true)
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
          const escaped = Array.from(twice, (letter) =>
            letter.length === 1 ? `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}` : letter,
          ).join('')
          const rest = JSON.stringify(value).slice(1)
          fc.pre(JSON.parse(`"${escaped}"`) === twice)
          expect(parse(`{${JSON.stringify(twice)}:1,${rest}`)).toBeUndefined()
          expect(parse(`{"${escaped}":1,${rest}`)).toBeUndefined()
        },
      ),
    )
  })

  it.each([
    '',
    ' ',
    '{',
    '[]',
    '[{}]',
    'null',
    '"{}"',
    '{}}',
    '{"a":1,}',
    '{a:1}',
    '{"a":1}{"a":1}',
    '{"a":1}x',
    '\uFEFF{}',
  ])('is not %j', (text) => {
    expect(parse(text)).toBeUndefined()
  })

  it('holds no case twin of a name that decides, beside it or alone', () => {
    expect(parse('{"tid":"a","TID":"b"}')).toBeUndefined()
    expect(parse('{"Tid":"a"}')).toBeUndefined()
    expect(parse('{"tid":{"TID":"b"},"Other":1}')).toEqual({ tid: { TID: 'b' }, Other: 1 })
  })

  it('nests 32 deep and no deeper', () => {
    expect(parse(nested(32))).toBeDefined()
    expect(parse(nested(33))).toBeUndefined()
  })

  it('has its own members only', () => {
    const object = parseStrictObject('{"__proto__":{"admin":true},"constructor":1}', names) ?? {}
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
