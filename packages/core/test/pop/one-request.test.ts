import type { IncomingMessage } from 'node:http'

import { describe, expect, it } from 'vitest'

import { proofOf } from '../../src/index.ts'
import { outcomeOf } from '../support/outcome.ts'
import { issueBound, origin, popVerifier, prove, scope } from '../support/prover.ts'

/* A proof is good for one request, and one request may have several guards: which of them ask about the same call. */
const token = await issueBound()

interface Call {
  readonly method?: string
  readonly url: string
}

/** What becomes of each guard in turn, of one request whose proof is for `GET` and the first address. */
async function outcomesOf(...calls: readonly [Call, ...Call[]]): Promise<readonly unknown[]> {
  // Not of the class Request, which would write the addresses anew.
  const verifier = popVerifier()
  const [first] = calls
  const dpop = prove(token, { htu: new URL(first.url, origin).href })
  const connection = {}
  const outcomes: unknown[] = []
  for (const { method = 'GET', url } of calls) {
    const headers = new Headers({ dpop })
    const request = proofOf(verifier, { method, url, headers }, connection)
    outcomes.push(await outcomeOf(verifier.authenticate(`DPoP ${token}`, scope, { request })))
  }
  return outcomes
}

describe('a later guard of a request', () => {
  it.each<[string, Call, Call]>([
    ['the same address', { url: '/orders' }, { url: '/orders' }],
    ['another query', { url: '/orders?a=/x' }, { url: '/orders?b=1' }],
    ['the end of the path, as a mounted app does', { url: '/shop/orders/1' }, { url: '/orders/1' }],
    ['nothing of the path, as at the root of a mounted app', { url: '/shop' }, { url: '/' }],
    ['the whole address in capitals', { url: '/orders' }, { url: 'HTTPS://API.CONTOSO.COM/orders' }],
    ['the whole address of what had no path', { url: '/' }, { url: origin }],
    ['the end of the path at another host', { url: '/shop/orders' }, { url: 'http://inner.example/orders' }],
  ])('asks for no second proof where it sees %s', async (_what, first, later) => {
    expect(await outcomesOf(first, later, later)).toEqual(['accepted', 'accepted', 'accepted'])
  })

  it.each<[string, Call, Call]>([
    ['another method', { url: '/orders' }, { url: '/orders', method: 'DELETE' }],
    ['another method and path', { url: '/orders' }, { url: '/admin', method: 'DELETE' }],
    ['another path', { url: '/orders' }, { url: '/admin' }],
    ['a longer path', { url: '/orders' }, { url: '/shop/orders' }],
    ['the beginning of the path', { url: '/orders/1' }, { url: '/orders' }],
    ['the end of the path in a query', { url: '/shop?a=/admin' }, { url: '/admin' }],
    ['the end of the path behind a number sign', { url: '/shop#/admin' }, { url: '/admin' }],
    ['the end of a name in the path', { url: '/shop-admin' }, { url: 'admin' }],
    ['a host in the path', { url: '/orders' }, { url: '/https://api.contoso.com/orders' }],
  ])('takes no proof of another call: %s', async (_what, first, later) => {
    expect(await outcomesOf(first, later)).toEqual(['accepted', 'proof_invalid'])
  })

  it('takes no proof of another call of a request of Node either, whose method somebody has changed', async () => {
    const verifier = popVerifier()
    const request = { method: 'GET', url: '/orders', headers: { dpop: prove(token) }, socket: {} }
    const ask = (): Promise<unknown> =>
      outcomeOf(
        verifier.authenticate(`DPoP ${token}`, scope, {
          request: proofOf(verifier, request as unknown as IncomingMessage),
        }),
      )
    expect([await ask(), await ask()]).toEqual(['accepted', 'accepted'])
    request.method = 'DELETE'
    expect(await ask()).toBe('proof_invalid')
  })
})
