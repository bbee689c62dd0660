import { execFileSync } from 'node:child_process'
import path from 'node:path'

import { createEmulator, defaults, type Emulator } from '@entraguard/emulator'
import { listen, type Listening } from '@entraguard/emulator/node'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

import { freePort } from '../../scripts/free-port.mjs'
import { bundle } from '../runtimes/bundle.ts'
import { processRuntimes } from '../runtimes/processes.ts'
import { startServerProcess } from '../runtimes/server-process.ts'
import { startWorkerd } from '../runtimes/workerd.ts'
import { version1, version2, type RealClient } from './real-clients.ts'

const root = path.join(import.meta.dirname, '../..')
const app = path.join(root, 'apps/mcp-server')
const serverId = 'eeeeeeee-0000-4000-8000-000000000001'
const agentId = 'eeeeeeee-0000-4000-8000-000000000002'
const document = 'https://client.example/oauth/metadata.json'
const ada = 'aaaaaaaa-0000-4000-8000-000000000001'

/** How each runtime serves the sample, at an address that is known before. */
type Start = (
  environment: Readonly<Record<string, string>>,
  port: number,
) => Promise<{ close(): Promise<void> }>

const commandOf = (name: string): string =>
  processRuntimes.find((runtime) => runtime.name === name)?.command ?? process.execPath

const runtimes: ReadonlyArray<readonly [string, Start]> = [
  [
    'Node',
    (environment, port) =>
      startServerProcess(process.execPath, [path.join(app, 'dist/main.js')], environment, { port }),
  ],
  [
    'workerd',
    async (environment, port) =>
      startWorkerd(await bundle(path.join(app, 'src/worker.ts')), { bindings: environment, port }),
  ],
  [
    'Bun',
    (environment, port) =>
      startServerProcess(commandOf('Bun'), ['run', path.join(app, 'src/bun.ts')], environment, { port }),
  ],
  [
    'Deno',
    (environment, port) =>
      startServerProcess(
        commandOf('Deno'),
        [
          ...'serve --no-lock --allow-env --allow-net=127.0.0.1 --allow-read --host=127.0.0.1'.split(' '),
          '--port={port}',
          path.join(app, 'src/bun.ts'),
        ],
        environment,
        { port },
      ),
  ],
]

const clients = [
  { name: '@modelcontextprotocol/client 2', connect: version2(), renews: true },
  { name: '@modelcontextprotocol/client 2, protocol of 2026', connect: version2('auto'), renews: true },
  // It asks for no offline_access, so that an expired token is a new sign-in.
  { name: '@modelcontextprotocol/sdk 1', connect: version1, renews: false },
]

/** The scopes of a sign-in, by their short names. */
function scopesOf(visit: URL | undefined): string {
  const { searchParams } = visit ?? new URL('about:blank')
  const inFull = searchParams.get('scope') ?? ''
  return inFull.replaceAll(`${searchParams.get('resource')}/`, '').replace(' offline_access', '')
}

beforeAll(() => {
  const turbo = path.join(root, 'node_modules/turbo/bin/turbo')
  execFileSync(
    process.execPath,
    [turbo, 'run', 'build', '--filter=mcp-server...', '--output-logs=errors-only'],
    {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  )
})

describe.each(runtimes)('a server on %s', (_runtime, start) => {
  let entra: Emulator
  let listening: Listening
  let served: Awaited<ReturnType<Start>>
  let resource: string
  let environment: Readonly<Record<string, string>>
  const opened: RealClient[] = []
  /** What clients have asked for. */
  const sent: string[] = []

  beforeAll(async () => {
    const port = await freePort()
    resource = `http://127.0.0.1:${port}/mcp`
    entra = await createEmulator({
      apps: [
        {
          clientId: serverId,
          name: 'Orders over MCP',
          appIdUri: resource,
          scopes: ['Orders.Read', 'Orders.Write'],
          appRoles: ['Orders.Admin'],
        },
        {
          clientId: agentId,
          clientIdDocument: document,
          name: 'Agent',
          redirectUris: ['http://localhost/callback'],
        },
        { clientId: defaults.webClientId, name: 'Client', redirectUris: ['http://localhost/callback'] },
      ],
    })
    listening = await listen(entra)
    environment = {
      ENTRA_TENANTS: defaults.tenantId,
      ENTRA_AUDIENCE: serverId,
      ENTRA_RESOURCE: resource,
      ENTRA_EMULATOR_URL: listening.url,
      ENTRA_MIN_REFRESH_INTERVAL: '1',
    }
    served = await start(environment, port)
  })
  afterEach(async () => {
    for (const client of opened.splice(0)) await client.close()
  })
  afterAll(async () => {
    await served?.close()
    await listening?.close()
  })

  /** As the network of this machine is: Microsoft's names are the emulator's. */
  const send = async (...[input, init]: Parameters<typeof fetch>): Promise<Response> => {
    const request = new Request(input, init)
    sent.push(request.url)
    return request.url.startsWith('https://') ? entra.fetch(request) : fetch(request)
  }

  describe.each(clients)('$name', ({ connect, renews }) => {
    const open = async (clientId: string = defaults.webClientId): Promise<RealClient> => {
      const client = await connect({
        server: new URL(resource),
        clientId,
        user: ada,
        fetch: send,
      })
      opened.push(client)
      return client
    }
    it('discovers whom to ask, with PKCE and resource, lists and calls', async () => {
      sent.length = 0
      const client = await open()
      const [visit, ...more] = client.session.visits
      expect(more).toEqual([])
      expect(visit?.origin).toBe('https://login.microsoftonline.com')
      expect(visit?.searchParams.get('resource')).toBe(resource)
      expect(visit?.searchParams.get('code_challenge_method')).toBe('S256')
      expect(scopesOf(visit)).toBe('Orders.Read')
      const authority = `https://login.microsoftonline.com/${defaults.tenantId}`
      expect(sent).toContain(new URL('/.well-known/oauth-protected-resource/mcp', resource).href)
      expect(sent).toContain(`${authority}/v2.0/.well-known/openid-configuration`)
      expect(await client.list()).toEqual(['list-orders', 'place-order', 'close-shop'])
      expect(JSON.parse(await client.call('list-orders'))).toBeInstanceOf(Array)
    })

    it('signs in again for a tool that asks for more, and keeps what it had', async () => {
      const client = await open()
      expect(client.session.kept?.refresh_token !== undefined).toBe(renews)
      const placed = await client.call('place-order', { item: 'tea', quantity: 2 })
      expect(JSON.parse(placed)).toMatchObject({ item: 'tea', quantity: 2 })
      expect(client.session.visits.map(scopesOf)).toEqual(['Orders.Read', 'Orders.Read Orders.Write'])
      expect(await client.call('list-orders')).toContain('"tea"')
      expect(client.session.visits).toHaveLength(2)
    })

    it('is refused a tool for administrators without being sent to a sign-in', async () => {
      const client = await open()
      await expect(client.call('close-shop')).rejects.toThrow(
        'The access token does not permit this operation.',
      )
      expect(client.session.visits).toHaveLength(1)
    })

    it('is let in with the address of a document as its client id, as an agent of its user', async () => {
      const client = await open(document)
      expect(await client.list()).toContain('list-orders')
      const [, payload = ''] = client.session.kept?.access_token.split('.') ?? []
      const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>
      expect(claims).toMatchObject({ azp: agentId, oid: ada })
      expect(claims['xms_act_fct']).toMatch(/\b11\b/)
    })

    it('renews a token that has expired', async () => {
      const client = await open()
      const expired = await entra.issueUserToken({ audience: serverId, expiresIn: -3600 })
      client.session.kept = { token_type: 'Bearer', ...client.session.kept, access_token: expired }
      expect(JSON.parse(await client.call('list-orders'))).toBeInstanceOf(Array)
      expect(client.session.visits).toHaveLength(renews ? 1 : 2)
      expect(client.session.kept?.access_token).not.toBe(expired)
    })

    it('is told of an outage as one, and signs nobody in for it', async () => {
      const client = await open()
      const unseen = await entra.issueUserToken({ audience: serverId, signWith: 'unknown' })
      const kept = { token_type: 'Bearer', ...client.session.kept, access_token: unseen }
      entra.goOffline()
      try {
        const ask = (): Promise<Response> =>
          fetch(resource, { method: 'POST', headers: { authorization: `Bearer ${unseen}` } })
        // The keys are asked for again a second after the last time.
        await expect.poll(async () => (await ask()).status, { interval: 200 }).toBe(503)
        client.session.kept = kept
        await expect(client.call('list-orders')).rejects.toThrow(/temporarily_unavailable/)
        expect(client.session.visits).toHaveLength(1)
        expect(client.session.kept).toEqual(kept)
      } finally {
        entra.goOnline()
      }
      const good = await entra.issueUserToken({ audience: serverId, scopes: ['Orders.Read'] })
      client.session.kept = { token_type: 'Bearer', access_token: good }
      expect(JSON.parse(await client.call('list-orders'))).toBeInstanceOf(Array)
    })
  })
})
