import { describe, expect, it, vi } from 'vitest'

import { EntraGuardError } from '../../src/index.ts'
import { loggable, loggableList } from '../../src/errors/errors.ts'

describe('an EntraGuardError', () => {
  it('carries what its code says, unless told otherwise', () => {
    const error = new EntraGuardError('token_expired')
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({
      name: 'EntraGuardError',
      code: 'token_expired',
      step: 'claims',
      status: 401,
    })
    expect(error.cause).toBeUndefined()
    expect('cause' in error).toBe(false)
    const cause = new Error('why')
    const changed = new EntraGuardError('claims_required', { status: 401, hint: 'Do this.', cause })
    expect(changed).toMatchObject({ status: 401, hint: 'Do this.', cause })
  })

  it('cannot be changed through its details', () => {
    const details = { claim: 'aud', actual: 'x' }
    const error = new EntraGuardError('audience_mismatch', { details })
    details.actual = 'y'
    expect(error.details.actual).toBe('x')
    expect(Object.isFrozen(error.details)).toBe(true)
    expect(Object.isFrozen(error.challenge)).toBe(true)
  })

  it('is recognised, also when another copy of the package made it', () => {
    const foreign = Object.assign(new Error('x'), { [Symbol.for('entraguard.error')]: true })
    expect(EntraGuardError.is(new EntraGuardError('token_missing'))).toBe(true)
    expect(EntraGuardError.is(foreign)).toBe(true)
  })

  it('is an instance of the class of another copy of the package', async () => {
    vi.resetModules()
    const copy = await import('../../src/errors/errors.ts')
    expect(copy.EntraGuardError).not.toBe(EntraGuardError)
    expect(new copy.EntraGuardError('token_missing') instanceof EntraGuardError).toBe(true)
    expect(new EntraGuardError('token_missing') instanceof copy.EntraGuardError).toBe(true)
    expect(new Error('x') instanceof EntraGuardError).toBe(false)
  })

  it('is no instance of a class that extends it, but an instance of such a class is one', () => {
    class Own extends EntraGuardError {}
    expect(new EntraGuardError('token_missing') instanceof Own).toBe(false)
    expect(new Own('token_missing') instanceof Own).toBe(true)
    expect(new Own('token_missing') instanceof EntraGuardError).toBe(true)
  })

  it.each<[unknown]>([
    [undefined],
    [null],
    ['token_missing'],
    [7],
    [new Error('x')],
    [{ code: 'token_missing' }],
    [() => 1],
  ])('is not %s', (value) => {
    expect(EntraGuardError.is(value)).toBe(false)
    expect(value instanceof EntraGuardError).toBe(false)
  })
})

describe('a value from a token, in a log', () => {
  it('is one short line of printable characters', () => {
    expect(loggable('a\r\nb\u001b[31mc\u2028d')).toBe('a??b?[31mc?d')
    const long = loggable('x'.repeat(10_000))
    expect(long).toHaveLength(201)
    expect(long).toMatch(/^x+…$/)
    expect(loggable('x'.repeat(201))).toBe(long)
    expect(loggable('x'.repeat(200))).toBe('x'.repeat(200))
  })

  it('is one of at most 20 of a list, which says how many there are more', () => {
    const values = Array.from({ length: 23 }, (_, index) => `value\n${index}`)
    const twenty = values.slice(0, 20).map((value) => value.replace('\n', '?'))
    expect(loggableList(values)).toEqual([...twenty, '… 3 more'])
    expect(loggableList(values.slice(0, 20))).toEqual(twenty)
  })

  it('is never an object, which could hold anything', () => {
    expect(loggable({ secret: 1 })).toBe('(object)')
    expect(loggable(['secret'])).toBe('(array)')
    expect([1, true, null, undefined].map(loggable)).toEqual([1, true, null, undefined])
  })
})
