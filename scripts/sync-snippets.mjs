// Code in Markdown is copied from files that the type check covers. A block says where it comes from:
//
//     <!-- snippet: tests/examples/hono.ts#quick-start -->
//     ```ts
//     …
//     ```
//
// The part after # names a region of that file (`// #region quick-start` to `// #endregion`); without it the
// whole file is meant. `pnpm snippets` writes the blocks; with --check nothing is written, and a block that
// differs, or a snippet that does not exist, is an error.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const root = path.join(import.meta.dirname, '..')
const check = process.argv.includes('--check')
const skipped = new Set(['node_modules', 'dist', 'test-results', 'coverage'])

function* markdownIn(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name)
    if (entry.isDirectory()) {
      if (!skipped.has(entry.name) && !entry.name.startsWith('.')) yield* markdownIn(file)
    } else if (entry.name.endsWith('.md')) yield file
  }
}

function dedent(lines) {
  const margin = Math.min(...lines.filter((line) => line.trim() !== '').map((line) => line.search(/\S/)))
  return lines.map((line) => line.slice(margin))
}

/** The text of `file#region`, without the region's own comments and common indentation. */
function readSnippet(reference) {
  const [file, region] = reference.split('#')
  const lines = readFileSync(path.join(root, file), 'utf8').split('\n')
  if (region === undefined) return lines.join('\n').trim()
  const start = lines.findIndex((line) => line.trim() === `// #region ${region}`)
  if (start === -1) throw new Error(`no region ${region} in ${file}`)
  const end = lines.findIndex((line, index) => index > start && line.trim().startsWith('// #endregion'))
  if (end === -1) throw new Error(`region ${region} in ${file} has no end`)
  const body = lines.slice(start + 1, end).filter((line) => !/^\s*\/\/ (?:#region|oxlint-)/.test(line))
  return dedent(body).join('\n').trim()
}

const block = /^(<!-- snippet: (\S+) -->\n+```\w+\n)((?:(?!```).*\n)*)(```)$/gm
let count = 0
const problems = []

for (const file of markdownIn(root)) {
  const name = path.relative(root, file)
  const before = readFileSync(file, 'utf8')
  const after = before.replaceAll(block, (whole, head, reference, body, tail) => {
    count += 1
    try {
      const snippet = `${readSnippet(reference)}\n`
      if (check && snippet !== body) problems.push(`${name}: ${reference} has changed; run pnpm snippets`)
      return `${head}${snippet}${tail}`
    } catch (error) {
      problems.push(`${name}: ${error.message}`)
      return whole
    }
  })
  const marked = before.match(/^<!-- snippet: /gm)?.length ?? 0
  const matched = before.match(block)?.length ?? 0
  if (marked !== matched)
    problems.push(`${name}: ${marked - matched} snippet mark without a code block after it`)
  if (!check && after !== before) {
    writeFileSync(file, after)
    console.log(`wrote ${name}`)
  }
}

for (const problem of problems) console.error(problem)
console.log(
  `${count} snippets ${problems.length === 0 ? (check ? 'as in their files' : 'written') : 'checked'}`,
)
process.exitCode = problems.length === 0 ? 0 : 1
