import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

import { createVerifier, type Verifier } from '@entraguard/core'
import { createEmulator, type Emulator } from '@entraguard/emulator'
import { listen } from '@entraguard/emulator/node'
import { createProbe } from 'hono-edge/src/probe.ts'
import { createNodeServer } from 'mcp-server/src/node.ts'
import { describe, expect, it, vi } from 'vitest'

import { functionsAdapters } from '../contract/azure-functions.ts'
import type { Adapter } from '../contract/adapter.ts'
import { expressAdapters } from '../contract/express.ts'
import { fastifyAdapters } from '../contract/fastify.ts'
import { nestAdapters } from '../contract/nest.ts'

type Ask = () => Response | Promise<Response>

/** Not ready while nobody can be asked for keys; then ready, because it asked; and ready through an outage. */
async function expectProbe(entra: Emulator, ask: Ask): Promise<void> {
  const asked = async (): Promise<unknown> => {
    const answer = await ask()
    return [answer.status, await answer.json()]
  }
  entra.goOffline()
  expect(await asked()).toEqual([503, { status: 'unavailable' }])
  entra.goOnline()
  // The back-off is over.
  entra.advance(120)
  await expect.poll(asked).toEqual([200, { status: 'ok' }])
  entra.goOffline()
  expect((await ask()).status).toBe(200)
}

async function start(): Promise<{ readonly entra: Emulator; readonly verifier: Verifier }> {
  const entra = await createEmulator()
  return { entra, verifier: createVerifier(entra.verifierOptions()) }
}

const adapters: readonly Adapter[] = [
  ...expressAdapters,
  ...fastifyAdapters,
  ...functionsAdapters,
  ...nestAdapters('Nest'),
].filter(({ runs }) => runs !== 'in another process')

describe('a readiness probe of the sample', () => {
  it.each(adapters.map((adapter) => [adapter.name, adapter] as const))('%s', async (_, adapter) => {
    const { entra, verifier } = await start()
    const { tenants, audience } = entra.verifierOptions()
    const environment = { ENTRA_TENANTS: tenants, ENTRA_AUDIENCE: audience.join(',') }
    const served = await adapter.start({ verifier, environment })
    try {
      const request = (): Request => new Request(`${served.url}/ready`)
      await expectProbe(entra, () => (served.fetch ?? fetch)(request()))
    } finally {
      await served.close()
    }
  })

  it('Hono', async () => {
    const { entra, verifier } = await start()
    const probe = createProbe(() => verifier)
    await expectProbe(entra, () => probe.request('/ready'))
  })

  it.each([
    ['App Router', () => import('next-app/app/ready/route.ts')],
    ['edge', () => import('next-app/app/edge/ready/route.ts')],
  ] as const)('Next.js, %s', async (_, load) => {
    const { entra } = await start()
    const { url, close } = await listen(entra)
    const { tenants, audience } = entra.verifierOptions()
    vi.resetModules()
    vi.stubEnv('ENTRA_TENANTS', tenants)
    vi.stubEnv('ENTRA_AUDIENCE', audience.join(','))
    vi.stubEnv('ENTRA_EMULATOR_URL', url)
    try {
      const { GET } = await load()
      await expectProbe(entra, GET)
    } finally {
      vi.unstubAllEnvs()
      await close()
    }
  })

  it('MCP', async () => {
    const { entra } = await start()
    const { url, close } = await listen(entra)
    const { tenants, audience } = entra.verifierOptions()
    const server = createNodeServer({
      ENTRA_TENANTS: tenants,
      ENTRA_AUDIENCE: audience.join(','),
      ENTRA_RESOURCE: 'https://mcp.contoso.com/mcp',
      ENTRA_EMULATOR_URL: url,
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    try {
      await expectProbe(entra, () => fetch(`http://127.0.0.1:${port}/ready`))
    } finally {
      server.close()
      server.closeAllConnections()
      await close()
    }
  })
})
