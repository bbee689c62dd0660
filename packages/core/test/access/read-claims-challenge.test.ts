import { createEmulator } from '@entraguard/emulator'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import {
  claimsChallenge,
  createVerifier,
  readClaimsChallenge,
  revoked,
  toResponse,
  type Identity,
} from '../../src/index.ts'
import { meaningOf } from '../support/json-reader.ts'

const claims = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
const encoded = btoa(claims)
const authorizationUri = 'authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize"'

const answer = (header: string, status = 401): Response =>
  new Response(null, { status, headers: { 'www-authenticate': header } })
const read = (header: string): string | undefined => readClaimsChallenge(answer(header))
const longHeader = (length: number): string => {
  const [start, end] = ['Bearer realm="', `", error="insufficient_claims", claims="${encoded}"`]
  return `${start}${'x'.repeat(length - start.length - end.length)}${end}`
}

/** An identity whose client declared that it understands challenges. */
async function capableUser(): Promise<Identity> {
  const entra = await createEmulator({ apps: [{ optionalClaims: ['xms_cc'] }, {}] })
  return createVerifier(entra.verifierOptions()).verify(
    await entra.issueUserToken({ scopes: ['Orders.Read'], capabilities: ['cp1'] }),
  )
}

describe('the claims challenge of another API', () => {
  it.each([
    [
      "in Microsoft's documented form",
      `Bearer realm="", ${authorizationUri}, error="insufficient_claims", claims="${encoded}"`,
    ],
    ['whatever the order', `Bearer claims="${encoded}", error="insufficient_claims", ${authorizationUri}`],
    ['without blanks after the commas', `Bearer realm="",error="insufficient_claims",claims="${encoded}"`],
    ['with blanks around the equals sign', `Bearer error = insufficient_claims ,\t claims = "${encoded}"`],
    ['whatever the case of scheme and names', `bEARER Error="insufficient_claims", CLAIMS="${encoded}"`],
    [
      'after another scheme',
      `Negotiate, Basic realm="a, Bearer b=\\"c\\"", Bearer error="insufficient_claims", claims="${encoded}"`,
    ],
    [
      'after a scheme with one long value',
      `NTLM TlRMTVNTUAAB==, Bearer error="insufficient_claims", claims="${encoded}"`,
    ],
    ['before another scheme', `Bearer error="insufficient_claims", claims="${encoded}", PoP nonce="x"`],
    [
      'after another challenge of the same scheme',
      `Bearer realm="", error="invalid_token", Bearer error="insufficient_claims", claims="${encoded}"`,
    ],
    [
      'after another challenge whose claims cannot be read',
      `Bearer error="insufficient_claims", claims="{}", Bearer error="insufficient_claims", claims="${encoded}"`,
    ],
    [
      'with every character in the quotes escaped',
      `Bearer error="insufficient_claims", claims="${encoded.replace(/./g, '\\$&')}"`,
    ],
    ['in the longest header that a server sends', longHeader(16_384)],
    [
      'as JSON with blanks in it',
      `Bearer error="insufficient_claims", claims="${btoa(JSON.stringify(JSON.parse(claims), null, 2))}"`,
    ],
  ])('is read %s', (_name, header) => {
    expect(read(header)).toBe(claims)
  })

  it('is read before commas, blanks and line ends of any number', () => {
    const header = `Bearer error="insufficient_claims", claims="${encoded}" ,\t, \r\n,`
    expect(readClaimsChallenge({ status: 401, headers: { get: () => header } })).toBe(claims)
  })

  it.each(['', '=', '=='])('is read with the padding %j', (padding) => {
    expect(read(`Bearer error="insufficient_claims", claims="eyJhIjoxfQ${padding}"`)).toBe('{"a":1}')
  })

  it('is read in both alphabets of base64', () => {
    const asked = '{"access_token":{"note":{"value":"~~~???>>>"}}}'
    const standard = btoa(asked)
    const forAddresses = standard.replaceAll('+', '-').replaceAll('/', '_')
    expect([/[+]/, /[/]/].map((one) => one.test(standard))).toEqual([true, true])
    for (const text of [standard, forAddresses])
      expect(read(`Bearer error="insufficient_claims", claims="${text}"`)).toBe(asked)
  })

  it('is read when it stands in a header of its own beside others', () => {
    const response = answer('Basic realm="x"')
    response.headers.append('www-authenticate', `Bearer error="insufficient_claims", claims="${encoded}"`)
    expect(readClaimsChallenge(response)).toBe(claims)
  })

  it.each([
    ['another error', `Bearer error="invalid_token", claims="${encoded}"`],
    ['no error', `Bearer claims="${encoded}"`],
    ['no claims', 'Bearer error="insufficient_claims"'],
    ['another scheme', `PoP error="insufficient_claims", claims="${encoded}"`],
    ['error and claims of different schemes', `Bearer error="insufficient_claims", PoP claims="${encoded}"`],
    [
      'a challenge that only a quoted text holds',
      `Basic realm="Bearer error=insufficient_claims, claims=${encoded}"`,
    ],
    [
      'claims that are said twice',
      `Bearer error="insufficient_claims", claims="${encoded}", claims="${encoded}"`,
    ],
    ['parameters without a scheme', `error="insufficient_claims", claims="${encoded}"`],
    ['a quote that never ends', `Bearer error="insufficient_claims", claims="${encoded}`],
    ['parameters without commas', `Bearer error="insufficient_claims" claims="${encoded}"`],
    ['more padding than there is', 'Bearer error="insufficient_claims", claims="eyJhIjoxfQ==="'],
    ['no base64', 'Bearer error="insufficient_claims", claims="{}"'],
    [
      'blanks in the base64',
      `Bearer error="insufficient_claims", claims="${encoded.slice(0, 8)} ${encoded.slice(8)}"`,
    ],
    ['no UTF-8', `Bearer error="insufficient_claims", claims="${btoa('{"a":"\xff"}')}"`],
    ['no JSON', `Bearer error="insufficient_claims", claims="${btoa('{"a":')}"`],
    ['a list', `Bearer error="insufficient_claims", claims="${btoa('[]')}"`],
    [
      'more claims than may be handed on',
      `Bearer error="insufficient_claims", claims="${btoa(JSON.stringify({ a: 'x'.repeat(4096) }))}"`,
    ],
    ['a longer header than a server sends', longHeader(16_385)],
    ['commas alone', ', ,'],
    ['nothing', ''],
  ])('is none with %s', (_name, header) => {
    expect(read(header)).toBeUndefined()
  })

  it.each([200, 400, 403, 503])('is none in an answer of %s', (status) => {
    const header = `Bearer error="insufficient_claims", claims="${encoded}"`
    expect(readClaimsChallenge(answer(header, status))).toBeUndefined()
  })

  it('is none without the header', () => {
    expect(readClaimsChallenge(new Response(null, { status: 401 }))).toBeUndefined()
  })

  it('is what this library sends, whatever is asked for', async () => {
    const identity = await capableUser()
    expect(readClaimsChallenge(toResponse(revoked(1, identity)))).toBe(
      '{"access_token":{"nbf":{"essential":true,"value":"1"}}}',
    )
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue(), { maxKeys: 4 }), (asked) => {
        fc.pre(JSON.stringify(asked).length < 500)
        const sent = toResponse(claimsChallenge(JSON.stringify(asked), identity), { realm: 'a, b="c"' })
        const json = readClaimsChallenge(sent) ?? ''
        expect(meaningOf(json)).toEqual(meaningOf(JSON.stringify(asked)))
        expect(toResponse(claimsChallenge(json, identity)).headers).toEqual(
          toResponse(claimsChallenge(JSON.stringify(asked), identity)).headers,
        )
      }),
    )
  })

  it('never throws, and gives only what can be handed on', () => {
    const pieces = fc.constantFrom(
      'Bearer',
      ' ',
      ',',
      '=',
      '"',
      '\\',
      'error',
      'claims',
      'insufficient_claims',
      encoded,
      '\t',
      'é',
    )
    const property = fc.property(fc.array(fc.oneof(pieces, fc.string()), { maxLength: 40 }), (parts) => {
      const found = readClaimsChallenge({ status: 401, headers: { get: () => parts.join('') } })
      return found === undefined || claimsChallenge(found).code === 'claims_required'
    })
    expect(() => {
      fc.assert(property)
    }).not.toThrow()
  })
})
