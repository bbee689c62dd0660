import { readFileSync } from 'node:fs'
import path from 'node:path'

import { describe, expect, it } from 'vitest'

import { charts, fileOf, imageOf, render, withImages } from '../src/charts/charts.ts'
import { readKeySpans } from '../src/charts/key-life.ts'
import { figureIn, tableOf } from '../src/charts/tables.ts'

const docs = path.join(import.meta.dirname, '../../docs')
const pageOf = (name: string): string => readFileSync(path.join(docs, name), 'utf8')

/** The texts of a picture, as somebody reads them. */
const textsOf = (svg: string): readonly string[] =>
  [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text = '']) => text.replaceAll('&amp;', '&'))

describe('the charts of the documentation', () => {
  it.each(charts)('$name is drawn from the figures that its page has now', (chart) => {
    expect(readFileSync(fileOf(chart), 'utf8')).toBe(render(chart))
  })

  it.each(charts)('$name stands on its page, above its table', (chart) => {
    const page = pageOf(chart.page)
    const image = page.indexOf(imageOf(chart))
    expect(image).toBeGreaterThan(page.indexOf(`## ${chart.title}\n`))
    expect(page.slice(page.indexOf(`## ${chart.title}\n`), image)).not.toContain('\n|')
  })

  it.each([
    ['token-new', 'benchmarks.md', 'A token new, 1 at a time', 'µs wall'],
    ['token-seen', 'benchmarks.md', 'A token seen before, 1 at a time', 'µs wall'],
    ['http', 'benchmarks.md', 'HTTP, 64 tokens seen before', 'requests per second'],
    ['cold-start', 'benchmarks.md', 'Cold start', 'import, ms over an empty script'],
  ])('%s shows every figure of its table, and a bar as long as it', (name, page, title, column) => {
    const svg = readFileSync(path.join(docs, `images/charts/${name}.svg`), 'utf8')
    const table = tableOf(pageOf(page), title)
    const figures = table.rows
      .map((row) => row[table.head.indexOf(column)] ?? '')
      .filter((cell) => figureIn(cell) !== undefined)
    const texts = textsOf(svg)
    expect(figures.length).toBeGreaterThan(5)
    expect(figures.filter((figure) => !texts.includes(figure))).toEqual([])
    const widths = [...svg.matchAll(/<rect [^>]*width="([\d.]+)"/g)].map(([, width = '']) => Number(width))
    expect(widths).toHaveLength(figures.length)
    const scale = Math.max(...widths) / Math.max(...figures.map((figure) => figureIn(figure) ?? 0))
    for (const [index, figure] of figures.entries())
      expect(widths[index]).toBeCloseTo((figureIn(figure) ?? 0) * scale, 3)
  })

  it('shows the gaps of keys that the text of its page counts', () => {
    const spans = readKeySpans()
    const rows = new Set(spans.map(({ row }) => row))
    const gone = [...rows].filter((kid) => spans.filter(({ row }) => row === kid).length > 1)
    expect(pageOf('keys.md')).toContain(`${gone.length} of ${rows.size} keys vanished and came back`)
  })

  it('differs when a figure of the table does', () => {
    const [chart] = charts
    const page = pageOf('benchmarks.md')
    const other = page.replace(/(\| Entraguard +\| )[\d.]+/, '$19.99')
    expect(other).not.toBe(page)
    expect(chart?.draw(other)).not.toBe(chart?.draw(page))
  })

  it('comes back to a section that a run has written anew, and never twice', () => {
    const ofPage = charts.filter(({ page }) => page === 'benchmarks.md')
    const page = pageOf('benchmarks.md')
    const anew = ofPage.reduce((text, chart) => text.replace(`\n${imageOf(chart)}\n`, ''), page)
    expect(anew).not.toContain('images/charts')
    expect(withImages(anew, ofPage)).toBe(page)
    expect(withImages(page, ofPage)).toBe(page)
  })
})
