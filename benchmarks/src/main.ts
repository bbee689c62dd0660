// pnpm bench [--quick] [--write] [--only NAME,NAME] [--runs 2] [section ...]
// pnpm bench --charts
//
// Sections: tokens runtimes http profile cold isolates sizes memory growth flood pop downstream emulator counts. `--only` leaves only the contestants of `tokens` (and those
// that the ratios are to) and the frameworks of `http` whose names begin so: `pnpm bench tokens --only entraguard`
// judges a change in 20 seconds, `pnpm bench http --only hono` in 70.
// `--runs 2` measures all of `http` twice, one run after the other, and shows them side by side: what docs/benchmarks.md has.
// `--quick` runs less of everything, to see that it runs. `--write` puts the tables also into docs/benchmarks.md; with
// sections, only theirs, and the page says of each that it was measured alone.
//
// `--charts` measures nothing: it draws the pictures anew, from the figures that the pages have. `--write` does it too.
//
// Everything runs on the built packages, as a user has them.
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

import { writeCharts } from './charts/charts.ts'
import { coldSection } from './cold/imports.ts'
import { isolateSection } from './cold/isolates.ts'
import { countSection } from './counts.ts'
import { downstreamSection } from './downstream.ts'
import { emulatorSection } from './emulator.ts'
import { floodSection } from './flood.ts'
import { growthSection } from './growth.ts'
import { requireHttpTools } from './http/load.ts'
import { profileSection } from './http/profile.ts'
import { httpSections } from './http/section.ts'
import { memorySection } from './memory.ts'
import { withSections } from './page.ts'
import { popSection } from './pop.ts'
import { machine, targetSection, toMarkdown, type Section } from './report.ts'
import { requireRuntimes, runtimeSections } from './runtimes/section.ts'
import { sizeSection } from './sizes.ts'
import { tokenSections } from './tokens.ts'
import { createWorkload, type Workload } from './workload.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    charts: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    runs: { type: 'string', default: '1' },
  },
})
if (values.charts) {
  writeCharts()
  process.exit()
}
const { quick, write } = values
const only = values.only === '' ? [] : values.only.split(',')

/** Signing thousands of tokens takes seconds: only for those who ask. */
let workload: Workload | undefined
const tokens = async (): Promise<Workload> => (workload ??= await createWorkload(quick ? 2500 : 5000))

const sectionsByName: Readonly<Record<string, () => Promise<readonly Section[]>>> = {
  tokens: async () => await tokenSections(await tokens(), { quick, only }),
  runtimes: async () => await runtimeSections(await tokens(), quick),
  http: async () => await httpSections(await tokens(), { quick, only, runs: Number(values.runs) }),
  profile: async () => [await profileSection(await tokens(), { quick, only })],
  cold: async () => [await coldSection(await tokens(), quick)],
  isolates: async () => [await isolateSection(await tokens(), quick)],
  sizes: async () => [await sizeSection()],
  memory: async () => [memorySection(quick)],
  growth: async () => [await growthSection(await tokens(), quick)],
  flood: async () => [await floodSection(await tokens(), quick)],
  pop: async () => [await popSection(quick)],
  downstream: async () => [await downstreamSection(quick)],
  emulator: async () => [await emulatorSection(quick)],
  counts: async () => [await countSection()],
}
const names = Object.keys(sectionsByName)
const chosen = positionals.length === 0 ? names : positionals
const unknown = chosen.filter((name) => !names.includes(name))
if (unknown.length > 0) throw new Error(`no section ${unknown.join(', ')}: there are ${names.join(', ')}`)
if (write && (quick || only.length > 0))
  throw new Error('--write is for whole sections: without --only and --quick')
if (['http', 'profile'].some((name) => chosen.includes(name)) || chosen.includes('emulator'))
  await requireHttpTools()
if (chosen.includes('runtimes')) requireRuntimes()

const begin = performance.now()
const seconds = (): string => `${((performance.now() - begin) / 1000).toFixed(0)} s`
const place = machine()
console.log(`${place}\n`)
const sections: Section[] = []
for (const name of chosen) {
  const made = (await sectionsByName[name]?.()) ?? []
  for (const section of made) console.log(toMarkdown(section))
  sections.push(...made)
  console.log(`(${name} done after ${seconds()})\n`)
}
workload?.close()
const report = [targetSection(sections), ...sections]
console.log(toMarkdown(targetSection(sections)))

if (write) {
  const page = new URL('../../docs/benchmarks.md', import.meta.url)
  const head = `# Benchmarks\n\nMade by \`pnpm bench --write\` in ${seconds()}. Compare the ratios within one run: absolute figures depend on the machine and the day.\n\n${place}\n`
  const isWhole = chosen.length === names.length
  writeFileSync(
    page,
    isWhole
      ? [head, ...report.map(toMarkdown)].join('\n')
      : withSections(readFileSync(page, 'utf8'), sections, place),
  )
  writeCharts()
}
