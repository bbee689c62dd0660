import { once } from 'node:events'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'

import { PublicClientApplication } from '@azure/msal-node'
import { createVerifier, EntraGuardError, readClaimsChallenge, toResponse } from '@entraguard/core'
import { onBehalfOf, type Credential, type Downstream } from '@entraguard/downstream'
import { createEmulator, defaults, type AppOptions, type Emulator } from '@entraguard/emulator'
import { emulatorFetch } from '@entraguard/emulator/fetch'
import { listen } from '@entraguard/emulator/node'
import { entraGuard, requireAccess } from '@entraguard/hono'
import { getRequestListener } from '@hono/node-server'
import { Hono, type Context } from 'hono'

import { selfSigned } from '../clients/certificate.ts'
import { Person } from '../clients/person.ts'

export const { secret } = defaults
export const invoices = '77777777-7777-4777-8777-777777777777'
const redirectUri = 'http://localhost:3000/callback'

/** Somebody in a tenant, with an app of the client. */
export interface Somebody {
  readonly tenantId: string
  readonly id: string
}

export const ada: Somebody = { tenantId: defaults.tenantId, id: 'aaaaaaaa-0000-4000-8000-000000000001' }
export const adaElsewhere: Somebody = {
  tenantId: defaults.otherTenantId,
  id: 'aaaaaaaa-0000-4000-8000-000000000002',
}

/** How the first API calls the other one for its user. */
export type Route = (
  context: Context,
  tools: { readonly downstream: Downstream<'invoices'>; readonly url: string },
) => Promise<Response>

/** A client, an API, another API behind it, and the identity provider of all three, on sockets. */
export interface Chain {
  readonly entra: Emulator
  readonly identityProvider: string
  /** Statuses that the other API answered with. */
  readonly answered: number[]
  /** Calls the first API, and signs in once more where it asks for that. Gives each answer. */
  readonly call: (path: string, who: Somebody) => Promise<readonly Response[]>
  readonly useCredential: (credential: Credential) => void
  readonly close: () => Promise<void>
}

async function start(
  app: Hono,
  tls?: { readonly pem: string; readonly privateKey: string },
): Promise<{ readonly url: string; readonly close: () => Promise<void> }> {
  const answer = getRequestListener((request) => app.fetch(request))
  const listener: RequestListener = (request, response) => void answer(request, response)
  const server =
    tls === undefined
      ? createHttpServer(listener)
      : createHttpsServer({ cert: tls.pem, key: tls.privateKey }, listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : ''
  return {
    url: `${tls === undefined ? 'http' : 'https'}://localhost:${port}`,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

/** The other API: only for those who have met `c1`. */
function invoicesApi(entra: Emulator, answered: number[]): Hono {
  const verifier = createVerifier({ ...entra.verifierOptions(), tenants: () => true, audience: invoices })
  const app = new Hono()
  app.use('*', async (context, next) => {
    await next()
    answered.push(context.res.status)
  })
  app.get(
    '/mine',
    entraGuard(verifier),
    requireAccess({ scopes: ['Invoices.Read'], authContext: 'c1' }),
    (context) => context.json({ of: context.var.identity.key, through: context.var.identity.clientId }),
  )
  return app
}

/** The first API, with a route for each way to call the other one. */
function ordersApi(
  entra: Emulator,
  routes: Readonly<Record<string, Route>>,
  tools: () => Parameters<Route>[1],
): Hono {
  const verifier = createVerifier({ ...entra.verifierOptions(), tenants: () => true })
  const app = new Hono()
  app.onError((error, context) =>
    EntraGuardError.is(error) ? toResponse(error, verifier.challenge) : context.text(error.message, 500),
  )
  app.use('*', entraGuard(verifier), requireAccess({ scopes: ['Orders.Read'] }))
  for (const [path, route] of Object.entries(routes)) app.get(path, (context) => route(context, tools()))
  return app
}

/** Signs somebody in with MSAL, as a client that understands claims challenges. */
async function signIn(
  identityProvider: string,
  { tenantId, id }: Somebody,
  claims?: string,
): Promise<string> {
  const client = new PublicClientApplication({
    auth: {
      clientId: defaults.webClientId,
      authority: `${identityProvider}/${tenantId}`,
      knownAuthorities: [new URL(identityProvider).host],
      clientCapabilities: ['CP1'],
    },
  })
  const scopes = [`api://${defaults.apiClientId}/Orders.Read`]
  const asked = { scopes, redirectUri, ...(claims !== undefined && { claims }) }
  const page = await client.getAuthCodeUrl(asked)
  const { url, html } = await new Person(id).visit(page, ({ port }) => port === '3000')
  if (html !== '') throw new Error(html)
  const { accessToken } = await client.acquireTokenByCode({
    ...asked,
    code: url.searchParams.get('code') ?? '',
  })
  return accessToken
}

export async function createChain(routes: Readonly<Record<string, Route>>, api: AppOptions): Promise<Chain> {
  const entra = await createEmulator({
    apps: [
      {
        clientId: defaults.apiClientId,
        secret,
        scopes: ['Orders.Read'],
        optionalClaims: ['xms_cc', 'acrs'],
        multiTenant: true,
        ...api,
      },
      {
        clientId: defaults.webClientId,
        multiTenant: true,
        redirectUris: [{ uri: 'http://localhost/callback', platform: 'publicClient' }],
      },
      {
        clientId: invoices,
        appIdUri: 'api://invoices',
        scopes: ['Invoices.Read'],
        optionalClaims: ['xms_cc', 'acrs'],
        multiTenant: true,
      },
    ],
  })
  const listening = await listen(entra, { https: true })
  const certificate = await selfSigned('localhost')
  const before = getCACertificates('default')
  setDefaultCACertificates([...before, listening.ca ?? '', certificate.pem])
  const answered: number[] = []
  const other = await start(invoicesApi(entra, answered), certificate)
  const make = (credential: Credential): Downstream<'invoices'> => {
    const toEntra = emulatorFetch(listening.url)
    return onBehalfOf({
      clientId: defaults.apiClientId,
      credential,
      apis: { invoices: { scopes: ['api://invoices/Invoices.Read'], origins: [other.url] } },
      fetch: (input, init) =>
        new URL(new Request(input).url).hostname === 'localhost' ? fetch(input, init) : toEntra(input, init),
    })
  }
  let downstream = make({ secret })
  const first = await start(ordersApi(entra, routes, () => ({ downstream, url: `${other.url}/mine` })))
  return {
    entra,
    identityProvider: listening.url,
    answered,
    useCredential(credential) {
      downstream = make(credential)
    },
    async call(path, who) {
      const ask = async (claims?: string): Promise<Response> => {
        const token = await signIn(listening.url, who, claims)
        return await fetch(`${first.url}${path}`, { headers: { authorization: `Bearer ${token}` } })
      }
      const answer = await ask()
      const claims = readClaimsChallenge(answer)
      return claims === undefined ? [answer] : [answer, await ask(claims)]
    },
    async close() {
      setDefaultCACertificates(before)
      await Promise.all([first.close(), other.close(), listening.close()])
    },
  }
}
