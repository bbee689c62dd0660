// Figures that are watched and not limited: lines of code of each adapter, and bytes of core in an edge bundle. Prints
// them beside those of the last release. One that grew by more than 5 % needs a changeset of that package with a
// line "Size: why", so that nobody finds out by accident. Needs a build first.
//
// --record writes the figures down as those of this release: `pnpm version-packages` does it.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

import { bundle, coreForAdapters } from './bundle.mjs'
import { root } from './tools.mjs'

const recorded = path.join(import.meta.dirname, 'figures.json')
const growth = 1.05

const read = (file) => readFileSync(path.join(root, file), 'utf8')
const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`

/** The packages that depend on a framework: those with a peer that is not ours. */
function adapters() {
  return readdirSync(path.join(root, 'packages')).filter((folder) => {
    const { name, peerDependencies = {} } = JSON.parse(read(`packages/${folder}/package.json`))
    return name.startsWith('@entraguard/') && Object.keys(peerDependencies).length > 0
  })
}

/** Without blank lines, comments and imports. Comments count as such where they have their own lines. */
function countLines(source) {
  let count = 0
  let inside
  for (const raw of source.split('\n')) {
    const line = raw.trim()
    if (inside === undefined) {
      if (line.startsWith('/*')) inside = /\*\/$/
      else if (/^import\b(?!\s*[.(])/.test(line))
        inside = /(?:^|\s|\})(?:from\s*)?['"][^'"]+['"](?:\s*with\s*\{.*\})?;?$/
      else if (line !== '' && !line.startsWith('//')) count += 1
    }
    if (inside?.test(line)) inside = undefined
  }
  return count
}

function linesOf(adapter) {
  const folder = path.join(root, 'packages', adapter, 'src')
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file) && !/\.(?:examples|test)\.tsx?$/.test(file))
    .reduce((sum, file) => sum + countLines(readFileSync(path.join(folder, file), 'utf8')), 0)
}

/** The package that a file of the bundle belongs to. */
function ownerOf(file) {
  const installed = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1]
  if (installed !== undefined) return installed
  const own = /^packages\/(\w+)/.exec(file)?.[1]
  return own === undefined ? 'the sample itself' : `@entraguard/${own}`
}

/** The sample Worker as it would be uploaded, and whose share is what. */
async function printWorker() {
  const { bytes, gzip, inputs } = await bundle({
    entryPoints: [path.join(root, 'apps/hono-edge/src/worker.ts')],
  })
  console.log(`sample Worker: ${kB(bytes)} minified, ${kB(gzip)} gzip`)
  const shares = Map.groupBy(Object.entries(inputs), ([file]) => ownerOf(file))
  const rows = [...shares].map(([owner, files]) => [
    owner,
    files.reduce((sum, [, { bytesInOutput }]) => sum + bytesInOutput, 0),
  ])
  for (const [owner, share] of rows.toSorted((a, b) => b[1] - a[1])) {
    if (share > 0) console.log(`  ${owner.padEnd(22)} ${kB(share).padStart(9)} minified`)
  }
}

/** True where a changeset that is not released yet says why a package grew. */
function isExplained(packageName) {
  const texts = readdirSync(path.join(root, '.changeset')).filter((file) => file.endsWith('.md'))
  return texts.some((file) => {
    const [, head = '', body = ''] = read(`.changeset/${file}`).split(/^---$/m)
    return head.includes(`'${packageName}'`) && /^Size: /m.test(body)
  })
}

const core = await bundle({
  stdin: { contents: coreForAdapters, resolveDir: path.join(root, 'packages/hono') },
})
const figures = {
  'core with jose in an edge bundle, bytes gzip': { of: '@entraguard/core', value: core.gzip },
  ...Object.fromEntries(
    adapters().map((adapter) => [
      `lines of ${adapter}`,
      { of: `@entraguard/${adapter}`, value: linesOf(adapter) },
    ]),
  ),
}

if (process.argv.includes('--record')) {
  const { version } = JSON.parse(read('packages/core/package.json'))
  const values = Object.fromEntries(Object.entries(figures).map(([name, { value }]) => [name, value]))
  writeFileSync(recorded, `${JSON.stringify({ release: version, ...values }, undefined, 2)}\n`)
}

const { release, ...before } = JSON.parse(readFileSync(recorded, 'utf8'))
await printWorker()
console.log(`\n${''.padEnd(46)} ${release.padStart(11)} ${'now'.padStart(7)}`)
for (const [name, { of, value }] of Object.entries(figures)) {
  const last = before[name]
  const grew = last !== undefined && value > last * growth
  const unexplained = grew && !isExplained(of)
  if (unexplained) process.exitCode = 1
  const note = unexplained
    ? `  grew by more than 5 %: say why in a changeset of ${of}, on a line "Size: …"`
    : ''
  console.log(`${name.padEnd(46)} ${String(last ?? '-').padStart(11)} ${String(value).padStart(7)}${note}`)
}
