// The Hono sample as a Worker, in the real workerd: the environment becomes its bindings.
import { createRequire } from 'node:module'
import path from 'node:path'

import { build } from 'esbuild'

const app = path.join(import.meta.dirname, '../../apps/hono-edge')
const { Miniflare, convertV4MiniflareOptions } = createRequire(path.join(app, 'package.json'))('miniflare')

const { outputFiles } = await build({
  entryPoints: [path.join(app, 'src/worker.ts')],
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
