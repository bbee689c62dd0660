// Lines of code of each adapter, without blank lines, comments and imports, against what it may have: an
// adapter translates, nothing more. Fails over a budget.
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

const budgets = { hono: 80, nestjs: 300, next: 150 }

/** Comments count as such where they have their own lines, which is how this repository writes them. */
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

let failed = false
for (const [adapter, budget] of Object.entries(budgets)) {
  const folder = path.join(import.meta.dirname, '../packages', adapter, 'src')
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file) && !/\.(?:examples|test)\.tsx?$/.test(file))
    .toSorted()
    .map((file) => ({ file, lines: countLines(readFileSync(path.join(folder, file), 'utf8')) }))
  const total = files.reduce((sum, { lines }) => sum + lines, 0)
  failed ||= total > budget
  console.log(
    `${adapter.padEnd(7)} ${String(total).padStart(4)} of ${budget} lines${total > budget ? ', TOO MANY' : ''}  (${files
      .map(({ file, lines }) => `${file} ${lines}`)
      .join(', ')})`,
  )
}
process.exitCode = failed ? 1 : 0
