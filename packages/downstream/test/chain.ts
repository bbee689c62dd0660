import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

import { createVerifier, EntraGuardError, toResponse, type Access } from '@entraguard/core'

import { onBehalfOf } from '../src/index.ts'
import { invoices, invoicesScopes, world, type World } from './support.ts'

export const origin = 'https://invoices.example'

export interface Call {
  readonly url: string
  readonly method: string
  readonly authorization: string | null
  readonly type: string | null
  readonly body: string
}

/** The other API: a guarded handler, and what it was asked. Everything else goes to the identity provider. */
export async function chain(asked: Access, answer?: (request: Request) => Response | undefined) {
  const calls: Call[] = []
  const { entra, options, ...rest }: World = await world()
  const api = createVerifier({ ...entra.verifierOptions(), audience: [invoices, 'api://invoices'] })
  const identityProvider = options.fetch ?? fetch
  const serve = async (request: Request): Promise<Response> => {
    const authorization = request.headers.get('authorization')
    const { url, method, headers } = request
    calls.push({ url, method, authorization, type: headers.get('content-type'), body: await request.text() })
    const own = answer?.(request)
    if (own !== undefined) return own
    try {
      const user = await api.authenticate(authorization, asked)
      return Response.json({ of: user.key })
    } catch (error) {
      if (EntraGuardError.is(error)) return toResponse(error, api.challenge)
      throw error
    }
  }
  const downstream = onBehalfOf({
    ...options,
    fetch: async (input, init) => {
      const request = new Request(input, init)
      return new URL(request.url).host.startsWith('login.')
        ? await identityProvider(input, init)
        : await serve(request)
    },
  })
  return { ...rest, entra, downstream, calls }
}

/** Another API that listens, and the `fetch` of a user for it. */
export async function overHttp(
  serve: RequestListener,
  act: (send: typeof fetch, address: string) => Promise<void>,
): Promise<void> {
  const server = createServer(serve)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  try {
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const { options, signIn } = await world({
      apis: { invoices: { scopes: invoicesScopes, origins: [address] } },
    })
    const identityProvider = options.fetch ?? fetch
    const downstream = onBehalfOf({
      ...options,
      fetch: (input, init) =>
        (new URL(input instanceof Request ? input.url : input).origin === address ? fetch : identityProvider)(
          input,
          init,
        ),
    })
    const [user, authorization] = await signIn()
    await act(downstream.fetchFor(user, authorization, 'invoices'), address)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}
