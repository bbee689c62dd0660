import * as fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'

type Decoders = typeof import('../../src/token/base64url.ts')

/** The module as it loads in a runtime that has only these decoders. */
async function loadWith(runtime: 'Buffer' | 'fromBase64' | 'atob'): Promise<Decoders> {
  vi.resetModules()
  if (runtime !== 'Buffer') vi.stubGlobal('Buffer', undefined)
  if (runtime === 'fromBase64') Reflect.set(Uint8Array, 'fromBase64', strictFromBase64)
  else Reflect.deleteProperty(Uint8Array, 'fromBase64')
  return await import('../../src/token/base64url.ts')
}

const nativeBuffer = Buffer
const nativeFromBase64: unknown = Reflect.get(Uint8Array, 'fromBase64')

// As in the standard: white space is skipped, everything else that is not of the alphabet throws.
function strictFromBase64(text: string, options?: unknown): Uint8Array {
  expect(options).toEqual({ alphabet: 'base64url', lastChunkHandling: 'loose' })
  if (typeof nativeFromBase64 === 'function') {
    return Reflect.apply(nativeFromBase64, Uint8Array, [
      text,
      { alphabet: 'base64url', lastChunkHandling: 'loose' },
    ]) as Uint8Array
  }
  const compact = text.replace(/[\t\n\f\r ]/g, '')
  if (!/^[\w-]*={0,2}$/.test(compact)) throw new SyntaxError('not base64url')
  return new Uint8Array(nativeBuffer.from(compact, 'base64url'))
}

afterEach(() => {
  vi.unstubAllGlobals()
  if (nativeFromBase64 === undefined) Reflect.deleteProperty(Uint8Array, 'fromBase64')
  else Reflect.set(Uint8Array, 'fromBase64', nativeFromBase64)
})

describe.each(['Buffer', 'fromBase64', 'atob'] as const)('base64url where the runtime has %s', (runtime) => {
  it('decodes what was encoded, and spells it the same way again', async () => {
    const { decodeBase64url, encodeBase64url } = await loadWith(runtime)
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const text = encodeBase64url(bytes)
        expect(text).toMatch(/^[\w-]*$/)
        expect(Array.from(decodeBase64url(text) ?? [])).toEqual(Array.from(bytes))
      }),
    )
  })

  it('gives one text for one sequence of bytes: anything else decodes to nothing', async () => {
    const { decodeBase64url, encodeBase64url, isAscii } = await loadWith(runtime)
    const text = fc.string({ unit: fc.constantFrom(...'AQgwEz09-_+/= \n\t.%\0'.split('')), maxLength: 12 })
    fc.assert(
      fc.property(text, (candidate) => {
        const bytes = isAscii(candidate) ? decodeBase64url(candidate) : undefined
        expect(bytes === undefined || encodeBase64url(bytes) === candidate).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })

  it.each([
    'A',
    'AAAAA',
    'AB',
    'AAB',
    'AA=',
    'AA==',
    'AAA=',
    'A A',
    'AA\n',
    '+A',
    '/A',
    'A%3D',
    '.',
    'AAAA.AAA',
  ])('does not decode %j', async (text) => {
    const { decodeBase64url } = await loadWith(runtime)
    expect(decodeBase64url(text)).toBeUndefined()
  })

  it('tells ASCII from everything else, because decoders cut characters to eight bits', async () => {
    const { isAscii, encodeAscii } = await loadWith(runtime)
    expect(isAscii('abc\0\x7f')).toBe(true)
    expect(Array.from(encodeAscii('a.b\0\x7f') ?? [])).toEqual([97, 46, 98, 0, 127])
    for (const text of ['Ł', 'a\u0080', 'é', '\uD800', '😀', 'ſ', '\u212A']) {
      expect(isAscii(text)).toBe(false)
      expect(encodeAscii(text)).toBeUndefined()
    }
  })
})
