import { once } from 'node:events'
import path from 'node:path'

import { EdgeVM } from '@edge-runtime/vm'
import { serve } from '@hono/node-server'
import { beforeAll } from 'vitest'

import { buildPackages } from '../runtimes/build-packages.ts'
import { bundle } from '../runtimes/bundle.ts'
import { processRuntimes } from '../runtimes/processes.ts'
import { startServerProcess } from '../runtimes/server-process.ts'
import { startWorkerd } from '../runtimes/workerd.ts'
import type { Served, Setup } from './adapter.ts'
import { describeAdapter } from './index.ts'

const sample = path.join(import.meta.dirname, '../../apps/hono-edge')
const worker = path.join(sample, 'src/worker.ts')

beforeAll(buildPackages)

for (const compatibilityFlags of [[], ['nodejs_compat']]) {
  describeAdapter({
    name: `Hono in workerd, flags: ${compatibilityFlags.join(' ') || 'none'}`,
    runs: 'in another process',
    async start({ environment }) {
      return await startWorkerd(await bundle(worker), { compatibilityFlags, bindings: environment })
    },
  })
}

/** How each runtime serves the sample: Node its build, Bun and Deno the TypeScript. */
const serveArguments: Readonly<Record<string, readonly string[]>> = {
  Bun: ['run', path.join(sample, 'src/bun.ts')],
  Deno: [
    'serve',
    '--no-lock',
    '--allow-env',
    '--allow-net=127.0.0.1',
    '--allow-read',
    '--host=127.0.0.1',
    '--port={port}',
    worker,
  ],
}

for (const { name, command } of processRuntimes) {
  describeAdapter({
    name: `Hono on ${name}`,
    runs: 'in another process',
    start: ({ environment }) =>
      startServerProcess(command, serveArguments[name] ?? [path.join(sample, 'dist/main.js')], environment),
  })
}

describeAdapter({
  name: 'Hono in the Vercel edge VM',
  runs: 'in another process',
  start: serveEdgeVm,
})

/** The edge VM has no server of its own: one of Node hands requests in and answers out, as text. */
async function serveEdgeVm({ environment }: Setup): Promise<Served> {
  const vm = new EdgeVM({ codeGeneration: { strings: false, wasm: false } })
  // What the platform gives its functions: the variables, and nothing else of Node.
  vm.evaluate(`globalThis.process = { env: ${JSON.stringify(environment)} }`)
  vm.evaluate((await bundle(worker, 'iife')).replace('var bundle =', 'globalThis.bundle ='))
  const handle = vm.evaluate<(url: string, init: RequestInit) => Promise<Response>>(
    '(url, init) => bundle.default.fetch(new Request(url, { ...init, headers: new Headers(init.headers) }))',
  )
  const server = serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      const { url, method, headers } = request
      const body = ['GET', 'HEAD'].includes(method) ? {} : { body: await request.text() }
      const response = await handle(url, { method, headers: [...headers], ...body })
      return new Response(await response.text(), { status: response.status, headers: [...response.headers] })
    },
  })
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { url: `http://127.0.0.1:${address.port}`, close: async () => void server.close() }
}
