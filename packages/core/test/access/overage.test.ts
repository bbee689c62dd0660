import { createEmulator } from '@entraguard/emulator'
import { describe, expect, it } from 'vitest'

import {
  createVerifier,
  type EntraGuardError,
  type Identity,
  type ResolveGroups,
  type VerifyContext,
} from '../../src/index.ts'

const group = 'dddddddd-0000-4000-8000-000000000001'

/** What a route that asks for the group makes of a user whose groups this function reads. */
async function admitted(resolveGroups: ResolveGroups, context: VerifyContext = {}): Promise<Identity> {
  const entra = await createEmulator()
  const verifier = createVerifier({ ...entra.verifierOptions(), resolveGroups })
  const token = await entra.issueUserToken({ groups: 'overage' })
  return verifier.authenticate(`Bearer ${token}`, { scopes: ['Orders.Read'], groups: [group] }, context)
}

/** What a `resolveGroups` is told beside the identity. */
async function told(context?: VerifyContext): Promise<unknown> {
  const contexts: unknown[] = []
  await admitted(async (_identity, given) => {
    contexts.push(given)
    return [group]
  }, context)
  expect(contexts).toHaveLength(1)
  return contexts[0]
}

/** `resolveGroups` as callers without types write it. */
const giving =
  (answer: unknown): ResolveGroups =>
  async () =>
    answer as readonly string[]

describe('what resolveGroups is told', () => {
  it('is the host of Microsoft Graph and, where the call has one, its signal', async () => {
    const { signal } = new AbortController()
    expect(await told({ signal })).toStrictEqual({ graphHost: 'graph.microsoft.com', signal })
    expect(await told()).toStrictEqual({ graphHost: 'graph.microsoft.com' })
  })
})

describe('what resolveGroups gives', () => {
  it('admits by ids alone: whatever else stands among them is left out', async () => {
    const other = group.toUpperCase()
    const answer = ['Administrators', 7, null, undefined, { id: group }, [group], other, `${group} `, group]
    const { groups } = await admitted(giving(answer))
    expect(groups).toEqual({ status: 'complete', ids: [other, group] })
  })

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['one id', group],
    ['the answer of Graph', { value: [group] }],
    ['a Set', new Set([group])],
    // An iterator has a `filter` too.
    ['an iterator', new Set([group]).values()],
  ])('that is no list refuses the caller, because the groups are unknown: %s', async (_name, answer) => {
    const error = await admitted(giving(answer)).then(
      () => expect.unreachable('it was admitted'),
      (thrown: EntraGuardError) => thrown,
    )
    expect(error).toMatchObject({
      code: 'check_unavailable',
      status: 503,
      details: { reason: 'the groups could not be read' },
      cause: new TypeError('resolveGroups must return a list of object ids'),
    })
  })
})
