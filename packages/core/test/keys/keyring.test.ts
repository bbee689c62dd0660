import { describe, expect, it } from 'vitest'

import type { VerifierEvent } from '../../src/index.ts'
import { readGivenKeys, readKeyring, rebaseKeyring, type Keyring } from '../../src/keys/keyring.ts'

const address = 'https://login.microsoftonline.com/keys'
const retainFor = 1000

/** A key of 2048 bits that nobody has the other half of. */
const key = (kid: string, changes: object = {}): object => ({
  kty: 'RSA',
  kid,
  n: Buffer.alloc(256, 0xff).toString('base64url'),
  e: 'AQAB',
  ...changes,
})
const otherNumber = { n: Buffer.alloc(256, 0xfd).toString('base64url') }

/** Reads these documents one after the other, 100 ms apart. */
function readAll(...documents: ReadonlyArray<readonly unknown[]>): { ring: Keyring; events: string[] } {
  const events: string[] = []
  const emit = (event: VerifierEvent): void => {
    if (event.type !== 'key_added' && event.type !== 'key_gone') throw new Error(event.type)
    expect(event.address).toBe(address)
    events.push(
      `${event.type} ${event.kid}${event.type === 'key_added' && event.replaced ? ' replaced' : ''}`,
    )
  }
  let ring: Keyring | undefined
  documents.forEach((keys, index) => {
    events.length = 0
    ring = readKeyring(JSON.stringify({ keys }), ring, { seenAt: index * 100, retainFor, address, emit })
  })
  if (ring === undefined) throw new Error('no document')
  return { ring, events }
}

const kidsOf = ({ entries }: Keyring): readonly string[] => [...entries.keys()]

describe('two keys with one id', () => {
  const unusable = key('a', { use: 'enc' })

  it.each([
    ['the same twice', [key('a'), key('a')], true],
    ['a usable one behind one that is not', [unusable, key('a')], true],
    ['a usable one in front of one that is not', [key('a'), unusable], true],
    ['two numbers', [key('a'), key('a', otherNumber)], false],
    ['two exponents', [key('a'), key('a', { e: 'Aw' })], false],
    ['one number, bound and free', [key('a'), key('a', { issuer: 'https://x/{tenantid}' })], false],
    ['one number, of two clouds', [key('a'), key('a', { cloud_instance_name: 'x' })], false],
    ['two numbers, and the first again', [key('a'), key('a', otherNumber), key('a')], false],
    ['two numbers, and one that is unusable', [key('a'), key('a', otherNumber), unusable], false],
  ])('%s', (_what, keys, isUsable) => {
    const { ring, events } = readAll([...keys, key('b')])
    expect(kidsOf(ring)).toEqual(isUsable ? ['a', 'b'] : ['b'])
    expect([...ring.unusable]).toEqual(isUsable ? [] : [['a', 'two keys have this id']])
    expect(events).toEqual(isUsable ? ['key_added a', 'key_added b'] : ['key_added b'])
  })
})

describe('a key that the next document lists', () => {
  it('as it was is the same object, seen again', () => {
    const { ring, events } = readAll([key('a')], [key('a')])
    const [first] = readAll([key('a')]).ring.entries.values()
    const [entry] = ring.entries.values()
    expect(entry).toEqual({ key: first?.key, firstSeenAt: 0, lastSeenAt: 100 })
    expect(events).toEqual([])
  })

  it.each([
    ['with another number', otherNumber],
    ['with another exponent', { e: 'Aw' }],
  ])('%s is another key, which is told', (_what, changes) => {
    const { ring, events } = readAll(
      [key('a', { issuer: 'https://x/{tenantid}', cloud_instance_name: 'x' })],
      [key('a', changes)],
    )
    expect(ring.entries.get('a')?.key).toStrictEqual(key('a', changes))
    expect(events).toEqual(['key_added a replaced'])
  })

  it('in another order, or with what nobody reads, is told to nobody', () => {
    expect(readAll([key('a'), key('b')], [key('b', { x5t: 'x' }), key('a')]).events).toEqual([])
  })

  it('keeps what it was bound to, each of the two by itself, and takes what is new', () => {
    const [issuer, other, name] = ['https://x/{tenantid}', 'https://y/{tenantid}', 'cloud']
    for (const [first, second, members] of [
      [{ issuer }, {}, { issuer }],
      [{}, { issuer }, { issuer }],
      [{}, { cloud_instance_name: name }, { cloudName: name }],
      [{ cloud_instance_name: name }, {}, { cloudName: name }],
      [{ issuer }, { cloud_instance_name: name }, { issuer, cloudName: name }],
      [{ cloud_instance_name: name }, { issuer }, { issuer, cloudName: name }],
      [{ issuer, cloud_instance_name: name }, { issuer: other }, { issuer: other, cloudName: name }],
      [{ issuer, cloud_instance_name: name }, { cloud_instance_name: 'z' }, { issuer, cloudName: 'z' }],
    ]) {
      const { ring, events } = readAll([key('a', first)], [key('a', second)])
      const merged = ring.entries.get('a')?.key
      expect(merged).toStrictEqual({ ...key('a'), ...members })
      expect(Object.isFrozen(merged)).toBe(true)
      expect(events).toEqual([])
    }
  })
})

/** One that lists both, and so many that list the second. */
const documents = (count: number): Array<readonly object[]> => [
  [key('a'), key('b')],
  ...Array.from({ length: count }, () => [key('b')]),
]

describe('a key that the next document does not list', () => {
  it('stays until it was not seen for retainFor, and is gone from the list at once', () => {
    expect(readAll(...documents(1)).events).toEqual(['key_gone a'])
    const { ring, events } = readAll(...documents(9))
    expect(kidsOf(ring)).toEqual(['a', 'b'])
    expect([...ring.listed]).toEqual(['b'])
    expect(events).toEqual([])
    expect(kidsOf(readAll(...documents(10)).ring)).toEqual(['b'])
  })

  it('is told again when it comes back, and counts from when it was seen first', () => {
    const { ring, events } = readAll([key('a'), key('b')], [key('b')], [key('a'), key('b')])
    expect(events).toEqual(['key_added a'])
    expect(ring.entries.get('a')).toMatchObject({ firstSeenAt: 0, lastSeenAt: 200 })
  })
})

it('a key that is listed in a form that may not be used goes at once', () => {
  const { ring, events } = readAll([key('a'), key('b')], [key('a', { use: 'enc' }), key('b')])
  expect(kidsOf(ring)).toEqual(['b'])
  expect([...ring.unusable]).toEqual([['a', 'its use is not signatures']])
  expect(events).toEqual(['key_gone a'])
})

it('no key counts as seen later than the time to which the clock went back', () => {
  const { ring } = readAll([key('a')], [key('a'), key('b')])
  rebaseKeyring(ring, 50)
  expect(ring.entries.get('a')).toMatchObject({ firstSeenAt: 0, lastSeenAt: 50 })
  expect(ring.entries.get('b')).toMatchObject({ firstSeenAt: 50, lastSeenAt: 50 })
})

it.each([
  ['{', 'the document is not JSON'],
  ['[]', 'the document has no list of keys'],
  ['null', 'the document has no list of keys'],
  ['{"keys":{"0":{}}}', 'the document has no list of keys'],
  ['{"keys":[]}', 'the document has no usable key'],
  ['{"keys":[{"kty":"EC","kid":"secret"}]}', 'the document has no usable key'],
])('a document that is %s is refused, without its content', (text, message) => {
  const read = (): unknown =>
    readKeyring(text, undefined, { seenAt: 0, retainFor, address, emit: () => expect.unreachable() })
  expect(read).toThrow(message)
  expect(read).not.toThrow('secret')
})

describe('a key set in code', () => {
  it('may list one key twice, and nothing else that is not usable', () => {
    expect([...readGivenKeys([key('a'), key('a'), key('b')]).keys()]).toEqual(['a', 'b'])
    for (const wrong of [key('c', { use: 'enc' }), key('a', otherNumber), key('')])
      expect(() => readGivenKeys([key('a'), wrong])).toThrow(TypeError)
  })
})
