// pnpm bench [--quick] [--write] [--only NAME,NAME] [section ...]
//
// Sections: tokens growth memory cold flood http. `--only` leaves only the contestants of `tokens` whose names begin so
// (and those that the ratios are to): `pnpm bench tokens --only entraguard` judges a change in 20 seconds. `--quick`
// runs less of everything, to see that it runs. `--write` puts the tables also into docs/benchmarks.md.
//
// Everything runs on the built packages, as a user has them: build first.
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

import { coldSection } from './cold.ts'
import { floodSection } from './flood.ts'
import { growthSection } from './growth.ts'
import { httpSection } from './http.ts'
import { memorySection } from './memory.ts'
import { machine, toMarkdown, type Section } from './report.ts'
import { tokenSections } from './tokens.ts'
import { createWorkload } from './workload.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
  },
})
const { quick, write } = values
const only = values.only === '' ? [] : values.only.split(',')

const workload = await createWorkload(quick ? 500 : 5000)

const all: Readonly<Record<string, () => Promise<readonly Section[]>>> = {
  tokens: async () => await tokenSections(workload, { quick, only }),
  growth: async () => [await growthSection(workload, quick)],
  memory: async () => [memorySection(quick)],
  cold: async () => [await coldSection(workload, quick)],
  flood: async () => [await floodSection(workload, quick)],
  http: async () => [await httpSection(workload, quick)],
}

const unknown = positionals.filter((name) => !(name in all))
if (unknown.length > 0)
  throw new Error(`no section ${unknown.join(', ')}: there are ${Object.keys(all).join(', ')}`)

const sections: Section[] = []
for (const [name, run] of Object.entries(all)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue
  for (const section of await run()) {
    console.log(toMarkdown(section))
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
