import type { Contestant } from './portable.ts'

export interface Sample {
  readonly name: string
  /** Microseconds a token, medians of the rounds. */
  readonly wall: number
  readonly cpu: number
}

export interface Effort {
  readonly concurrency: number
  /** Tokens a round, and rounds a contestant. */
  readonly batch: number
  readonly rounds: number
  /**
   * Strings that are made before the clock runs for them, all of the round unless told. Where the strings are long,
   * few: a server checks a header that it has just read, and a thousand of them no longer lie in the cache of a core.
   */
  readonly piece?: number
}

/** Each token as a fresh string, as an HTTP server makes one: V8 remembers the hash of a string that it saw before. */
function fresh(token: string): string {
  return `Bearer ${token}`.slice(7)
}

/** Where each contestant is in the tokens: it sees all others before one again, whatever the turns. */
const cursors = new WeakMap<Contestant, number>()

/** The next tokens of a contestant, as fresh strings. */
export function takeTokens(
  contestant: Contestant,
  tokens: readonly string[],
  count: number,
): readonly string[] {
  const first = cursors.get(contestant) ?? 0
  cursors.set(contestant, first + count)
  return Array.from({ length: count }, (_, index) => fresh(tokens[(first + index) % tokens.length] ?? ''))
}

/**
 * Runs the contestants in turn, round by round and in another order each round, so that a machine that changes its
 * speed changes it for all. Medians are what counts, and ratios within one run.
 */
export async function measure(
  contestants: readonly Contestant[],
  tokens: readonly string[],
  { concurrency, batch, rounds, piece = batch }: Effort,
): Promise<readonly Sample[]> {
  const walls = new Map<string, number[]>(contestants.map(({ name }) => [name, []]))
  const cpus = new Map<string, number[]>(contestants.map(({ name }) => [name, []]))
  for (let round = -1; round < rounds; round++) {
    for (const contestant of shuffled(contestants)) {
      const { name, check } = contestant
      let wall = 0
      let cpu = 0
      for (let done = 0; done < batch; done += piece) {
        // Made before the clock starts: what a string costs belongs to the server, not to the check.
        const strings = takeTokens(contestant, contestant.tokens ?? tokens, Math.min(piece, batch - done))
        const before = process.cpuUsage()
        const start = performance.now()
        await runBatch(check, strings, concurrency)
        wall += (performance.now() - start) * 1000
        const { user, system } = process.cpuUsage(before)
        cpu += user + system
      }
      // The first round warms up.
      if (round < 0) continue
      walls.get(name)?.push(wall / batch)
      cpus.get(name)?.push(cpu / batch)
    }
  }
  return contestants.map(({ name }) => ({
    name,
    wall: median(walls.get(name) ?? []),
    cpu: median(cpus.get(name) ?? []),
  }))
}

export async function runBatch(
  check: Contestant['check'],
  strings: readonly string[],
  concurrency: number,
): Promise<void> {
  if (concurrency === 1) {
    for (const token of strings) await check(token)
    return
  }
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < strings.length) await check(strings[next++] ?? '')
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
}

/**
 * Gives every contestant as many tokens as a compiler needs to have seen,: without it, what is
 * measured first is measured while it is still being optimized.
 */
export async function warmUp(
  contestants: readonly Contestant[],
  tokens: readonly string[],
  batch: number,
): Promise<void> {
  await measure(contestants, tokens, { concurrency: 1, batch, rounds: 10 })
}

/** Every contestant must accept the tokens and refuse one whose signature was changed. */
export async function prove(
  contestants: readonly Contestant[],
  tokens: readonly string[] = [],
): Promise<void> {
  for (const { name, check, tokens: own = tokens } of contestants) {
    const [token = ''] = own
    const middle = token.lastIndexOf('.') + 100
    const changed = token.slice(0, middle) + (token[middle] === 'A' ? 'B' : 'A') + token.slice(middle + 1)
    await check(fresh(token))
    const refused = await (async () => check(fresh(changed)))().then(
      () => false,
      () => true,
    )
    if (!refused) throw new Error(`${name} accepts a token with a changed signature`)
  }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

function shuffled<T>(items: readonly T[]): readonly T[] {
  const list = [...items]
  for (let index = list.length - 1; index > 0; index--) {
    const other = Math.floor(Math.random() * (index + 1))
    const item = list[index] as T
    list[index] = list[other] as T
    list[other] = item
  }
  return list
}
