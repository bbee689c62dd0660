import { describe, expect, it } from 'vitest'

import {
  createEmulator,
  type GivenConsent,
  type SigningKeyEvent,
  type SigningKeyState,
} from '../src/index.ts'

const start = Date.UTC(2026, 0, 1)

const told = ({ kid, events, signs, published }: SigningKeyState): readonly unknown[] => [
  kid,
  events.map(({ what, at }: SigningKeyEvent) => [what, (at - start) / 1000]),
  signs,
  published,
]

describe('keys()', () => {
  it('tells what became of every key, and when', async () => {
    const entra = await createEmulator({ now: () => start })
    entra.advance(10)
    const { kid, previousKid } = await entra.rotateKeys()
    entra.advance(10)
    entra.retireKey(previousKid)
    entra.advance(10)
    entra.restoreKey(previousKid)
    const keys = entra.keys().filter(({ ring }) => ring === 'public')
    const before = ['added', 0]
    expect(keys.map(told)).toEqual([
      [previousKid, [before, ['rotated', 10], ['retired', 20], ['restored', 30]], false, true],
      [kid, [['added', 10]], true, true],
    ])
  })

  it('tells a key that signs and is not listed yet from one that is', async () => {
    const entra = await createEmulator({ now: () => start })
    const { kid } = await entra.rotateKeys({ published: false })
    expect(entra.keys().find((key) => key.kid === kid)).toMatchObject({ signs: true, published: false })
    entra.restoreKey(kid)
    expect(entra.keys().find((key) => key.kid === kid)).toMatchObject({ signs: true, published: true })
  })

  it('keeps one row for a key whose id was used again', async () => {
    const entra = await createEmulator({ now: () => start })
    const { kid, previousKid } = await entra.rotateKeys({ reuseKid: true })
    expect(kid).toBe(previousKid)
    expect(
      entra
        .keys()
        .filter(({ ring }) => ring === 'public')
        .map(told),
    ).toEqual([
      [
        kid,
        [
          ['added', 0],
          ['rotated', 0],
          ['added', 0],
        ],
        true,
        true,
      ],
    ])
  })
})

describe('isOffline()', () => {
  it('tells whether every request fails', async () => {
    const entra = await createEmulator()
    const seen = [entra.isOffline()]
    entra.goOffline()
    seen.push(entra.isOffline())
    entra.goOnline()
    expect([...seen, entra.isOffline()]).toEqual([false, true, false])
  })
})

describe('consents', () => {
  it('begin with nobody, and there is nothing to withdraw then', async () => {
    const { consents } = await createEmulator()
    const given: readonly GivenConsent[] = consents.given()
    expect([given, consents.withdraw('33333333-3333-4333-8333-333333333333')]).toEqual([[], false])
  })
})
