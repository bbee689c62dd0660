// A sample as a Worker, in the real workerd: the environment becomes its bindings. That of Hono, or the one named.
import { createRequire } from 'node:module'
import path from 'node:path'

import { build } from 'esbuild'

const apps = path.join(import.meta.dirname, '../../apps')
const [, , app = 'hono-edge'] = process.argv
const { Miniflare, convertV4MiniflareOptions } = createRequire(path.join(apps, 'hono-edge/package.json'))(
  'miniflare',
)

const { outputFiles } = await build({
  entryPoints: [path.join(apps, app, 'src/worker.ts')],
  bundle: true,
  write: false,
  format: 'esm',
  target: 'es2023',
  conditions: ['workerd', 'worker', 'browser'],
})
const { PORT, ...environment } = process.env
const bindings = Object.fromEntries(Object.entries(environment).filter(([name]) => name.startsWith('ENTRA_')))

const worker = new Miniflare(
  convertV4MiniflareOptions({
    modules: [{ type: 'ESModule', path: 'worker.js', contents: outputFiles[0].text }],
    compatibilityDate: '2026-07-01',
    bindings,
    host: '127.0.0.1',
    port: Number(PORT),
  }),
)
// workerd is a process of its own, which must not outlive this one.
process.once('SIGTERM', () => worker.dispose().finally(() => process.exit()))
await worker.ready
