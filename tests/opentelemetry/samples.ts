import { cp, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { build, type Plugin } from 'esbuild'

import { buildNext, startNext } from '../next/next-process.ts'
import { startServerProcess } from '../runtimes/server-process.ts'
import { startWorkerd } from '../runtimes/workerd.ts'

const root = path.join(import.meta.dirname, '../..')
const metered = path.join(import.meta.dirname, 'metered')
/** As deep as the sample, so that its relative paths lead to the same files. */
export const nextCopy: string = path.join(root, 'tests/.metered-next')

interface Served {
  readonly url: string
  close(): Promise<void>
}

/** A sample app in a runtime of its own, with instrumented verifiers that export to the collector. */
export interface MeteredSample {
  readonly name: string
  readonly start: (
    environment: Readonly<Record<string, string>>,
    collector: string,
    port: number,
  ) => Promise<Served>
}

const onNode = (name: string, app: string, base = '', ...args: readonly string[]): MeteredSample => ({
  name,
  async start(environment, collector, port) {
    const hooks = ['--import', path.join(metered, 'hooks.mjs'), '--no-warnings']
    const served = await startServerProcess(
      process.execPath,
      [...hooks, path.join(root, 'apps', app, 'dist/main.js'), ...args],
      { ...environment, METERED_COLLECTOR: collector },
      { port, isUp: () => true },
    )
    return { ...served, url: `${served.url}${base}` }
  },
})

const onWorkerd = (name: string, app: string): MeteredSample => ({
  name,
  start: async (environment, collector, port) =>
    startWorkerd(await bundleOf(app, collector), { bindings: environment, port }),
})

/** The worker of a sample, which exports before it answers. */
async function bundleOf(app: string, collector: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: `
        import worker from '${path.join(root, 'apps', app, 'src/worker.ts')}'
        import { flush } from './metering.ts'
        export default {
          async fetch(...given) {
            const answer = await worker.fetch(...given)
            await flush()
            return answer
          },
        }`,
      resolveDir: metered,
      loader: 'ts',
    },
    plugins: [meteredCore],
    define: { COLLECTOR: JSON.stringify(collector) },
    conditions: ['workerd', 'worker', 'browser'],
    mainFields: ['module', 'main'],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2023',
  })
  return outputFiles[0]?.text ?? ''
}

const meteredCore: Plugin = {
  name: 'metered core',
  setup(bundler) {
    bundler.onResolve({ filter: /^@entraguard\/core$/ }, ({ importer }) =>
      importer.startsWith(metered) || importer.includes('/packages/opentelemetry/')
        ? undefined
        : { path: path.join(metered, 'core.ts') },
    )
  },
}

const onNext = (name: string, base: string): MeteredSample => ({
  name,
  async start(environment, collector) {
    const { url, stop } = await startNext(nextCopy, { ...environment, METERED_COLLECTOR: collector })
    return { url: `${url}${base}`, close: stop }
  },
})

/** A build of Next has its modules inside: the copy of the sample makes its verifier with ours. */
export async function buildMeteredNext(): Promise<void> {
  const sample = path.join(root, 'apps/next-app')
  await rm(nextCopy, { recursive: true, force: true })
  await cp(sample, nextCopy, {
    recursive: true,
    filter: (file) => !/^(?:node_modules|\.next|\.turbo|test)$/.test(path.relative(sample, file)),
  })
  const file = path.join(nextCopy, 'lib/verifier.ts')
  const before = await readFile(file, 'utf8')
  const after = before.replace(
    /import \{ createVerifier, type Verifier \} from '@entraguard\/core'/,
    "import type { Verifier } from '@entraguard/core'\nimport { createVerifier } from '../../opentelemetry/metered/core.ts'",
  )
  if (after === before) throw new Error(`${file} makes its verifier in another way`)
  await writeFile(file, after)
  const { ok, output } = await buildNext(nextCopy)
  if (!ok) throw new Error(output)
}

export const samples: readonly MeteredSample[] = [
  onNode('Hono on Node', 'hono-edge'),
  onWorkerd('Hono on workerd', 'hono-edge'),
  onNode('Express', 'express-api'),
  onNode('Fastify', 'fastify-api'),
  onNode('Azure Functions', 'functions-api', '/api'),
  onNode('NestJS on Express', 'nest-api'),
  onNode('NestJS on Fastify', 'nest-api', '', '--fastify'),
  onNext('Next.js, App Router on Node', ''),
  onNext('Next.js, App Router on edge', '/edge'),
  onNext('Next.js, Pages Router', '/api'),
]

export const mcpSamples: readonly MeteredSample[] = [
  onNode('MCP on Node', 'mcp-server'),
  onWorkerd('MCP on workerd', 'mcp-server'),
]
