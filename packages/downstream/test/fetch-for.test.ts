import { EntraGuardError, toResponse } from '@entraguard/core'
import { describe, expect, it } from 'vitest'

import { chain, origin } from './chain.ts'
import { invoices, invoicesScopes } from './support.ts'

describe('fetchFor', () => {
  it('calls the other API as the user', async () => {
    const { downstream, signIn, calls } = await chain({ scopes: ['Invoices.Read'] })
    const [user, authorization] = await signIn()
    const get = downstream.fetchFor(user, authorization, 'invoices')
    const answer = await get(`${origin}/mine`, {
      headers: { accept: 'application/json', authorization: 'Basic x' },
    })
    expect(await answer.json()).toEqual({ of: user.key })
    expect(calls).toHaveLength(1)
    expect(calls[0]?.authorization).not.toBe(authorization)
  })

  it('meets a claims challenge by asking once more with it, with the same body', async () => {
    const { downstream, signIn, calls, exchanges } = await chain({
      scopes: ['Invoices.Read'],
      authContext: 'c1',
    })
    const [user, authorization] = await signIn()
    const post = downstream.fetchFor(user, authorization, 'invoices')
    const answer = await post(`${origin}/mine`, { method: 'POST', body: '{"a":1}' })
    expect(answer.status).toBe(200)
    expect(calls.map(({ method, body }) => [method, body])).toEqual([
      ['POST', '{"a":1}'],
      ['POST', '{"a":1}'],
    ])
    expect(exchanges()).toBe(2)
    // The token that met it is the one that is kept.
    expect((await post(`${origin}/mine`)).status).toBe(200)
    expect(exchanges()).toBe(2)
  })

  it('hands what needs the user on to the client of this API', async () => {
    const { entra, downstream, signIn } = await chain({ scopes: ['Invoices.Read'], authContext: 'c1' })
    entra.conditionalAccess.add({ resources: [invoices], authenticationContexts: ['c1'], requires: 'c1' })
    const [user, authorization] = await signIn({ capabilities: ['cp1'] })
    const error = await downstream
      .fetchFor(
        user,
        authorization,
        'invoices',
      )(`${origin}/mine`)
      .catch((reason: unknown) => reason)
    expect(error).toMatchObject({ name: 'EntraGuardError', code: 'claims_required', status: 401 })
    const header = EntraGuardError.is(error) ? toResponse(error).headers.get('www-authenticate') : ''
    expect(header).toContain('error="insufficient_claims"')
  })

  it('asks once more at most, and gives back a refusal that stays one', async () => {
    const { downstream, signIn, calls } = await chain({ scopes: ['Invoices.Write'], mfa: true })
    const [user, authorization] = await signIn()
    const answer = await downstream.fetchFor(user, authorization, 'invoices')(`${origin}/mine`)
    expect(answer.status).toBe(403)
    expect(calls).toHaveLength(1)
  })

  it.each([
    'https://evil.example/mine',
    'http://invoices.example/mine',
    'https://invoices.example.evil.example/',
    'https://invoices.example:8443/',
    'https://invoices.example@evil.example/',
  ])('sends no token to %s, and asks for none', async (url) => {
    const { downstream, signIn, calls, exchanges } = await chain({ scopes: ['Invoices.Read'] })
    const [user, authorization] = await signIn()
    await expect(downstream.fetchFor(user, authorization, 'invoices')(url)).rejects.toThrow(TypeError)
    expect([calls, exchanges()]).toEqual([[], 0])
  })
})

describe('a caller who goes while the token for the call is fetched', () => {
  it.each<[string, (send: typeof fetch, signal: AbortSignal) => Promise<Response>]>([
    ['in its options', (send, signal) => send(`${origin}/mine`, { signal })],
    ['in a Request', (send, signal) => send(new Request(`${origin}/mine`, { signal }))],
  ])('ends the call, and nothing is sent: by the signal %s', async (_, call) => {
    const { downstream, signIn, calls } = await chain({ scopes: ['Invoices.Read'] })
    const [user, authorization] = await signIn()
    const leaving = new AbortController()
    const left = call(downstream.fetchFor(user, authorization, 'invoices'), leaving.signal)
    leaving.abort(new RangeError('gone'))
    await expect(left).rejects.toThrow(new RangeError('gone'))
    // The exchange goes on for others.
    expect(await downstream.tokenFor(user, authorization, invoicesScopes)).toMatch(/^eyJ/)
    expect(calls).toEqual([])
  })
})
