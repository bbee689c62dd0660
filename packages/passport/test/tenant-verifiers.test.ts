import { createVerifier } from '@entraguard/core'
import { expect, it } from 'vitest'

import { TenantVerifiers } from '../src/tenant-verifiers.ts'
import { api } from './world.ts'

const named = (n: number): string => `99999999-9999-4999-8999-${String(n).padStart(12, '0')}`

/** How often a verifier was made for each tenant. */
function counting(): { readonly verifiers: TenantVerifiers; readonly made: Map<string, number> } {
  const made = new Map<string, number>()
  const verifiers = new TenantVerifiers((tenant) => {
    made.set(tenant, (made.get(tenant) ?? 0) + 1)
    return createVerifier({ tenants: tenant, audience: api })
  })
  return { verifiers, made }
}

it('forgets a tenant from which nobody was admitted after a hundred others were named', () => {
  const { verifiers, made } = counting()
  for (let n = 0; n <= 100; n++) verifiers.of(named(n))
  verifiers.of(named(100))
  verifiers.of(named(0))
  expect([made.get(named(100)), made.get(named(0))]).toEqual([1, 2])
})

it('keeps a tenant from which somebody was admitted, however many others are named', () => {
  const { verifiers, made } = counting()
  verifiers.admitted(named(0))
  for (let n = 1; n <= 300; n++) verifiers.of(named(n))
  verifiers.of(named(0))
  expect(made.get(named(0))).toBe(1)
})

it('forgets the tenant that was used least recently after callers of a hundred others were admitted', () => {
  const { verifiers, made } = counting()
  for (let n = 0; n < 100; n++) verifiers.admitted(named(n))
  verifiers.admitted(named(0))
  verifiers.admitted(named(100))
  for (const n of [0, 1]) verifiers.of(named(n))
  expect([made.get(named(0)), made.get(named(1))]).toEqual([1, 2])
})
