import { execFile } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { promisify } from 'node:util'

import { createVerifier } from '@entraguard/core'

import { format, ratio, type Section } from '../report.ts'
import { temporaryFolder } from '../temporary.ts'
import type { Workload } from '../workload.ts'
import { cases, type Cell } from './cases.ts'
import type { Given } from './given.ts'
import { measureWorkerd } from './workerd.ts'

const run = promisify(execFile)
const modules = path.join(import.meta.dirname, '../../node_modules')
const require = createRequire(import.meta.url)

/** They are optional packages, which pnpm leaves out silently where there is none for the platform. */
export function requireRuntimes(): void {
  const missing = ['bun', 'deno'].filter((name) => !existsSync(path.join(modules, '.bin', name)))
  if (missing.length > 0)
    throw new Error(`the section runtimes needs ${missing.join(' and ')}, which pnpm did not install here`)
}

/** The same rows in Bun, Deno and workerd. */
export async function runtimeSections(workload: Workload, quick: boolean): Promise<readonly Section[]> {
  const given = await giveAway(workload)
  const file = path.join(temporaryFolder(), 'given.json')
  writeFileSync(file, JSON.stringify(given))
  const inProcess = async (
    command: string,
    args: readonly string[],
    batch: number,
  ): Promise<readonly Cell[]> => {
    const program = path.join(import.meta.dirname, 'process.ts')
    const { stdout } = await run(
      path.join(modules, '.bin', command),
      [...args, program, file, String(quick ? 50 : batch), String(quick ? 3 : 15)],
      { cwd: import.meta.dirname, maxBuffer: 2 ** 24 },
    )
    return JSON.parse(stdout) as readonly Cell[]
  }
  const effort = { batch: quick ? 5 : 25, rounds: quick ? 3 : 11 }
  const workerd = `workerd ${versionOf('workerd')}`
  const inside = 'µs wall, µs CPU, and wall time to the bare `subtle.verify` of the same runtime.'
  const outside =
    'µs, and how many times the bare `subtle.verify` of the same runtime. In workerd time stands still while code runs, so batches are timed by the parent, over HTTP: what a batch of nothing takes, of as many tokens, is taken away. Everything happens on one thread there, WebCrypto too.'
  return [
    section(`Bun ${versionOf('bun')}`, inside, await inProcess('bun', ['run'], 400)),
    section(
      `Deno ${versionOf('deno')}`,
      `${inside} RSA is not OpenSSL's here, and takes many times as long.`,
      // As many tokens as take a few hundredths of a second here, too.
      await inProcess('deno', ['run', '--no-lock', '--allow-env', '--allow-read', '--allow-sys'], 60),
    ),
    section(workerd, outside, await measureWorkerd(given, effort, { nodejsCompat: false })),
    section(
      `${workerd}, nodejs_compat`,
      outside,
      await measureWorkerd(given, effort, { nodejsCompat: true }),
    ),
  ]
}

/** The documents are those that a verifier asks for. */
async function giveAway({ tokens, issuer, audience, tenantId, jwks, jwk, fetch }: Workload): Promise<Given> {
  const documents: Record<string, string> = {}
  await createVerifier({
    tenants: tenantId,
    audience,
    fetch: async (url, init) => {
      const response = await fetch(url, init)
      documents[url] = await response.clone().text()
      return response
    },
  }).prefetch()
  return { tokens, issuer, audience, tenantId, jwks, jwk, documents }
}

function versionOf(name: string): string {
  const from = name === 'workerd' ? createRequire(require.resolve('miniflare')) : require
  const { version } = JSON.parse(readFileSync(from.resolve(`${name}/package.json`), 'utf8')) as {
    version: string
  }
  return version
}

function section(runtime: string, text: string, cells: readonly Cell[]): Section {
  const names = [...new Set(cells.map(({ name }) => name))]
  const of = (name: string, ofCase: string): Cell | undefined =>
    cells.find((cell) => cell.name === name && cell.case === ofCase)
  return {
    title: runtime,
    text,
    head: ['contestant', ...cases.map(({ name }) => name)],
    rows: names.map((name) => [
      name,
      ...cases.map(({ name: ofCase }) => {
        const cell = of(name, ofCase)
        if (cell === undefined) return '–'
        const figures = [cell.wall, ...(cell.cpu === undefined ? [] : [cell.cpu])].map(format)
        return [...figures, ratio(cell.wall, of('bare subtle.verify', ofCase)?.wall)].join(', ')
      }),
    ]),
  }
}
