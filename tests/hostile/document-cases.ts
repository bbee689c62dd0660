import { generateKeyPairSync } from 'node:crypto'

import { category, type HostileCase } from './case.ts'
import {
  claims,
  header,
  kid,
  loginHost,
  metadata,
  otherTenantId,
  publicJwk,
  sign,
  signTexts,
  strangerJwk,
  tenantId,
  v1Claims,
  without,
} from './forge.ts'

const genuine = sign(claims)
const personal = '9188040d-6c67-4c5b-b112-36a304b66dad'

const serve = (keys: unknown): Partial<HostileCase> => ({ documents: { keys } })

const keySets = category('key sets', (add) => {
  const changed = (change: object): Partial<HostileCase> => serve({ keys: [{ ...publicJwk, ...change }] })
  // A document without any usable key is a broken document: the provider's fault, not the caller's.
  for (const [what, change] of Object.entries({
    'an EC key type': { kty: 'EC' },
    'a symmetric key type': { kty: 'oct', k: 'AAAA' },
    'use enc': { use: 'enc' },
    'use SIG': { use: 'SIG' },
    'alg RS512': { alg: 'RS512' },
    'alg HS256': { alg: 'HS256' },
    'key_ops sign': { key_ops: ['sign'] },
    'key_ops empty': { key_ops: [] },
    'key_ops a string': { key_ops: 'verify' },
    'a private exponent': { d: 'AQAB' },
    'a prime': { p: 'AQAB' },
    'an exponent of 1': { e: 'AQ' },
    'an even exponent': { e: 'Ag' },
    'an exponent of 0': { e: 'AA' },
    'no exponent': { e: undefined },
    'no modulus': { n: undefined },
    'a modulus of 512 bits': { n: Buffer.alloc(64, 0xff).toString('base64url') },
    'a modulus of 2040 bits': { n: Buffer.alloc(255, 0xff).toString('base64url') },
    'a modulus of 16384 bits': { n: Buffer.alloc(2048, 0xff).toString('base64url') },
    'an even modulus': { n: Buffer.alloc(256, 0xfe).toString('base64url') },
    'a modulus that is a number': { n: 12345 },
    'a modulus with a space': { n: ` ${String(publicJwk['n'])}` },
    'a kid that is a number': { kid: 1 },
    'an empty kid': { kid: '' },
    'an issuer that is a number': { issuer: 5 },
  })) {
    add(`only a key with ${what}`, genuine, 'keys_unavailable', changed(change))
  }
  for (const [what, keys] of Object.entries({
    'no keys member': {},
    'keys that is an object': { keys: {} },
    'keys that is null': { keys: null },
    'an empty list': { keys: [] },
    'a list of rubbish': { keys: [null, 1, 'x', [], {}] },
    'an array': [publicJwk],
    null: 'null',
    HTML: '<html></html>',
    nothing: '',
    'keys on a prototype': `{"__proto__":{"keys":[${JSON.stringify(publicJwk)}]}}`,
  })) {
    add(what, genuine, 'keys_unavailable', serve(keys))
  }
  add(
    'rubbish beside the key',
    genuine,
    'accepted',
    serve({ keys: [null, 1, { kty: 'EC', kid: 'x' }, { ...strangerJwk, kid: 'bad', e: 'AQ' }, publicJwk] }),
  )
  add(
    'two different keys under one id',
    genuine,
    'signing_key_refused',
    serve({ keys: [publicJwk, { ...strangerJwk, kid }, { ...strangerJwk, kid: 'third' }] }),
  )
  add(
    'an unusable key under the id',
    genuine,
    'signing_key_refused',
    serve({
      keys: [
        { ...publicJwk, use: 'enc' },
        { ...strangerJwk, kid: 'third' },
      ],
    }),
  )
  add('another key under the id', genuine, 'signature_invalid', serve({ keys: [{ ...strangerJwk, kid }] }))
  add(
    'the key without its id is not tried',
    genuine,
    'signing_key_not_found',
    serve({ keys: [without(publicJwk, 'kid'), { ...strangerJwk, kid: 'third' }] }),
  )
  add(
    'one key under another id is not tried',
    genuine,
    'signing_key_not_found',
    serve({ keys: [{ ...publicJwk, kid: 'other' }] }),
  )
  add(
    'x5t is not an id',
    genuine,
    'signing_key_not_found',
    serve({ keys: [{ ...publicJwk, kid: 'other', x5t: kid }] }),
  )
  add(
    'padding in the modulus, as in 2014',
    genuine,
    'accepted',
    changed({ n: Buffer.from(String(publicJwk['n']), 'base64url').toString('base64') }),
  )
  add(
    'more than a megabyte',
    genuine,
    'keys_unavailable',
    serve({ keys: [publicJwk], filler: 'x'.repeat(1_100_000) }),
  )
  add('a key that the options refuse', genuine, 'signing_key_refused', {
    options: { keys: { refuse: [kid] } },
  })
  for (const bits of [1024, 1536]) {
    const weak = generateKeyPairSync('rsa', { modulusLength: bits })
    const jwk = { ...weak.publicKey.export({ format: 'jwk' }), kid: 'weak', use: 'sig' }
    add(
      `a genuine key of ${bits} bits`,
      signTexts(JSON.stringify({ ...header, kid: 'weak' }), JSON.stringify(claims), weak.privateKey),
      'signing_key_refused',
      serve({ keys: [jwk, publicJwk] }),
    )
  }
})

const bound = (change: object): Partial<HostileCase> => ({
  documents: { keys: { keys: [{ ...publicJwk, ...change }] } },
})

const bindings = category('key and issuer', (add) => {
  // The shape of 2023: a key of personal accounts signs for a work tenant.
  add(
    'a key of personal accounts',
    genuine,
    'signing_key_refused',
    bound({ issuer: `${loginHost}/${personal}/v2.0` }),
  )
  add(
    'a key of personal accounts, v1.0',
    sign(v1Claims),
    'signing_key_refused',
    bound({ issuer: `${loginHost}/${personal}/v2.0` }),
  )
  add(
    'a key of another tenant',
    genuine,
    'signing_key_refused',
    bound({ issuer: `${loginHost}/${otherTenantId}/v2.0` }),
  )
  add(
    'a key of another cloud by issuer',
    genuine,
    'signing_key_refused',
    bound({ issuer: `https://login.microsoftonline.us/{tenantid}/v2.0` }),
  )
  add(
    'a key of another cloud by name',
    genuine,
    'signing_key_refused',
    bound({ cloud_instance_name: 'microsoftonline.us' }),
  )
  add(
    'a key of an attacker',
    genuine,
    'signing_key_refused',
    bound({ issuer: 'https://attacker.example/{tenantid}/v2.0' }),
  )
  add(
    'an issuer that ends like ours',
    genuine,
    'signing_key_refused',
    bound({ issuer: `https://attacker.example/${loginHost}/${tenantId}/v2.0` }),
  )
  add(
    'an issuer in capitals',
    genuine,
    'signing_key_refused',
    bound({ issuer: `${loginHost}/${tenantId}/V2.0` }),
  )
  add(
    'two placeholders',
    genuine,
    'signing_key_refused',
    bound({ issuer: `${loginHost}/{tenantid}/{tenantid}/v2.0` }),
  )
  add(
    'a literal issuer of this tenant',
    genuine,
    'accepted',
    bound({ issuer: `${loginHost}/${tenantId}/v2.0` }),
  )
  add(
    'the placeholder as the documentation writes it',
    genuine,
    'accepted',
    bound({ issuer: `${loginHost}/{tenantId}/v2.0` }),
  )
  add(
    'no issuer and no cloud',
    genuine,
    'accepted',
    bound({ issuer: undefined, cloud_instance_name: undefined }),
  )
  add('a blank issuer', genuine, 'accepted', bound({ issuer: '', cloud_instance_name: '' }))
  add('a v1.0 token under a v2.0 key', sign(v1Claims), 'accepted', bound({}))
})

const metadataWith = (change: object): Partial<HostileCase> => ({
  documents: { metadata: { ...metadata, ...change } },
})

const metadataCases = category('metadata', (add) => {
  const keys = String(metadata['jwks_uri'])
  for (const [what, address] of Object.entries({
    http: keys.replace('https', 'http'),
    'another host': 'https://attacker.example/keys',
    'a host that begins like ours': keys.replace(
      'login.microsoftonline.com',
      'login.microsoftonline.com.attacker.example',
    ),
    'a host that ends like ours': keys.replace('login.', 'attacker-login.'),
    'a user in front of the host': keys.replace(
      'https://',
      'https://login.microsoftonline.com@attacker.example/',
    ),
    credentials: keys.replace('https://', 'https://user:secret@'),
    'another port': keys.replace('.com/', '.com:8443/'),
    'a file': 'file:///etc/passwd',
    data: 'data:application/json,{"keys":[]}',
    'a metadata service': 'http://169.254.169.254/latest',
    loopback: 'https://127.0.0.1/keys',
    'a path': '/keys',
    nothing: '',
    'a number': 5,
    'a list': [keys],
    null: null,
    'another cloud': keys.replace('.com', '.us'),
  })) {
    add(`jwks_uri: ${what}`, genuine, 'metadata_invalid', metadataWith({ jwks_uri: address }))
  }
  for (const [what, issuer] of Object.entries({
    'another tenant': `${loginHost}/${otherTenantId}/v2.0`,
    'an attacker': 'https://attacker.example',
    http: `http://login.microsoftonline.com/${tenantId}/v2.0`,
    'another cloud': `https://login.microsoftonline.us/${tenantId}/v2.0`,
    'a slash behind it': `${loginHost}/${tenantId}/v2.0/`,
    nothing: '',
    'a number': 5,
    'a list': [`${loginHost}/${tenantId}/v2.0`],
    null: null,
  })) {
    add(`issuer: ${what}`, genuine, 'metadata_invalid', metadataWith({ issuer }))
  }
  add(
    'a template in the document of one tenant',
    genuine,
    'accepted',
    metadataWith({ issuer: `${loginHost}/{tenantid}/v2.0` }),
  )
  add(
    'a template widens nothing',
    sign({ ...claims, tid: otherTenantId, iss: `${loginHost}/${otherTenantId}/v2.0` }),
    'issuer_unknown',
    metadataWith({ issuer: `${loginHost}/{tenantid}/v2.0` }),
  )
  add(
    'another cloud by name',
    genuine,
    'metadata_invalid',
    metadataWith({ cloud_instance_name: 'microsoftonline.us' }),
  )
  for (const [what, document] of Object.entries({
    'an array': [metadata],
    null: 'null',
    HTML: '<html></html>',
    nothing: '',
    'a string': '"x"',
    'everything on a prototype': `{"__proto__":${JSON.stringify(metadata)}}`,
  })) {
    add(what, genuine, 'metadata_invalid', { documents: { metadata: document } })
  }
  for (const status of [301, 302, 303, 307, 308]) {
    const redirect = new Response(null, { status, headers: { location: 'https://attacker.example/' } })
    add(`a redirect ${status}`, genuine, 'metadata_unavailable', { documents: { metadata: redirect } })
    add(`keys by a redirect ${status}`, genuine, 'keys_unavailable', { documents: { keys: redirect } })
  }
  for (const status of [201, 204, 400, 403, 404, 429, 500, 502, 503]) {
    const answer = new Response(status === 204 ? null : JSON.stringify(metadata), { status })
    add(`status ${status}`, genuine, 'metadata_unavailable', { documents: { metadata: answer } })
  }
  add(
    'more than a megabyte',
    genuine,
    'metadata_unavailable',
    metadataWith({ filler: 'x'.repeat(1_100_000) }),
  )
})

export const documentCases: readonly HostileCase[] = [...keySets, ...bindings, ...metadataCases]
