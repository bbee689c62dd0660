import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import path from 'node:path'

import { build } from 'esbuild'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'

import { median } from '../measure.ts'
import { decide, estimate, withSpread } from '../paired.ts'
import { format, target, type Section, type Target } from '../report.ts'
import { temporaryFolder } from '../temporary.ts'
import type { Workload } from '../workload.ts'
import { empty, handlers, type Handler } from './handlers.ts'
import { startProvider } from './provider.ts'

interface Platform {
  readonly name: string
  /** Makes what is started afresh for each request; gives how to measure it, in milliseconds. */
  readonly prepare: (handler: Handler, setting: object, token: string) => Promise<() => Promise<number>>
}

const platforms: readonly Platform[] = [
  { name: 'workerd', prepare: prepareWorker },
  { name: 'Node, one bundled file', prepare: prepareFunction },
]

const reference = handlers.at(-1) ?? empty

/** From an instance that does not exist to its first verified request, on a platform of each kind. */
export async function isolateSection(workload: Workload, quick: boolean): Promise<Section> {
  const provider = await startProvider(workload)
  const { tenantId: tenants, issuer, audience, tokens } = workload
  const keysUrl = `${provider.url}/${tenants}/discovery/v2.0/keys`
  const setting = { tenants, issuer, audience, provider: provider.url, keysUrl }
  const rows: Array<readonly string[]> = []
  const targets: Target[] = []
  for (const platform of platforms) {
    const times = await measureStarts(platform, setting, tokens[0] ?? '', quick ? 3 : 24)
    const over = (name: string): readonly number[] => differences(times, name, empty.name)
    const ofReference = over(reference.name)
    for (const { name } of handlers) {
      const ratio = (median(over(name)) / median(ofReference)).toFixed(2)
      rows.push([
        platform.name,
        name,
        format(median(times.get(name) ?? [])),
        format(median(over(name))),
        `${ratio} ×`,
      ])
      if (name === reference.name) continue
      const goal = name.includes('store') ? 1 : 1.2
      // Differences and not ratios are paired: the time of an empty handler, which is most of it, falls out of them.
      const beyond = estimate(
        over(name).map((value, round) => value - goal * (ofReference[round] ?? Number.NaN)),
      )
      targets.push(
        target(
          `cold start in ${platform.name}, ${name}`,
          `≤ ${goal} × jose`,
          `${ratio} ×, which is ${withSpread(beyond, (value) => value.toFixed(1))} ms over it`,
          decide(beyond, (value) => value <= 0),
        ),
      )
    }
  }
  provider.close()
  return {
    title: 'From nothing to the first verified request',
    text: 'A bundled handler in an instance that is started for it, answering one request with a token; in each round every handler once, medians. “Over an empty handler” is what the library adds: reading and running its code, documents from an identity provider on loopback (Entraguard reads metadata and keys, jose the keys alone), importing a key, checking. The store answers over loopback too, so it saves no distance here; in a cloud that is the larger part.',
    head: ['platform', 'handler', 'ms in all', 'over an empty handler, ms', 'of jose'],
    rows,
    targets,
  }
}

async function measureStarts(
  { prepare }: Platform,
  setting: object,
  token: string,
  rounds: number,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const all = [empty, ...handlers]
  const starts = new Map<string, () => Promise<number>>()
  for (const handler of all) starts.set(handler.name, await prepare(handler, setting, token))
  const times = new Map<string, number[]>(all.map(({ name }) => [name, []]))
  for (let round = -1; round < rounds; round++) {
    for (const [name, start] of round % 2 === 0 ? [...starts] : [...starts].toReversed()) {
      const time = await start()
      // The first round fills the caches of the file system.
      if (round >= 0) times.get(name)?.push(time)
    }
  }
  return times
}

/** What pairs of one round differ by. */
function differences(
  times: ReadonlyMap<string, readonly number[]>,
  name: string,
  other: string,
): readonly number[] {
  const others = times.get(other) ?? []
  return (times.get(name) ?? []).map((time, round) => time - (others[round] ?? Number.NaN))
}

async function prepareWorker(
  { source }: Handler,
  setting: object,
  token: string,
): Promise<() => Promise<number>> {
  const contents = await bundle(
    `${source}
  export default { fetch: async (request) => {
    await check(request.headers.get('x-token'), ${JSON.stringify(setting)})
    return new Response('ok')
  } }`,
    'esm',
  )
  return async () => {
    const begin = performance.now()
    const miniflare = new Miniflare(
      convertV4MiniflareOptions({
        modules: [{ type: 'ESModule', path: 'worker.js', contents }],
        compatibilityDate: '2026-07-01',
        host: '127.0.0.1',
        port: 0,
      }),
    )
    try {
      const response = await fetch(await miniflare.ready, { headers: { 'x-token': token } })
      const time = performance.now() - begin
      if (!response.ok) throw new Error(`workerd: ${(await response.text()).slice(0, 500)}`)
      return time
    } finally {
      await miniflare.dispose()
    }
  }
}

async function prepareFunction(
  { source }: Handler,
  setting: object,
  token: string,
): Promise<() => Promise<number>> {
  const contents = await bundle(
    `${source}
  check(process.argv[2], ${JSON.stringify(setting)}).then(() => console.log('ok'))`,
    'cjs',
  )
  const file = path.join(temporaryFolder(), 'handler.cjs')
  writeFileSync(file, contents)
  return async () => {
    const begin = performance.now()
    const child = spawn(process.execPath, [file, token], { stdio: ['ignore', 'pipe', 'inherit'] })
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
