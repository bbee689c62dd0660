import { describe, expect, it } from 'vitest'

import { outcomeOf } from '../support/outcome.ts'
import { holder, issueBound, origin, popVerifier, prove, scope, withProof } from '../support/prover.ts'

/* A proof names an address, a request brings a path, and between them stand routers that read paths in ways of their own. */
async function outcome(url: string, htu: string, at: string = origin): Promise<unknown> {
  const token = await issueBound(holder)
  const verifier = popVerifier({ origin: at })
  return outcomeOf(verifier.authenticate(`DPoP ${token}`, scope, withProof(prove(token, { htu }), { url })))
}

describe('the path of a request', () => {
  it.each([
    ['/orders', `${origin}/orders`],
    ['/orders?back=/../admin', `${origin}/orders`],
    ['/orders#/../admin', `${origin}/orders`],
    ['/orders/..a', `${origin}/orders/..a`],
    ['/orders/...', `${origin}/orders/...`],
    ['/orders/a.b', `${origin}/orders/a%2Eb`],
    ['/%6Frders', `${origin}/orders`],
    ['/orders/%e4', `${origin}/orders/%E4`],
    ['/orders', `${origin}/admin/../orders`],
    ['/orders', `${origin}/./orders`],
    ['//orders', `${origin}//orders`],
    ['', origin],
    ['/', origin],
    ['http://evil.example', `${origin}/`],
    ['http://evil.example?a', `${origin}/`],
    ['https://evil.example/orders', `${origin}/orders`],
    ['HTTP://evil.example/orders', `${origin}/orders`],
  ])('%s is what a proof for %s is about', async (url, htu) => {
    expect(await outcome(url, htu)).toBe(url === '' ? 'proof_invalid' : 'accepted')
  })

  it.each([
    '/admin/../orders',
    '/./orders',
    '/orders/.',
    '/orders/..',
    '/..',
    '/admin/%2e%2e/orders',
    '/admin/.%2E/orders',
    '/admin/%2E./orders',
    '/%2e/orders',
    'http://api.contoso.com/admin/../orders',
    'https://api.contoso.com/..',
  ])('%s goes by dots, which routers read in two ways: no proof is about it', async (url) => {
    for (const path of ['/orders', '/', '/orders/', url.replace(/^https?:\/\/[^/]+/, '')])
      expect([path, await outcome(url, `${origin}${path}`)]).toEqual([path, 'proof_invalid'])
  })

  it.each([
    '/orders/',
    '//orders',
    '/Orders',
    '/orders%2F',
    '/%2Forders',
    '/orders;v=1',
    '/orders%3Fa',
    '/orders%23',
    '/orders%00',
    '/orders%',
    '/orders%zz',
    '/orders\\',
    '\\orders',
    '/\torders',
    '/orders ',
    '/ordérs',
    '*',
    'orders',
    'api.contoso.com:443',
    'ftp://api.contoso.com/orders',
    'http:///orders',
    'http:/orders',
  ])('%s is another address than /orders', async (url) => {
    expect(await outcome(url, `${origin}/orders`)).toBe('proof_invalid')
  })

  it('stands behind what a proxy takes away', async () => {
    const gateway = 'https://gateway.contoso.com/sh%6fp//'
    expect(await outcome('/orders', 'https://gateway.contoso.com/shop/orders', gateway)).toBe('accepted')
    for (const htu of [
      'https://gateway.contoso.com/orders',
      'https://gateway.contoso.com/shop//orders',
      'https://gateway.contoso.com/shop',
    ])
      expect(await outcome('/orders', htu, gateway)).toBe('proof_invalid')
    expect(await outcome('/../orders', 'https://gateway.contoso.com/orders', gateway)).toBe('proof_invalid')
  })
})
