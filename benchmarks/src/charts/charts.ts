import { readFileSync, writeFileSync, mkdirSync } from 'node:fs'
import path from 'node:path'

import { drawBars, drawSpans, type Bar } from './draw.ts'
import { readKeySpans } from './key-life.ts'
import { columnOf, figureIn, tableOf, type Table } from './tables.ts'

const docs = path.join(import.meta.dirname, '../../../docs')
const folder = path.join(docs, 'images/charts')

/** A picture of the figures of a page. */
export interface Chart {
  readonly name: string
  /** The page, and the heading that it stands below. */
  readonly page: string
  readonly title: string
  /** What it shows, for who does not see it. */
  readonly alt: string
  readonly draw: (page: string) => string
}

/** A bar for each row with a figure in the column. */
function barsOf(table: Table, column: string, labels: string, group?: string): readonly Bar[] {
  const [figures, names] = [columnOf(table, column), columnOf(table, labels)]
  const groups = group === undefined ? undefined : columnOf(table, group)
  return table.rows.flatMap((row) => {
    const [label = '', text = ''] = [row[names], row[figures]]
    const value = figureIn(text)
    if (value === undefined) return []
    const bar = { label, text, value, isOurs: /entraguard/i.test(label) }
    return [groups === undefined ? bar : { ...bar, group: row[groups] ?? '' }]
  })
}

const drawColumn =
  (title: string, column: string, labels: string, axis = column) =>
  (page: string): string =>
    drawBars(axis, barsOf(tableOf(page, title), column, labels))

/** How long after each fault a request that needs a new document waited, of an API that had keys. */
function drawRecovery(page: string): string {
  const table = tableOf(page, 'An identity provider that fails')
  const known = columnOf(table, 'keys known')
  const hadKeys = { ...table, rows: table.rows.filter((row) => row[known] === 'yes') }
  const bars = barsOf(hadKeys, 'recovered after ms', 'fault')
  return drawBars(
    'ms from the end of the fault to the next new key, less is better',
    bars.map((bar) => ({ ...bar, isOurs: true })),
  )
}

/** Every chart of the documentation. */
export const charts: readonly Chart[] = [
  {
    name: 'token-new',
    page: 'benchmarks.md',
    title: 'A token new, 1 at a time',
    alt: 'Bars: microseconds to verify a token that nobody has seen, by library. The table below has the figures.',
    draw: drawColumn(
      'A token new, 1 at a time',
      'µs wall',
      'contestant',
      'µs for a new token, less is better',
    ),
  },
  {
    name: 'token-seen',
    page: 'benchmarks.md',
    title: 'A token seen before, 1 at a time',
    alt: 'Bars: microseconds to verify a token that was seen before, by library. The table below has the figures.',
    draw: drawColumn(
      'A token seen before, 1 at a time',
      'µs wall',
      'contestant',
      'µs for a seen token, less is better',
    ),
  },
  {
    name: 'http',
    page: 'benchmarks.md',
    title: 'HTTP, 64 tokens seen before',
    alt: 'Bars: requests per second of each framework without authentication, with Entraguard and with the usual library. The table below has the figures.',
    draw: (page) =>
      drawBars(
        'requests per second, more is better',
        barsOf(
          tableOf(page, 'HTTP, 64 tokens seen before'),
          'requests per second',
          'authentication',
          'framework',
        ),
      ),
  },
  {
    name: 'cold-start',
    page: 'benchmarks.md',
    title: 'Cold start',
    alt: 'Bars: milliseconds that the import of each library takes. The table below has the figures.',
    draw: drawColumn(
      'Cold start',
      'import, ms over an empty script',
      'library',
      'ms to import, less is better',
    ),
  },
  {
    name: 'provider-failures',
    page: 'reliability.md',
    title: 'An identity provider that fails',
    alt: 'Bars: milliseconds from the end of each fault until a new key was found. The table below has the figures.',
    draw: drawRecovery,
  },
  {
    name: 'key-life',
    page: 'keys.md',
    title: 'What was measured',
    alt: 'Lines: when each of 42 signing keys stood in the key document of common, June to October 2024, with gaps where it was gone.',
    draw: () => drawSpans('2024', readKeySpans()),
  },
]

const pathOf = ({ page }: Chart): string => path.join(docs, page)

/** What the file of a chart has to hold, after the figures that its page has now. */
export const render = (chart: Chart): string => chart.draw(readFileSync(pathOf(chart), 'utf8'))

/** The line that shows a chart on its page. */
export const imageOf = ({ name, alt }: Chart): string => `![${alt}](images/charts/${name}.svg)`

/** The file of a chart. */
export const fileOf = ({ name }: Chart): string => path.join(folder, `${name}.svg`)

/** The page with its charts, each below the heading of its table. A run that wrote a section anew took the line away. */
export function withImages(page: string, ofPage: readonly Chart[]): string {
  return ofPage.reduce((text, chart) => {
    const heading = `\n## ${chart.title}\n`
    return text.includes(imageOf(chart)) ? text : text.replace(heading, `${heading}\n${imageOf(chart)}\n`)
  }, page)
}

/** Draws every chart anew, from the figures that the pages have. */
export function writeCharts(): void {
  mkdirSync(folder, { recursive: true })
  for (const chart of charts) {
    const page = readFileSync(pathOf(chart), 'utf8')
    writeFileSync(fileOf(chart), chart.draw(page))
    writeFileSync(pathOf(chart), withImages(page, [chart]))
  }
}
