import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'

import { createEmulator } from '@entraguard/emulator'
import { listen } from '@entraguard/emulator/node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { buildPackages } from './build-packages.ts'
import { startServerProcess } from './server-process.ts'

const execute = promisify(execFile)
const sample = path.join(import.meta.dirname, '../../apps/hono-edge')
const wrangler = path.join(sample, 'node_modules/wrangler/bin/wrangler.js')

let directory: string

beforeAll(async () => {
  buildPackages()
  directory = await mkdtemp(path.join(tmpdir(), 'entraguard-'))
})

afterAll(async () => rm(directory, { recursive: true, force: true }))

const environment = (): Record<string, string> => ({
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_LOG_PATH: path.join(directory, 'logs'),
  XDG_CONFIG_HOME: directory,
  CI: '1',
})

describe('wrangler', () => {
  it('deploys the sample, dry, without a network', async () => {
    const outdir = path.join(directory, 'out')
    const { stdout } = await execute(
      process.execPath,
      [wrangler, 'deploy', '--dry-run', '--outdir', outdir],
      {
        cwd: sample,
        env: { PATH: process.env['PATH'] ?? '', ...environment() },
      },
    )
    expect(stdout).toContain('--dry-run: exiting now.')
    expect(stdout).toContain('env.ENTRA_KEYS')
    const worker = await readFile(path.join(outdir, 'worker.js'), 'utf8')
    expect(worker).not.toMatch(/(?:from|import|require\()\s*['"]node:/)
  })

  it('serves the sample with `wrangler dev`', async () => {
    const entra = await createEmulator()
    const emulator = await listen(entra)
    const server = await startServerProcess(
      process.execPath,
      [
        wrangler,
        'dev',
        '--port',
        '{port}',
        '--inspector-port',
        '0',
        '--persist-to',
        path.join(directory, 'state'),
        '--var',
        `ENTRA_EMULATOR_URL:${emulator.url}`,
        '--show-interactive-dev-session=false',
      ],
      environment(),
      { cwd: sample },
    )
    try {
      const get = (token: string): Promise<Response> =>
        fetch(`${server.url}/orders`, { headers: { authorization: `Bearer ${token}` } })
      expect((await get(await entra.issueUserToken())).status).toBe(200)
      expect((await get(await entra.issueAppToken({ version: '1.0' }))).status).toBe(200)
      expect((await get(await entra.issueUserToken({ expiresIn: -3600 }))).status).toBe(401)
      expect((await get(await entra.issueUserToken({ scopes: ['Orders.Write'] }))).status).toBe(403)
    } finally {
      await server.close()
      await emulator.close()
    }
  })
})
