import { EntraGuardError } from '@entraguard/core'
import { describe, expect, it } from 'vitest'

import { cases, categories } from './cases.ts'
import { verifierFor } from './forge.ts'

describe.each(categories)('hostile input: %s', (category) => {
  const rows = cases.filter((one) => one.category === category)
  it.each(rows.map((row) => [row.id, row.expected, row] as const))('%s → %s', async (_id, expected, row) => {
    const { verifier, requested } = verifierFor(row.documents, row.options)
    const outcome: unknown = await verifier.verify(row.token as string).then(
      () => 'accepted',
      (error: unknown) => error,
    )
    expect(EntraGuardError.is(outcome) ? outcome.code : outcome).toBe(expected)
    expect(requested.every((url) => url.startsWith('https://login.microsoftonline.com/'))).toBe(true)
    expect(requested.slice(0, row.beforeAnyFetch === true ? 1 : 0)).toEqual([])
    expect(secretsIn(outcome, row.token)).toEqual([])
  })
})

/** The parts of the token that stand in what a program logs of an error. */
function secretsIn(error: unknown, token: unknown): readonly string[] {
  if (!EntraGuardError.is(error) || typeof token !== 'string') return []
  const told = `${error.message} ${error.hint} ${error.stack} ${JSON.stringify(error.details)}`
  const [, payload = '', signature = ''] = token.split('.')
  return [payload, signature].filter((part) => part.length > 20 && told.includes(part.slice(0, 20)))
}

describe('the hostile input as a whole', () => {
  it('is at least five hundred different cases', () => {
    const names = new Set(cases.map(({ category, id }) => `${category}: ${id}`))
    expect(names.size).toBe(cases.length)
    expect(cases.length).toBeGreaterThanOrEqual(500)
  })

  it('leaves no trace on the prototype of objects', () => {
    expect(Object.keys(Object.prototype)).toEqual([])
    expect(({} as Record<string, unknown>)['roles']).toBeUndefined()
  })
})
