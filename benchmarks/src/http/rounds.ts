import { answerOf, startOn } from '../server-process.ts'
import type { Workload } from '../workload.ts'
import { blockScript, send, serverProcessor } from './load.ts'
import type { Block } from './servers/blocks.ts'

/**
 * `plain` has no guard, and `empty` one that only looks whether there is a header: what any authentication costs in that
 * framework. They are paths too, of the same length: in Next, five letters more cost a microsecond and a half.
 */
export type Variant = 'plain' | 'empty' | Guard

type Guard = 'entra' | 'usual'

export interface Load {
  readonly rate: number
  /** Microseconds of CPU of the server, a request. */
  readonly cpu: number
  /** Part of the time in which the server had its processor. */
  readonly busy: number
}

/** One round: a guard and what it is compared with, each measured once within the same tenths of a second. */
export interface Round {
  readonly plain: Load
  readonly empty: Load
  readonly guard: Load
}

/** What one process of a server measured. */
export type Measured = Readonly<Record<Guard, readonly Round[]>>

export interface Plan {
  readonly file: string
  /** Requests that are under way at once. */
  readonly connections: number
  /** Requests to one variant in one round: few, so that what the machine does besides is the same for all of a round. */
  readonly requests: number
  /** Rounds that do not count yet: code is still being optimized. */
  readonly warmUp: Readonly<Record<Guard, number>>
  readonly rounds: Readonly<Record<Guard, number>>
}

/**
 * Starts the server afresh and measures its variants in turn, round by round. They share one process: where its code and its
 * heap lie is luck, and differs by more from process to process than variants do.
 *
 * The usual library comes when all is measured that it could disturb: it checks each signature, and what it leaves (garbage,
 * full caches of the processor, code compiled for its callers too) would be paid for by whoever takes turns with it.
 */
export async function measureRounds(
  plan: Plan,
  { tokens, tenantId, audience, issuer, keysUrl }: Workload,
  emulatorUrl: string,
): Promise<Measured> {
  const { file, connections, requests } = plan
  const { child, ready } = await startOn(serverProcessor, `http/servers/${file}`, {
    BENCH: JSON.stringify({ tenantId, audience, issuer, keysUrl, emulatorUrl, connections }),
  })
  try {
    const turns = turnsOf(plan)
    const order = turns.map(({ variant }) => variant)
    const { port } = ready as { readonly port: number }
    await send(port, blockScript(tokens.slice(0, 64), order, requests), connections)
    child.send('blocks')
    const blocks = await answerOf<readonly Block[]>(child, file)
    return { entra: roundsOf('entra', turns, blocks), usual: roundsOf('usual', turns, blocks) }
  } finally {
    child.kill()
  }
}

/** A block of requests to one variant. */
interface Turn {
  readonly variant: Variant
  /** The round that it counts for. */
  readonly round?: { readonly guard: Guard; readonly number: number } | undefined
}

/** All blocks of a process, in the order in which they are sent. */
function turnsOf({ warmUp, rounds }: Plan): readonly Turn[] {
  const turns: Turn[] = []
  for (const guard of ['entra', 'usual'] as const) {
    for (let number = -warmUp[guard]; number < rounds[guard]; number++) {
      const round = number < 0 ? undefined : { guard, number }
      turns.push(...orderOf(guard, number + warmUp[guard]).map((variant) => ({ variant, round })))
      if (guard === 'usual') turns.push({ variant: 'plain' })
    }
  }
  return turns
}

/** Every order, so that each follows each other one as often; but what leaves a lot behind is the last of its round. */
function orderOf(guard: Guard, number: number): readonly Variant[] {
  const pair: readonly Variant[] = number % 2 === 0 ? ['plain', 'empty'] : ['empty', 'plain']
  return guard === 'usual' ? [...pair, guard] : pair.toSpliced(Math.floor(number / 2) % 3, 0, guard)
}

function roundsOf(guard: Guard, turns: readonly Turn[], blocks: readonly Block[]): readonly Round[] {
  const byNumber = new Map(blocks.map((block) => [block.number, block]))
  const loads: Array<Partial<Record<Variant, Load>>> = []
  for (const [number, { variant, round }] of turns.entries()) {
    if (round?.guard !== guard) continue
    const block = byNumber.get(number)
    if (block?.variant !== variant) throw new Error(`block ${number} was not measured`)
    loads[round.number] = { ...loads[round.number], [variant]: loadOf(block) }
  }
  return loads.map(({ plain, empty, [guard]: ours }) => {
    if (plain === undefined || empty === undefined || ours === undefined)
      throw new Error('a round lacks a variant')
    return { plain, empty, guard: ours }
  })
}

function loadOf({ requests, cpu, wall }: Block): Load {
  return { rate: (1e6 * requests) / wall, cpu: cpu / requests, busy: cpu / wall }
}
