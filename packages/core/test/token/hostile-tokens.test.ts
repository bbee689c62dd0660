import { isDeepStrictEqual } from 'node:util'

import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { EntraGuardError, type Identity } from '../../src/index.ts'
import { parseToken } from '../../src/token/token.ts'
import { change, claims, header, issue, signText, toBase64url, verifierFor } from '../support/issuer.ts'

const verifier = verifierFor({ audience: claims['aud'] as string })
const original = await issue()
const originalSegments = original.split('.')
const prototypeBefore = Reflect.ownKeys(Object.prototype)
const unhandled: unknown[] = []
const note = (reason: unknown): void => void unhandled.push(reason)

beforeAll(() => void process.on('unhandledRejection', note))
afterAll(() => void process.off('unhandledRejection', note))

const decode = (token: string): unknown[] =>
  token
    .split('.')
    .slice(0, 2)
    .map((segment) => JSON.parse(Buffer.from(segment, 'base64url').toString()) as unknown)

/** The identity, or nothing for a refusal. Everything else that is thrown fails the property. */
async function verified(token: string): Promise<Identity | undefined> {
  try {
    return await verifier.verify(token)
  } catch (error) {
    if (EntraGuardError.is(error)) return undefined
    throw error
  }
}

async function isRefusedOrEqual(token: string): Promise<boolean> {
  return (await verified(token)) === undefined || isDeepStrictEqual(decode(token), decode(original))
}

const runs = { numRuns: 400 }
const character = fc.oneof(
  fc.constantFrom(...'.=+/-_AQgw \t\r\n"\\{}[]:,\0'.split('')),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
)
const position = fc.nat(original.length)

describe('a valid token that was changed', () => {
  it('in its characters is refused, or means the same', async () => {
    const edit = fc.record({ at: position, remove: fc.nat(3), insert: fc.array(character, { maxLength: 3 }) })
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 3 }), async (edits) => {
        let token = original
        for (const { at, remove, insert } of edits)
          token = token.slice(0, at) + insert.join('') + token.slice(at + remove)
        expect(await isRefusedOrEqual(token)).toBe(true)
      }),
      runs,
    )
  })

  it('in a bit of its decoded bytes is refused, or means the same', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(2), fc.nat(1000), fc.nat(7), async (index, at, bit) => {
        const bytes = Buffer.from(originalSegments[index] ?? '', 'base64url')
        const place = at % bytes.length
        bytes[place] = (bytes[place] ?? 0) ^ (1 << bit)
        expect(
          await isRefusedOrEqual(originalSegments.with(index, bytes.toString('base64url')).join('.')),
        ).toBe(true)
      }),
      runs,
    )
  })

  const name = fc.oneof(
    fc.constantFrom(...Object.keys(claims), ...Object.keys(header), '__proto__', 'TID'),
    fc.string(),
  )
  const member = fc.tuple(name, fc.json({ maxDepth: 2 }))

  it('in its members, twice, or of other types, is refused, or means the same', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(1),
        fc.array(member, { minLength: 1, maxLength: 3 }),
        fc.boolean(),
        async (index, added, first) => {
          const text = Buffer.from(originalSegments[index] ?? '', 'base64url').toString()
          const extra = added.map(([key, json]) => `${JSON.stringify(key)}:${json}`).join(',')
          const changed = first ? `{${extra},${text.slice(1)}` : `${text.slice(0, -1)},${extra}}`
          expect(await isRefusedOrEqual(originalSegments.with(index, toBase64url(changed)).join('.'))).toBe(
            true,
          )
        },
      ),
      runs,
    )
  })

  it('in its encoding is refused, or means the same', async () => {
    const encodings: ReadonlyArray<(segment: string) => string> = [
      (segment) => `${segment}=`,
      (segment) => `${segment}==`,
      (segment) => segment.replaceAll('-', '+').replaceAll('_', '/'),
      (segment) => Buffer.from(segment, 'base64url').toString('base64'),
      (segment) => Buffer.from(segment, 'base64url').toString('hex'),
      (segment) => `${segment}\n`,
      (segment) => ` ${segment}`,
      (segment) => segment.replace(/(.{10})/g, '$1\r\n'),
      (segment) => `${segment}%3D`,
      (segment) =>
        segment.replace(/./g, (letter) => String.fromCodePoint(0x100 + (letter.codePointAt(0) ?? 0))),
      (segment) => toBase64url(segment),
      (segment) => segment.toLowerCase(),
    ]
    await fc.assert(
      fc.asyncProperty(fc.nat(2), fc.constantFrom(...encodings), async (index, encode) => {
        const segment = originalSegments[index] ?? ''
        expect(await isRefusedOrEqual(originalSegments.with(index, encode(segment)).join('.'))).toBe(true)
      }),
      runs,
    )
  })

  it('by a part of another valid token is refused', async () => {
    const other = (await issue({ scp: 'Orders.Delete', oid: '99999999-9999-4999-8999-999999999999' })).split(
      '.',
    )
    await verifier.verify(other.join('.'))
    await verifier.verify(original)
    for (let mask = 1; mask < 7; mask++) {
      const mixed = originalSegments
        .map((segment, index) => ((mask >> index) & 1 ? (other[index] ?? '') : segment))
        .join('.')
      // The header of both is the same.
      const isWhole = mixed === original || mixed === other.join('.')
      expect((await verified(mixed)) !== undefined).toBe(isWhole)
    }
  })
})

const isText = (value: unknown): boolean => typeof value === 'string'

describe('a token that the issuer signed, whatever is in it', () => {
  const isFrozen = (value: unknown): boolean =>
    typeof value !== 'object' ||
    value === null ||
    (Object.isFrozen(value) && Object.values(value).every(isFrozen))

  it('is refused, or gives an identity of the documented shape that nobody can change', async () => {
    const names =
      'aud iss exp nbf iat tid oid sub ver scp roles wids groups azp appid idtyp acct amr acrs tfp acr cnf nonce xms_cc idp ' +
      'xms_idrel azpacr hasgroups _claim_names _claim_sources name email pwd_exp uti constructor then'
    const value = fc.oneof(
      fc.constantFrom<unknown>(
        undefined,
        null,
        '',
        '/',
        'app',
        'user',
        '1.0',
        '2.0',
        0,
        1,
        true,
        [],
        {},
        1e308,
      ),
      fc.array(fc.string(), { maxLength: 3 }),
      fc.jsonValue({ maxDepth: 2 }),
    )
    const changes = fc.dictionary(fc.constantFrom(...names.split(' ')), value, { maxKeys: 4 })
    let accepted = 0
    await fc.assert(
      fc.asyncProperty(changes, async (changed) => {
        const token = await signText(JSON.stringify(header), JSON.stringify(change(claims, changed)))
        const identity = await verified(token)
        if (identity === undefined) return
        accepted++
        const { scopes, roles, directoryRoles, authenticationMethods, authenticationContexts, groups } =
          identity
        const lists = [scopes, roles, directoryRoles, authenticationMethods, authenticationContexts]
        expect(lists.flat().every(isText)).toBe(true)
        expect(['user', 'app', 'unknown']).toContain(identity.kind)
        expect(['complete', 'overage', 'absent']).toContain(groups.status)
        expect(identity.tenantId).toBe(claims['tid'])
        expect(isFrozen(identity)).toBe(true)
        // Plain data: it survives a log line.
        expect(JSON.parse(JSON.stringify(identity))).toMatchObject({ kind: identity.kind })
      }),
      runs,
    )
    expect(accepted).toBeGreaterThan(0)
  })

  it('is refused, or parsed, when header and payload are any bytes at all', async () => {
    const bytes = fc.uint8Array({ maxLength: 60 })
    const text = fc.oneof(
      bytes,
      fc.json().map((json) => Buffer.from(json)),
    )
    await fc.assert(
      fc.asyncProperty(text, text, async (first, second) => {
        expect(await verified(await signText(first, second))).toBeUndefined()
        expect(await verified(await signText(JSON.stringify(header), second))).toBeUndefined()
      }),
      { numRuns: 150 },
    )
  })
})

/** Characters that the parser looks at by itself: calls that read one, and the way that searches go. */
function stepsToParse(token: string): number {
  let steps = 0
  const charCodeAt = Reflect.get(String.prototype, 'charCodeAt')
  const indexOf = Reflect.get(String.prototype, 'indexOf')
  vi.spyOn(String.prototype, 'charCodeAt').mockImplementation(function count(this: string, at) {
    steps++
    return charCodeAt.call(this, at)
  })
  vi.spyOn(String.prototype, 'indexOf').mockImplementation(function count(this: string, search, from = 0) {
    const found = indexOf.call(this, search, from)
    steps += 1 + (found === -1 ? this.length : found) - from
    return found
  })
  try {
    parseToken(token, 1_000_000)
  } catch (error) {
    if (!EntraGuardError.is(error)) throw error
  } finally {
    vi.restoreAllMocks()
  }
  return steps
}

describe('all these tokens', () => {
  it('left no rejection unhandled and the prototype of all objects as it was', async () => {
    await new Promise((resolve) => {
      setImmediate(resolve)
    })
    expect(unhandled).toEqual([])
    expect(Reflect.ownKeys(Object.prototype)).toEqual(prototypeBefore)
  })
})

describe('parsing', () => {
  const shapes: ReadonlyArray<readonly [string, (size: number) => string]> = [
    ['one long string', (size) => `{"a":"${'x'.repeat(size)}"}`],
    ['escaped quotes', (size) => `{"a":"${String.raw`\"`.repeat(size / 2)}"}`],
    ['backslashes', (size) => `{"a":"${'\\'.repeat(size)}"}`],
    ['backslashes without an end', (size) => `{"a":"${'\\'.repeat(size)}`],
    ['backslashes before each quote', (size) => `{"a":"${String.raw`\\\\\\\"`.repeat(size / 8)}"}`],
    ['quotes', (size) => '"'.repeat(size)],
    ['braces', (size) => '{}'.repeat(size / 2)],
    ['brackets', (size) => '['.repeat(size)],
    ['colons', (size) => `{${':'.repeat(size)}`],
    [
      'many members',
      (size) =>
        JSON.stringify(Object.fromEntries(Array.from({ length: size / 10 }, (_, at) => [`c${at}`, at]))),
    ],
    ['one member often', (size) => `{${'"a":1,'.repeat(size / 6)}"a":1}`],
    ['a list of strings', (size) => JSON.stringify({ a: Array.from({ length: size / 6 }, () => 'abc') })],
    [
      'escaped names',
      (size) => `{${Array.from({ length: size / 15 }, (_, at) => String.raw`"\u0061${at}":1`).join(',')}}`,
    ],
    ['escaped names that stand in one another', (size) => String.raw`{"\u0061":[{"b":1},`.repeat(size / 20)],
    ['a list behind an escaped name', (size) => String.raw`{"\u0061":[${'1,'.repeat(size / 2)}1]}`],
    ['strings behind an escaped name', (size) => String.raw`{"\u0061":[${'"\\n",'.repeat(size / 5)}1]}`],
    ['white space behind an escaped name', (size) => String.raw`{"\u0061":${' '.repeat(size)}1}`],
    ['a number behind an escaped name', (size) => String.raw`{"\u0061":${'1'.repeat(size)}}`],
    ['white space', (size) => `{${' '.repeat(size)}}`],
  ]

  it.each(shapes)('takes steps in proportion to the length: %s', (_what, shape) => {
    const asToken = (size: number): string =>
      `${originalSegments[0] ?? ''}.${toBase64url(shape(size))}.${originalSegments[2] ?? ''}`
    const [small, large] = [asToken(6000), asToken(60_000)]
    const perCharacter = stepsToParse(small) / small.length
    expect(perCharacter).toBeGreaterThan(0)
    expect(stepsToParse(large) / large.length).toBeLessThan(perCharacter * 1.5 + 0.1)
    expect(perCharacter).toBeLessThan(5)
  })

  it.each([
    ['dots', (size: number) => '.'.repeat(size)],
    ['no dot', (size: number) => 'a'.repeat(size)],
    ['a long signature', (size: number) => `a.b.${'A'.repeat(size)}`],
  ])('takes steps in proportion to the length: %s', (_what, shape) => {
    expect(stepsToParse(shape(60_000))).toBeLessThan(60_000 * 4)
  })
})
