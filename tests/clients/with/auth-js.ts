import type { AuthConfig } from '@auth/core'
import { expect } from 'vitest'

import type { Client } from '../flows.ts'
import { authorization, callbacks, tokenOfSession } from '../auth-js-session.ts'
import { Person } from '../person.ts'
import { ADA, api, portal, secret, serve, tenantId, type World } from '../world.ts'

const authSecret = 'a'.repeat(32)

interface SignedIn {
  /** What the session endpoint says of the person. */
  readonly session: object
  /** What the app has for the API. */
  readonly token: string
}

/** Signs in at an app with Auth.js in it. */
async function signIn(world: World): Promise<SignedIn> {
  const { Auth } = await import('@auth/core')
  const { default: MicrosoftEntraID } = await import('@auth/core/providers/microsoft-entra-id')
  const config: Omit<AuthConfig, 'raw'> = {
    secret: authSecret,
    callbacks,
    trustHost: true,
    basePath: '/auth',
    providers: [
      MicrosoftEntraID({
        clientId: portal,
        clientSecret: secret,
        issuer: `${world.strict.url}/${tenantId}/v2.0`,
        authorization,
        // Its own one fetches a photograph from the real graph.microsoft.com.
        profile: ({ oid, name, email }) => ({ id: oid, name, email }),
      }),
    ],
  }
  return serve(
    (origin) => async (request, response) => {
      if (request.url === '/token') {
        const headers = new Headers({ cookie: request.headers.cookie ?? '' })
        return void response.end(await tokenOfSession(headers, authSecret))
      }
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      const answer = await Auth(
        new Request(`${origin}${request.url}`, {
          method: request.method ?? 'GET',
          headers: new Headers(request.headers as Record<string, string>),
          ...(chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }),
        }),
        config,
      )
      for (const [name, value] of answer.headers) response.appendHeader(name, value)
      response.writeHead(answer.status).end(Buffer.from(await answer.arrayBuffer()))
    },
    async (origin) => {
      const person = new Person(ADA)
      const { html } = await person.visit(`${origin}/auth/csrf`)
      const { csrfToken } = JSON.parse(html) as { csrfToken: string }
      const body = new URLSearchParams({ csrfToken, callbackUrl: `${origin}/auth/session` })
      const session = await person.visit(`${origin}/auth/signin/microsoft-entra-id`, undefined, {
        method: 'POST',
        body,
      })
      const { html: token } = await person.visit(`${origin}/token`)
      return { session: JSON.parse(session.html) as object, token }
    },
  )
}

export const client: Client = {
  name: '@auth/core',
  options: '`localIssuer`, `issuer`; a `profile` that fetches no photo',
  flows: {
    'authorization code': async (world) => {
      const { session, token } = await signIn(world)
      expect(session).toMatchObject({ user: { name: 'Ada Lovelace', email: 'ada@contoso.com' } })
      expect(JSON.stringify(session)).not.toContain(token)
      expect(await world.verified(token)).toMatchObject({ aud: api, azp: portal, scp: 'Orders.Read' })
    },
  },
}
