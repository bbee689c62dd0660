import * as Plot from '@observablehq/plot'
import { parseHTML } from 'linkedom'

/** One bar: what it is called, what it shows, and whose it is. */
export interface Bar {
  readonly label: string
  readonly value: number
  /** The figure as the table has it. */
  readonly text: string
  readonly isOurs: boolean
  /** Bars of one group stand together, with its name beside them. */
  readonly group?: string
}

/** A stretch of time in a row of its own. */
export interface Span {
  readonly row: string
  readonly from: Date
  readonly to: Date
}

const width = 760
const rowHeight = 24

/** Colours for both modes: a picture takes that of the page it stands in, where the browser tells it, or of the system. */
const style = `
:root { --ink: #1f2328; --quiet: #59636e; --ours: #1f6fd0; --theirs: #a9b4c0; --line: #d1d9e0 }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --quiet: #9aa4af; --ours: #6ea8f5; --theirs: #566270; --line: #3d444d }
}
text { font-size: 12px; font-family: system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif }
`

const colourOf = ({ isOurs }: Bar): string => (isOurs ? 'var(--ours)' : 'var(--theirs)')

/** About what a character takes, at the size of the texts. */
const character = 6.9

const longest = (texts: readonly string[]): number =>
  Math.max(...texts.map(({ length }) => length)) * character

/** Bars from left to right, each with its figure. `axis` is what they show, with its unit. */
export function drawBars(axis: string, bars: readonly Bar[]): string {
  // A group is a row with its name, and the bars below it.
  const rows = bars.flatMap((bar, index) => {
    const { group, label } = bar
    const row = { ...bar, key: `${group ?? ''}: ${label}` }
    if (group === undefined || group === bars[index - 1]?.group) return [row]
    return [{ key: group, label: group }, row]
  })
  const labels = new Map(rows.map(({ key, label }) => [key, label]))
  const drawn = rows.filter((row) => 'value' in row)
  const names = { label: null, tickSize: 0, tickFormat: (key: string) => labels.get(key) ?? '' }
  return draw({
    height: 64 + rows.length * rowHeight,
    marginLeft: longest([...labels.values()]) + 16,
    marginRight: 80,
    x: { label: `${axis} →`, grid: true, zero: true, nice: true, ticks: 5 },
    y: { label: null, domain: [...labels.keys()], axis: null },
    marks: [
      Plot.axisY(keysOf(rows, false), { ...names, fontWeight: 700 }),
      Plot.axisY(keysOf(rows, true), names),
      Plot.barX(drawn, { x: 'value', y: 'key', fill: colourOf, insetTop: 2, insetBottom: 2 }),
      Plot.text(drawn, {
        x: 'value',
        y: 'key',
        text: 'text',
        textAnchor: 'start',
        dx: 6,
        fill: 'var(--ink)',
      }),
    ],
  })
}

/** The rows with a bar, or those that name a group. */
const keysOf = (rows: ReadonlyArray<{ readonly key: string }>, hasBar: boolean): readonly string[] =>
  rows.filter((row) => 'value' in row === hasBar).map(({ key }) => key)

/** Rows of stretches of time. */
export function drawSpans(axis: string, spans: readonly Span[]): string {
  const rows = [...new Set(spans.map(({ row }) => row))]
  return draw({
    height: 64 + rows.length * 15,
    marginLeft: longest(rows) + 28,
    marginRight: 24,
    x: { label: `${axis} →`, type: 'utc', grid: true },
    y: { label: null, domain: rows, tickSize: 0 },
    marks: [
      Plot.barX(spans, { x1: 'from', x2: 'to', y: 'row', fill: 'var(--ours)', insetTop: 2, insetBottom: 2 }),
    ],
  })
}

function draw(options: Plot.PlotOptions): string {
  const { document } = parseHTML('<html><body></body></html>')
  const chart = Plot.plot({
    document,
    width,
    className: 'chart',
    marginBottom: 44,
    marginTop: 12,
    style: { color: 'var(--ink)', background: 'none' },
    ...options,
  })
  chart.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
  const sheet = document.createElementNS('http://www.w3.org/2000/svg', 'style')
  sheet.textContent = style
  chart.append(sheet)
  return `${chart.outerHTML.replaceAll('><g', '>\n<g').replaceAll('><text', '>\n<text')}\n`
}
