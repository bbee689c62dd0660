import * as fc from 'fast-check'

import { claims, header, now, otherTenantId, tenantId } from '../hostile/forge.ts'

/** A change of a text: so much is taken out at a place, and this put in. */
export interface Edit {
  /** Of the length, between 0 and 1. */
  readonly at: number
  readonly remove: number
  readonly insert: string
}

const fragment = fc.oneof(
  fc.string({ maxLength: 8, unit: 'binary' }),
  fc.constantFrom(
    '"',
    '\\',
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '.',
    '=',
    '\u0000',
    '\uFEFF',
    '\uD800',
    '\u2028',
    ' ',
    '%N%',
  ),
  fc.constantFrom(
    'null',
    'true',
    '1e999',
    '-0',
    '9007199254740993',
    '"__proto__":{}',
    '"kid":"genuine-key",',
    '{}',
    '[]',
  ),
)

const edit: fc.Arbitrary<Edit> = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  remove: fc.oneof(fc.constant(0), fc.nat(4), fc.nat(40)),
  insert: fragment,
})

export const edits: fc.Arbitrary<readonly Edit[]> = fc.oneof(
  { weight: 3, arbitrary: fc.constant([]) },
  { weight: 2, arbitrary: fc.array(edit, { minLength: 1, maxLength: 3 }) },
)

export function applyEdits(text: string, changes: readonly Edit[]): string {
  return changes.reduce((edited, { at, remove, insert }) => {
    const start = Math.floor(at * edited.length)
    return edited.slice(0, start) + insert + edited.slice(start + remove)
  }, text)
}

const texts = ['1.0', '/', '', ' ', 'app', 'user', 'none', 'Orders.Read Orders.Write', otherTenantId] as const
const numbers = [0, -1, 1, 0.5, now, now + 300, now - 300, now + 299.5, 2 ** 53, 1e308] as const

/** Values that stand somewhere in tokens and documents, in places where they do not belong. */
const value: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(...Object.values({ ...claims, ...header })),
  fc.constantFrom(...texts, tenantId.toUpperCase()),
  fc.constantFrom(...numbers, null, true, false),
  fc.jsonValue({ maxDepth: 3 }),
  fc.array(fc.string({ maxLength: 6 }), { maxLength: 3 }),
)

/** Changes of an object: members set, or removed where the value is `{ remove: true }`. */
export type Changes = readonly (readonly [string, unknown])[]

export function changesOf(...names: readonly string[]): fc.Arbitrary<Changes> {
  const name = fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...names) }, fc.string({ maxLength: 12 }))
  const change = fc.tuple(name, fc.oneof({ weight: 4, arbitrary: value }, fc.constant({ remove: true })))
  return fc.array(change, { maxLength: 4 })
}

/** Own members only: a name such as `__proto__` is data. */
export function applyChanges(object: object, changes: Changes): object {
  const members = new Map<string, unknown>(Object.entries(object))
  for (const [name, changed] of changes) {
    if (typeof changed === 'object' && changed !== null && 'remove' in changed) members.delete(name)
    else members.set(name, changed)
  }
  return Object.fromEntries(members)
}
