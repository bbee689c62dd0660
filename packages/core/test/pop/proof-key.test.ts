import { describe, expect, it } from 'vitest'

import { importProofKey, readProofKey } from '../../src/pop/proof-key.ts'
import { toBase64url } from '../support/issuer.ts'
import { outcomeOf, outcomeOfCall } from '../support/outcome.ts'
import { holder, rsaHolder } from '../support/prover.ts'

/*
 * Keys that no token names: with one of these a proof would end at the thumbprint, so they are read by themselves.
 */
const { jwk } = holder
const rsa = rsaHolder().jwk

/** A modulus of so many bytes, between its first and its last. */
const modulus = (length: number, first = 0xff, last = 0x01): string =>
  toBase64url(Buffer.concat([Buffer.of(first), Buffer.alloc(length - 2, 0xff), Buffer.of(last)]))
const readRsa = (n: unknown): string => outcomeOfCall(() => readProofKey({ ...rsa, n }, 'RS256'))

describe('the modulus of an RSA key', () => {
  it.each<[string, string]>([
    ['2048 bits', modulus(256, 0x80)],
    ['4096 bits', modulus(512)],
    ['a number of bits between', modulus(300, 0x01)],
  ])('may have %s', (_what, n) => {
    expect(readRsa(n)).toBe('accepted')
  })

  it.each<[string, unknown]>([
    ['2047 bits', modulus(256, 0x7f)],
    ['4097 bits', modulus(513, 0x01)],
    ['a zero in front', modulus(300, 0)],
    ['no bits', ''],
    ['an even number', modulus(256, 0xff, 0xfe)],
    ['padding', `${modulus(256)}==`],
    ['another spelling', `${modulus(256).slice(0, -1)}R`],
    ['a letter that some decoders cut', `${modulus(256).slice(0, -2)}ŁQ`],
  ])('never has %s', (_what, n) => {
    expect(readRsa(n)).toBe('proof_invalid')
  })
})

describe('a coordinate', () => {
  it('never has letters that some decoders cut to those of another one', () => {
    const x = String(jwk['x'])
    const cut = `${String.fromCharCode(x.charCodeAt(0) + 0x100)}${x.slice(1)}`
    expect(outcomeOfCall(() => readProofKey({ ...jwk, x }, 'ES256'))).toBe('accepted')
    expect(outcomeOfCall(() => readProofKey({ ...jwk, x: cut }, 'ES256'))).toBe('proof_invalid')
  })
})

describe('a key', () => {
  it.each<[string, object, 'ES256' | 'EdDSA']>([
    ['of another type', { ...jwk, kty: 'OKP' }, 'ES256'],
    ['on another curve', { ...jwk, crv: 'P-384' }, 'ES256'],
    ['on a curve of another type', { ...jwk, kty: 'OKP' }, 'EdDSA'],
    ['with an x that is too short', { ...jwk, x: toBase64url(Buffer.alloc(31, 7)) }, 'ES256'],
    ['with a y that is too long', { ...jwk, y: toBase64url(Buffer.alloc(33, 7)) }, 'ES256'],
    [
      'with an x that is too short, and no y',
      { kty: 'OKP', crv: 'Ed25519', x: toBase64url(Buffer.alloc(31, 7)) },
      'EdDSA',
    ],
  ])('is not read %s', (_what, key, algorithm) => {
    expect(outcomeOfCall(() => readProofKey(key as Record<string, string>, algorithm))).toBe('proof_invalid')
  })
})

it('is no key where its numbers do not form one', async () => {
  const key = readProofKey({ ...jwk, y: toBase64url(Buffer.alloc(32, 7)) }, 'ES256')
  expect(await outcomeOf(importProofKey(key))).toBe('proof_invalid')
})
