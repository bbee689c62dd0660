import { describe, expect, it } from 'vitest'

import { createPrivateMap, type PrivateMap } from '../../src/index.ts'

describe('a private map', () => {
  it('knows what was noted for an object, the last of it, until it is forgotten', () => {
    const map: PrivateMap<object, string> = createPrivateMap()
    const key = {}
    expect(map.get(key)).toBeUndefined()
    map.set(key, 'first')
    map.set(key, 'second')
    expect(map.get(key)).toBe('second')
    map.delete(key)
    expect(map.get(key)).toBeUndefined()
    map.set(key, 'third')
    expect(map.get(key)).toBe('third')
  })

  it('has no entry for a copy, an heir or a proxy of an object', () => {
    const map = createPrivateMap<object, string>()
    const key = { url: '/orders' }
    map.set(key, 'admitted')
    expect(map.get({ ...key })).toBeUndefined()
    expect(map.get(Object.assign({}, key))).toBeUndefined()
    expect(map.get(structuredClone(key))).toBeUndefined()
    expect(map.get(Object.create(key) as object)).toBeUndefined()
    expect(map.get(new Proxy(key, {}))).toBeUndefined()
  })

  it('leaves nothing on the object that anybody else can see or write', () => {
    const map = createPrivateMap<object, string>()
    const key = {}
    map.set(key, 'admitted')
    expect(Reflect.ownKeys(key)).toStrictEqual([])
    expect(createPrivateMap<object, string>().get(key)).toBeUndefined()
  })

  it.each([
    ['sealed', (key: object) => Object.seal(key)],
    ['frozen', (key: object) => Object.freeze(key)],
  ])('takes objects that were %s, before the first note and after it', (_, close) => {
    const map = createPrivateMap<object, string>()
    for (const key of [close({}), {}]) {
      map.set(key, 'first')
      close(key)
      map.set(key, 'second')
      expect(map.get(key)).toBe('second')
      map.delete(key)
      expect(map.get(key)).toBeUndefined()
    }
  })

  it('tells two maps apart', () => {
    const [first, second] = [createPrivateMap<object, number>(), createPrivateMap<object, number>()]
    const key = {}
    first.set(key, 1)
    second.set(key, 2)
    first.delete(key)
    expect([first.get(key), second.get(key)]).toStrictEqual([undefined, 2])
  })
})
