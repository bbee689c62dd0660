import { describe, expect, it } from 'vitest'

import { forms, type FormField } from '../src/directory/forms.ts'
import { withIds, type Ids } from '../src/directory/ids.ts'
import type { App } from '../src/emulator-api.ts'

const app = (more: Partial<App> = {}): App => ({
  clientId: 'aaaaaaaa-1111-4111-8111-111111111111',
  name: 'Stock API',
  tenantId: 'bbbbbbbb-1111-4111-8111-111111111111',
  appIdUri: 'api://stock',
  scopes: ['Stock.Read'],
  appRoles: [{ value: 'Stock.Read.All', allowedMemberTypes: ['Application'] }],
  ...more,
})
const ids = (api: App): Ids => ({
  api,
  client: { ...api, clientId: 'cccccccc-1111-4111-8111-111111111111', secret: undefined },
  origin: { here: 'http://127.0.0.1:8484', secure: 'https://localhost:8484' },
})

describe('the ids in an example', () => {
  it('are those of the app, each in its place', () => {
    const code =
      "11111111-1111-4111-8111-111111111111 22222222-2222-4222-8222-222222222222 'api://22222222-2222-4222-8222-222222222222' 44444444-4444-4444-8444-444444444444 Orders.Read Orders.Write Orders.Read.All Orders.Write.All"
    expect(withIds(code, ids(app()))).toBe(
      "bbbbbbbb-1111-4111-8111-111111111111 aaaaaaaa-1111-4111-8111-111111111111 'api://stock' cccccccc-1111-4111-8111-111111111111 Stock.Read Stock.Read Stock.Read.All Stock.Read.All",
    )
  })

  it('are not changed twice where an app has the name of another', () => {
    expect(withIds('Orders.Read Orders.Write', ids(app({ scopes: ['Orders.Write', 'Orders.Read'] })))).toBe(
      'Orders.Write Orders.Read',
    )
  })
})

const field = (label: string): FormField => {
  const found = forms.apps.find((one) => one.label === label)
  if (found === undefined) throw new Error(`There is no field ${label}`)
  return found
}

describe('a form', () => {
  it('leaves out what is empty, so that the default of the emulator holds', () => {
    expect(field('Name').write({ name: 'Stock', secret: 's' }, '')).toEqual({ secret: 's' })
    expect(field('Scopes that it offers').write({ scopes: ['A'] }, ' , ')).toEqual({})
    expect(field('Multitenant').write({ multiTenant: true }, false)).toEqual({})
  })

  it('keeps the platform of a redirect URI, and reads one that is typed', () => {
    const before = { redirectUris: ['http://localhost/', { uri: 'http://localhost:5173/', platform: 'spa' }] }
    const redirects = field('Redirect URIs')
    const text = String(redirects.read(before))
    expect(text).toBe('http://localhost/ spa:http://localhost:5173/')
    expect(redirects.write(before, text)).toEqual(before)
    expect(redirects.write(before, 'web:https://orders.example/')).toEqual({
      redirectUris: [{ uri: 'https://orders.example/', platform: 'web' }],
    })
  })

  it('tells roles for users from permissions for applications, and keeps one that is both', () => {
    const both = { value: 'Both', allowedMemberTypes: ['User', 'Application'] }
    const before = { appRoles: ['Both', { value: 'Admin', allowedMemberTypes: ['User'] }] }
    const permissions = field('Application permissions that it offers')
    expect(permissions.read(before)).toBe('Both')
    expect(field('App roles for users').read(before)).toBe('Both Admin')
    expect(permissions.write({ appRoles: [both] }, 'Read.All')).toEqual({
      appRoles: [
        { value: 'Both', allowedMemberTypes: ['User'] },
        { value: 'Read.All', allowedMemberTypes: ['Application'] },
      ],
    })
    expect(permissions.write({ appRoles: [both] }, 'Both')).toEqual({ appRoles: [both] })
  })
})
