import { listen } from '@entraguard/emulator/node'

import { median } from '../measure.ts'
import { chooseByName } from '../only.ts'
import { decide, estimate, trimmedMean, withSpread, type Estimate } from '../paired.ts'
import { format, target, type Section, type Target } from '../report.ts'
import type { Workload } from '../workload.ts'
import { measureRounds, variants, type Load, type Plan, type Round, type Variant } from './rounds.ts'
import { buildNext, frameworks, type Framework } from './frameworks.ts'
import { occupyClientProcessor } from './load.ts'
import { connections } from './servers/blocks.ts'

const next = 'next.ts'

/** A request to Next takes ten times as long. */
const requestsOf = (file: string): number => (file === next ? 200 : 500)

interface Options {
  readonly quick: boolean
  readonly only: readonly string[]
  /** How often everything is measured from the beginning, one run after the other. */
  readonly runs: number
}

/**
 * What 64 seen tokens cost in a real server, over the same server without authentication and with an empty guard. With
 * several runs the figures are those of all, and a second table has each for itself: do they repeat?
 */
export async function httpSections(
  workload: Workload,
  { quick, only, runs }: Options,
): Promise<readonly Section[]> {
  const identityProvider = await listen(workload.emulator, { port: 0 })
  const chosen = chooseByName(frameworks, ({ name }) => name, only)
  if (chosen.some(({ file }) => file === next)) await buildNext()
  const endOccupation = occupyClientProcessor()
  const measured = chosen.map((framework) => ({ framework, byRun: [] as Round[][][] }))
  const url = identityProvider.url
  for (let run = 0; run < runs; run++) {
    for (const { byRun } of measured) byRun.push([])
    // One process of each framework, and again: in a run of minutes the machine changes, and that falls on all of them.
    for (let number = 0; number < processesOf(quick); number++)
      for (const { framework, byRun } of measured)
        byRun[run]?.push(await measureRounds(planOf(framework, quick), workload, url))
  }
  endOccupation()
  await identityProvider.close()
  const all = measured.map(({ framework, byRun }) => ({ framework, processes: byRun.flat() }))
  const section: Section = {
    title: 'HTTP, 64 tokens seen before',
    text: `Closed loop, ${connections} connections, wrk; server and client on a processor of their own, and what the client leaves of its processor is used up, because half a core that rests makes the other half faster. The variants of a framework are paths of one server (with Express and Nest, each is an application of its own behind it, because Express tries its routes one after the other) and take turns, ${requestsOf('')} requests each (Next ${requestsOf(next)}): a round takes tenths of a second, so what else the machine does falls on all of them. They come in every order; only the usual library, which leaves the processor's caches and the heap in another state, is always last, and requests that do not count follow it. The server reads its own CPU time when a block of requests begins and ends. Each process has ${quick ? 4 : 18} rounds, from which comes one value, the mean without the tenth at either end; each figure is the median of ${processesOf(quick) * runs} processes, which take turns with those of the other frameworks, with its 95 % confidence interval. "Of none" is the CPU time a request without authentication divided by the one with it: the share of the throughput that is left when the server is what saturates. An empty guard only checks whether there is a header, which shows what any authentication costs in that framework. The last column says how much of its processor the server had.`,
    head: [
      'framework',
      'authentication',
      'requests per second',
      'µs CPU a request',
      'of none, %',
      'over none, µs',
      'over an empty guard, µs',
      'processor',
    ],
    rows: all.flatMap(({ framework, processes }) => rowsOf(framework, processes)),
    targets: all.flatMap(({ framework, processes }) => targetsOf(framework, processes)),
  }
  if (runs === 1) return [section]
  const beside = measured.flatMap(({ framework, byRun }) => rowsBeside(framework, byRun))
  return [section, { title: 'HTTP, run beside run', text: besideText, head: besideHead(runs), rows: beside }]
}

const processesOf = (quick: boolean): number => (quick ? 1 : 6)

const planOf = ({ file }: Framework, quick: boolean): Plan => ({
  file,
  requests: requestsOf(file),
  // Until the time no longer falls: some thousand requests, and twelve thousand for Next, which is so much code.
  ...(quick ? { warmUp: 2, rounds: 4 } : { warmUp: file === next ? 60 : 20, rounds: 18 }),
})

type Processes = ReadonlyArray<readonly Round[]>

const one = (value: number): string => value.toFixed(1)

/** Of one process: the mean of its rounds, without those in which the machine did something else. */
const cpuOf = (variant: Variant, rounds: readonly Round[]): number =>
  trimmedMean(rounds.map((round) => round[variant].cpu))

/** What is left of the throughput of `none`, in per cent, where the server is what saturates. */
function shareOf(variant: Variant, processes: Processes): Estimate {
  return estimate(processes.map((rounds) => (100 * cpuOf('none', rounds)) / cpuOf(variant, rounds)))
}

/** Microseconds of CPU a request over another variant. */
function over(other: Variant, variant: Variant, processes: Processes): Estimate {
  return estimate(
    processes.map((rounds) => trimmedMean(rounds.map((round) => round[variant].cpu - round[other].cpu))),
  )
}

function rowsOf({ name, usual }: Framework, processes: Processes): ReadonlyArray<readonly string[]> {
  const names = { none: 'none', empty: 'an empty guard', entraguard: 'Entraguard', usual }
  return variants.map((variant) => {
    const of = (what: keyof Load): number => median(processes.flat().map((round) => round[variant][what]))
    const isGuarded = variant === 'entraguard' || variant === 'usual'
    return [
      name,
      names[variant],
      format(of('rate')),
      format(of('cpu')),
      variant === 'none' ? '100' : withSpread(shareOf(variant, processes), one),
      variant === 'none' ? '–' : withSpread(over('none', variant, processes), one),
      isGuarded ? withSpread(over('empty', variant, processes), one) : '–',
      `${(100 * of('busy')).toFixed(0)} %`,
    ]
  })
}

const besideText =
  'The figures above, for each whole run by itself: all frameworks were measured, and then all of them again. Where the two are further apart than their intervals, the machine changed in between: what goes through the network and what only computes are not slowed alike by what else runs on it, which shows best in the libraries that check each signature.'

const besideHead = (runs: number): readonly string[] => [
  'framework',
  'authentication',
  ...Array.from({ length: runs }, (_, run) => `of none, %, run ${run + 1}`),
  'apart, points',
  ...Array.from({ length: runs }, (_, run) => `over none, µs, run ${run + 1}`),
]

/** The same figures from each run: what a measure is worth that says something else each time. */
function rowsBeside(
  { name, usual }: Framework,
  byRun: readonly Processes[],
): ReadonlyArray<readonly string[]> {
  const names = { empty: 'an empty guard', entraguard: 'Entraguard', usual }
  return (['empty', 'entraguard', 'usual'] as const).map((variant) => {
    const shares = byRun.map((processes) => shareOf(variant, processes))
    const middles = shares.map(({ middle }) => middle)
    return [
      name,
      names[variant],
      ...shares.map((share) => withSpread(share, one)),
      one(Math.max(...middles) - Math.min(...middles)),
      ...byRun.map((processes) => withSpread(over('none', variant, processes), one)),
    ]
  })
}

function targetsOf({ name, share, beyond }: Framework, processes: Processes): readonly Target[] {
  const shared = shareOf('entraguard', processes)
  const cost = over('empty', 'entraguard', processes)
  return [
    target(
      `${name}, seen tokens`,
      `≥ ${share} % of no authentication`,
      `${withSpread(shared, one)} %`,
      decide(shared, (value) => value >= share),
    ),
    target(
      `${name}, seen tokens: CPU`,
      `≤ ${beyond} µs over an empty guard`,
      `${withSpread(cost, one)} µs`,
      decide(cost, (value) => value <= beyond),
    ),
  ]
}
