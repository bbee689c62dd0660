import { describe, expect, it } from 'vitest'

import { isFresh, TokenCache, type CachedToken } from '../src/token-cache.ts'
import { Waits } from '../src/waits.ts'

const entry = (token: string, expiresAt = 1_000_000): CachedToken => ({ token, expiresAt })
const found = (cache: TokenCache, ...keys: readonly string[]): readonly (string | undefined)[] =>
  keys.map((key) => cache.find(key, 0)?.token)

describe('a token that is kept', () => {
  it('is worth sending until two minutes before it ends', () => {
    expect(isFresh(entry('a', 120_001), 0)).toBe(true)
    expect(isFresh(entry('a', 120_000), 0)).toBe(false)
  })

  it('is given for as long as that, also when others came', () => {
    const cache = new TokenCache(2)
    cache.remember('a', entry('a', 200_000))
    expect(cache.find('a', 79_999)?.token).toBe('a')
    expect(cache.find('a', 80_000)).toBeUndefined()
    cache.remember('b', entry('b'))
    expect(cache.find('a', 80_000)).toBeUndefined()
    expect(cache.find('a', 79_999)?.token).toBe('a')
  })

  it('is the newer one, where there are two', () => {
    const cache = new TokenCache(4)
    cache.remember('a', entry('old'))
    cache.remember('b', entry('b'))
    cache.remember('a', entry('new'))
    expect(found(cache, 'a', 'b')).toEqual(['new', 'b'])
  })

  it('is one of a bounded number, of which those in use stay', () => {
    const cache = new TokenCache(5)
    for (const key of ['a', 'b', 'c']) cache.remember(key, entry(key))
    cache.remember('d', entry('d'))
    expect(found(cache, 'a', 'b')).toEqual(['a', 'b'])
    cache.remember('e', entry('e'))
    expect(found(cache, 'c')).toEqual([undefined])
    expect(found(cache, 'a', 'b', 'd', 'e')).toEqual(['a', 'b', 'd', 'e'])
  })
})

describe('work', () => {
  it('is shared while it runs, and done anew afterwards, whether it failed or not', async () => {
    const cache = new TokenCache(2)
    let started = 0
    const work = async (): Promise<CachedToken> => {
      started++
      if (started === 1) throw new Error('it failed')
      return entry(String(started))
    }
    const first = [cache.once('a', work), cache.once('a', work)]
    expect((await Promise.allSettled(first)).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    const second = [cache.once('a', work), cache.once('a', work), cache.once('b', work)]
    expect((await Promise.all(second)).map(({ token }) => token)).toEqual(['2', '2', '3'])
    expect((await cache.once('a', work)).token).toBe('4')
  })
})

describe('whoever has to wait', () => {
  it('waits for whole seconds, until the moment that was said', () => {
    const waits = new Waits(2)
    waits.note('a', 3, 500)
    expect([waits.left('a', 500), waits.left('a', 501), waits.left('a', 3499)]).toEqual([3, 3, 1])
    expect(waits.left('b', 500)).toBeUndefined()
    expect(waits.left('a', 3500)).toBeUndefined()
    // That it is over is not forgotten because the clock went back.
    expect(waits.left('a', 500)).toBeUndefined()
  })

  it('is one of so many at most: the oldest is forgotten first', () => {
    const waits = new Waits(2)
    for (const key of ['a', 'b']) waits.note(key, 10, 0)
    expect(['a', 'b'].map((key) => waits.left(key, 0))).toEqual([10, 10])
    waits.note('c', 10, 0)
    expect(['a', 'b', 'c'].map((key) => waits.left(key, 0))).toEqual([undefined, 10, 10])
  })
})
