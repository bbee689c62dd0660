import { createContestants } from './contestants.ts'
import { measure, prove, warmUp, type Sample } from './measure.ts'
import { chooseByName } from './only.ts'
import { atMost, format, ratio, target, times, type Section, type Target } from './report.ts'
import type { Workload } from './workload.ts'

/** What the ratios are to; they run along whoever else was asked for. */
const references = ['bare crypto.verify', 'bare subtle.verify', 'jose, local keys'] as const

/** New and seen tokens, for every contestant, at three levels of concurrency. */
export async function tokenSections(
  workload: Workload,
  { quick, only }: { readonly quick: boolean; readonly only: readonly string[] },
): Promise<readonly Section[]> {
  const all = await createContestants(workload)
  const meant = chooseByName(all, ({ name }) => name, only)
  const contestants = all.filter(
    (contestant) =>
      meant.includes(contestant) || references.some((reference) => reference === contestant.name),
  )
  await prove(contestants, workload.tokens)
  const batch = quick ? 100 : 400
  await warmUp(contestants, workload.tokens, batch)
  const sections: Section[] = []
  for (const { what, tokens, targets } of [
    { what: 'new', tokens: workload.tokens, targets: targetsForNew },
    { what: 'seen before', tokens: workload.tokens.slice(0, 64), targets: targetsForSeen },
  ]) {
    for (const concurrency of [1, 16, 64]) {
      const samples = await measure(contestants, tokens, {
        concurrency,
        batch,
        rounds: quick ? 5 : 21,
      })
      sections.push({ ...section(what, concurrency, samples), targets: targets(concurrency, find(samples)) })
    }
  }
  return sections
}

type Find = (name: string) => Pick<Sample, 'wall' | 'cpu'>

function find(samples: readonly Sample[]): Find {
  return (name) => samples.find((sample) => sample.name === name) ?? { wall: Number.NaN, cpu: Number.NaN }
}

function targetsForNew(concurrency: number, of: Find): readonly Target[] {
  const [bare, bareNode] = [of('bare subtle.verify').wall, of('bare crypto.verify').wall]
  const [ours, jose] = [of('Entraguard'), of('jose, local keys')]
  const without = of('Entraguard, no token cache').wall / bare
  const node = of('Entraguard, nodeSignature').wall / bareNode
  const nodeWithout = of('Entraguard, nodeSignature, no token cache').wall / bareNode
  if (concurrency === 1)
    return [
      atMost('new token, one at a time, default engine, no token cache', 1.25, without, 'subtle.verify'),
      atMost('new token, nodeSignature, no token cache', 1.3, nodeWithout, 'crypto.verify'),
      atMost('new token, nodeSignature', 1.5, node, 'crypto.verify'),
    ]
  const rate = jose.wall / ours.wall
  return concurrency === 64
    ? [
        target('new token, 64 at a time: throughput', '≥ 1.1 × jose', times(rate), rate >= 1.1),
        atMost('new token, 64 at a time: CPU', 0.95, ours.cpu / jose.cpu, 'jose'),
      ]
    : []
}

function targetsForSeen(concurrency: number, of: Find): readonly Target[] {
  if (concurrency !== 1) return []
  const ours = of('Entraguard').wall
  const speed = of('fast-jwt, cache').wall / ours
  return [
    atMost('seen token', 0.06, ours / of('bare crypto.verify').wall, 'crypto.verify'),
    target('seen token: speed', "≥ 3 × fast-jwt's cache", times(speed), speed >= 3),
  ]
}

function section(what: string, concurrency: number, samples: readonly Sample[]): Section {
  const [cryptoVerify, subtleVerify, jose] = references.map(find(samples))
  const text =
    what === 'new'
      ? 'The token is new to every library: caches hold 1,000 tokens, and each library verifies 5,000 tokens in turn.'
      : 'Each library verifies the same 64 tokens repeatedly.'
  return {
    title: `A token ${what}, ${concurrency} at a time`,
    text,
    head: [
      'contestant',
      'µs wall',
      'µs CPU',
      'per second',
      'to crypto.verify',
      'to subtle.verify',
      'to jose',
      'CPU to crypto.verify',
      'CPU to subtle.verify',
      'CPU to jose',
    ],
    rows: samples.map(({ name, wall, cpu }) => [
      name,
      format(wall),
      format(cpu),
      format(1e6 / wall),
      ...[cryptoVerify, subtleVerify, jose].map((base) => ratio(wall, base?.wall)),
      ...[cryptoVerify, subtleVerify, jose].map((base) => ratio(cpu, base?.cpu)),
    ]),
  }
}
