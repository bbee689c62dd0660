import { answerOf, startOn } from '../server-process.ts'
import type { Workload } from '../workload.ts'
import { blockScript, send, serverProcessor } from './load.ts'
import type { Block } from './servers/blocks.ts'

/** `empty` is a guard that only looks whether there is a header: what any authentication costs in that framework. */
export const variants = ['none', 'empty', 'entraguard', 'usual'] as const

export type Variant = (typeof variants)[number]

export interface Load {
  readonly rate: number
  /** Microseconds of CPU of the server, a request. */
  readonly cpu: number
  /** Part of the time in which the server had its processor. */
  readonly busy: number
}

/** One round: each variant measured once, within the same tenths of a second. */
export type Round = Readonly<Record<Variant, Load>>

export interface Plan {
  readonly file: string
  /** Requests to one variant in one round: few, so that what the machine does besides is the same for all of a round. */
  readonly requests: number
  /** Rounds that do not count yet: code is still being optimized. */
  readonly warmUp: number
  readonly rounds: number
}

/**
 * Starts the server afresh and measures its variants in turn, round by round. They share one process: where its code and its
 * heap lie is luck, and differs by more from process to process than variants do.
 */
export async function measureRounds(
  { file, requests, warmUp, rounds }: Plan,
  { tokens, tenantId, audience, issuer, keysUrl }: Workload,
  emulatorUrl: string,
): Promise<Round[]> {
  const { child, ready } = await startOn(serverProcessor, `http/servers/${file}`, {
    BENCH: JSON.stringify({ tenantId, audience, issuer, keysUrl, emulatorUrl }),
  })
  try {
    const order = Array.from({ length: warmUp + rounds }, (_, number) => turns(number)).flat()
    await send((ready as { readonly port: number }).port, blockScript(tokens.slice(0, 64), order, requests))
    child.send('blocks')
    const blocks = await answerOf<readonly Block[]>(child, file)
    const loads = new Map(blocks.map((block) => [block.number, block]))
    return Array.from({ length: rounds }, (_, index) => roundOf(warmUp + index, loads))
  } finally {
    child.kill()
  }
}

/** Every order of those that cost little: each of them follows each other one as often. */
const orders: ReadonlyArray<readonly Variant[]> = [
  ['none', 'empty', 'entraguard'],
  ['entraguard', 'empty', 'none'],
  ['empty', 'entraguard', 'none'],
  ['none', 'entraguard', 'empty'],
  ['entraguard', 'none', 'empty'],
  ['empty', 'none', 'entraguard'],
]

/**
 * The usual library comes last, and after it requests that do not count: the garbage that it leaves, and the caches that it
 * fills, would be paid for by whoever comes next.
 */
function turns(round: number): readonly Variant[] {
  return [...(orders[round % orders.length] ?? []), 'usual', 'none']
}

function roundOf(round: number, blocks: ReadonlyMap<number, Block>): Round {
  const all = turns(round)
  const loads = all.slice(0, -1).map((variant, turn): readonly [Variant, Load] => {
    const block = blocks.get(round * all.length + turn)
    if (block?.variant !== variant) throw new Error(`block ${turn} of round ${round} was not measured`)
    const { requests, cpu, wall } = block
    return [variant, { rate: (1e6 * requests) / wall, cpu: cpu / requests, busy: cpu / wall }]
  })
  return Object.fromEntries(loads) as Round
}
