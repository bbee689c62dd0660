import { createPublicKey, generateKeyPairSync } from 'node:crypto'

import { category, type HostileCase } from './case.ts'
import {
  claims,
  encode,
  genuineKey,
  header,
  kid,
  publicJwk,
  publicPem,
  sign,
  signAs,
  signTexts,
  strangerJwk,
  strangerKey,
  without,
} from './forge.ts'

const genuine = sign(claims)
const [encodedHeader = '', encodedPayload = '', encodedSignature = ''] = genuine.split('.')
const early = { beforeAnyFetch: true }

const algorithmConfusion = category('algorithm confusion', (add) => {
  const der = createPublicKey(publicPem).export({ type: 'spki', format: 'der' })
  const secrets: Readonly<Record<string, string | Buffer>> = {
    'the PEM': publicPem,
    'the PEM with white space': ` \n${publicPem}\n`,
    'the PEM without its lines': publicPem.replaceAll('\n', ''),
    'the DER': der,
    'the modulus': Buffer.from(String(publicJwk['n']), 'base64url'),
    'the modulus as text': String(publicJwk['n']),
    'the JWK as JSON': JSON.stringify(publicJwk),
    'the key set as JSON': JSON.stringify({ keys: [publicJwk] }),
    'the key id': kid,
    'the empty secret': '',
  }
  for (const algorithm of ['HS256', 'HS384', 'HS512']) {
    for (const [what, secret] of Object.entries(secrets)) {
      add(`${algorithm} with ${what}`, signAs(algorithm, secret), 'algorithm_refused', early)
    }
  }
  for (const algorithm of ['RS384', 'RS512', 'PS256', 'PS384', 'PS512']) {
    add(`${algorithm} by the genuine key`, signAs(algorithm, genuineKey), 'algorithm_refused', early)
  }
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  for (const algorithm of ['ES256', 'ES384', 'ES512'])
    add(algorithm, signAs(algorithm, privateKey), 'algorithm_refused', early)
  for (const algorithm of ['ES256', 'ES384']) {
    const zero = encode(Buffer.alloc(64))
    add(
      `${algorithm} with a signature of zeros`,
      `${encode(JSON.stringify({ ...header, alg: algorithm }))}.${encodedPayload}.${zero}`,
      'algorithm_refused',
      early,
    )
  }
  for (const algorithm of [
    'EdDSA',
    'Ed25519',
    'RS1',
    'RSA-OAEP',
    'dir',
    'A256KW',
    'rs256',
    'Rs256',
    'RS256 ',
    ' RS256',
    'RS256\u0000',
    'RS256\n',
    'ＲＳ256',
    'RS2560',
    'RS25',
    '',
    'undefined',
  ]) {
    add(`"${JSON.stringify(algorithm)}"`, sign(claims, { alg: algorithm }), 'algorithm_refused', early)
  }
  for (const algorithm of [null, true, 256, ['RS256'], { RS256: 1 }, [[]], 0]) {
    add(`alg ${JSON.stringify(algorithm)}`, sign(claims, { alg: algorithm }), 'algorithm_refused', early)
  }
  add(
    'no alg',
    signTexts(JSON.stringify(without(header, 'alg')), JSON.stringify(claims)),
    'algorithm_refused',
    early,
  )
})

const noneVariants = category('alg none', (add) => {
  for (const algorithm of [
    'none',
    'None',
    'NONE',
    'nOnE',
    'noNE',
    'NonE',
    ' none',
    'none ',
    'none\u0000',
    '"none"',
    'nonе',
  ]) {
    const head = encode(JSON.stringify({ ...header, alg: algorithm }))
    add(`${algorithm}, empty signature`, `${head}.${encodedPayload}.`, 'algorithm_refused', early)
    add(
      `${algorithm}, genuine signature`,
      `${head}.${encodedPayload}.${encodedSignature}`,
      'algorithm_refused',
      early,
    )
    add(`${algorithm}, two segments`, `${head}.${encodedPayload}`, 'token_malformed', early)
  }
  add('RS256 with an empty signature', `${encodedHeader}.${encodedPayload}.`, 'token_malformed', early)
  add('RS256 without a signature', `${encodedHeader}.${encodedPayload}`, 'token_malformed', early)
  for (const length of [1, 2, 32, 255, 257, 512]) {
    add(
      `RS256 with ${length} zero bytes`,
      `${encodedHeader}.${encodedPayload}.${encode(Buffer.alloc(length))}`,
      'signature_invalid',
    )
  }
  add(
    'RS256 with 256 bytes of 0xff',
    `${encodedHeader}.${encodedPayload}.${encode(Buffer.alloc(256, 0xff))}`,
    'signature_invalid',
  )
})

const headerInjection = category('keys in the header', (add) => {
  const attackers = {
    jwk: strangerJwk,
    jku: 'https://attacker.example/keys',
    x5u: 'https://attacker.example/cert',
    x5c: ['MIIC'],
    x5t: 'AAAA',
    'x5t#S256': 'AAAA',
    cty: 'JWT',
    zip: 'DEF',
    enc: 'A256GCM',
    url: 'https://attacker.example',
    iss: 'https://attacker.example',
  }
  for (const [name, value] of Object.entries(attackers)) {
    add(`${name}, signed by its key`, sign(claims, { [name]: value }, strangerKey), 'signature_invalid')
    add(`${name}, signed by the genuine key, is not read`, sign(claims, { [name]: value }), 'accepted')
  }
  for (const value of [[], ['exp'], ['b64'], 'exp', null, {}, ['x', 'x'], ['alg'], 0, false]) {
    add(`crit ${JSON.stringify(value)}`, sign(claims, { crit: value }), 'header_refused', early)
  }
  for (const value of [false, true, null, 'false', 0])
    add(`b64 ${JSON.stringify(value)}`, sign(claims, { b64: value }), 'header_refused', early)
  for (const type of [
    'pop',
    'JWS',
    'JOSE',
    'dpop+jwt',
    'logout+jwt',
    'id_token',
    'token+jwt',
    'at+jwt ',
    'application/pop',
    'application/application/jwt',
    'JſWT',
    '',
    'jwt;x=1',
  ]) {
    add(`typ ${JSON.stringify(type)}`, sign(claims, { typ: type }), 'token_type_refused', early)
  }
  for (const type of [null, 1, true, ['JWT'], {}])
    add(`typ ${JSON.stringify(type)}`, sign(claims, { typ: type }), 'token_type_refused', early)
  for (const type of ['JWT', 'jwt', 'at+jwt', 'AT+JWT', 'application/at+jwt', 'Application/JWT'])
    add(`typ ${type}`, sign(claims, { typ: type }), 'accepted')
  add('no typ', signTexts(JSON.stringify(without(header, 'typ')), JSON.stringify(claims)), 'accepted')
  for (const value of ['abc', '', null, 0])
    add(`a header nonce ${JSON.stringify(value)}`, sign(claims, { nonce: value }), 'graph_token', early)
})

const keyIds = category('kid', (add) => {
  for (const value of [null, 1, true, [], [kid], { kid }, ''])
    add(`kid ${JSON.stringify(value)}`, sign(claims, { kid: value }), 'token_malformed', early)
  add(
    'no kid',
    signTexts(JSON.stringify(without(header, 'kid')), JSON.stringify(claims)),
    'token_malformed',
    early,
  )
  const strangers = [
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'genuine-key ',
    ' genuine-key',
    'GENUINE-KEY',
    'genuine-key\u0000',
    'genuine-ke',
    'genuine-keyy',
    '../genuine-key',
    '/etc/passwd',
    "' OR 1=1 --",
    '$ne',
    '*',
    '%00',
    '\u202Egenuine-key',
    'x'.repeat(5000),
    'genuine\u2010key',
    '{"$gt":""}',
    '0',
    'null',
    'undefined',
  ]
  for (const value of strangers)
    add(`kid ${JSON.stringify(value).slice(0, 30)}`, sign(claims, { kid: value }), 'signing_key_not_found')
})

const base64url = category('base64url', (add) => {
  const segments = [encodedHeader, encodedPayload, encodedSignature] as const
  const join = (index: number, changed: string): string =>
    segments.map((segment, at) => (at === index ? changed : segment)).join('.')
  const names = ['header', 'payload', 'signature']
  for (const [index, segment] of segments.entries()) {
    const middle = Math.floor(segment.length / 2)
    const changes: Readonly<Record<string, string>> = {
      'padding =': `${segment}=`,
      'padding ==': `${segment}==`,
      'padding in the middle': `${segment.slice(0, middle)}=${segment.slice(middle)}`,
      'a line break': `${segment.slice(0, middle)}\n${segment.slice(middle)}`,
      'a space in front': ` ${segment}`,
      'a space behind': `${segment} `,
      'a tab': `${segment}\t`,
      'a null character': `${segment}\u0000`,
      'a plus sign': `${segment.slice(0, middle)}+${segment.slice(middle + 1)}`,
      'a slash': `${segment.slice(0, middle)}/${segment.slice(middle + 1)}`,
      'a percent escape': `${segment.slice(0, middle)}%41${segment.slice(middle + 1)}`,
      'a wide character that cuts to the right one': `${segment.slice(0, middle)}${String.fromCharCode(0x100 + segment.charCodeAt(middle))}${segment.slice(middle + 1)}`,
      'a full-width character': `${segment.slice(0, middle)}${String.fromCharCode(0xff21)}${segment.slice(middle + 1)}`,
      'a length that no bytes have': segment.slice(
        0,
        segment.length - (segment.length % 4 === 1 ? 0 : (segment.length - 1) % 4),
      ),
      nothing: '',
    }
    for (const [what, changed] of Object.entries(changes))
      add(`${what} in the ${names[index]}`, join(index, changed), 'token_malformed', early)
  }
  // 256 bytes end in two characters' worth of spare bits: every other spelling of the last one is the same bytes.
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const last = alphabet.indexOf(encodedSignature.at(-1) ?? '')
  for (let spare = 1; spare < 16; spare++) {
    add(
      `trailing bits ${spare}`,
      `${genuine.slice(0, -1)}${alphabet[last + spare] ?? ''}`,
      'token_malformed',
      early,
    )
  }
})

const shape = category('shape', (add) => {
  const values: readonly unknown[] = [
    undefined,
    null,
    0,
    1,
    true,
    {},
    [],
    [genuine],
    { toString: () => genuine },
    Symbol('token'),
    () => genuine,
    new String(genuine),
    Buffer.from(genuine),
    10n,
    Number.NaN,
  ]
  for (const [index, value] of values.entries())
    add(`not a string ${index} (${typeof value})`, value, 'token_malformed', early)
  for (const text of [
    '',
    '.',
    '..',
    '...',
    'a',
    'a.b',
    'a.b.c',
    'a.b.c.d',
    '{}',
    'null',
    'undefined',
    '[object Object]',
  ])
    add(`text ${JSON.stringify(text)}`, text, 'token_malformed', early)
  // The names are the same each time: the token is not.
  for (const [what, text] of [
    ['with a dot behind it', `${genuine}.`],
    ['with a dot before it', `.${genuine}`],
    ['with a fourth part', `${genuine}.x`],
    ['with its scheme', `Bearer ${genuine}`],
    ['in quotes', `"${genuine}"`],
    ['with two dots for one', genuine.replace('.', '..')],
    ['with a blank before each dot', genuine.replaceAll('.', ' .')],
    ['backwards', genuine.split('').toReversed().join('')],
  ] as const)
    add(`a good token ${what}`, text, 'token_malformed', early)
  for (const text of [
    'a.b.c.d.e',
    '....',
    `${genuine}.x.y`,
    `${encode('{"alg":"RSA-OAEP","enc":"A256GCM"}')}.AA.AA.AA.AA`,
    `${encode('{"alg":"dir","enc":"A128CBC-HS256","zip":"DEF"}')}..AA.AA.AA`,
  ]) {
    add(`five segments ${text.slice(0, 20)}`, text, 'token_encrypted', early)
  }
  add('six segments', 'a.b.c.d.e.f', 'token_malformed', early)
  for (const length of [16_385, 100_000, 1_000_000]) {
    add(`${length} characters`, 'a'.repeat(length), 'token_too_large', early)
    add(`${length} dots`, '.'.repeat(length), 'token_too_large', early)
  }
  add(
    'a payload of 17,000 characters',
    sign({ ...claims, filler: 'x'.repeat(17_000) }),
    'token_too_large',
    early,
  )
  add('a payload of 8,000 characters', sign({ ...claims, filler: 'x'.repeat(8000) }), 'accepted')
})

const json = category('JSON', (add) => {
  const good = JSON.stringify(claims)
  const head = JSON.stringify(header)
  const payloads: Readonly<Record<string, string | Uint8Array>> = {
    'an array': `[${good}]`,
    'a string': JSON.stringify(good),
    null: 'null',
    'a number': '1',
    true: 'true',
    nothing: ' ',
    'a byte order mark': `\uFEFF${good}`,
    'two objects': `${good}${good}`,
    'something behind it': `${good} x`,
    'a trailing comma': good.replace(/}$/, ',}'),
    'single quotes': good.replaceAll('"', "'"),
    'a comment': good.replace('{', '{/* */'),
    NaN: good.replace(/"exp":\d+/, '"exp":NaN'),
    'invalid UTF-8': Buffer.concat([
      Buffer.from(good.slice(0, -1)),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('}'),
    ]),
    'an overlong encoding': Buffer.from(good).subarray(0, -1).toString('latin1') + '\u00C0\u00AE}',
    'UTF-16': Buffer.from(good, 'utf16le'),
    'a control character in a string': good.replace('Orders.Read', 'Orders\u0001Read'),
  }
  for (const [what, payload] of Object.entries(payloads)) {
    const bytes = what === 'an overlong encoding' ? Buffer.from(String(payload), 'latin1') : payload
    add(`payload: ${what}`, signTexts(head, bytes), 'token_malformed', early)
    if (typeof payload === 'string' && !what.startsWith('NaN') && !what.startsWith('an over')) {
      add(`header: ${what}`, signTexts(payload.replace(good, head), good), 'token_malformed', early)
    }
  }
  for (const depth of [33, 100, 1000, 1500]) {
    add(
      `arrays nested ${depth} deep`,
      signTexts(head, good.replace(/}$/, `,"x":${'['.repeat(depth)}${']'.repeat(depth)}}`)),
      'token_malformed',
      early,
    )
    add(
      `objects nested ${depth} deep`,
      signTexts(head, good.replace(/}$/, `,"x":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}}`)),
      'token_malformed',
      early,
    )
  }
  add(
    'arrays nested 10 deep',
    signTexts(head, good.replace(/}$/, `,"x":${'['.repeat(10)}${']'.repeat(10)}}`)),
    'accepted',
  )
  add('white space between members', signTexts(head, JSON.stringify(claims, null, 4)), 'accepted')
  add('escaped names', signTexts(head, good.replace('"aud"', String.raw`"\u0061ud"`)), 'accepted')
})

const decidingClaims =
  'iss aud exp nbf iat tid oid sub ver scp roles wids groups azp appid idtyp acct amr acrs tfp acr cnf nonce xms_cc'.split(
    ' ',
  )

const duplicates = category('duplicates', (add) => {
  const good = JSON.stringify(claims)
  const head = JSON.stringify(header)
  for (const name of decidingClaims) {
    const value = JSON.stringify((claims as Record<string, unknown>)[name] ?? 'x')
    const plain = good.includes(`"${name}":`) ? good : good.replace('{', `{"${name}":${value},`)
    add(
      `claim ${name} twice`,
      signTexts(head, plain.replace('{', `{"${name}":${value},`)),
      'token_malformed',
      early,
    )
    add(
      `claim ${name} twice, once escaped`,
      signTexts(
        head,
        plain.replace('{', `{"\\u00${name.charCodeAt(0).toString(16)}${name.slice(1)}":${value},`),
      ),
      'token_malformed',
      early,
    )
    add(
      `claim ${name.toUpperCase()} beside it`,
      signTexts(head, good.replace('{', `{"${name.toUpperCase()}":${value},`)),
      'token_malformed',
      early,
    )
  }
  for (const name of ['alg', 'kid', 'typ', 'crit', 'b64']) {
    add(
      `header ${name} twice`,
      signTexts(head.replace('{', `{"${name}":"x","${name}":"x",`), good),
      'token_malformed',
      early,
    )
    add(
      `header ${name.toUpperCase()} beside it`,
      signTexts(head.replace('{', `{"${name.toUpperCase()}":"RS256",`), good),
      'token_malformed',
      early,
    )
  }
  add('an unknown claim twice', signTexts(head, good.replace('{', '{"x":1,"x":2,')), 'token_malformed', early)
  add(
    'the Kelvin sign in a name (xms_cc has no k, kid has one)',
    signTexts(head.replace('{', '{"\u212Aid":"x",'), good),
    'token_malformed',
    early,
  )
  add(
    'a member twice, but inside a claim',
    signTexts(head, good.replace('{', '{"x":{"a":1,"a":2},')),
    'accepted',
  )
})

function unsigned(headerText: string, payloadText: string): string {
  return `${encode(headerText)}.${encode(payloadText)}.${encodedSignature}`
}

/**
 * nodejs/node#63785: after the first of each pair, an engine may read the escaped name of the second as the beginning of
 * its spelling. The first needs no signature.
 */
const escapedNames = category('escaped names', (add) => {
  const start = JSON.stringify(claims).slice(0, -1)
  const head = JSON.stringify(header).slice(0, -1)
  for (const name of ['tid', 'scp', 'roles', 'azp']) {
    const spelled = `\\u${name.charCodeAt(0).toString(16).padStart(4, '0')}${name.slice(1)}`
    const misread = JSON.stringify(spelled.slice(0, name.length))
    const value = JSON.stringify((claims as Record<string, unknown>)[name] ?? [])
    add(
      `a claim named like the beginning of an escaped ${name}`,
      unsigned(`${head}}`, `${start},${misread}:${value}}`),
      'signature_invalid',
    )
    add(
      `claim ${name}, escaped, after it`,
      signTexts(`${head}}`, `${start},"${spelled}":${value}}`),
      name === 'roles' ? 'accepted' : 'token_malformed',
      name === 'roles' ? {} : early,
    )
  }
  add(
    'a header member named like the beginning of an escaped kid',
    unsigned(String.raw`${head},"\\u0":"x"}`, `${start}}`),
    'signature_invalid',
  )
  add(
    'header kid twice, once escaped, after it',
    signTexts(String.raw`${head},"\u006bid":"x"}`, `${start}}`),
    'token_malformed',
    early,
  )
  add(
    'names of honest writers, who escape what is not ASCII',
    signTexts(`${head}}`, String.raw`${start},"caf\u00e9":{"a\u002bb":["\u0026"]}}`),
    'accepted',
  )
})

const prototypes = category('prototype', (add) => {
  const good = JSON.stringify(claims)
  const head = JSON.stringify(header)
  for (const name of [
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    'then',
    'toJSON',
    'valueOf',
    '__defineGetter__',
    'length',
    'inspect',
  ]) {
    add(`claim ${name}`, signTexts(head, good.replace('{', `{"${name}":{"roles":["Admin"]},`)), 'accepted')
    add(`header ${name}`, signTexts(head.replace('{', `{"${name}":{"alg":"none"},`), good), 'accepted')
  }
  const hidden = JSON.stringify(without(claims, 'scp')).replace(
    '{',
    '{"__proto__":{"scp":"Orders.Read","roles":["Orders.Read.All"]},',
  )
  add('permissions on a prototype', signTexts(head, hidden), 'permissions_missing')
  add(
    'an algorithm on a prototype',
    signTexts(JSON.stringify(without(header, 'alg')).replace('{', '{"__proto__":{"alg":"RS256"},'), good),
    'algorithm_refused',
    early,
  )
})

export const tokenCases: readonly HostileCase[] = [
  ...algorithmConfusion,
  ...noneVariants,
  ...headerInjection,
  ...keyIds,
  ...base64url,
  ...shape,
  ...json,
  ...duplicates,
  ...escapedNames,
  ...prototypes,
]
