import { describe, expect, it } from 'vitest'

import { adminConsentUrl, type AdminConsentOptions } from '../../src/index.ts'

const clientId = '22222222-2222-4222-8222-222222222222'
const options: AdminConsentOptions = {
  clientId,
  scopes: [`api://${clientId}/.default`],
  redirectUri: 'https://app.contoso.com/onboarded',
  state: 'a&b=c#d',
}

describe('the address for the consent of an administrator', () => {
  it('has what was given, and nothing of it can add a parameter', () => {
    const url = new URL(adminConsentUrl(options))
    expect(url.origin + url.pathname).toBe(
      'https://login.microsoftonline.com/organizations/v2.0/adminconsent',
    )
    expect(Object.fromEntries(url.searchParams)).toStrictEqual({
      client_id: clientId,
      scope: `api://${clientId}/.default`,
      redirect_uri: 'https://app.contoso.com/onboarded',
      state: 'a&b=c#d',
    })
    expect(url.hash).toBe('')
  })

  it.each([
    ['contoso.com', undefined, 'https://login.microsoftonline.com/contoso.com/'],
    [
      '11111111-1111-4111-8111-111111111111',
      'usgov',
      'https://login.microsoftonline.us/11111111-1111-4111-8111-111111111111/',
    ],
  ] as const)('of the tenant %s is at its cloud', (tenant, cloud, begin) => {
    expect(adminConsentUrl({ ...options, tenant, cloud })).toMatch(begin)
  })

  it.each([
    ['no client id', { clientId: 'orders' }, 'clientId must be'],
    ['a client id that is no text', { clientId: 7 as unknown as string }, 'clientId must be'],
    ['a tenant with a blank', { tenant: 'contoso.com ' }, 'tenant must be'],
    ['a tenant that is no text', { tenant: null as unknown as string }, 'tenant must be'],
    ['a tab in a scope', { scopes: ['a\tb'] }, 'control character'],
    ['a redirect to no address', { redirectUri: 'onboarded' }, 'redirectUri must be'],
    ['a redirect that is no text', { redirectUri: 7 as unknown as string }, 'redirectUri must be'],
    [
      'a redirect that is an object',
      { redirectUri: new URL('https://app.contoso.com/') as unknown as string },
      'redirectUri must be',
    ],
    [
      'a redirect with an empty fragment',
      { redirectUri: 'https://app.contoso.com/#' },
      'redirectUri must be',
    ],
    ['a redirect with a user', { redirectUri: 'https://app@evil.example/' }, 'redirectUri must be'],
    [
      'a redirect with a backslash, which the parser mends',
      { redirectUri: 'https:\\\\app.contoso.com/' },
      'redirectUri must be',
    ],
    ['a redirect by ftp', { redirectUri: 'ftp://localhost/' }, 'redirectUri must be'],
    [
      'a redirect to a host of this name',
      { redirectUri: 'http://localhost.evil.example/' },
      'redirectUri must be',
    ],
    ['a redirect to a host that ends so', { redirectUri: 'http://evil-localhost/' }, 'redirectUri must be'],
    [
      'a redirect to this machine with a fragment',
      { redirectUri: 'http://localhost/#a' },
      'redirectUri must be',
    ],
    ['a state that is no text', { state: undefined as unknown as string }, 'state is not a string'],
    ['common, which Entra ID has no consent for', { tenant: 'common' }, 'tenant must be'],
    ['a tenant that is a path', { tenant: '../evil' }, 'tenant must be'],
    ['no scopes', { scopes: [] }, 'scopes must be a non-empty list'],
    ['two scopes in one text', { scopes: ['a b'] }, 'contains a space'],
    ['a redirect over http', { redirectUri: 'http://app.contoso.com/' }, 'redirectUri must be'],
    ['a redirect with a fragment', { redirectUri: 'https://app.contoso.com/#a' }, 'redirectUri must be'],
    ['a redirect to a script', { redirectUri: 'javascript:alert(1)' }, 'redirectUri must be'],
    ['an empty state', { state: '' }, 'state is empty'],
    ['an unknown cloud', { cloud: 'mars' as 'public' }, 'cloud must be'],
    ['an unknown option', { prompt: 'login' }, 'unknown adminConsentUrl option'],
  ])('is not made of %s', (_, change, message) => {
    expect(() => adminConsentUrl({ ...options, ...change })).toThrow(TypeError)
    expect(() => adminConsentUrl({ ...options, ...change })).toThrow(message)
  })

  it.each(['http://localhost:3000/back', 'http://127.0.0.1/', 'http://[::1]:8080/'])(
    'comes back to this machine by http, too: %s',
    (redirectUri) => {
      const url = new URL(adminConsentUrl({ ...options, redirectUri }))
      expect(url.searchParams.get('redirect_uri')).toBe(redirectUri)
    },
  )

  it('takes ids and domains in capitals, and several scopes', () => {
    const scopes = [`api://${clientId}/.default`, 'https://graph.microsoft.com/User.Read']
    const capitals = clientId.replaceAll('2', 'A')
    for (const tenant of [capitals, 'Contoso.COM']) {
      const url = new URL(adminConsentUrl({ ...options, clientId: capitals, tenant, scopes }))
      expect(url.pathname).toBe(`/${tenant}/v2.0/adminconsent`)
      expect(url.searchParams.get('client_id')).toBe(capitals)
      expect(url.searchParams.get('scope')).toBe(scopes.join(' '))
    }
  })
})
