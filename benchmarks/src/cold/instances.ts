import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import path from 'node:path'

import { build } from 'esbuild'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'

import { temporaryFolder } from '../temporary.ts'

/** What answers one request with a token: a module that exports `check(token, setting)`, and its setting. */
export interface Script {
  readonly name: string
  readonly source: string
  readonly setting: object
}

/** Instances that are made for one request each. */
export interface Instances {
  /** Milliseconds from nothing to the answer of a new instance of the script with this name. */
  readonly start: (name: string) => Promise<number>
  readonly stop: () => Promise<void>
}

export interface Platform {
  readonly name: string
  readonly prepare: (scripts: readonly Script[], token: string) => Promise<Instances>
}

export const platforms: readonly Platform[] = [
  { name: 'workerd', prepare: prepareIsolates },
  { name: 'Node, one bundled file', prepare: prepareFunctions },
]

const compatibilityDate = '2026-07-01'

/** Makes an isolate for each request in a process that runs already, as Cloudflare does. */
const loader = `
  export default { fetch: async (request, { LOADER, modules }) => {
    const isolate = LOADER.load({
      compatibilityDate: '${compatibilityDate}',
      mainModule: 'worker.js',
      modules: { 'worker.js': modules[request.headers.get('x-script')] },
    })
    return await isolate.getEntrypoint().fetch(request)
  } }`

async function prepareIsolates(scripts: readonly Script[], token: string): Promise<Instances> {
  const modules: Record<string, string> = {}
  for (const { name, source, setting } of scripts) {
    const worker = `
  export default { fetch: async (request) => {
    await check(request.headers.get('x-token'), ${JSON.stringify(setting)})
    return new Response('ok')
  } }`
    modules[name] = await bundle(source + worker, 'esm')
  }
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      modules: [{ type: 'ESModule', path: 'loader.js', contents: loader }],
      bindings: { modules },
      workerLoaders: { LOADER: {} },
      compatibilityDate,
      host: '127.0.0.1',
      port: 0,
    }),
  )
  const url = await miniflare.ready
  return {
    start: async (name) => {
      const begin = performance.now()
      const response = await fetch(url, { headers: { 'x-token': token, 'x-script': name } })
      const text = await response.text()
      const time = performance.now() - begin
      if (!response.ok) throw new Error(`workerd: ${text.slice(0, 500)}`)
      return time
    },
    stop: async () => await miniflare.dispose(),
  }
}

async function prepareFunctions(scripts: readonly Script[], token: string): Promise<Instances> {
  const files = new Map<string, string>()
  for (const { name, source, setting } of scripts) {
    const main = `
  check(process.argv[2], ${JSON.stringify(setting)}).then(() => console.log('ok'))`
    const file = path.join(temporaryFolder(), 'handler.cjs')
    writeFileSync(file, await bundle(source + main, 'cjs'))
    files.set(name, file)
  }
  return {
    start: async (name) => {
      const begin = performance.now()
      const args = [files.get(name) ?? '', token]
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
      const ended = once(child, 'exit')
      const failed = ended.then(([code]) => {
        throw new Error(`the function ended with ${code}`)
      })
      await Promise.race([once(child.stdout, 'data'), failed])
      // To the answer and not to the end: after a second `fetch` Node takes 130 ms to end, whoever called it.
      const time = performance.now() - begin
      child.kill('SIGKILL')
      await ended
      return time
    },
    stop: async () => {},
  }
}

async function bundle(contents: string, kind: 'esm' | 'cjs'): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: import.meta.dirname, loader: 'js' },
    conditions: kind === 'esm' ? ['workerd', 'worker', 'browser'] : ['node'],
    platform: kind === 'esm' ? 'neutral' : 'node',
    mainFields: ['module', 'main'],
    external: ['node:*'],
    bundle: true,
    minify: true,
    write: false,
    format: kind,
    target: 'es2023',
  })
  const [output] = outputFiles
  if (output === undefined) throw new Error('esbuild wrote nothing')
  return output.text
}
