import { createEmulator } from '@entraguard/emulator'
import { describe, expect, it } from 'vitest'

import { checkOptions, createVerifier, verifierOptionNames } from '../../src/index.ts'

describe('checked options', () => {
  it('are the object that was passed', () => {
    const options = { realm: 'orders' }
    expect(checkOptions('myGuard', options, ['realm'])).toBe(options)
    expect(checkOptions('myGuard', {}, ['realm'])).toEqual({})
  })

  it.each([undefined, null, 5, '', true, [], ['realm'], () => ({})])('are an object, not %j', (options) => {
    expect(() => checkOptions('myGuard', options as never, ['realm'])).toThrow(
      new TypeError('myGuard: options must be an object'),
    )
  })

  it('have no name that is unknown', () => {
    expect(() => checkOptions('myGuard', { reelm: 'orders' }, ['realm', 'optional'])).toThrow(
      new TypeError('myGuard: unknown option "reelm"; the known ones are realm, optional'),
    )
  })

  class WithMethod {
    realm(): string {
      return 'orders'
    }
  }
  class WithGetter {
    get realm(): string {
      return 'orders'
    }
  }
  const hidden = Object.defineProperty({}, 'realm', { value: 'orders', enumerable: false })

  it.each([
    ['a prototype', Object.create({ realm: 'orders' }) as object],
    ['a method', new WithMethod()],
    ['a getter of a class', new WithGetter()],
    ['a member that a copy would lose', hidden],
  ])('have no option from %s', (_name, options) => {
    expect(() => checkOptions('myGuard', options, ['realm'])).toThrow(
      new TypeError('myGuard: option "realm" is inherited: pass a plain object'),
    )
  })
})

it('the names of the options of a verifier are all that it knows', async () => {
  const entra = await createEmulator()
  const absent = Object.fromEntries(verifierOptionNames.map((name) => [name, undefined]))
  expect(() => createVerifier({ ...absent, ...entra.verifierOptions() })).not.toThrow()
  const unknown = { ...entra.verifierOptions(), x: 1 }
  expect(() => createVerifier(unknown)).toThrow(`the known ones are ${verifierOptionNames.join(', ')}`)
  expect(Object.isFrozen(verifierOptionNames)).toBe(true)
})
