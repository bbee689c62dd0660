import { describe, expect, it } from 'vitest'

import { readOrigin, targetOfProof, targetOfRequest } from '../../src/pop/target.ts'
import { outcomeOfCall } from '../support/outcome.ts'

/* Both sides of a comparison go through these functions, so a fault in them would be made twice: here are the results. */
const api = readOrigin('https://api.example/v1/')

describe('the address that a proof names', () => {
  it.each([
    ['HTTPS://API.example:443/orders', 'https://api.example/orders'],
    ['https://api.example', 'https://api.example/'],
    ['https://api.example?a', 'https://api.example/'],
    ['https://api.example/%7e%6F%2f%c3', 'https://api.example/~o%2F%C3'],
    ['https://api.example/a/@b?c@d#e', 'https://api.example/a/@b'],
  ])('%s is %s', (htu, target) => {
    expect(targetOfProof(htu)).toBe(target)
  })

  it.each([
    'xhttps://api.example/',
    'https:///api.example/',
    'https://user@api.example/',
    'https://@api.example/',
    'https://api.example:port/',
    'https://api.example/%',
    'https://api.example/%2',
    'https://api.example/%2x',
    'https://api.example/a b',
  ])('is never %s', (htu) => {
    expect(outcomeOfCall(() => targetOfProof(htu))).toBe('proof_invalid')
  })
})

describe('the address of a request', () => {
  it.each([
    ['/orders', 'https://api.example/v1/orders'],
    ['http://10.0.0.1/orders?a', 'https://api.example/v1/orders'],
    ['http://10.0.0.1', 'https://api.example/v1/'],
    ['http://10.0.0.1?a', 'https://api.example/v1/'],
    ['http://10.0.0.1#a', 'https://api.example/v1/'],
  ])('%s begins with what the proxy took away: %s', (requested, target) => {
    expect(targetOfRequest(requested, api)).toBe(target)
  })

  it.each(['ftp://10.0.0.1/orders', 'xhttp://10.0.0.1/orders', 'orders', '*', '', '/a b', '/%2x'])(
    'cannot be read from %j',
    (requested) => {
      expect(outcomeOfCall(() => targetOfRequest(requested, api))).toBe('proof_invalid')
    },
  )
})

it.each([
  undefined,
  'api.example',
  'http://api.example',
  'https://api.example?',
  'https://api.example/%2x',
  'https://user@api.example',
])('the public address is never %s', (origin) => {
  expect(() => readOrigin(origin)).toThrow('origin must be the public https address of this API')
})
