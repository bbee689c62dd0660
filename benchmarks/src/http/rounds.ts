import type { ChildProcess } from 'node:child_process'

import { startOn } from '../server-process.ts'
import type { Workload } from '../workload.ts'
import { load, requestScript, serverProcessor, type Load } from './load.ts'
import type { Setting } from './servers/setting.ts'

/** `empty` is a guard that only looks whether there is a header: what any authentication costs in that framework. */
export const variants = ['none', 'empty', 'entraguard', 'usual'] as const

export type Variant = (typeof variants)[number]

/** One round: each variant measured once, within the same seconds. */
export type Round = Readonly<Record<Variant, Load>>

export interface Plan {
  readonly file: string
  /** One process holds all variants, each at a path of its own: the application is built once. */
  readonly pathPerVariant: boolean
  /** Requests to one variant in one round. */
  readonly requests: number
  readonly rounds: number
}

interface Running {
  readonly variant: Variant
  readonly child: ChildProcess
  readonly port: number
  readonly script: string
}

/** How often a variant is loaded before it counts, at most: until its CPU time a request no longer falls. */
const warmUpLimit = 8
const flat = 0.97

/** Starts the servers afresh, warms them up and measures them in turn, round by round. */
export async function measureRounds(plan: Plan, workload: Workload, emulatorUrl: string): Promise<Round[]> {
  const running = await startAll(plan, workload, emulatorUrl)
  try {
    for (const server of running) await warmUp(server)
    const rounds: Round[] = []
    while (rounds.length < plan.rounds) rounds.push(await measureRound(running, rounds.length))
    return rounds
  } finally {
    for (const { child } of running) child.kill()
  }
}

/** Another variant begins each round, and every other round runs backwards: no variant always follows the same one. */
async function measureRound(running: readonly Running[], number: number): Promise<Round> {
  const first = number % running.length
  const turns = [...running.slice(first), ...running.slice(0, first)]
  if (number % 2 === 1) turns.reverse()
  const loads: Partial<Record<Variant, Load>> = {}
  for (const { variant, child, port, script } of turns) loads[variant] = await load(child, port, script)
  return loads as Round
}

async function warmUp({ child, port, script }: Running): Promise<void> {
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < warmUpLimit; round++) {
    const { cpu } = await load(child, port, script)
    if (round > 1 && cpu > best * flat) return
    best = Math.min(best, cpu)
  }
}

async function startAll(plan: Plan, workload: Workload, emulatorUrl: string): Promise<readonly Running[]> {
  const { file, pathPerVariant, requests } = plan
  const tokens = workload.tokens.slice(0, 64)
  const shared = pathPerVariant ? await start(file, { ...workload, variant: '', emulatorUrl }) : undefined
  const running: Running[] = []
  for (const variant of variants) {
    const server = shared ?? (await start(file, { ...workload, variant, emulatorUrl }))
    const script = requestScript(tokens, pathPerVariant ? `/${variant}` : '/orders', requests)
    running.push({ ...server, variant, script })
  }
  return running
}

async function start(file: string, setting: Setting): Promise<{ child: ChildProcess; port: number }> {
  const { variant, tenantId, audience, issuer, keysUrl, emulatorUrl } = setting
  const { child, ready } = await startOn(serverProcessor, `http/servers/${file}`, {
    BENCH: JSON.stringify({ variant, tenantId, audience, issuer, keysUrl, emulatorUrl }),
  })
  return { child, port: (ready as { readonly port: number }).port }
}
