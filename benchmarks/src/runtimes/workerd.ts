import path from 'node:path'

import { build } from 'esbuild'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'

import { median } from '../measure.ts'
import { cases, type Case, type Cell } from './cases.ts'
import type { Given } from './given.ts'
import { emptyContestant, type Command } from './serve.ts'

type Send = (command: Command) => Promise<unknown>

interface Effort {
  /** Milliseconds that a batch should take. */
  readonly batch: number
  readonly rounds: number
}

/** Measures in workerd, from outside. */
export async function measureWorkerd(
  given: Given,
  effort: Effort,
  { nodejsCompat }: { readonly nodejsCompat: boolean },
): Promise<readonly Cell[]> {
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      modules: [
        {
          type: 'ESModule',
          path: 'worker.js',
          contents: await bundleWorker(nodejsCompat ? 'worker-node.ts' : 'worker.ts'),
        },
      ],
      compatibilityDate: '2026-07-01',
      compatibilityFlags: nodejsCompat ? ['nodejs_compat'] : [],
      host: '127.0.0.1',
      port: 0,
    }),
  )
  try {
    const url = await miniflare.ready
    const send: Send = async (command) => {
      const response = await fetch(url, { method: 'POST', body: JSON.stringify(command) })
      if (!response.ok) throw new Error(`workerd: ${(await response.text()).slice(0, 500)}`)
      return await response.json()
    }
    const names = (await send({ do: 'load', given })) as readonly string[]
    const cells: Cell[] = []
    for (const one of cases) cells.push(...(await measureCase(send, names, one, effort)))
    return cells
  } finally {
    await miniflare.dispose()
  }
}

async function bundleWorker(file: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [path.join(import.meta.dirname, file)],
    conditions: ['workerd', 'worker', 'browser'],
    mainFields: ['module', 'main'],
    external: ['node:*'],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2023',
  })
  const [output] = outputFiles
  if (output === undefined) throw new Error(`esbuild wrote nothing for ${file}`)
  return output.text
}

async function measureCase(
  send: Send,
  names: readonly string[],
  { name: of, isSeen, concurrency }: Case,
  { batch, rounds }: Effort,
): Promise<readonly Cell[]> {
  const timed = async (name: string, count: number): Promise<number> => {
    await send({ do: 'prepare', name, isSeen, count })
    const start = performance.now()
    await send({ do: 'run', name, concurrency })
    return performance.now() - start
  }
  const counts = new Map<string, number>()
  for (const name of names) {
    // Warms up, too.
    await timed(name, 2000)
    const perToken = Math.max((await timed(name, 200)) - (await timed(emptyContestant.name, 200)), 0.1) / 200
    counts.set(name, Math.min(10_000, Math.max(100, Math.round(batch / perToken))))
  }
  const times = new Map<string, number[]>(names.map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const [name, count] of counts) {
      const empty = await timed(emptyContestant.name, count)
      const full = await timed(name, count)
      times.get(name)?.push(((full - empty) * 1000) / count)
    }
  }
  return names.map((name) => ({ case: of, name, wall: median(times.get(name) ?? []) }))
}
