import { createVerifier } from '@entraguard/core'
import { createEmulator } from '@entraguard/emulator'
import { entraGuard, requireAccess } from '@entraguard/hono'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'

/** An API as Hono's pages write it, compiled to CommonJS: it compares errors by their class. */
async function main(): Promise<void> {
  const entra = await createEmulator()
  const readers = { scopes: ['Orders.Read'] } as const
  const imported = await import('@entraguard/hono')
  const app = new Hono()
    .use('/orders', entraGuard(createVerifier(entra.verifierOptions())))
    .get('/orders', requireAccess(readers), (c) => c.json({ kind: c.var.identity.kind }))
    // The same package once more, as an ES module: what the two know of each other must not get lost.
    .use('/mixed', imported.entraGuard(createVerifier(entra.verifierOptions())))
    .get('/mixed', requireAccess(readers), (c) => c.json({ kind: c.var.identity.kind }))
  app.onError((error, c) =>
    error instanceof HTTPException ? error.getResponse() : c.text('not an HTTPException', 500),
  )
  const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 })
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const ask = async (where: string, token?: string): Promise<string> => {
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const response = await fetch(`http://127.0.0.1:${port}${where}`, { headers })
    return [where, response.status, response.headers.get('www-authenticate') ?? '-'].join(' ')
  }
  console.log(await ask('/orders'))
  console.log(await ask('/orders', 'forged'))
  console.log(await ask('/orders', await entra.issueUserToken({ scopes: ['Orders.Write'] })))
  console.log(await ask('/orders', await entra.issueUserToken(readers)))
  console.log(await ask('/mixed'))
  console.log(await ask('/mixed', await entra.issueUserToken(readers)))
  server.close()
}

void main()
