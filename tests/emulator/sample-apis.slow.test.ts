import { execFile, execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

import { createEmulator, defaults } from '@entraguard/emulator'
import { listen, type Listening } from '@entraguard/emulator/node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { freePort } from '../../scripts/free-port.mjs'

const execute = promisify(execFile)
const root = path.join(import.meta.dirname, '..', '..')

interface SampleApp {
  readonly name: string
  readonly workspace: string
  readonly script: string
  readonly base: string
  readonly health: string
  readonly args?: (port: number) => string[]
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

interface Running {
  stop(): Promise<void>
  hasExited(): boolean
  failure(): string
}

interface Processes {
  readonly startScript: (script: string, options: object) => Running
}

/** The same list, and the same way to start, as the demo has. */
const scripts = path.join(root, 'scripts', 'demo')
const { apps } = (await import(path.join(scripts, 'apps.mjs'))) as { apps: readonly SampleApp[] }
const { startScript } = (await import(path.join(scripts, 'processes.mjs'))) as Processes

const middleTier = '77777777-7777-4777-8777-777777777777'
const { apiClientId, daemonClientId, webClientId, secret, tenantId } = defaults

let directory: string
let plain: Listening
let secure: Listening
let tokens: Record<string, string>

beforeAll(async () => {
  const filters = apps.map(({ workspace }) => `--filter=${workspace}...`)
  const turbo = path.join(root, 'node_modules', '.bin', 'turbo')
  execFileSync(turbo, ['run', 'build', '--output-logs=errors-only', ...filters], { cwd: root, stdio: 'pipe' })
  const entra = await createEmulator({
    apps: [
      { clientId: apiClientId, secret },
      { clientId: daemonClientId, secret },
      { clientId: webClientId, redirectUris: ['http://localhost/callback'] },
      { clientId: middleTier, name: 'Middle tier', secret, scopes: ['access_as_user'] },
    ],
  })
  directory = await mkdtemp(path.join(tmpdir(), 'entraguard-'))
  plain = await listen(entra)
  secure = await listen(entra, { https: { directory } })
  const { stdout } = await execute(
    process.execPath,
    ['--conditions=@entraguard/source', path.join(import.meta.dirname, 'sample-apis', 'tokens.ts')],
    {
      env: {
        PATH: process.env['PATH'] ?? '',
        NODE_EXTRA_CA_CERTS: secure.caFile ?? '',
        AUTHORITY_HOST: secure.url,
        MIDDLE_TIER: middleTier,
      },
    },
  )
  tokens = JSON.parse(stdout) as Record<string, string>
})

afterAll(async () => {
  await plain?.close()
  await secure?.close()
  if (directory !== undefined) await rm(directory, { recursive: true })
})

const isUp = (url: string): Promise<boolean> =>
  fetch(url).then(
    ({ ok }) => ok,
    () => false,
  )

async function start(app: SampleApp): Promise<Running & { readonly url: string }> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}${app.base}`
  const running = startScript(app.script, {
    args: app.args?.(port),
    cwd: app.cwd,
    env: {
      ...app.env,
      // vitest's own, 'test', is not what an app is started with.
      NODE_ENV: app.env?.['NODE_ENV'] ?? 'development',
      PORT: String(port),
      ENTRA_TENANTS: tenantId,
      ENTRA_AUDIENCE: `${apiClientId},api://${apiClientId}`,
      ENTRA_EMULATOR_URL: plain.url,
    },
  })
  for (let attempt = 0; attempt < 4000 && !running.hasExited(); attempt += 1) {
    if (await isUp(`${url}${app.health}`)) return { ...running, url }
    await sleep(50)
  }
  throw new Error(running.failure())
}

describe('a token that one of Microsoft’s clients got over HTTPS', () => {
  it.each(apps.map((app) => [app.name, app] as const))('is understood by %s', async (_, app) => {
    const running = await start(app)
    try {
      const ask = async (name: string, method = 'GET'): Promise<number> => {
        const headers = { authorization: `Bearer ${tokens[name]}`, 'content-type': 'application/json' }
        const body = method === 'POST' ? { body: '{"item":"tea"}' } : {}
        return (await fetch(`${running.url}/orders`, { method, headers, ...body })).status
      }
      expect({
        daemonByMsal: await ask('daemonByMsal'),
        daemonByIdentity: await ask('daemonByIdentity'),
        reader: await ask('reader'),
        readerOnBehalfOf: await ask('readerOnBehalfOf'),
        readerWrites: await ask('reader', 'POST'),
        forAnotherApi: await ask('forAnotherApi'),
      }).toStrictEqual({
        daemonByMsal: 200,
        daemonByIdentity: 200,
        reader: 200,
        readerOnBehalfOf: 200,
        readerWrites: 403,
        forAnotherApi: 401,
      })
    } finally {
      await running.stop()
    }
  })
})
