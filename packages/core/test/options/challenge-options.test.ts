import { describe, expect, it } from 'vitest'

import { challengeFor, EntraGuardError } from '../../src/index.ts'
import { readChallenge } from '../../src/options/challenge-options.ts'
import { apiId, verifierFor } from '../support/issuer.ts'

const none: ReadonlySet<string> = new Set()

describe('the options of a challenge', () => {
  it('are carried as they are, and frozen', () => {
    const options = {
      realm: 'orders',
      resourceMetadata: 'https://api.contoso.com/.well-known/oauth-protected-resource',
      scopePrefix: 'api://orders/',
      exposeCode: true,
    }
    const read = readChallenge(options, none)
    expect(read).toStrictEqual(options)
    expect(read).not.toBe(options)
    expect(Object.isFrozen(read)).toBe(true)
  })

  it('that are absent say nothing', () => {
    expect(readChallenge(undefined, none)).toEqual({ exposeCode: false })
    expect(readChallenge({ realm: undefined, scopePrefix: undefined }, none)).toEqual({ exposeCode: false })
  })

  it('stand in the header of a refusal', () => {
    const resourceMetadata = 'https://api.contoso.com/.well-known/oauth-protected-resource'
    const { challenge } = verifierFor({ challenge: { realm: 'orders', resourceMetadata } })
    const { headers } = challengeFor(new EntraGuardError('token_missing'), challenge)
    expect(headers['www-authenticate']).toBe(`Bearer realm="orders", resource_metadata="${resourceMetadata}"`)
  })

  it.each([
    'http://api.contoso.com/',
    'http://localhost.contoso.com/',
    'http://127.0.0.2/',
    'xhttps://api.contoso.com/',
    'ftp://api.contoso.com/',
    'wss://api.contoso.com/',
  ])('have no document at %s', (resourceMetadata) => {
    expect(() => readChallenge({ resourceMetadata }, none)).toThrow(/challenge\.resourceMetadata/)
  })
})

describe('the text before a scope', () => {
  it.each<readonly [string, readonly string[], string | undefined]>([
    ['the one Application ID URI', [apiId, 'api://orders'], 'api://orders/'],
    ['a URI of another scheme', ['web+x.y-1://orders', apiId], 'web+x.y-1://orders/'],
    ['a URI in capitals', ['API://orders'], 'API://orders/'],
    ['unknown without a URI', [apiId], undefined],
    ['unknown with several of them', ['api://orders', 'https://orders.contoso.com'], undefined],
    ['unknown with one that a scope cannot hold', ['api://bestellungen-für'], undefined],
    ['unknown with what only holds a URI', ['1api://orders'], undefined],
    ['unknown without an audience', [], undefined],
  ])('is %s', (_what, audience, scopePrefix) => {
    expect(readChallenge({}, new Set(audience)).scopePrefix).toBe(scopePrefix)
  })
})
