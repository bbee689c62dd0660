import { describe, expect, it } from 'vitest'

import type { KeyState } from '../src/emulator-api.ts'
import { forge } from '../src/tokens/forge.ts'
import { emptyForm, tokenRequest } from '../src/tokens/token-options.ts'
import { spansOf } from '../src/traffic/key-life.ts'
import { shownJson, shownText } from '../src/ui/shown.ts'
import { quoted } from '../src/ui/words.ts'

const key = (...events: ReadonlyArray<KeyState['events'][number]>): KeyState => ({
  kid: 'a',
  ring: 'public',
  signs: false,
  published: true,
  events,
})

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

describe('the life of a key', () => {
  it('is drawn in spans: it signs, is listed, is away, and comes back', () => {
    const life = key(
      { at: 0, what: 'added' },
      { at: 10, what: 'rotated' },
      { at: 20, what: 'retired' },
      { at: 30, what: 'restored' },
    )
    expect(spansOf(life, 50)).toEqual([
      { from: 0, to: 10, state: 'signs' },
      { from: 10, to: 20, state: 'listed' },
      { from: 20, to: 30, state: 'away' },
      { from: 30, to: 50, state: 'listed' },
    ])
  })

  it('has no end before now, and begins with nothing', () => {
    expect(spansOf(key({ at: 5, what: 'added' }), 9)).toEqual([{ from: 5, to: 9, state: 'signs' }])
    expect(spansOf(key(), 9)).toEqual([])
  })
})

describe('what is asked for a token', () => {
  it('is what the form says, and what the kind is about', () => {
    const form = {
      ...emptyForm,
      scopes: 'A, B',
      audience: 'api://a',
      expiresIn: '60',
      claims: '{"nbf":1,"x":2}',
    }
    expect(tokenRequest(form, { kind: 'user', expiresIn: -3600, claims: { nbf: 3 } })).toEqual({
      kind: 'user',
      audience: 'api://a',
      scopes: ['A', 'B'],
      expiresIn: -3600,
      claims: { nbf: 3, x: 2 },
    })
    expect(tokenRequest(emptyForm, { kind: 'app' })).toEqual({ kind: 'app' })
  })

  it('leaves out what the form says and the kind does not have', () => {
    const form = {
      ...emptyForm,
      user: 'ada@contoso.com',
      scopes: 'A',
      roles: 'B',
      clientId: 'c',
      version: '1.0',
    }
    const asked = (kind: string): readonly string[] => Object.keys(tokenRequest(form, { kind })).toSorted()
    expect(asked('user')).toEqual(['clientId', 'kind', 'roles', 'scopes', 'user', 'version'])
    expect(asked('app')).toEqual(['clientId', 'kind', 'roles', 'version'])
    expect(asked('b2c')).toEqual(['clientId', 'kind', 'scopes', 'user'])
    expect(asked('id')).toEqual(['kind', 'scopes', 'user', 'version'])
  })

  it.each([
    [{ claims: '[1]' }, /Claims must be a JSON object/],
    [{ claims: '{' }, /Claims must be a JSON object/],
    [{ expiresIn: 'soon' }, /Expires in must be a number/],
  ])('is refused for %o', (wrong, message) => {
    expect(() => tokenRequest({ ...emptyForm, ...wrong }, { kind: 'user' })).toThrow(message)
  })
})

it('a forged token has one more scope, and the signature of before', () => {
  const token = `${part({ alg: 'RS256' })}.${part({ scp: 'A', name: 'Æ' })}.signature`
  const [header, payload = '', signature] = forge(token).split('.')
  expect([header, signature]).toEqual([part({ alg: 'RS256' }), 'signature'])
  expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toEqual({
    scp: 'A Everything.Write',
    name: 'Æ',
  })
})

it('what cannot be seen is written out, and what is too long says how long it is', () => {
  expect(shownText('a\u202Eb\u0000')).toBe(String.raw`a\u{202e}b\u{0}`)
  expect(shownJson(['a', { b: 1 }])).toBe('["a", { "b": 1 } ]'.replace('["a"', '[ "a"'))
  expect(shownJson('x'.repeat(5000))).toMatch(/… \(5002 characters\)$/)
})

it('a shell gets one word, whatever stands in it', () => {
  expect(quoted(`o'hara; rm -rf`)).toBe(String.raw`'o'\''hara; rm -rf'`)
})
