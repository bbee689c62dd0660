import { describe, expect, it } from 'vitest'

import { anError, EntraGuardError } from '../../src/index.ts'

describe('what frameworks get in place of what was caught', () => {
  it.each<[unknown]>([[undefined], [null], ['route'], ['router'], [0], [false], [Symbol('x')]])(
    'is an error where that was %s',
    (caught) => {
      expect(anError(caught)).toBeInstanceOf(Error)
      expect(anError(caught).cause).toBe(caught)
    },
  )

  it.each<[object]>([[new Error('x')], [new EntraGuardError('token_missing')], [{ status: 401 }], [[]]])(
    'is the very object where that was one: %s',
    (caught) => {
      expect(anError(caught)).toBe(caught)
    },
  )
})
