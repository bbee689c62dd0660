import { execFileSync } from 'node:child_process'
import path from 'node:path'

import { beforeAll, describe, it } from 'vitest'

import { bundle } from '../runtimes/bundle.ts'
import { processRuntimes } from '../runtimes/processes.ts'
import { startServerProcess } from '../runtimes/server-process.ts'
import { startWorkerd } from '../runtimes/workerd.ts'
import { expectProbeOfProcess, type Start } from './readiness.ts'

/*
 * The probes of the samples in processes of their own: the entries of Workers, Bun and Deno. Those of Next are in
 * contract/next.slow.test.ts, the others in readiness.test.ts.
 */

const root = path.join(import.meta.dirname, '../..')
const commandOf = (name: string): string =>
  processRuntimes.find((runtime) => runtime.name === name)?.command ?? process.execPath

const entry = (app: string, file: string): string => path.join(root, 'apps', app, file)
const onNode =
  (app: string): Start =>
  (environment) =>
    startServerProcess(process.execPath, [entry(app, 'dist/main.js')], environment)
const onWorkerd =
  (app: string): Start =>
  async (environment) =>
    startWorkerd(await bundle(entry(app, 'src/worker.ts')), { bindings: environment })
const onBun =
  (app: string): Start =>
  (environment) =>
    startServerProcess(commandOf('Bun'), ['run', entry(app, 'src/bun.ts')], environment)
const onDeno =
  (app: string, file: string): Start =>
  (environment) =>
    startServerProcess(
      commandOf('Deno'),
      [
        ...'serve --no-lock --allow-env --allow-net=127.0.0.1 --allow-read --host=127.0.0.1'.split(' '),
        '--port={port}',
        entry(app, file),
      ],
      environment,
    )
const entries: ReadonlyArray<readonly [string, Start]> = [
  ['Hono on Node', onNode('hono-edge')],
  ['Hono on workerd', onWorkerd('hono-edge')],
  ['Hono on Bun', onBun('hono-edge')],
  ['Hono on Deno', onDeno('hono-edge', 'src/worker.ts')],
  ['MCP on Node', onNode('mcp-server')],
  ['MCP on workerd', onWorkerd('mcp-server')],
  ['MCP on Bun', onBun('mcp-server')],
  ['MCP on Deno', onDeno('mcp-server', 'src/bun.ts')],
]

beforeAll(() => {
  const turbo = path.join(root, 'node_modules/turbo/bin/turbo')
  const filters = ['--filter=hono-edge...', '--filter=mcp-server...']
  execFileSync(process.execPath, [turbo, 'run', 'build', ...filters, '--output-logs=errors-only'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
})

describe('a readiness probe of the sample', () => {
  it.each(entries)('%s', (_name, start) => expectProbeOfProcess(start))
})
