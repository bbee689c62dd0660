import { describe, expect, it } from 'vitest'

import { createVerifier, protectedResourceMetadata, type VerifierOptions } from '../../src/index.ts'
import { apiId, tenantId } from '../support/issuer.ts'

const issuer = `https://login.microsoftonline.com/${tenantId}/v2.0`
const right = { resource: 'https://api.contoso.com', authorizationServers: [issuer] }
const make = (changes: object): unknown =>
  protectedResourceMetadata({ ...right, ...changes } as unknown as Parameters<
    typeof protectedResourceMetadata
  >[0])

describe('protectedResourceMetadata', () => {
  it('makes the document of RFC 9728', () => {
    expect(make({ scopes: [`api://${apiId}/Orders.Read`, 'Orders.Read'] })).toEqual({
      resource: 'https://api.contoso.com',
      authorization_servers: [issuer],
      scopes_supported: [`api://${apiId}/Orders.Read`, 'Orders.Read'],
      bearer_methods_supported: ['header'],
    })
  })

  it('leaves out what has no values, as RFC 9728 §3.2 asks', () => {
    expect(make({ scopes: [] })).not.toHaveProperty('scopes_supported')
    expect(make({})).not.toHaveProperty('scopes_supported')
  })

  it('takes a scope that only holds what looks like a placeholder', () => {
    expect(make({ scopes: ['!a://<b>', 'Orders<T>'] })).toMatchObject({
      scopes_supported: ['!a://<b>', 'Orders<T>'],
    })
  })

  it.each([
    'http://localhost:3000/mcp',
    'http://127.0.0.1',
    'http://[::1]:80',
    'https://localhost',
    'https://api.contoso.com/mcp/',
    'https://api.contoso.com/mcp?tenant=a',
  ])('takes the resource %s as it is written', (resource) => {
    expect(make({ resource })).toMatchObject({ resource })
  })

  it('takes a scope of which the name has angle brackets: the address in front has none', () => {
    const scopes = ['api://orders/Orders.Read<T>', 'Orders.Read{T}']
    expect(make({ scopes })).toMatchObject({ scopes_supported: scopes })
  })

  it.each<readonly [string, object]>([
    ['a resource that is no https URL', { resource: 'api://orders' }],
    ['a resource over http', { resource: 'http://api.contoso.com' }],
    ['a resource by ftp, on this machine too', { resource: 'ftp://localhost/' }],
    ['a resource with a password alone', { resource: 'https://:secret@api.contoso.com' }],
    ['a resource in a list', { resource: ['https://api.contoso.com'] }],
    ['a scope with a placeholder inside its host', { scopes: ['api://orders-<env>/Orders.Read'] }],
    ['a resource with a fragment', { resource: 'https://api.contoso.com/#a' }],
    ['a resource with an empty fragment', { resource: 'https://api.contoso.com/#' }],
    ['a resource with a user', { resource: 'https://user:secret@api.contoso.com' }],
    ['a resource with a blank, which the parser takes away', { resource: ' https://api.contoso.com' }],
    ['a resource with a placeholder', { resource: 'https://<your host>/mcp' }],
    ['no resource', { resource: undefined }],
    ['an issuer with a query', { authorizationServers: ['https://as.example/?q=1'] }],
    ['an issuer with an empty query', { authorizationServers: ['https://as.example/?'] }],
    ['an issuer with a fragment', { authorizationServers: ['https://as.example/#a'] }],
    ['an issuer with an empty fragment', { authorizationServers: [issuer, 'https://as.example/#'] }],
    ['an issuer over http', { authorizationServers: ['http://as.example'] }],
    ['an issuer that is no URL', { authorizationServers: ['https://'] }],
    ['an issuer with a user', { authorizationServers: ['https://a:b@as.example'] }],
    [
      'an issuer with a placeholder',
      { authorizationServers: ['https://login.microsoftonline.com/<tenant>/v2.0'] },
    ],
    ['an issuer with a line end', { authorizationServers: [`${issuer}\n`] }],
    ['an issuer in place of a list', { authorizationServers: issuer }],
    ['no issuer', { authorizationServers: [] }],
    ['two scopes in one string', { scopes: ['Orders.Read Orders.Write'] }],
    ['a scope with a quote', { scopes: ['Orders."Read"'] }],
    ['a scope with a backslash', { scopes: ['Orders\\Read'] }],
    ['a scope that is not ASCII', { scopes: ['Aufträge.Lesen'] }],
    ['an empty scope', { scopes: [''] }],
    ['a scope of a placeholder', { scopes: ['api://<client-id>/Orders.Read'] }],
    ['a string of scopes', { scopes: 'Orders.Read' }],
    ['an unknown member', { scope: ['Orders.Read'] }],
  ])('%s is a TypeError', (_what, changes) => {
    expect(() => make(changes)).toThrow(TypeError)
    expect(() => make(changes)).toThrow(/protectedResourceMetadata/)
  })
})

const configure = (resourceMetadata: unknown): unknown =>
  createVerifier({ tenants: tenantId, audience: apiId, challenge: { resourceMetadata } } as VerifierOptions)

describe('challenge.resourceMetadata', () => {
  it.each([
    'https://api.contoso.com/.well-known/oauth-protected-resource',
    'http://localhost:3000/.well-known/oauth-protected-resource/mcp',
    'http://127.0.0.1:3000/.well-known/oauth-protected-resource',
    'http://[::1]:3000/.well-known/oauth-protected-resource',
  ])('takes %s', (address) => {
    expect(() => configure(address)).not.toThrow()
  })

  it.each([
    'not a URL',
    '/.well-known/oauth-protected-resource',
    'api://orders',
    'javascript:alert(1)',
    'xhttp://api.contoso.com/',
    'https://api.contoso.com/a b',
    'https://api.contoso.com/ä',
    'https://<host>/',
    7,
    null,
  ])('refuses %j: it would stand in a header', (address) => {
    expect(() => configure(address)).toThrow(TypeError)
  })
})
