import { describe, expect, it } from 'vitest'

import { readSigningKey } from '../../src/keys/signing-key.ts'

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url')

/** An odd number of so many bits, as a modulus is one. */
function odd(bits: number): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(bits / 8)).fill(0xff)
  bytes[0] = 0xff >> (bytes.length * 8 - bits)
  return bytes
}

const padded = (zeros: number, bits: number): string =>
  base64url(Buffer.concat([Buffer.alloc(zeros), odd(bits)]))

const n = base64url(odd(2048))
const key = { kty: 'RSA', kid: 'k', n, e: 'AQAB' }
const read = (changes: object): unknown => readSigningKey({ ...key, ...changes })

describe('a key of a document', () => {
  it('is read without what is not needed, and frozen', () => {
    const signingKey = read({ use: 'sig', alg: 'RS256', key_ops: ['verify'], x5c: ['MII'], x5t: 'x' })
    expect(signingKey).toStrictEqual(key)
    expect(Object.isFrozen(signingKey)).toBe(true)
  })

  it.each([
    ['text', 'k'],
    ['null', null],
    ['a list', [key]],
    ['no id', { ...key, kid: undefined }],
    ['an empty id', { ...key, kid: '' }],
    ['an id that is no text', { ...key, kid: 1 }],
    ['an id that is inherited', Object.assign(Object.create({ kid: 'k' }), { ...key, kid: undefined })],
  ])('that is %s can be named by no token', (_what, jwk) => {
    expect(readSigningKey(jwk)).toBeUndefined()
  })
})

describe('the purpose of a key', () => {
  it.each([
    ['signatures by its use', { use: 'sig' }],
    ['RS256', { alg: 'RS256' }],
    ['checking signatures', { key_ops: ['verify'] }],
    ['both ends of signatures', { key_ops: ['sign', 'verify'] }],
  ])('may be %s', (_what, changes) => {
    expect(read(changes)).toStrictEqual(key)
  })

  it.each([
    ['another type', { kty: 'EC' }, 'it is not an RSA key'],
    ['a type in other letters', { kty: 'rsa' }, 'it is not an RSA key'],
    ['encryption', { use: 'enc' }, 'its use is not signatures'],
    ['a use that is null', { use: null }, 'its use is not signatures'],
    ['another algorithm', { alg: 'RS512' }, 'its algorithm is not RS256'],
    ['an algorithm that is null', { alg: null }, 'its algorithm is not RS256'],
    ['operations without verify', { key_ops: ['sign'] }, 'its operations do not include verify'],
    ['no operation at all', { key_ops: [] }, 'its operations do not include verify'],
    ['operations as text', { key_ops: 'verify' }, 'its operations do not include verify'],
    ['operations that are null', { key_ops: null }, 'its operations do not include verify'],
  ])('may not be %s', (_what, changes, reason) => {
    expect(read(changes)).toEqual({ kid: 'k', reason })
  })

  it.each(['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'])(
    'is lost when the document shows its %s, whatever is in it',
    (name) => {
      for (const value of ['AQAB', '', null])
        expect(read({ [name]: value })).toEqual({ kid: 'k', reason: 'it has a private member' })
    },
  )
})

describe('a modulus', () => {
  const reason = 'the modulus is not 2048 to 8192 bits'

  it.each([2048, 2049, 2055, 3072, 4096, 8185, 8192])('may have %s bits', (bits) => {
    expect(read({ n: base64url(odd(bits)) })).toMatchObject({ n: base64url(odd(bits)) })
  })

  it.each([1, 1024, 2040, 2047, 8193, 8200])('may not have %s bits', (bits) => {
    expect(read({ n: base64url(odd(bits)) })).toEqual({ kid: 'k', reason })
  })

  it('has the bits of the number, whatever zeros are in front of it', () => {
    expect(read({ n: padded(1, 2048) })).toMatchObject({ n: padded(1, 2048) })
    // 1500 bytes are 2000 characters, which is as long as a number may be written.
    expect(read({ n: padded(1500 - 256, 2048) })).toMatchObject({ kty: 'RSA' })
    expect(read({ n: padded(1501 - 256, 2048) })).toEqual({ kid: 'k', reason })
    expect(read({ n: padded(9, 2040) })).toEqual({ kid: 'k', reason })
  })

  it('may be written in the other alphabet and padded, and is the same number', () => {
    const bytes = Buffer.from(odd(2048)).fill(0xfb, 1, 200)
    const written = bytes.toString('base64')
    expect(written).toMatch(/\+.*\/.*==$/)
    expect(read({ n: written })).toEqual(read({ n: bytes.toString('base64url') }))
    const long = Buffer.concat([Buffer.alloc(1), bytes, Buffer.alloc(1, 1)])
    expect(long.toString('base64')).toMatch(/[^=]$/)
    const one = Buffer.concat([bytes, Buffer.alloc(1, 1)])
    expect(one.toString('base64')).toMatch(/[^=]=$/)
    expect(read({ n: one.toString('base64') })).toEqual(read({ n: one.toString('base64url') }))
  })

  it.each([
    ['is even', base64url(Buffer.alloc(256, 0xfe))],
    ['is zero', base64url(Buffer.alloc(256))],
    ['is empty', ''],
    ['is a number', 12345],
    ['is padded too much', `${n}===`],
    ['is padded inside', `${n.slice(0, 8)}==${n.slice(8)}`],
    ['has a blank', ` ${n}`],
    ['has a letter of another script', `${n.slice(0, -1)}ä`],
    ['has a character whose last byte is a letter', `${n.slice(0, -1)}\u0141`],
  ])('that %s is none', (_what, value) => {
    expect(read({ n: value })).toEqual({ kid: 'k', reason })
  })
})

describe('an exponent', () => {
  it.each([
    ['3', [3]],
    ['5', [5]],
    ['3 behind a zero', [0, 3]],
    ['257, which ends in a byte of 1', [1, 1]],
    ['65537', [1, 0, 1]],
  ])('may be %s', (_what, bytes) => {
    const e = base64url(Uint8Array.from(bytes))
    expect(read({ e })).toMatchObject({ e })
  })

  it.each([
    ['1', [1]],
    ['1 behind zeros', [0, 0, 1]],
    ['2', [2]],
    ['4', [4]],
    ['65536', [1, 0, 0]],
    ['0', [0]],
    ['nothing', []],
  ])('may not be %s', (_what, bytes) => {
    const reason = 'the exponent is not odd and at least 3'
    expect(read({ e: base64url(Uint8Array.from(bytes)) })).toEqual({ kid: 'k', reason })
    expect(read({ e: bytes })).toEqual({ kid: 'k', reason })
  })
})

describe('what a key is bound to', () => {
  it('has the tenant as a placeholder, however that is written, and wherever', () => {
    const issuer = 'https://{TenantId}.ciamlogin.com/{tenantId}/v2.0'
    expect(read({ issuer, cloud_instance_name: 'microsoftonline.com' })).toStrictEqual({
      ...key,
      issuer: 'https://{tenantid}.ciamlogin.com/{tenantid}/v2.0',
      cloudName: 'microsoftonline.com',
    })
  })

  it.each([undefined, null, ''])('is nothing where a member is %j', (blank) => {
    expect(read({ issuer: blank, cloud_instance_name: blank })).toStrictEqual(key)
  })

  it.each([{ issuer: 5 }, { issuer: ['x'] }, { cloud_instance_name: false }, { cloud_instance_name: {} }])(
    'cannot be read from %j, and the key is not taken for one that is free',
    (changes) => {
      expect(read(changes)).toEqual({ kid: 'k', reason: 'issuer or cloud_instance_name is not a string' })
    },
  )
})
