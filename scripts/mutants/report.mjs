import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

import { root } from '../tools.mjs'
import { equivalents } from './equivalents.mjs'
import { pieces } from './pieces.mjs'

const results = path.join(root, 'scripts/mutants/results')
const page = path.join(root, 'docs/mutants.md')
const begin = '<!-- results: written by pnpm mutants -->'

const oneLine = (text) => text.replaceAll(/\s+/g, ' ').trim()

/** What was changed: the code as it is, and what became of it. */
function changeOf({ location: { start, end }, replacement = '' }, lines) {
  const code =
    start.line === end.line
      ? lines[start.line - 1].slice(start.column - 1, end.column - 1)
      : `${lines[start.line - 1].slice(start.column - 1)} …`
  return `${oneLine(code)} → ${oneLine(replacement)}`
}

/** What the report of Stryker says of a piece, as far as anybody has to know it; kept with the code. */
export function keepResult(name, isComplete) {
  const report = path.join(root, 'reports/mutants', `${name}.json`)
  if (!existsSync(report)) return
  const counts = {}
  const alive = []
  for (const [file, { source, mutants }] of Object.entries(JSON.parse(readFileSync(report, 'utf8')).files)) {
    const lines = source.split('\n')
    for (const mutant of mutants) {
      counts[mutant.status] = (counts[mutant.status] ?? 0) + 1
      if (mutant.status !== 'Survived' && mutant.status !== 'NoCoverage') continue
      const at = lines[mutant.location.start.line - 1].trim()
      alive.push({
        file,
        at,
        change: changeOf(mutant, lines),
        mutator: mutant.mutatorName,
        status: mutant.status,
      })
    }
  }
  mkdirSync(results, { recursive: true })
  const text = JSON.stringify({ isComplete, counts, alive }, undefined, 2)
  writeFileSync(path.join(results, `${name}.json`), `${text}\n`)
}

const reasonFor = ({ file, at, change }) =>
  equivalents.find(
    (one) =>
      file.endsWith(one.file) &&
      (one.at === undefined || at.includes(one.at)) &&
      (one.change === undefined || change === one.change),
  )?.reason

/** The share of changes that a test notices, of those that any could. */
export function scoreOf(name) {
  const { counts, alive } = JSON.parse(readFileSync(path.join(results, `${name}.json`), 'utf8'))
  const detected = (counts.Killed ?? 0) + (counts.Timeout ?? 0)
  const open = alive.filter((one) => reasonFor(one) === undefined).length
  return detected + open === 0 ? 1 : detected / (detected + open)
}

const cell = (text) =>
  `\`${text
    .replaceAll('|', String.raw`\|`)
    .replaceAll('`', '´')
    .slice(0, 160)}\``
const percent = (part, whole) => (whole === 0 ? '' : `${((part / whole) * 100).toFixed(1)} %`)

function rowOf(name, { isComplete, counts, alive }) {
  const detected = (counts.Killed ?? 0) + (counts.Timeout ?? 0)
  const explained = alive.filter((one) => reasonFor(one) !== undefined).length
  const tested = detected + alive.length
  const state = isComplete ? String(tested) : `${tested}, not all`
  const open = alive.length - explained
  return `| ${name} | ${state} | ${detected} | ${explained} | ${open} | ${percent(detected, tested)} | ${percent(detected, tested - explained)} |`
}

function survivorsOf(name, { alive }) {
  if (alive.length === 0) return []
  const rows = alive.map((one) => {
    const why =
      reasonFor(one) ?? (one.status === 'NoCoverage' ? 'open: no test of this piece comes here' : 'open')
    return `| ${one.file.replace(/^packages\//, '').replace('/src/', ': ')} | ${cell(one.change)} | ${why} |`
  })
  return [`### ${name}`, '', '| file | change | why it lives |', '| --- | --- | --- |', ...new Set(rows), '']
}

/** Writes the tables of docs/mutants.md from the results that are kept. */
export function writePage() {
  const known = existsSync(results) ? readdirSync(results).map((file) => path.parse(file).name) : []
  const kept = Object.keys(pieces)
    .filter((name) => known.includes(name))
    .map((name) => [name, JSON.parse(readFileSync(path.join(results, `${name}.json`), 'utf8'))])
  const [text] = readFileSync(page, 'utf8').split(begin)
  const lines = [
    begin,
    '',
    '| piece | tested | detected | alive, equivalent | alive, open | score | score without the equivalent |',
    '| --- | --- | ---: | ---: | ---: | ---: | ---: |',
    ...kept.map(([name, result]) => rowOf(name, result)),
    '',
    `Not run yet: ${
      Object.keys(pieces)
        .filter((name) => !known.includes(name))
        .join(', ') || 'none'
    }.`,
    '',
    '## What lives',
    '',
    ...kept.flatMap(([name, result]) => survivorsOf(name, result)),
  ]
  writeFileSync(page, `${text}${lines.join('\n').trimEnd()}\n`)
}
