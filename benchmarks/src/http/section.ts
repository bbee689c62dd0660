import { listen } from '@entraguard/emulator/node'

import { median } from '../measure.ts'
import { chooseByName } from '../only.ts'
import { decide, estimate, trimmedMean, withSpread, type Estimate } from '../paired.ts'
import { format, target, type Section, type Target } from '../report.ts'
import type { Workload } from '../workload.ts'
import { measureRounds, type Load, type Measured, type Plan, type Round } from './rounds.ts'
import { buildNext, frameworks, type Framework } from './frameworks.ts'
import { occupyClientProcessor } from './load.ts'

const next = 'next.ts'

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
  const measured = chosen.map((framework) => ({ framework, byRun: [] as Measured[][] }))
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
  const plan = planOf(frameworks[0], quick)
  const ofNext = planOf({ file: next }, quick)
  const all = measured.map(({ framework, byRun }) => ({ framework, processes: byRun.flat() }))
  const section: Section = {
    title: 'HTTP, 64 tokens seen before',
    text: `Closed loop, ${plan.connections} connections (Next ${ofNext.connections}), wrk; server and client on a processor of their own, and what the client leaves of its processor is used up, because half a core that rests makes the other half faster. The variants of a framework are paths of one server (with Express and Nest, each is an application of its own behind it, because Express tries its routes one after the other), all of five letters, and take turns, ${plan.requests} requests each (Next ${ofNext.requests}): a round takes tenths of a second (Next: hundredths), so what else the machine does falls on all of them. Without a guard, with an empty one and with Entraguard come in every order. The usual library is compared with the first two when that is done, and requests that do not count follow each of its turns: it checks each signature, and what it leaves behind would be paid for by whoever takes turns with it. The server reads its own CPU time when a block of requests begins and ends. Each process has ${plan.rounds.entra} rounds with Entraguard and ${plan.rounds.usual} with the usual library (Next ${format(ofNext.rounds.entra)} and ${format(ofNext.rounds.usual)}), from which comes one value each, the mean without the tenth at either end; each figure is the median of ${processesOf(quick) * runs} processes, which take turns with those of the other frameworks, with its 95 % confidence interval. "Of none" is the CPU time a request without authentication divided by the one with it: the share of the throughput that is left when the server is what saturates. An empty guard only checks whether there is a header, which shows what any authentication costs in that framework. The last column says how much of its processor the server had.`,
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

const processesOf = (quick: boolean): number => (quick ? 1 : 8)

function planOf({ file }: Pick<Framework, 'file'>, quick: boolean): Plan {
  const isNext = file === next
  // Until the time no longer falls: some ten thousand requests, and twice as many with Next.
  const warmUp = isNext ? { entra: 6000, usual: 500 } : { entra: 20, usual: 20 }
  const rounds = isNext ? { entra: 1500, usual: 500 } : { entra: 30, usual: 12 }
  return {
    file,
    // A request to Next takes so long that what else the machine does would fall on one block and not on the next one.
    ...(isNext ? { connections: 1, requests: 4 } : { connections: 32, requests: 500 }),
    ...(quick ? { warmUp: aTenth(warmUp), rounds: aTenth(rounds) } : { warmUp, rounds }),
  }
}

const aTenth = ({ entra, usual }: Plan['rounds']): Plan['rounds'] => ({
  entra: Math.ceil(entra / 10),
  usual: Math.ceil(usual / 10),
})

type Processes = readonly Measured[]

/** A line of the table: in which rounds it was measured, and as what. */
interface Line {
  readonly of: keyof Measured
  readonly as: keyof Round
}

const plain: Line = { of: 'entra', as: 'plain' }
const empty: Line = { of: 'entra', as: 'empty' }
const entra: Line = { of: 'entra', as: 'guard' }
const usual: Line = { of: 'usual', as: 'guard' }

const one = (value: number): string => value.toFixed(1)

/** What is left of the throughput of `plain`, in per cent, where the server is what saturates. */
function shareOf({ of, as }: Line, processes: Processes): Estimate {
  const cpuOf = (rounds: readonly Round[], what: keyof Round): number =>
    trimmedMean(rounds.map((round) => round[what].cpu))
  return estimate(processes.map(({ [of]: rounds }) => (100 * cpuOf(rounds, 'plain')) / cpuOf(rounds, as)))
}

/** Microseconds of CPU a request over another line of the same rounds. */
function over(other: keyof Round, { of, as }: Line, processes: Processes): Estimate {
  return estimate(
    processes.map(({ [of]: rounds }) => trimmedMean(rounds.map((round) => round[as].cpu - round[other].cpu))),
  )
}

function rowsOf(framework: Framework, processes: Processes): ReadonlyArray<readonly string[]> {
  const lines = [
    { name: 'none', line: plain },
    { name: 'an empty guard', line: empty },
    { name: 'Entraguard', line: entra },
    { name: framework.usual, line: usual },
  ]
  return lines.map(({ name, line }) => {
    const middle = (what: keyof Load): number =>
      median(processes.flatMap(({ [line.of]: rounds }) => rounds.map((round) => round[line.as][what])))
    return [
      framework.name,
      name,
      format(middle('rate')),
      format(middle('cpu')),
      line === plain ? '100' : withSpread(shareOf(line, processes), one),
      line === plain ? '–' : withSpread(over('plain', line, processes), one),
      line.as === 'guard' ? withSpread(over('empty', line, processes), one) : '–',
      `${(100 * middle('busy')).toFixed(0)} %`,
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
function rowsBeside(framework: Framework, byRun: readonly Processes[]): ReadonlyArray<readonly string[]> {
  const lines = [
    { name: 'an empty guard', line: empty },
    { name: 'Entraguard', line: entra },
    { name: framework.usual, line: usual },
  ]
  return lines.map(({ name, line }) => {
    const shares = byRun.map((processes) => shareOf(line, processes))
    const middles = shares.map(({ middle }) => middle)
    return [
      framework.name,
      name,
      ...shares.map((share) => withSpread(share, one)),
      one(Math.max(...middles) - Math.min(...middles)),
      ...byRun.map((processes) => withSpread(over('plain', line, processes), one)),
    ]
  })
}

function targetsOf({ name, share, beyond }: Framework, processes: Processes): readonly Target[] {
  const shared = shareOf(entra, processes)
  const cost = over('empty', entra, processes)
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
