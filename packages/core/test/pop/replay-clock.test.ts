import { describe, expect, it } from 'vitest'

import { EntraGuardError } from '../../src/index.ts'
import { ReplayMemory } from '../../src/pop/replay.ts'

const MINUTE = 60_000
const maxAge = 5 * MINUTE
const noon = 1_800_000_000_000

/** What a memory says of proof number so and so, issued and sent so many minutes after noon. */
function remembering(): (number: number, issued: number, sent: number) => string {
  const memory = new ReplayMemory(1000, 2 * maxAge)
  return (number, issued, sent) => {
    const id = new Uint8Array(32)
    new DataView(id.buffer).setUint32(0, number)
    try {
      return memory.isNew(id, noon + issued * MINUTE + maxAge, noon + sent * MINUTE) ? 'new' : 'known'
    } catch (error) {
      return EntraGuardError.is(error) ? error.code : String(error)
    }
  }
}

describe('the memory of one process', () => {
  it('has room for as many proofs as it had, each time that it has forgotten some', () => {
    const memory = new ReplayMemory(2, 2 * maxAge)
    const isNew = (number: number, now: number): boolean =>
      memory.isNew(Uint8Array.of(number, ...new Uint8Array(31)), now + maxAge, now)
    for (let hour = 0; hour < 3; hour++) {
      const now = noon + hour * 60 * MINUTE
      expect([isNew(1, now), isNew(2, now), isNew(1, now)]).toEqual([true, true, false])
      for (let again = 0; again < 3; again++) expect(() => isNew(3, now)).toThrow('replay')
    }
  })

  it('tells proofs apart by all 52 bits', () => {
    const memory = new ReplayMemory(100, 2 * maxAge)
    for (let bit = 0; bit < 64; bit++) {
      const id = new Uint8Array(32)
      new DataView(id.buffer).setBigUint64(0, 1n << BigInt(bit))
      const isKept = bit < 20 || bit >= 32
      expect([bit, memory.isNew(id, noon + maxAge, noon)]).toEqual([bit, isKept || bit === 20])
    }
  })
})

describe('a clock that was ahead and goes back', () => {
  it('brings no proof back that was forgotten meanwhile', () => {
    const tell = remembering()
    expect([tell(1, 0, 0), tell(1, 0, 0)]).toEqual(['new', 'known'])
    expect(tell(2, 60, 60)).toBe('new')
    expect(tell(1, 0, 1)).toBe('replay_store_unavailable')
    // Nobody can tell it from one that did not come.
    expect(tell(3, 0, 1)).toBe('replay_store_unavailable')
  })

  it('keeps the proofs that came meanwhile, for when their time comes', () => {
    const tell = remembering()
    expect([tell(1, 60, 60), tell(2, 0, 0), tell(1, 60, 58)]).toEqual([
      'new',
      'replay_store_unavailable',
      'known',
    ])
  })

  it('takes new proofs again once none that was forgotten can be good: after two lifetimes at most', () => {
    const tell = remembering()
    tell(1, 600, 600)
    expect(tell(2, 0, 0)).toBe('replay_store_unavailable')
    expect(tell(3, 4, 4)).toBe('replay_store_unavailable')
    expect([tell(4, 6, 6), tell(4, 6, 6), tell(5, 11, 11)]).toEqual(['new', 'known', 'new'])
  })

  it('is no matter where nothing was forgotten', () => {
    const tell = remembering()
    expect([tell(1, 0, 0), tell(2, 0, -1), tell(1, 0, -1), tell(3, -1, -1)]).toEqual([
      'new',
      'new',
      'known',
      'new',
    ])
  })
})

it('remembers a proof for exactly as long as it is good, whatever time of its slice it is', () => {
  for (let offset = 0; offset < 10; offset += 0.31) {
    const tell = remembering()
    expect(tell(1, offset - 5, offset)).toBe('new')
    expect(tell(2, offset + 5, offset)).toBe('new')
    expect([offset, tell(1, offset - 5, offset), tell(2, offset + 5, offset + 10)]).toEqual([
      offset,
      'known',
      'known',
    ])
  }
})
