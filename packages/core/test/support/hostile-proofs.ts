import { createHmac, createPublicKey } from 'node:crypto'

import { clock, toBase64url } from './issuer.ts'
import {
  ellipticHolder,
  holder,
  origin,
  proofClaims,
  proofHeader,
  prove,
  sha256,
  signatureOf,
  signProof,
  thief,
} from './prover.ts'

/*
 * Proofs that must not prove anything, in families. The seed makes the random ones the same each time.
 */

/** One header `DPoP`, or several, made for this token. */
export type MakeProof = (token: string) => string | readonly string[] | undefined

export interface HostileProof {
  readonly family: string
  readonly name: string
  readonly make: MakeProof
}

/** Mulberry32. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const json = JSON.stringify
const shown = (value: unknown): string => (value === undefined ? 'nothing' : json(value).slice(0, 60))

const family = (name: string, proofs: Readonly<Record<string, MakeProof>>): readonly HostileProof[] =>
  Object.entries(proofs).map(([each, make]) => ({ family: name, name: each, make }))
const headers = (name: string, parameter: string, values: readonly unknown[]): readonly HostileProof[] =>
  values.map((value) => ({
    family: name,
    name: shown(value),
    make: (token) => prove(token, {}, { [parameter]: value }),
  }))
const claims = (name: string, values: readonly unknown[]): readonly HostileProof[] =>
  values.map((value) => ({
    family: name,
    name: shown(value),
    make: (token) => prove(token, { [name]: value }),
  }))
const keys = (values: Readonly<Record<string, unknown>>): readonly HostileProof[] =>
  Object.entries(values).map(([name, jwk]) => ({
    family: 'jwk',
    name,
    make: (token) => prove(token, {}, { jwk }),
  }))

const { jwk } = holder
const [x, y] = [String(jwk['x']), String(jwk['y'])]
const bytesOf = (text: string): Buffer => Buffer.from(text, 'base64url')
/** The same bytes in another text: the bits at the end that count for nothing. */
const otherSpelling = (text: string): string => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return text.slice(0, -1) + alphabet[alphabet.indexOf(text.at(-1) ?? '') + 1]
}

const keyFamily = keys({
  nothing: undefined,
  null: null,
  'a text': json(jwk),
  'a list': [jwk],
  'an empty object': {},
  'its thumbprint': { jkt: holder.jkt },
  'the key of the thief': thief.jwk,
  'the key of the thief with the kid of the holder': { ...thief.jwk, kid: holder.jkt },
  'a symmetric key': { kty: 'oct', k: toBase64url('secret') },
  'the type of another': { ...jwk, kty: 'OKP' },
  'the type in lower case': { ...jwk, kty: 'ec' },
  'another curve': { ...jwk, crv: 'P-384' },
  'the curve of bitcoin': { ...jwk, crv: 'secp256k1' },
  'no curve': { ...jwk, crv: undefined },
  'no x': { ...jwk, x: undefined },
  'no y': { ...jwk, y: undefined },
  'x as a number': { ...jwk, x: 1 },
  'x as a list': { ...jwk, x: [x] },
  'x with padding': { ...jwk, x: `${x}=` },
  'x in another spelling': { ...jwk, x: otherSpelling(x) },
  'x with a zero in front': { ...jwk, x: toBase64url(Buffer.concat([Buffer.alloc(1), bytesOf(x)])) },
  'x without its first byte': { ...jwk, x: toBase64url(bytesOf(x).subarray(1)) },
  'x and y exchanged': { ...jwk, x: y, y: x },
  'no point of the curve': { ...jwk, y: toBase64url(Buffer.alloc(32, 7)) },
  'the point of zeros': { ...jwk, x: toBase64url(Buffer.alloc(32)), y: toBase64url(Buffer.alloc(32)) },
  'for encryption': { ...jwk, use: 'enc' },
  'for another algorithm': { ...jwk, alg: 'ES384' },
  'for signing': { ...jwk, key_ops: ['sign'] },
  'operations as a text': { ...jwk, key_ops: 'verify' },
  'a certificate in its place': { x5c: ['AAAA'] },
  'an address in its place': { jku: 'https://evil.test/keys' },
  ...Object.fromEntries(
    ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'].map((name) => [
      `a private member ${name}`,
      { ...jwk, [name]: x },
    ]),
  ),
})

const splitProof = (proof: string): readonly [string, string, string] => {
  const [header = '', payload = '', signature = ''] = proof.split('.')
  return [header, payload, signature]
}
/** A good proof with another signature. */
const resigned =
  (sign: (good: Buffer, input: string) => Uint8Array | string): MakeProof =>
  (token) => {
    const [header, payload, signature] = splitProof(prove(token))
    const made = sign(bytesOf(signature), `${header}.${payload}`)
    return `${header}.${payload}.${typeof made === 'string' ? made : toBase64url(made)}`
  }
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
const toBytes = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(64, '0'), 'hex')

const signatures = family('signature', {
  none: resigned(() => ''),
  'zeros, as CVE-2022-21449 took them': resigned(() => Buffer.alloc(64)),
  'r of zero': resigned((good) => Buffer.concat([Buffer.alloc(32), good.subarray(32)])),
  's of zero': resigned((good) => Buffer.concat([good.subarray(0, 32), Buffer.alloc(32)])),
  'r and s of the order': resigned(() => Buffer.concat([toBytes(order), toBytes(order)])),
  'r and s exchanged': resigned((good) => Buffer.concat([good.subarray(32), good.subarray(0, 32)])),
  'a byte too short': resigned((good) => good.subarray(0, 63)),
  'a byte too long': resigned((good) => Buffer.concat([good, Buffer.alloc(1)])),
  'half of it': resigned((good) => good.subarray(0, 32)),
  'in DER': resigned((_good, input) => signatureOf(input, holder, 'der')),
  'with padding': resigned((good) => `${toBase64url(good)}==`),
  'in another spelling': resigned((good) => otherSpelling(toBase64url(good))),
  'of the thief': resigned((_good, input) => signatureOf(input, thief)),
  'of the payload alone': resigned((_good, input) => signatureOf(input.split('.')[1] ?? '', holder)),
  'of another proof': (token) => {
    const [header, payload] = splitProof(prove(token))
    return `${header}.${payload}.${splitProof(prove(token))[2]}`
  },
  'by HMAC with the public key': (token) => {
    const input = splitProof(prove(token, {}, { alg: 'HS256' }))
      .slice(0, 2)
      .join('.')
    const pem = createPublicKey(holder.privateKey).export({ type: 'spki', format: 'pem' })
    return `${input}.${createHmac('sha256', pem).update(input).digest('base64url')}`
  },
})

const addresses = claims('htu', [
  undefined,
  null,
  '',
  1,
  [`${origin}/orders`],
  '/orders',
  'api.contoso.com/orders',
  `${origin}/`,
  origin,
  `${origin}/orders/`,
  `${origin}//orders`,
  `${origin}/Orders`,
  `${origin}/orders/1`,
  `${origin}/orders%2F`,
  `${origin}/%2forders`,
  `${origin}/orders%20`,
  `${origin}/orders;a=b`,
  `${origin}/orders%`,
  `${origin}/orders%zz`,
  `${origin}/orders/..`,
  `${origin}/whoami/../../orders/..`,
  `${origin}\\orders`,
  ` ${origin}/orders`,
  `${origin}/orders `,
  `${origin}/or\tders`,
  `${origin}/orders\n`,
  'http://api.contoso.com/orders',
  'HTTPS:api.contoso.com/orders',
  'https:/api.contoso.com/orders',
  'https:///api.contoso.com/orders',
  'https:\\\\api.contoso.com/orders',
  'https://api.contoso.com:444/orders',
  'https://api.contoso.com:80/orders',
  'https://api.contoso.com./orders',
  'https://evil.test/orders',
  'https://api.contoso.com.evil.test/orders',
  'https://evil.test/https://api.contoso.com/orders',
  'https://evil.test#@api.contoso.com/orders',
  'https://evil.test?@api.contoso.com/orders',
  'https://api.contoso.com@evil.test/orders',
  'https://evil.test@api.contoso.com/orders',
  'https://:@api.contoso.com/orders',
  'https://api.contoso.com%2eevil.test/orders',
  'https://аpi.contoso.com/orders',
  'https://api。contoso。com.test/orders',
  'wss://api.contoso.com/orders',
  'javascript://api.contoso.com/orders',
  'ftp://api.contoso.com/orders',
  'urn:orders',
])

const times = [
  ...claims('iat', [
    undefined,
    null,
    true,
    '',
    String(clock),
    [clock],
    { value: clock },
    0,
    -clock,
    clock - 301,
    clock + 301,
    clock - 86_400,
    clock + 86_400,
    clock * 1000,
    1e300,
  ]),
  ...claims('exp', ['', null, clock - 61, clock - 60, -1]),
  ...claims('nbf', ['', null, clock + 61]),
]

const texts = (token: string): { header: string; payload: string } => ({
  header: json(proofHeader(holder)),
  payload: json(proofClaims(token)),
})
/** A good proof, its texts rewritten before they are signed. */
const rewritten =
  (
    rewrite: (texts: { header: string; payload: string }) => Partial<{ header: string; payload: string }>,
  ): MakeProof =>
  (token) => {
    const { header, payload } = { ...texts(token), ...rewrite(texts(token)) }
    return signProof(header, payload)
  }
const asArray = (text: string): string => `[${text}]`
const more = (text: string, member: string): string => `${text.slice(0, -1)},${member}}`

const spellings = family('JSON', {
  'typ twice': rewritten(({ header }) => ({ header: more(header, '"typ":"dpop+jwt"') })),
  'alg twice': rewritten(({ header }) => ({ header: more(header, '"alg":"none"') })),
  'jwk twice': rewritten(({ header }) => ({ header: more(header, `"jwk":${json(thief.jwk)}`) })),
  'jwk twice, once with an escape': rewritten(({ header }) => ({
    header: more(header, String.raw`"\u006awk":${json(thief.jwk)}`),
  })),
  'x of the key twice': rewritten(({ header }) => ({
    header: header.replace('"x":', `"x":"${thief.jwk['x'] as string}","x":`),
  })),
  'x of the key twice, once with an escape': rewritten(({ header }) => ({
    header: header.replace('"x":', String.raw`"\u0078":"${thief.jwk['x'] as string}","x":`),
  })),
  'kty of the key twice, the same': rewritten(({ header }) => ({
    header: header.replace('"kty":"EC"', '"kty":"EC","kty":"EC"'),
  })),
  'a member of a claim twice': rewritten(({ payload }) => ({
    payload: more(payload, '"a":[{"b":1,"b":1}]'),
  })),
  'htu twice': rewritten(({ payload }) => ({ payload: more(payload, '"htu":"https://evil.test/"') })),
  'htm twice, once with an escape': rewritten(({ payload }) => ({
    payload: more(payload, String.raw`"h\u0074m":"POST"`),
  })),
  'jti twice': rewritten(({ payload }) => ({ payload: more(payload, '"jti":"1"') })),
  'ath twice': rewritten(({ payload }) => ({ payload: more(payload, '"ath":"1"') })),
  'any member twice': rewritten(({ payload }) => ({ payload: more(payload, '"a":1,"a":2') })),
  'a twin of htu in another case': rewritten(({ payload }) => ({ payload: more(payload, '"HTU":1') })),
  'a twin of alg in another case': rewritten(({ header }) => ({ header: more(header, '"Alg":"none"') })),
  'a header that is a list': rewritten(({ header }) => ({ header: asArray(header) })),
  'claims that are a list': rewritten(({ payload }) => ({ payload: asArray(payload) })),
  'claims that are a text': rewritten(({ payload }) => ({ payload: json(payload) })),
  'claims that are null': rewritten(() => ({ payload: 'null' })),
  'a byte order mark': rewritten(({ payload }) => ({ payload: `\uFEFF${payload}` })),
  'something behind the claims': rewritten(({ payload }) => ({ payload: `${payload}{}` })),
  'claims that are not JSON': rewritten(({ payload }) => ({ payload: payload.replaceAll('"', "'") })),
  'a time without an end': rewritten(({ payload }) => ({
    payload: payload.replace(String(clock), '1e400'),
  })),
  'an end that never comes': rewritten(({ payload }) => ({ payload: more(payload, '"exp":1e400') })),
  'a beginning before all time': rewritten(({ payload }) => ({ payload: more(payload, '"nbf":-1e400') })),
  'nesting without an end': rewritten(({ payload }) => ({
    payload: more(payload, `"a":${'['.repeat(1000)}${']'.repeat(1000)}`),
  })),
  'claims that are not UTF-8': (token) => {
    const { header, payload } = texts(token)
    const bytes = Buffer.concat([
      Buffer.from(payload.slice(0, -1)),
      Buffer.from([0x2c, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
    ])
    const input = `${toBase64url(header)}.${toBase64url(bytes)}`
    return `${input}.${toBase64url(signatureOf(input, holder))}`
  },
})

/** A good proof of so many characters, or of one more where base64 has no text of that length. */
function ofLength(token: string, length: number): string {
  const filler = Math.floor((length - prove(token, { more: '' }).length) * 0.75) - 3
  const proofs = Array.from({ length: 6 }, (_, extra) => prove(token, { more: 'x'.repeat(filler + extra) }))
  return proofs.find((proof) => proof.length >= length) ?? ''
}

const transport = family('transport', {
  'nothing between commas': () => ',',
  'two of them': (token) => [prove(token), prove(token)],
  'the same twice': (token) => {
    const proof = prove(token)
    return [proof, proof]
  },
  'two of them in one header': (token) => `${prove(token)}, ${prove(token)}`,
  'a comma behind it': (token) => `${prove(token)},`,
  'an empty one before it': (token) => ['', prove(token)],
  'the scheme before it': (token) => `DPoP ${prove(token)}`,
  'the token itself': (token) => token,
  'a space inside': (token) => prove(token).replace('.', ' .'),
  'a line break inside': (token) => prove(token).replace('.', '.\r\n '),
  'quotes around it': (token) => `"${prove(token)}"`,
  'two segments': (token) => prove(token).split('.').slice(0, 2).join('.'),
  'four segments': (token) => `${prove(token)}.AAAA`,
  'five segments': (token) => `${prove(token)}.AAAA.AAAA`,
  'a dot in front': (token) => `.${prove(token)}`,
  'dots alone': () => '..',
  'an empty header': (token) => prove(token).replace(/^[^.]+/, ''),
  'an empty payload': (token) => prove(token).replace(/\.[^.]+\./, '..'),
  'the JSON serialization': (token) => {
    const [header, payload, signature] = splitProof(prove(token))
    return json({ protected: header, payload, signature })
  },
  'padding in the header': (token) => prove(token).replace('.', '=.'),
  'the standard alphabet': (token) => `${prove(token).slice(0, -1)}+`,
  'letters that look alike': (token) => prove(token).replace('e', 'е'),
  'a letter that some decoders cut': (token) => prove(token).replace('e', 'ť'),
  'more than it may have': (token) => prove(token, { more: 'x'.repeat(8192) }),
  'a little more than it may have': (token) => ofLength(token, 8193),
  'a megabyte': () => 'a'.repeat(1_048_576),
})

const others = [
  ...headers('typ', 'typ', [
    undefined,
    null,
    '',
    'JWT',
    'at+jwt',
    'dpop',
    'jwt+dpop',
    'dpop+jwt ',
    'application/dpop',
    'text/dpop+jwt',
    ['dpop+jwt'],
    1,
    'dpop+jwſ',
  ]),
  ...headers('alg', 'alg', [
    undefined,
    null,
    '',
    'none',
    'None',
    'HS256',
    'es256',
    'ES256 ',
    'ES384',
    'ES256K',
    'PS256',
    'RS256',
    'EdDSA',
    ['ES256'],
    { name: 'ES256' },
    '__proto__',
    'constructor',
  ]),
  ...headers('crit', 'crit', [[], ['exp'], 'exp', null]),
  ...headers('b64', 'b64', [false, true]),
  ...claims('htm', [
    undefined,
    null,
    '',
    'get',
    'Get',
    'POST',
    'HEAD',
    'GET ',
    ' GET',
    'GET,POST',
    '*',
    ['GET'],
    'ＧＥＴ',
    1,
  ]),
  ...claims('jti', [undefined, null, '', 0, 1, true, ['a'], { a: 1 }]),
]

const hashes: readonly HostileProof[] = [
  ...claims('ath', [undefined, null, '', 1, sha256(''), sha256('another token')]),
  ...family('ath', {
    'in hexadecimal': (token) =>
      prove(token, { ath: Buffer.from(sha256(token), 'base64url').toString('hex') }),
    'in standard base64': (token) =>
      prove(token, { ath: Buffer.from(sha256(token), 'base64url').toString('base64') }),
    'with padding': (token) => prove(token, { ath: `${sha256(token)}=` }),
    'of half of it': (token) => prove(token, { ath: sha256(token).slice(0, 21) }),
    'in another spelling': (token) => prove(token, { ath: otherSpelling(sha256(token)) }),
    'of the scheme and the token': (token) => prove(token, { ath: sha256(`DPoP ${token}`) }),
    'in a list': (token) => prove(token, { ath: [sha256(token)] }),
    'the token itself': (token) => prove(token, { ath: token.slice(0, 43) }),
  }),
]

const stolen = family('stolen', {
  'a proof of the thief': (token) => prove(token, {}, {}, thief),
  'the key of the holder, signed by the thief': (token) => prove(token, {}, { jwk }, thief),
  'the key of the thief, signed by the holder': (token) => prove(token, {}, { jwk: thief.jwk }),
  'a key that was made for this': (token) => prove(token, {}, {}, ellipticHolder()),
  'a proof for another token': () => prove('another token'),
  'a proof for the token endpoint': (token) =>
    prove(token, { ath: undefined, htm: 'POST', htu: 'https://login.microsoftonline.com/token' }),
  'a proof for another API': (token) => prove(token, { htu: 'https://other.contoso.com/orders' }),
  'a proof of yesterday': (token) => prove(token, { iat: clock - 86_400 }),
})

/** One letter of a good proof changed, anywhere. */
function mutations(count: number): readonly HostileProof[] {
  const next = random(9449)
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.'
  return Array.from({ length: count }, (_, index) => {
    const [place, letter] = [next(), next()]
    return {
      family: 'mutation',
      name: `number ${index}`,
      make: (token: string) => {
        const proof = prove(token)
        const at = Math.floor(place * proof.length)
        const was = alphabet.indexOf(proof.charAt(at))
        const now = alphabet[(was + 1 + Math.floor(letter * (alphabet.length - 1))) % alphabet.length]
        return `${proof.slice(0, at)}${now}${proof.slice(at + 1)}`
      },
    }
  })
}

export const hostileProofs: readonly HostileProof[] = [
  ...others,
  ...keyFamily,
  ...signatures,
  ...addresses,
  ...times,
  ...hashes,
  ...spellings,
  ...transport,
  ...stolen,
  ...mutations(100),
]

/** The other valid signature that every signature of ECDSA has, which nobody needs a key for. */
export function malleated(proof: string): string {
  const [header, payload, signature] = splitProof(proof)
  const bytes = bytesOf(signature)
  const s = BigInt(`0x${bytes.subarray(32).toString('hex')}`)
  return `${header}.${payload}.${toBase64url(Buffer.concat([bytes.subarray(0, 32), toBytes(order - s)]))}`
}

/** Odd, and as the RFC allows. */
export const oddButGood: Readonly<Record<string, (token: string) => string>> = {
  'the type in capitals': (token) => prove(token, {}, { typ: 'DPoP+JWT' }),
  'the whole media type': (token) => prove(token, {}, { typ: 'application/dpop+jwt' }),
  'what browsers export with a key': (token) =>
    prove(token, {}, { jwk: { ...jwk, ext: true, key_ops: ['verify'] } }),
  'a key with all that it may say': (token) =>
    prove(token, {}, { jwk: { ...jwk, use: 'sig', alg: 'ES256', kid: 'x' } }),
  'header parameters that nobody reads': (token) => prove(token, {}, { kid: 'x', jku: 'https://evil.test' }),
  'claims that nobody reads': (token) => prove(token, { nonce: 'x', sub: 'x', constructor: 1, toString: 1 }),
  'the host in capitals': (token) => prove(token, { htu: 'HTTPS://API.CONTOSO.COM/orders' }),
  'the port of the scheme': (token) => prove(token, { htu: 'https://api.contoso.com:443/orders' }),
  'letters that need no encoding': (token) => prove(token, { htu: `${origin}/%6frder%73` }),
  'dots in the path': (token) => prove(token, { htu: `${origin}/a/./..//../orders` }),
  'dots that are encoded': (token) => prove(token, { htu: `${origin}/a/%2e%2E/orders` }),
  'a query': (token) => prove(token, { htu: `${origin}/orders?a=b` }),
  'a fragment': (token) => prove(token, { htu: `${origin}/orders#a` }),
  'the oldest moment': (token) => prove(token, { iat: clock - 300 }),
  'the latest moment': (token) => prove(token, { iat: clock + 300 }),
  'a part of a second': (token) => prove(token, { iat: clock + 0.5 }),
  'colons and braces in its texts': (token) =>
    prove(token, { jti: '{"a":1,"a":2}\\":', more: { a: { b: [{ b: ':' }] } } }),
  'an end and a beginning': (token) => prove(token, { exp: clock + 60, nbf: clock - 60 }),
  'an end that has come a minute ago, less a moment': (token) => prove(token, { exp: clock - 59.999 }),
  'a beginning in a minute': (token) => prove(token, { nbf: clock + 60 }),
  'nothing among the members of an object': (token) => prove(token, { more: { a: null, b: [null] } }),
  'as many characters as it may have': (token) => ofLength(token, 8192),
  'a long id': (token) => prove(token, { jti: 'x'.repeat(2000) }),
  'an id of any letters': (token) => prove(token, { jti: 'ü\n\u0000💥' }),
  'blanks around it': (token) => ` \t${prove(token)} `,
  'white space in its JSON': (token) =>
    signProof(JSON.stringify(proofHeader(holder), null, 2), JSON.stringify(proofClaims(token), null, 2)),
  'the other signature': (token) => malleated(prove(token)),
}
