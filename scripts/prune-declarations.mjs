// Run in a package after its build: takes those declarations out of dist that no entry point leads to. Nobody can
// import them, and they would only make the tarball larger.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'

const { exports } = JSON.parse(readFileSync('package.json', 'utf8'))
const reached = new Set()

function visit(file) {
  if (reached.has(file)) return
  reached.add(file)
  for (const [, target] of readFileSync(file, 'utf8').matchAll(/["'](\.\.?\/[^"']+)\.[jt]s["']/g)) {
    const next = path.join(path.dirname(file), `${target}.d.ts`)
    // An example in a comment may name a file of the reader's.
    if (existsSync(next)) visit(next)
  }
}

for (const conditions of Object.values(exports)) {
  const types = conditions.types ?? conditions.import?.types
  if (types !== undefined) visit(path.normalize(types))
}

for (const name of readdirSync('dist', { recursive: true })) {
  const file = path.join('dist', name)
  if (file.endsWith('.d.ts') && !reached.has(file)) rmSync(file)
}
