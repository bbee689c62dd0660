import { createContestants } from './contestants.ts'
import { measure, prove, type Sample } from './measure.ts'
import { format, ratio, type Section } from './report.ts'
import type { Workload } from './workload.ts'

/** New and seen tokens, for every contestant, at three levels of concurrency. */
export async function tokenSections(workload: Workload, quick: boolean): Promise<readonly Section[]> {
  const contestants = await createContestants(workload)
  await prove(contestants, workload.tokens)
  const sections: Section[] = []
  const seen = workload.tokens.slice(0, 64)
  for (const [what, tokens, concurrencies] of [
    ['new', workload.tokens, [1, 16, 64]],
    ['seen before', seen, [1, 16, 64]],
  ] as const) {
    for (const concurrency of concurrencies) {
      const samples = await measure(contestants, tokens, {
        concurrency,
        batch: quick ? 100 : 400,
        rounds: quick ? 5 : 21,
      })
      sections.push(section(what, concurrency, samples))
    }
  }
  return sections
}

function section(what: string, concurrency: number, samples: readonly Sample[]): Section {
  const of = (name: string): number => samples.find((sample) => sample.name === name)?.wall ?? Number.NaN
  const text =
    what === 'new'
      ? 'No contestant has seen the token: caches have 1,000 places, and the tokens are 5,000 in turn.'
      : 'The same 64 tokens again and again.'
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
    ],
    rows: samples.map(({ name, wall, cpu, perSecond }) => [
      name,
      format(wall),
      format(cpu),
      format(perSecond),
      ratio(wall, of('bare crypto.verify')),
      ratio(wall, of('bare subtle.verify')),
      ratio(wall, of('jose, local keys')),
    ]),
  }
}
