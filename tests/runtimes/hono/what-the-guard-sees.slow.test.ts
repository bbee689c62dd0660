import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { createEmulator, type Emulator } from '@entraguard/emulator'
import { listen, type Listening } from '@entraguard/emulator/node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'

import { buildPackages } from '../build-packages.ts'
import { bundle } from '../bundle.ts'
import { processRuntimes } from '../processes.ts'
import { startServerProcess } from '../server-process.ts'
import { startWorkerd } from '../workerd.ts'

// Rows of docs/what-the-guard-sees-hono.md that need another runtime, under the names that they have there.

const here = import.meta.dirname
const wrangler = path.join(
  path.dirname(createRequire(import.meta.url).resolve('wrangler/package.json')),
  'bin/wrangler.js',
)

interface Running {
  readonly url: string
  close(): Promise<void>
}

let entra: Emulator
let emulator: Listening
let reader: Record<string, string>
let writer: Record<string, string>

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })

beforeAll(async () => {
  buildPackages()
  entra = await createEmulator()
  emulator = await listen(entra)
  reader = bearer(await entra.issueUserToken({ scopes: ['Orders.Read'] }))
  writer = bearer(await entra.issueUserToken({ scopes: ['Orders.Write'] }))
})

afterAll(() => emulator?.close())

/** 101 when the socket opens, else the status of the refusal. */
const statusOf = (url: string, headers: Record<string, string> = {}): Promise<number | undefined> =>
  new Promise((resolve) => {
    const client = new WebSocket(url, { headers })
    client.on('unexpected-response', (_request, response) => {
      resolve(response.statusCode)
      client.terminate()
    })
    client.on('error', () => {})
    client.on('open', () => {
      resolve(101)
      client.terminate()
    })
  })

const fileOf: Readonly<Record<string, string>> = { Bun: 'bun.ts', Deno: 'deno.ts' }
const denoServe = [
  'serve',
  '--no-lock',
  '--allow-env',
  '--allow-net=127.0.0.1',
  '--allow-read',
  '--host=127.0.0.1',
  '--port={port}',
]

const runtimes: ReadonlyArray<readonly [string, () => Promise<Running>]> = [
  ...processRuntimes.map(({ name, command, run }) => {
    const args = [...(name === 'Deno' ? denoServe : run), path.join(here, fileOf[name] ?? 'node.ts')]
    const start = (): Promise<Running> =>
      startServerProcess(command, args, { ENTRA_EMULATOR_URL: emulator.url })
    return [name, start] as const
  }),
  [
    'workerd',
    async () =>
      startWorkerd(await bundle(path.join(here, 'worker.ts')), {
        bindings: { ENTRA_EMULATOR_URL: emulator.url },
      }),
  ],
]

describe.each(runtimes)('on %s', (name, start) => {
  let server: Running

  beforeAll(async () => {
    server = await start()
  })
  afterAll(() => server?.close())

  const socket = (where: string): string => `${server.url.replace('http', 'ws')}${where}`
  const get = async (where: string, headers = {}): Promise<string> => {
    const response = await fetch(`${server.url}${where}`, { headers })
    return `${response.status} ${(await response.text()).slice(0, 8)}`
  }

  describe('WebSocket upgrades', () => {
    it('are refused before they happen', async () => {
      expect(await statusOf(socket('/socket'))).toBe(401)
      expect(await statusOf(socket('/socket'), bearer('forged'))).toBe(401)
      expect(await statusOf(socket('/socket'), writer)).toBe(403)
    })

    it('happen for a caller that the guard admits', async () => {
      const client = new WebSocket(socket('/socket'), { headers: reader })
      await once(client, 'open')
      client.send('hello')
      expect(String((await once(client, 'message'))[0])).toBe('you said hello')
      client.terminate()
    })

    it('happen for everybody where upgradeWebSocket stands before the guard', async () => {
      expect(await statusOf(socket('/socket-before-guard'))).toBe(101)
    })
  })

  describe('the cache middleware before the guard', () => {
    it('keeps no answer that a token has opened', async () => {
      expect(await get('/cached', reader)).toMatch(/^200 secret/)
      expect(await get('/cached')).toMatch(/^401 /)
      expect(await get('/cached', writer)).toMatch(/^403 /)
    })

    it('keeps what is open, where there is a cache', async () => {
      const first = await get('/cached-publicly')
      expect(first).toMatch(/^200 open/)
      // Node and Bun have no `caches`: there the middleware does nothing.
      expect((await get('/cached-publicly')) === first).toBe(name === 'Deno' || name === 'workerd')
    })
  })
})

describe('what the platform answers itself', () => {
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'entraguard-'))
    await mkdir(path.join(folder, 'public/files'), { recursive: true })
    await writeFile(path.join(folder, 'public/files/file.txt'), 'content of the file')
    await writeFile(path.join(folder, 'worker.js'), await bundle(path.join(here, 'worker.ts')))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const serve = async (assets: object): Promise<Running> => {
    await writeFile(
      path.join(folder, 'wrangler.json'),
      JSON.stringify({
        name: 'assets',
        main: 'worker.js',
        compatibility_date: '2026-07-01',
        assets: { directory: 'public', ...assets },
        vars: { ENTRA_EMULATOR_URL: emulator.url },
      }),
    )
    return startServerProcess(
      process.execPath,
      [wrangler, 'dev', '--port', '{port}', '--inspector-port', '0', '--show-interactive-dev-session=false'],
      {
        WRANGLER_SEND_METRICS: 'false',
        WRANGLER_LOG_PATH: path.join(folder, 'logs'),
        XDG_CONFIG_HOME: folder,
        CI: '1',
      },
      { cwd: folder },
    )
  }

  it('are the routes of Bun.serve', async () => {
    const bun = runtimes.find(([name]) => name === 'Bun')?.[1]
    const server = await bun?.()
    try {
      expect(await (await fetch(`${server?.url}/files/by-bun`)).text()).toBe('answered by Bun')
      expect((await fetch(`${server?.url}/files/by-hono`)).status).toBe(401)
    } finally {
      await server?.close()
    }
  })

  it('are the assets of a Worker, unless the Worker runs first', async () => {
    const assetsFirst = await serve({})
    try {
      expect(await (await fetch(`${assetsFirst.url}/files/file.txt`)).text()).toBe('content of the file')
    } finally {
      await assetsFirst.close()
    }
    const workerFirst = await serve({ binding: 'ASSETS', run_worker_first: true })
    try {
      expect((await fetch(`${workerFirst.url}/files/file.txt`)).status).toBe(401)
    } finally {
      await workerFirst.close()
    }
  })
})
