import { expect } from 'vitest'

import type { Client } from '../flows.ts'
import { Person } from '../person.ts'
import { ADA, portal, secret, serve, tenantId, type World } from '../world.ts'

async function signIn(world: World): Promise<unknown> {
  const { betterAuth } = await import('better-auth')
  const { toNodeHandler } = await import('better-auth/node')
  return serve(
    (origin) => {
      const auth = betterAuth({
        baseURL: origin,
        secret: 'a'.repeat(32),
        telemetry: { enabled: false },
        socialProviders: {
          microsoft: {
            clientId: portal,
            clientSecret: secret,
            tenantId,
            authority: world.strict.url,
            disableProfilePhoto: true,
          },
        },
      })
      const handler = toNodeHandler(auth)
      return (request, response) => void handler(request, response)
    },
    async (origin) => {
      const person = new Person(ADA)
      const started = await person.visit(`${origin}/api/auth/sign-in/social`, undefined, {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin },
        body: JSON.stringify({ provider: 'microsoft', callbackURL: `${origin}/api/auth/get-session` }),
      })
      // It answers with the address of the sign-in page, and the person has gone through it and back.
      return JSON.parse(started.html)
    },
  )
}

export const client: Client = {
  name: 'better-auth',
  options: '`authority`, `tenantId`, `disableProfilePhoto: true`',
  flows: {
    'authorization code': async (world) => {
      expect(await signIn(world)).toMatchObject({ user: { name: 'Ada Lovelace', email: 'ada@contoso.com' } })
    },
  },
}
