import { listen } from '@entraguard/emulator/node'

import { median } from '../measure.ts'
import { chooseByName } from '../only.ts'
import { decide, estimate, withSpread, type Estimate } from '../paired.ts'
import { format, target, type Section, type Target } from '../report.ts'
import type { Workload } from '../workload.ts'
import { measureRounds, variants, type Round, type Variant } from './rounds.ts'
import { buildNext, frameworks, type Framework } from './frameworks.ts'
import { occupyClientProcessor, type Load } from './load.ts'

/** What 64 seen tokens cost in a real server, over the same server without authentication and with an empty guard. */
export async function httpSection(
  workload: Workload,
  { quick, only }: { readonly quick: boolean; readonly only: readonly string[] },
): Promise<Section> {
  const identityProvider = await listen(workload.emulator, { port: 0 })
  const chosen = chooseByName(frameworks, ({ name }) => name, only)
  if (chosen.some(({ file }) => file === 'next.ts')) await buildNext()
  const endOccupation = occupyClientProcessor()
  const rows: Array<readonly string[]> = []
  const targets: Target[] = []
  for (const framework of chosen) {
    const isNext = framework.file === 'next.ts'
    const plan = {
      file: framework.file,
      pathPerVariant: isNext,
      requests: isNext ? 2000 : 5000,
      rounds: quick ? 2 : 6,
    }
    const processes: Round[][] = []
    while (processes.length < (quick ? 1 : 6))
      processes.push(await measureRounds(plan, workload, identityProvider.url))
    rows.push(...rowsOf(framework, processes))
    targets.push(...targetsOf(framework, processes))
  }
  endOccupation()
  await identityProvider.close()
  return {
    title: 'HTTP, 64 tokens seen before',
    text: 'Closed loop, 32 connections, wrk; server and client on a processor of their own, and what the client leaves of its processor is used up, because half a core that rests makes the other half faster. In each round every variant of a framework answers the same number of requests within the same seconds; each figure is the median of what pairs of one round differ by, over six rounds in each of six processes, with the interval that holds it with a confidence of 95 %. "Of none" is the CPU time a request without authentication divided by the one with it: the share of the throughput that is left when the server is what saturates, whatever else the machine does. An empty guard only looks whether there is a header: what any authentication costs in that framework. The last column says how much of its processor the server had.',
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
    rows,
    targets,
  }
}

type Processes = ReadonlyArray<readonly Round[]>

const one = (value: number): string => value.toFixed(1)

/** What is left of the throughput of `none`, in per cent, where the server is what saturates. */
function shareOf(variant: Variant, processes: Processes): Estimate {
  return estimate(
    processes.map((rounds) => rounds.map((round) => (100 * round.none.cpu) / round[variant].cpu)),
  )
}

/** Microseconds of CPU a request over another variant. */
function over(other: Variant, variant: Variant, processes: Processes): Estimate {
  return estimate(processes.map((rounds) => rounds.map((round) => round[variant].cpu - round[other].cpu)))
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
