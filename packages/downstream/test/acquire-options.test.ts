import { defaults } from '@entraguard/emulator'
import { describe, expect, it } from 'vitest'

import type { AcquireOptions } from '../src/index.ts'
import { invoicesScopes, world } from './support.ts'

const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => expect.unreachable('it did not fail'),
    (error: unknown) => error,
  )

describe('the options of a call', () => {
  it.each<[string, unknown, string]>([
    ['null', null, 'the options of a call must be'],
    ['a list', [], 'the options of a call must be'],
    ['a signal without its name', new AbortController().signal, 'the options of a call must be'],
    ['a member that there is not', { abortSignal: new AbortController().signal }, 'no option "abortSignal"'],
    ['a controller for its signal', { signal: new AbortController() }, 'signal must be an AbortSignal'],
    ['a text for a signal', { signal: 'x' }, 'signal must be an AbortSignal'],
    ['null for a signal', { signal: null }, 'signal must be an AbortSignal'],
    ['claims that are no text', { claims: { access_token: {} } }, 'claims must be'],
    ['null for claims', { claims: null }, 'claims must be'],
  ])('are refused where they are none, before anything is asked for: %s', async (_, given, message) => {
    const { downstream, signIn, exchanges } = await world()
    const [user, authorization] = await signIn()
    const more = given as AcquireOptions
    for (const call of [
      downstream.tokenFor(user, authorization, invoicesScopes, more),
      downstream.tokenForApp(defaults.tenantId, ['api://invoices/.default'], more),
    ]) {
      const error = await failure(call)
      expect(error).toBeInstanceOf(TypeError)
      expect(String(error)).toContain(message)
    }
    expect(exchanges()).toBe(0)
  })

  it('may be there without a word', async () => {
    const { downstream, signIn, exchanges } = await world()
    const [user, authorization] = await signIn()
    for (const more of [undefined, {}, { signal: undefined, claims: undefined }])
      await downstream.tokenFor(user, authorization, invoicesScopes, more)
    expect(exchanges()).toBe(1)
  })

  it('may have a signal without a reason, of a polyfill: the call ends with an AbortError', async () => {
    const { downstream, signIn, exchanges } = await world()
    const [user, authorization] = await signIn()
    const signal: unknown = { aborted: true, addEventListener() {}, removeEventListener() {} }
    const error = await failure(
      downstream.tokenFor(user, authorization, invoicesScopes, { signal: signal as AbortSignal }),
    )
    expect(error).toMatchObject({ name: 'AbortError' })
    expect(exchanges()).toBe(0)
  })
})
