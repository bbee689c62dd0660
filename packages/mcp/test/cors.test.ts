import { describe, expect, it } from 'vitest'

import { corsHeaders, isForeign, preflight } from '../src/cors.ts'

const origin = 'https://client.example'
const allowed: ReadonlySet<string> = new Set([origin])

/** Which headers a page may send, that asks for these. */
const allowedHeaders = (asked: string | null): string | null =>
  preflight(origin, asked, 'GET', undefined).headers.get('access-control-allow-headers')

describe('a preflight', () => {
  it.each(['authorization', 'a,b', 'a, b', 'a\t ,\tb , c', 'Mcp-Param-x_1'])(
    'for %j may send that',
    (asked) => {
      expect(allowedHeaders(asked)).toBe(asked)
    },
  )

  it.each([null, '', '*', 'a b', 'a,', ',a', 'a,,b', ' a', 'a ', 'a;b', 'ä', 'a, b c'])(
    'for %j, which is no list of names, may send what is usual',
    (asked) => {
      expect(allowedHeaders(asked)).toMatch(/^authorization, content-type, accept,.* dpop$/)
    },
  )

  it('is kept for ten minutes, and says what may be done', () => {
    const { status, headers } = preflight(origin, null, 'GET, POST', undefined)
    expect([status, Object.fromEntries(headers)]).toEqual([
      204,
      {
        'access-control-allow-origin': '*',
        'access-control-allow-methods': 'GET, POST',
        'access-control-allow-headers': expect.any(String) as unknown,
        'access-control-max-age': '600',
      },
    ])
  })
})

describe('a page', () => {
  it.each<[string | null, ReadonlySet<string> | undefined, object, boolean]>([
    [origin, undefined, { 'access-control-allow-origin': '*' }, false],
    [null, undefined, { 'access-control-allow-origin': '*' }, false],
    [origin, allowed, { 'access-control-allow-origin': origin, vary: 'Origin' }, false],
    ['https://evil.example', allowed, { vary: 'Origin' }, true],
    ['null', allowed, { vary: 'Origin' }, true],
    [null, allowed, { vary: 'Origin' }, false],
    [origin, new Set(), { vary: 'Origin' }, true],
  ])('of %s may read answers where %s may: %j', (from, pages, headers, isOfAnother) => {
    const { 'access-control-expose-headers': exposed, ...others } = corsHeaders(from, pages)
    expect(exposed).toContain('WWW-Authenticate')
    expect(others).toEqual(headers)
    expect(isForeign(from, pages)).toBe(isOfAnother)
  })
})
