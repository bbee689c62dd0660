// docs/errors has a page for each code of the error catalogue. Its head (step, status, message, hint) and the table
// in docs/errors/README.md are written from the catalogue; what happened, why and what to do are written by hand.
//
// `pnpm error-pages` writes them, and begins a page for a new code. With --check nothing is written, and what differs,
// is missing or has no code any more is an error.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

import { errorCatalogue } from '../packages/core/src/index.ts'
import { root } from './tools.mjs'

const folder = path.join(root, 'docs/errors')
const check = process.argv.includes('--check')
const rows = Object.entries(errorCatalogue)
const problems = []

/** What stands between the two marks of a page is the catalogue's. */
const begin = '<!-- catalogue: `pnpm error-pages` writes this -->'
const end = '<!-- /catalogue -->'
const block = /^<!-- catalogue: .*?^<!-- \/catalogue -->$/ms
const generated = (lines) => [begin, '', ...lines, '', end].join('\n')

/** Text of the catalogue as Markdown: `<token>` is not an element there. */
const plain = (text) => text.replaceAll('<', String.raw`\<`)

const headOf = ({ step, status, message, hint }) =>
  generated([
    `Step \`${step}\`, status ${status}.`,
    '',
    `- Message: ${plain(message)}`,
    `- Hint: ${plain(hint)}`,
  ])

/** A table with its columns padded, as the formatter writes it. */
function table(cells) {
  const widths = cells[0].map((_, column) => Math.max(...cells.map((row) => row[column].length)))
  const [head, ...rest] = cells.map((row) => row.map((cell, column) => cell.padEnd(widths[column])))
  return [head, widths.map((width) => '-'.repeat(width)), ...rest].map((row) => `| ${row.join(' | ')} |`)
}

const draft = (code, head) =>
  [`# ${code}`, head, '## What happened', 'TODO', '## Why', 'TODO', '## What to do', 'TODO', ''].join('\n\n')

function sync(name, text, wanted) {
  const current = text.match(block)?.[0]
  if (current === wanted) return
  if (check) problems.push(`${name}: not as in the catalogue; run pnpm error-pages`)
  else if (current === undefined) problems.push(`${name}: no line ${begin}`)
  else {
    writeFileSync(
      path.join(folder, name),
      text.replace(block, () => wanted),
    )
    console.log(`wrote ${name}`)
  }
}

for (const [code, row] of rows) {
  const name = `${code}.md`
  const file = path.join(folder, name)
  if (existsSync(file)) sync(name, readFileSync(file, 'utf8'), headOf(row))
  else if (check) problems.push(`${name}: missing; run pnpm error-pages, then write it`)
  else {
    writeFileSync(file, draft(code, headOf(row)))
    console.log(`began ${name}: three parts are to be written`)
  }
  if (check && existsSync(file) && /^TODO$/m.test(readFileSync(file, 'utf8')))
    problems.push(`${name}: a part is not written yet`)
}
for (const name of readdirSync(folder))
  if (name !== 'README.md' && !rows.some(([code]) => name === `${code}.md`))
    problems.push(`${name}: the catalogue has no such code`)

const index = rows.map(([code, { step, status, message }]) => [
  `[\`${code}\`](${code}.md)`,
  `\`${step}\``,
  String(status),
  plain(message),
])
sync(
  'README.md',
  readFileSync(path.join(folder, 'README.md'), 'utf8'),
  generated(table([['code', 'step', 'status', 'message'], ...index])),
)

for (const problem of problems) console.error(problem)
console.log(`${rows.length} error pages ${problems.length === 0 ? 'as in the catalogue' : 'checked'}`)
process.exitCode = problems.length === 0 ? 0 : 1
