// Size of the sample Worker as it would be uploaded (esbuild, minified, workerd conditions), whose share is what, and
// core with jose alone. Fails when that is over its ceiling. Needs a build first.
import path from 'node:path'

import { bundle, coreForAdapters } from './bundle.mjs'
import { root } from './tools.mjs'

/** Bytes, gzipped, of core with jose. The goal is where it should get; the ceiling is what it may not grow over. */
const goal = 12_288
const ceiling = 25_000

const hono = path.join(root, 'packages/hono')

/** The package that a file of the bundle belongs to. */
function ownerOf(file) {
  const installed = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1]
  if (installed !== undefined) return installed
  const own = /^packages\/(\w+)/.exec(file)?.[1]
  return own === undefined ? 'the sample itself' : `@entraguard/${own}`
}

const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`.padStart(9)
const line = (name, bytes, gzip) => console.log(`${name.padEnd(34)}${kB(bytes)} min ${kB(gzip)} gzip`)

const sample = await bundle({ entryPoints: [path.join(root, 'apps/hono-edge/src/worker.ts')] })
line('sample Worker', sample.bytes, sample.gzip)
const shares = Map.groupBy(Object.entries(sample.inputs), ([file]) => ownerOf(file))
const rows = [...shares].map(([owner, files]) => [
  owner,
  files.reduce((sum, [, { bytesInOutput }]) => sum + bytesInOutput, 0),
])
for (const [owner, bytes] of rows.toSorted((a, b) => b[1] - a[1])) {
  // gzip works on the whole: a share of it is an estimate.
  if (bytes > 0) line(`  ${owner}`, bytes, (bytes / sample.bytes) * sample.gzip)
}

const core = await bundle({ stdin: { contents: coreForAdapters, resolveDir: hono } })
line('core with jose, as an adapter uses it', core.bytes, core.gzip)
if (core.gzip > goal) console.log(`${kB(core.gzip - goal).trim()} over the goal of ${kB(goal).trim()} gzip`)
if (core.gzip > ceiling) {
  console.log(`OVER the ceiling of ${kB(ceiling).trim()} gzip`)
  process.exitCode = 1
}
