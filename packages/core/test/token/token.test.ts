import { describe, expect, it } from 'vitest'

import { EntraGuardError } from '../../src/index.ts'
import { parseToken, type UnverifiedToken } from '../../src/token/token.ts'
import {
  change,
  claims,
  header,
  issue,
  kid,
  signSegments,
  signText,
  toBase64url,
  verifierFor,
  type Members,
} from '../support/issuer.ts'
import { outcomeOf, outcomeOfCall } from '../support/outcome.ts'

/** Signed, so that only the shape can be what refuses it. */
const asJson = (members: Members): string => JSON.stringify(members)
const withHeader = (changes: Members): Promise<string> => issue({}, changes)
const parse = (token: unknown): UnverifiedToken => parseToken(token, 16_384)
const headerText = asJson(header)
const payloadText = asJson(claims)

/** The parser and the whole verifier say the same, and the verifier asks for no document. */
async function refusalOf(token: unknown): Promise<string> {
  let asked = 0
  const fetch = async (): Promise<Response> => {
    asked++
    throw new Error('nothing may be fetched for such a token')
  }
  const code = await outcomeOf(verifierFor({ fetch }).verify(token as string))
  expect(asked).toBe(0)
  expect(outcomeOfCall(() => parse(token))).toBe(code)
  return code
}

const goodHeader = Buffer.from('{"alg":"RS256","kid":"k"}').toString('base64url')

describe('a token that is not three segments', () => {
  it.each([
    ['nothing', ''],
    ['one', 'a'],
    ['two', 'a.b'],
    ['two, as alg none writes it', 'eyJhbGciOiJub25lIn0.e30'],
    ['four', 'a.b.c.d'],
    ['six', 'a.b.c.d.e.f'],
    ['a thousand', '.'.repeat(1000)],
    ['three empty ones', '..'],
  ])('is malformed: %s', async (_what, token) => {
    expect(await refusalOf(token)).toBe('token_malformed')
  })

  it.each([
    ['', 'not three segments'],
    ['abc', 'not three segments'],
    ['a.b', 'not three segments'],
    ['a.b.c.d', 'not three segments'],
    ['a*.e30.YQ', 'the header is not base64url'],
    ['_w.e30.YQ', 'the header is not UTF-8'],
    ['W10.e30.YQ', 'the header is not a JSON object'],
    [`${goodHeader}.a*.YQ`, 'the payload is not base64url'],
    [`${goodHeader}._w.YQ`, 'the payload is not UTF-8'],
    [`${goodHeader}.e30.*`, 'signature is not base64url'],
    [`${goodHeader}.e30.`, 'signature is not base64url'],
  ])('says what is wrong with it, and nothing of it: %j', async (token, reason) => {
    await expect(verifierFor().verify(token)).rejects.toMatchObject({
      code: 'token_malformed',
      details: { reason },
    })
  })

  it('is an encrypted one when there are five', async () => {
    expect(await refusalOf('a.b.c.d.e')).toBe('token_encrypted')
    expect(await refusalOf('....')).toBe('token_encrypted')
  })

  it.each<[unknown]>([[undefined], [null], [7], [{}], [[]], [['a.b.c']], [Symbol('a.b.c')], [() => 'a.b.c']])(
    'is malformed when it is no string: %s',
    async (token) => {
      expect(await refusalOf(token)).toBe('token_malformed')
    },
  )

  it('is too large before anything of it is read', async () => {
    expect(await refusalOf('.'.repeat(16_385))).toBe('token_too_large')
    const token = await issue()
    const exact = verifierFor({ maxTokenLength: token.length })
    expect(await outcomeOf(exact.verify(token))).toBe('accepted')
    const short = verifierFor({ maxTokenLength: token.length - 1 })
    expect(await outcomeOf(short.verify(token))).toBe('token_too_large')
  })
})

const successor = (character: string): string => String.fromCharCode(character.charCodeAt(0) + 1)

describe('base64url', () => {
  it('has one spelling: padding, white space, the standard alphabet and set trailing bits refuse', async () => {
    const token = await issue()
    const [first = '', second = '', third = ''] = token.split('.')
    const spellings = [
      [`${first}=`, second, third],
      [first, `${second}==`, third],
      [first, second, `${third}==`],
      [` ${first}`, second, third],
      [first, `${second}\n`, third],
      [first, second, `${third} `],
      [first, `${second.slice(0, 8)}\r\n${second.slice(8)}`, third],
      [first, second.replace(/.$/, '+'), third],
      [first, second, third.replace(/.$/, '/')],
      [first, second, `${third}AAA`],
      [first, second, third.replace(/.$/, 'Ł')],
      [first, `${second}\0`, third],
      [first, second.replace(/^./, '￿'), third],
    ]
    for (const segments of spellings) expect(await refusalOf(segments.join('.'))).toBe('token_malformed')
  })

  it('with set trailing bits is refused in every segment', async () => {
    // Texts whose lengths leave two and four bits over.
    for (const padding of ['', ' ', '  ']) {
      const token = await signText(`${headerText}${padding}`, `${payloadText}${padding}`)
      const segments = token.split('.')
      for (const [index, segment] of segments.entries()) {
        if (segment.length % 4 === 0) continue
        const changed = segments.with(index, segment.slice(0, -1) + successor(segment.slice(-1)))
        expect(await refusalOf(changed.join('.'))).toBe('token_malformed')
      }
    }
  })

  it('of JSON with white space around it is fine: that is JSON, not another spelling', async () => {
    const token = await signText(`${headerText} `, ` ${payloadText}\n`)
    expect(await outcomeOf(verifierFor().verify(token))).toBe('accepted')
  })

  it('of nothing at the end is refused, whatever the header says', async () => {
    const token = await issue()
    expect(await refusalOf(token.slice(0, token.lastIndexOf('.') + 1))).toBe('token_malformed')
  })
})

describe('header and payload', () => {
  const texts: ReadonlyArray<readonly [string, string | Uint8Array]> = [
    ['nothing', ''],
    ['a list', '[]'],
    ['a string', '"x"'],
    ['a number', '1'],
    ['null', 'null'],
    ['true', 'true'],
    ['no JSON', '{'],
    ['two objects', '{}{}'],
    ['a trailing comma', '{"alg":"RS256",}'],
    ['single quotes', "{'alg':'RS256'}"],
    ['a comment', '{/**/}'],
    ['NaN', '{"a":NaN}'],
    ['an unfinished string', '{"a":"'],
    ['an unfinished escape', '{"a":"\\'],
    ['a byte order mark', Buffer.from('\uFEFF{}')],
    ['UTF-16', Buffer.from('{}', 'utf16le')],
    ['Latin-1', Buffer.from('{"a":"é"}', 'latin1')],
    ['an overlong form', Uint8Array.of(0x7b, 0x22, 0xc0, 0xaf, 0x22, 0x3a, 0x31, 0x7d)],
    ['half of a surrogate pair', Uint8Array.of(0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x3a, 0x31, 0x7d)],
    ['a deep list', `{"a":${'['.repeat(40)}${']'.repeat(40)}}`],
    ['a very deep object', `${'{"a":'.repeat(800)}1${'}'.repeat(800)}`],
    ['an unclosed depth', '[{'.repeat(3000)],
  ]

  it.each(texts)('of %s are malformed', async (_what, text) => {
    expect(await refusalOf(await signText(text, payloadText))).toBe('token_malformed')
    expect(await refusalOf(await signText(headerText, text))).toBe('token_malformed')
  })

  it.each([
    ['the same value', '"tid":"a","tid":"a"'],
    ['another value', '"tid":"a","tid":"b"'],
    ['an escape in the name', String.raw`"tid":"a","\u0074id":"b"`],
    ['a claim that nothing reads', '"x":1,"x":2'],
    ['an empty name', '"":1,"":2'],
    ['__proto__', '"__proto__":1,"__proto__":2'],
    [
      'far apart',
      `"tid":"a",${Array.from({ length: 200 }, (_, index) => `"c${index}":"}{,:"`).join(',')},"tid":"b"`,
    ],
  ])('that name a member twice are malformed: %s', async (_what, members) => {
    expect(await refusalOf(await signText(`${headerText.slice(0, -1)},${members}}`, payloadText))).toBe(
      'token_malformed',
    )
    const rest = asJson(change(claims, { tid: undefined })).slice(0, -1)
    expect(await refusalOf(await signText(headerText, `${rest},${members}}`))).toBe('token_malformed')
  })

  it('may name a member twice below the top level, and hold any text in strings', async () => {
    const text = String.raw`${payloadText.slice(0, -1)},"x":{"a":1,"a":2},"y":"{\"tid\":\"b\",:[{\\","z":[{"iss":1}]}`
    expect(await outcomeOf(verifierFor().verify(await signText(headerText, text)))).toBe('accepted')
  })

  it.each('Alg KID Typ Crit B64 cRIT'.split(' '))(
    'with the case twin %s in the header are malformed',
    async (name) => {
      expect(await refusalOf(await withHeader({ [name]: 'x' }))).toBe('token_malformed')
    },
  )

  it.each(
    (
      'ISS Aud EXP Nbf iAt TID Oid SUB Ver SCP Roles WIDS Groups Azp AppId IdTyp ACCT AMR Acrs TFP Acr CNF Nonce Xms_Cc ' +
      'appID XMS_CC'
    ).split(' '),
  )('with the case twin %s among the claims are malformed', async (name) => {
    expect(await refusalOf(await issue({ [name]: 'x' }))).toBe('token_malformed')
  })

  it('may have members of any other name', async () => {
    const names =
      'constructor then toString hasOwnProperty valueOf toJSON Name EMAIL x5t extn.Tid 1 4294967295'
    const extra = Object.fromEntries(names.split(' ').map((name) => [name, { name: ['x'] }]))
    const proto = `${asJson(change(claims, extra)).slice(0, -1)},"__proto__":{"scp":"Admin","tid":"x"}}`
    const token = await signText(
      `${asJson(change(header, extra)).slice(0, -1)},"__proto__":{"crit":["x"]}}`,
      proto,
    )
    const identity = await verifierFor().verify(token)
    expect(identity.scopes).toEqual(['Orders.Read', 'Orders.Write'])
    expect(Object.getPrototypeOf(identity.claims)).toBe(Object.prototype)
    expect(identity.claims['then']).toEqual({ name: ['x'] })
  })

  it('are not completed by a polluted prototype', async () => {
    const verifier = verifierFor()
    const prototype = Object.prototype as Record<string, unknown>
    prototype['scp'] = 'Admin'
    prototype['cnf'] = {}
    prototype['crit'] = ['x']
    try {
      const token = await issue({ scp: undefined })
      expect(await outcomeOf(verifier.verify(token))).toBe('permissions_missing')
      expect(await outcomeOf(verifier.verify(await issue()))).toBe('accepted')
    } finally {
      delete prototype['scp']
      delete prototype['cnf']
      delete prototype['crit']
    }
  })

  it('nest as deep as documents of the identity provider do', async () => {
    const nested = JSON.parse(`${'['.repeat(20)}1${']'.repeat(20)}`) as unknown
    expect(await outcomeOf(verifierFor().verify(await issue({ nested })))).toBe('accepted')
  })
})

describe('the algorithm', () => {
  it.each<[unknown]>([
    ['none'],
    ['None'],
    ['nOnE'],
    [' none'],
    [''],
    ['HS256'],
    ['HS384'],
    ['HS512'],
    ['RS384'],
    ['RS512'],
    ['PS256'],
    ['ES256'],
    ['EdDSA'],
    ['rs256'],
    ['RS256 '],
    ['RSA1_5'],
    [['RS256']],
    [{ RS256: true }],
    [null],
    [256],
    [true],
    [undefined],
  ])('%j is refused before anything is fetched', async (alg) => {
    expect(await refusalOf(await withHeader({ alg }))).toBe('algorithm_refused')
  })
})

describe('the type', () => {
  it.each([undefined, 'JWT', 'jwt', 'Jwt', 'at+jwt', 'AT+JWT', 'application/jwt', 'Application/AT+JWT'])(
    '%j is that of an access token',
    async (typ) => {
      expect(await outcomeOf(verifierFor().verify(await withHeader({ typ })))).toBe('accepted')
    },
  )

  it.each<[unknown]>([
    ['pop'],
    ['dpop+jwt'],
    ['logout+jwt'],
    ['secevent+jwt'],
    ['id_token'],
    ['JWE'],
    [''],
    [' JWT'],
    ['JWT\u0000'],
    ['application/application/jwt'],
    ['text/jwt'],
    ['aT+jwt; charset=utf-8'],
    [null],
    [1],
    [['JWT']],
  ])('%j is refused', async (typ) => {
    expect(await refusalOf(await withHeader({ typ }))).toBe('token_type_refused')
  })

  it('is compared as ASCII: no other letter folds to one of its own', async () => {
    expect(await refusalOf(await withHeader({ typ: 'applıcation/jwt' }))).toBe('token_type_refused')
    expect(await refusalOf(await withHeader({ typ: 'applİcation/jwt' }))).toBe('token_type_refused')
  })
})

describe('the rest of the header', () => {
  it.each<[Members]>([
    [{ crit: ['exp'] }],
    [{ crit: [] }],
    [{ crit: null }],
    [{ crit: 'b64' }],
    [{ crit: ['b64'], b64: false }],
    [{ b64: true }],
    [{ b64: false }],
    [{ b64: null }],
  ])('%j is refused', async (changes) => {
    expect(await refusalOf(await withHeader(changes))).toBe('header_refused')
  })

  it.each<[unknown]>([[undefined], [''], [null], [1], [['a']], [{}]])('kid %j is malformed', async (id) => {
    expect(await refusalOf(await withHeader({ kid: id }))).toBe('token_malformed')
  })

  it.each(['__proto__', 'constructor', '../../etc/passwd', "' or 1=1 --", '\u0000', 'x'.repeat(8000)])(
    'kid %j is looked up and not found',
    async (id) => {
      expect(await outcomeOf(verifierFor().verify(await withHeader({ kid: id })))).toBe(
        'signing_key_not_found',
      )
    },
  )

  it('is ignored: no key and no address of a token is ever used', async () => {
    const url = 'https://attacker.example/keys'
    const token = await withHeader({
      jku: url,
      x5u: url,
      jwk: { kty: 'RSA' },
      x5c: ['x'],
      x5t: 'x',
      cty: 'JWT',
    })
    const asked: string[] = []
    const verifier = verifierFor()
    expect(await outcomeOf(verifier.verify(token))).toBe('accepted')
    const fetch: typeof globalThis.fetch = async (input) => {
      asked.push(input instanceof Request ? input.url : String(input))
      throw new Error('down')
    }
    await outcomeOf(verifierFor({ fetch }).verify(token))
    expect(asked.filter((address) => address.includes('attacker'))).toEqual([])
    expect(asked).not.toEqual([])
  })
})

describe('a parsed token', () => {
  it('keeps what is signed, byte for byte', async () => {
    const token = await issue()
    const { encodedHeader, header: parsed, payload, signedBytes, signature } = parse(token)
    expect(new TextDecoder().decode(signedBytes)).toBe(token.slice(0, token.lastIndexOf('.')))
    expect(encodedHeader).toBe(token.slice(0, token.indexOf('.')))
    expect(parsed).toEqual({ kid, hasNonce: false })
    expect(payload).toEqual(claims)
    expect(toBase64url(signature)).toBe(token.slice(token.lastIndexOf('.') + 1))
    expect(Object.isFrozen(payload)).toBe(true)
  })

  it('of more than RS256 can sign is a wrong signature, not an error', async () => {
    const token = await issue()
    const long = await signSegments(toBase64url(headerText), toBase64url(payloadText))
    for (const changed of [`${token}${'A'.repeat(340)}`, `${long.slice(0, long.lastIndexOf('.'))}.AAAA`]) {
      expect(await outcomeOf(verifierFor().verify(changed))).toBe('signature_invalid')
    }
  })

  it('tells nothing of the token in its refusal', async () => {
    const secret = 'c2VjcmV0LXNlY3JldC1zZWNyZXQ'
    for (const token of [`${secret}.a.b`, `a.${secret}.b`, `${(await issue()).slice(0, -4)}=${secret}`]) {
      const error = await verifierFor()
        .verify(token)
        .catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(EntraGuardError)
      const { message, hint, details } = error as EntraGuardError
      expect(JSON.stringify({ message, hint, details })).not.toContain('c2VjcmV0')
    }
  })
})
