import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

import { createVerifier } from '@entraguard/core'
import { createEmulator } from '@entraguard/emulator'
import { H3 } from 'h3'
import Koa from 'koa'
import { describe, expect, it } from 'vitest'

import { guarded } from './h3.ts'
import { guard } from './koa.ts'
import { createHandler } from './trpc.ts'

const entra = await createEmulator()
const verifier = createVerifier(entra.verifierOptions())
const access = { scopes: ['Orders.Read'] } as const

type Ask = (headers: Record<string, string>) => Promise<Response>

async function koa(): Promise<{ ask: Ask; close: () => void }> {
  const app = new Koa()
  app.use(guard(verifier, access)).use((ctx) => {
    ctx.body = { of: ctx.state.identity.key }
  })
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    ask: (headers) => fetch(`http://127.0.0.1:${port}/orders`, { headers }),
    close: () => server.close(),
  }
}

async function h3(): Promise<{ ask: Ask; close: () => void }> {
  const app = new H3().get(
    '/orders',
    guarded(verifier, access, (_event, user) => ({ of: user.key })),
  )
  return {
    ask: async (headers) => await app.fetch(new Request('http://localhost/orders', { headers })),
    close: () => {},
  }
}

async function trpc(): Promise<{ ask: Ask; close: () => void }> {
  const handle = createHandler(verifier)
  return {
    ask: (headers) => handle(new Request('http://localhost/trpc/orders', { headers })),
    close: () => {},
  }
}

describe.each([
  ['Koa', koa],
  ['h3', h3],
  ['tRPC', trpc],
])('the recipe for %s', (_, start) => {
  it('answers the caller that the access admits, and challenges the others', async () => {
    const { ask, close } = await start()
    try {
      const bearer = async (scope: string): Promise<Response> =>
        await ask({ authorization: `Bearer ${await entra.issueUserToken({ scopes: [scope] })}` })
      const good = await bearer('Orders.Read')
      expect([good.status, await good.text()]).toEqual([200, expect.stringContaining('"of":"11111111-')])
      const without = await ask({})
      expect([without.status, without.headers.get('www-authenticate')]).toEqual([
        401,
        expect.stringMatching(/^Bearer /),
      ])
      const writer = await bearer('Orders.Write')
      expect([writer.status, writer.headers.get('www-authenticate')]).toEqual([
        403,
        expect.stringContaining('insufficient_scope'),
      ])
      const secret = 'secret.token.text'
      expect(await (await ask({ authorization: `Bearer ${secret}` })).text()).not.toContain('secret')
    } finally {
      close()
    }
  })
})
