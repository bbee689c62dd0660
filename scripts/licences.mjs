// pnpm run licences: the licence of every package that is installed here, as pnpm reads them, against what is allowed.
// Writes sbom/licences.json: what an installation of our packages brings, which each release gets.
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'

import { root } from './tools.mjs'

/** They ask for a notice and nothing more: nothing else goes into what users install. */
const shippable = new Set(['MIT', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0'])
/** Of tools and tests: they run here, and nothing of them is handed on. */
const usable = new Set([
  ...shippable,
  '(BSD-3-Clause OR GPL-2.0)',
  '(MIT AND BSD-3-Clause)',
  '(MIT AND Zlib)',
  '(MIT OR CC0-1.0)',
  'MIT OR Apache-2.0',
  'BlueOak-1.0.0',
  'CC-BY-4.0',
  'CC0-1.0',
  'Elastic-2.0',
  'LGPL-3.0-or-later',
  'MPL-2.0',
  'Python-2.0',
  'Unlicense',
])
/** Their manifests name no licence; each was read in the package. */
const read = new Map([
  ['pause', 'MIT'],
  ['valid-url', 'MIT'],
])

function licencesOf(...options) {
  const output = execFileSync('pnpm', ['-r', ...options, '--json'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    shell: process.platform === 'win32',
  })
  return Object.values(JSON.parse(output)).flatMap((packages) =>
    packages.map(({ name, versions, license }) => ({
      name,
      versions,
      licence: license === 'Unknown' ? (read.get(name) ?? license) : license,
    })),
  )
}

const everything = licencesOf('licenses', 'list')
const shipped = licencesOf('--filter', './packages/*', 'licenses', 'list', '--prod')
const problems = [
  ...everything.filter(({ licence }) => !usable.has(licence)),
  ...shipped.filter(({ licence }) => !shippable.has(licence)),
].map(({ name, versions, licence }) => `${name} ${versions.join(', ')}: ${licence}`)
if (shipped.length === 0 || everything.length < shipped.length) problems.push('pnpm listed nothing')

mkdirSync(path.join(root, 'sbom'), { recursive: true })
writeFileSync(path.join(root, 'sbom/licences.json'), `${JSON.stringify(shipped, undefined, 2)}\n`)
const counted = Map.groupBy(everything, ({ licence }) => licence)
for (const [licence, packages] of [...counted].toSorted(([, a], [, b]) => b.length - a.length))
  console.log(`${String(packages.length).padStart(5)}  ${licence}`)
for (const problem of problems) console.error(`not allowed: ${problem}`)
console.log(`${shipped.length} packages are installed with ours, ${everything.length} here`)
process.exitCode = problems.length === 0 ? 0 : 1
