// pnpm bench [--quick] [--write] [section ...]     sections: tokens growth memory cold flood http runtimes
//
// Prints tables; with --write also into docs/benchmarks.md. Everything runs on the built packages, as a user has them.
import { writeFileSync } from 'node:fs'

import { coldSection } from './cold.ts'
import { floodSection } from './flood.ts'
import { growthSection } from './growth.ts'
import { httpSection } from './http.ts'
import { memorySection } from './memory.ts'
import { machine, print, toMarkdown, type Section } from './report.ts'
import { tokenSections } from './tokens.ts'
import { createWorkload } from './workload.ts'

const words = new Set(process.argv.slice(2))
const quick = words.delete('--quick')
const write = words.delete('--write')

const workload = await createWorkload(quick ? 500 : 5000)

const all: Readonly<Record<string, () => Promise<readonly Section[]>>> = {
  tokens: async () => await tokenSections(workload, quick),
  growth: async () => [await growthSection(workload, quick)],
  memory: async () => [memorySection(quick)],
  cold: async () => [await coldSection(workload, quick)],
  flood: async () => [await floodSection(workload, quick)],
  http: async () => [await httpSection(workload, quick)],
}

const sections: Section[] = []
for (const [name, run] of Object.entries(all)) {
  if (words.size > 0 && !words.has(name)) continue
  for (const section of await run()) {
    print(section)
    sections.push(section)
  }
}
workload.close()

if (write) {
  const head = `# Benchmarks\n\nMade by \`pnpm bench --write\`. Ratios within one run are what counts; absolute figures are of one machine on one day.\n\n${machine()}\n`
  writeFileSync(
    new URL('../../docs/benchmarks.md', import.meta.url),
    [head, ...sections.map(toMarkdown)].join('\n'),
  )
}
