import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

/** An input that is kept, and what came of it. */
export interface Kept {
  readonly outcome: string
  readonly input: unknown
}

const fileOf = (target: string): string =>
  path.join(import.meta.dirname, 'corpus', `${target.replaceAll(' ', '-')}.json`)

export function readCorpus(target: string): readonly Kept[] {
  const file = fileOf(target)
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as readonly Kept[]) : []
}

/** One input for each outcome: the shortest. */
export class Corpus {
  readonly #target: string
  readonly #kept: Map<string, unknown>

  constructor(target: string) {
    this.#target = target
    this.#kept = new Map(readCorpus(target).map(({ outcome, input }) => [outcome, input]))
  }

  get size(): number {
    return this.#kept.size
  }

  offer(outcome: string, input: unknown): void {
    const known = this.#kept.get(outcome)
    if (known !== undefined && JSON.stringify(known).length <= JSON.stringify(input).length) return
    this.#kept.set(outcome, input)
  }

  save(): void {
    const kept = [...this.#kept].toSorted(([a], [b]) => (a < b ? -1 : 1))
    const lines = kept.map(([outcome, input]) => `  ${JSON.stringify({ outcome, input })}`)
    writeFileSync(fileOf(this.#target), `[\n${lines.join(',\n')}\n]\n`)
  }
}
