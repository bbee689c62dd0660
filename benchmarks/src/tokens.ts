import { createContestants, type Contestant } from './contestants.ts'
import { measure, prove, type Sample } from './measure.ts'
import { format, ratio, type Section } from './report.ts'
import type { Workload } from './workload.ts'

/** What the ratios are to; they run along whoever else was asked for. */
const references = ['bare crypto.verify', 'bare subtle.verify', 'jose, local keys'] as const

/** New and seen tokens, for every contestant, at three levels of concurrency. */
export async function tokenSections(
  workload: Workload,
  { quick, only }: { readonly quick: boolean; readonly only: readonly string[] },
): Promise<readonly Section[]> {
  const contestants = chosen(await createContestants(workload), only)
  await prove(contestants, workload.tokens)
  const sections: Section[] = []
  const seen = workload.tokens.slice(0, 64)
  for (const [what, tokens] of [
    ['new', workload.tokens],
    ['seen before', seen],
  ] as const) {
    for (const concurrency of [1, 16, 64]) {
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

/** Those whose names begin with one of the given words, in any case, and the references. */
function chosen(contestants: readonly Contestant[], only: readonly string[]): readonly Contestant[] {
  if (only.length === 0) return contestants
  const isMeant = (name: string): boolean =>
    only.some((word) => name.toLowerCase().startsWith(word.toLowerCase()))
  if (!contestants.some(({ name }) => isMeant(name)))
    throw new Error(`--only: no contestant begins with ${only.join(' or ')}`)
  return contestants.filter(({ name }) => isMeant(name) || references.some((reference) => reference === name))
}

function section(what: string, concurrency: number, samples: readonly Sample[]): Section {
  const [cryptoVerify, subtleVerify, jose] = references.map((name) =>
    samples.find((sample) => sample.name === name),
  )
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
