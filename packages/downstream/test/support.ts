import { createVerifier, type UserIdentity, type Verifier } from '@entraguard/core'
import { createEmulator, defaults, type AppOptions, type Emulator } from '@entraguard/emulator'

import { onBehalfOf, type Downstream, type DownstreamOptions } from '../src/index.ts'

export const secret = 'emulator-only-secret'
export const invoices = '77777777-7777-4777-8777-777777777777'
export const invoicesScopes = ['api://invoices/Invoices.Read']

/** The sign-in name of one of ten users. */
export const userNamed = (index: number): string => `user${index}@contoso.com`

/** An API and another one behind it, with the identity provider of both. */
export interface World {
  readonly entra: Emulator
  readonly verifier: Verifier
  readonly options: DownstreamOptions
  readonly downstream: Downstream
  /** How many tokens were asked for. */
  readonly exchanges: () => number
  readonly signIn: (
    more?: Parameters<Emulator['issueUserToken']>[0],
  ) => Promise<readonly [UserIdentity, string]>
}

/** The same options, and what is sent to the token endpoint under them. */
export function withForms(options: DownstreamOptions): readonly [DownstreamOptions, URLSearchParams[]] {
  const { fetch = globalThis.fetch } = options
  const forms: URLSearchParams[] = []
  const noting: typeof fetch = async (input, init) => {
    const request = new Request(input, init)
    if (request.method === 'POST') forms.push(new URLSearchParams(await request.text()))
    return await fetch(input, init)
  }
  return [{ ...options, fetch: noting }, forms]
}

export async function world(more: Partial<DownstreamOptions> = {}, api: AppOptions = {}): Promise<World> {
  const entra = await createEmulator({
    users: [
      ...Array.from({ length: 10 }, (_, index) => ({
        id: `aaaaaaaa-0000-4000-8000-00000000000${index}`,
        userPrincipalName: userNamed(index),
      })),
      { tenantId: defaults.otherTenantId, userPrincipalName: 'grace@fabrikam.com' },
    ],
    apps: [
      { secret, scopes: ['Orders.Read'], optionalClaims: ['xms_cc'], multiTenant: true, ...api },
      {
        clientId: invoices,
        appIdUri: 'api://invoices',
        scopes: ['Invoices.Read', 'Invoices.Write'],
        appRoles: ['Invoices.Read.All'],
        accessTokenLifetime: 600,
        optionalClaims: ['xms_cc', 'acrs'],
        multiTenant: true,
      },
    ],
  })
  const { audience, fetch, now } = entra.verifierOptions()
  const verifier = createVerifier({ tenants: () => true, audience, fetch, now })
  const options: DownstreamOptions = {
    clientId: defaults.apiClientId,
    credential: { secret },
    apis: { invoices: { scopes: invoicesScopes, origins: ['https://invoices.example'] } },
    fetch,
    now,
    ...more,
  }
  return {
    entra,
    verifier,
    options,
    downstream: onBehalfOf(options),
    exchanges: () => entra.requests.filter(({ url }) => url.includes('/oauth2/v2.0/token')).length,
    async signIn(token = {}) {
      const authorization = `Bearer ${await entra.issueUserToken({ scopes: ['Orders.Read'], ...token })}`
      return [await verifier.authenticate(authorization, { scopes: ['Orders.Read'] }), authorization]
    },
  }
}
