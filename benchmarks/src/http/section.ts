import { execFile, type ChildProcess } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'

import { listen } from '@entraguard/emulator/node'

import { median } from './measure.ts'
import { chooseByName } from './only.ts'
import { format, target, type Section, type Target } from './report.ts'
import { cpuOf, startOn } from './server-process.ts'
import type { Setting } from './servers/setting.ts'
import { temporaryFolder } from './temporary.ts'
import type { Workload } from './workload.ts'

const run = promisify(execFile)

/** Each framework with no authentication, with Entraguard, and with what people use there today. */
const servers = [
  { framework: 'Hono', file: 'hono.ts', usual: 'hono/jwk, given keys', goal: 80 },
  { framework: 'Express', file: 'express.ts', usual: 'express-oauth2-jwt-bearer', goal: 88 },
  { framework: 'Fastify', file: 'fastify.ts', usual: '@fastify/jwt + get-jwks', goal: 85 },
  { framework: 'Nest on Express', file: 'nest-express.ts', usual: 'passport-jwt + jwks-rsa', goal: 85 },
  { framework: 'Nest on Fastify', file: 'nest-fastify.ts', usual: 'passport-jwt + jwks-rsa', goal: 85 },
  {
    framework: 'Next, App Router',
    file: 'next.ts',
    usual: 'jose, remote keys',
    goal: 85,
    pathPerVariant: true,
  },
] as const
/** `empty` is a guard that only looks whether there is a header: what any authentication costs in that framework. */
const variants = ['none', 'empty', 'entraguard', 'usual'] as const

type Variant = (typeof variants)[number]

/** Names what this section needs and does not find, before minutes have passed. */
export async function requireHttpTools(): Promise<void> {
  const missing: string[] = []
  for (const [tool, debianPackage] of [
    ['wrk', 'wrk'],
    ['taskset', 'util-linux'],
  ] as const) {
    try {
      await run('which', [tool])
    } catch {
      missing.push(`${tool} (Debian's package ${debianPackage})`)
    }
  }
  if (process.platform !== 'linux') missing.push('Linux, whose /proc says what a server used')
  if (availableParallelism() < 2)
    missing.push('a second processor, one for the server and one for the client')
  if (missing.length > 0) throw new Error(`the section http needs ${missing.join(' and ')}`)
}

/**
 * Requests per second with 64 seen tokens: the server on one processor, the client (wrk) on another, so that the
 * server is what saturates.
 */
export async function httpSection(
  workload: Workload,
  { quick, only }: { readonly quick: boolean; readonly only: readonly string[] },
): Promise<Section> {
  const identityProvider = await listen(workload.emulator, { port: 0 })
  const chosen = chooseByName(servers, ({ framework }) => framework, only)
  if (chosen.some(({ file }) => file === 'next.ts')) await buildNext()
  const rows: Array<readonly string[]> = []
  const targets: Target[] = []
  for (const { framework, file, usual, goal, ...more } of chosen) {
    const loads = new Map<Variant, Load[]>(variants.map((variant) => [variant, []]))
    // Two processes of one server differ by up to a tenth for as long as they live: each is measured in several. Next
    // takes 10,000 requests, which are 4 s, until all of it is optimized.
    const isNext = file === 'next.ts'
    const processes = quick ? 1 : 5
    const rounds = quick ? 1 : isNext ? 2 : 4
    for (let turn = 0; turn < processes; turn++) {
      const running: Running[] = []
      for (const variant of variants) {
        const address = 'pathPerVariant' in more ? `/${variant}` : '/orders'
        const { tenantId, audience, issuer, keysUrl } = workload
        const emulatorUrl = identityProvider.url
        const setting: Setting = { variant, tenantId, audience, issuer, keysUrl, emulatorUrl }
        const { child, ready } = await startOn(0, `servers/${file}`, {
          BENCH: JSON.stringify(setting),
        })
        running.push({
          child,
          port: (ready as { port: number }).port,
          loads: loads.get(variant) ?? [],
          script: tokenScript(workload.tokens.slice(0, 64), address),
        })
      }
      for (let round = quick ? 0 : -1; round < rounds; round++) {
        for (const server of shuffledTurns(running, turn + round)) {
          const isWarmUp = round < 0
          const measured = await load(server, isNext && !quick ? (isWarmUp ? 4 : 2) : 1)
          if (!isWarmUp) server.loads.push(measured)
        }
      }
      for (const { child } of running) child.kill()
    }
    const of = (variant: Variant, what: keyof Load): number =>
      median(loads.get(variant)?.map((measured) => measured[what]) ?? [])
    const share = (variant: Variant): number => (100 * of(variant, 'rate')) / of('none', 'rate')
    rows.push(
      ...variants.map((variant) => [
        framework,
        { none: 'none', empty: 'an empty guard', entraguard: 'Entraguard', usual }[variant],
        format(of(variant, 'rate')),
        `${share(variant).toFixed(0)} %`,
        format(of(variant, 'cpu')),
        variant === 'none' ? '–' : format(of(variant, 'cpu') - of('none', 'cpu')),
        `${(100 * of(variant, 'busy')).toFixed(0)} %`,
      ]),
    )
    const busy = Math.min(of('none', 'busy'), of('entraguard', 'busy'))
    targets.push(
      target(
        `${framework}, seen tokens`,
        `≥ ${goal} % of no authentication`,
        `${share('entraguard').toFixed(1)} %${busy < 0.9 ? ', but the server was not saturated' : ''}`,
        share('entraguard') >= goal && busy >= 0.9,
      ),
    )
  }
  await identityProvider.close()
  return {
    title: 'HTTP, 64 tokens seen before',
    text: 'Closed loop, 32 connections, wrk; server and client on a processor of their own; the variants of a framework in turn, each in five processes, medians. An empty guard only looks whether there is a header: what any authentication costs in that framework. The last column says how much of its processor the server used: near 100 % it is what was measured, and not the client.',
    head: [
      'framework',
      'authentication',
      'requests per second',
      'of none',
      'µs CPU a request',
      'over none',
      'processor',
    ],
    rows,
    targets,
  }
}

async function buildNext(): Promise<void> {
  await run(process.execPath, [
    createRequire(import.meta.url).resolve('next/dist/bin/next'),
    'build',
    path.join(import.meta.dirname, '../next'),
  ])
}

interface Load {
  readonly rate: number
  /** Microseconds of CPU of the server, a request. */
  readonly cpu: number
  /** Part of the time in which the server had its processor. */
  readonly busy: number
}

interface Running {
  readonly child: ChildProcess
  readonly port: number
  readonly loads: Load[]
  readonly script: string
}

/** Another one begins each round. */
function shuffledTurns<T>(list: readonly T[], round: number): readonly T[] {
  const first = Math.abs(round) % list.length
  return [...list.slice(first), ...list.slice(0, first)]
}

/** Each request is written once, so that the client has less to do than the fastest server. */
function tokenScript(tokens: readonly string[], address: string): string {
  const file = path.join(temporaryFolder(), 'tokens.lua')
  const list = tokens.map((token) => `"Bearer ${token}"`).join(',')
  writeFileSync(
    file,
    `local tokens = {${list}}
local requests = {}
local next = 0
request = function()
  next = next % #tokens + 1
  requests[next] = requests[next] or wrk.format("GET", "${address}", { ["Authorization"] = tokens[next] })
  return requests[next]
end
done = function(summary)
  if summary.errors.status > 0 then io.write("REFUSED ", summary.errors.status, "\\n") end
end
`,
  )
  return file
}

async function load({ child, port, script }: Running, seconds: number): Promise<Load> {
  const address = `http://127.0.0.1:${port}`
  const before = cpuOf(child)
  const begin = performance.now()
  const { stdout } = await run('taskset', [
    '-c',
    '1',
    'wrk',
    '-t1',
    '-c32',
    `-d${seconds}s`,
    '-s',
    script,
    address,
  ])
  const cpu = cpuOf(child) - before
  const wall = (performance.now() - begin) * 1000
  if (stdout.includes('REFUSED')) throw new Error(`a server refused genuine tokens: ${stdout}`)
  const rate = Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1])
  const requests = Number(/(\d+) requests in/.exec(stdout)?.[1])
  return { rate, cpu: cpu / requests, busy: cpu / wall }
}
