import { axisBottom } from 'd3-axis'
import { scaleTime, type ScaleTime } from 'd3-scale'
import { select } from 'd3-selection'
import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'

import type { KeyState } from '../emulator-api.ts'
import { labels, spansOf, type Span } from './key-life.ts'

const rowHeight = 28
const labelWidth = 84
const axisHeight = 26
const right = 28
const shortest = 60_000

/** Told apart by their height too, not by colour alone. */
const thickness = { signs: 12, listed: 6, away: 2 } as const

interface Life {
  readonly key: KeyState
  readonly spans: readonly Span[]
}

type Time = ScaleTime<number, number>

/** Seconds only where the ticks are nearer to each other than a minute, dates only where they are days apart. */
function tickFormat(time: Time): (date: Date | { valueOf(): number }) => string {
  const [from = 0, to = 0] = time.domain().map(Number)
  const span = to - from
  return (at) => {
    const date = new Date(at.valueOf())
    return span > 2 * 86_400_000
      ? date.toLocaleDateString(undefined, { day: 'numeric', month: 'short' })
      : date.toLocaleTimeString(undefined, {
          hour: '2-digit',
          minute: '2-digit',
          ...(span < 600_000 && { second: '2-digit' }),
        })
  }
}

const timeOf = (at: number): string => new Date(at).toLocaleTimeString()

/** Draws the whole chart again: it is small, and the time goes on. */
function draw(svg: SVGSVGElement, lives: readonly Life[], until: number, width: number): void {
  const first = Math.min(until - shortest, ...lives.flatMap(({ spans }) => spans.map(({ from }) => from)))
  const time = scaleTime([first, until], [labelWidth, Math.max(labelWidth + 40, width - right)])
  const bottom = lives.length * rowHeight
  const rows = select(svg)
    .selectAll<SVGGElement, Life>('g.row')
    .data(lives, ({ key }) => `${key.ring} ${key.kid}`)
    .join((enter) => {
      const row = enter.append('g').attr('class', 'row')
      row.append('text').attr('x', 0).attr('dy', '0.32em')
      return row
    })
    .attr('transform', (_, index) => `translate(0,${index * rowHeight + rowHeight / 2})`)
  rows.select('text').text(({ key }) => `${key.kid.slice(0, 8)}…`)
  rows
    .selectAll<SVGRectElement, Span>('rect')
    .data(({ spans }) => spans)
    .join((enter) => {
      const rect = enter.append('rect')
      rect.append('title')
      return rect
    })
    .attr('class', ({ state }) => state)
    .attr('x', ({ from }) => time(from))
    .attr('width', ({ from, to }) => Math.max(2, time(to) - time(from)))
    .attr('y', ({ state }) => -thickness[state] / 2)
    .attr('height', ({ state }) => thickness[state])
    .select('title')
    .text(({ from, to, state }) => `${labels[state]}, ${timeOf(from)} to ${timeOf(to)}`)
  const axis = axisBottom(time)
    .ticks(Math.max(2, Math.floor((width - labelWidth) / 90)))
    .tickFormat(tickFormat(time))
    .tickSizeOuter(0)
  select(svg)
    .selectAll<SVGGElement, number>('g.axis')
    .data([bottom])
    .join('g')
    .attr('class', 'axis')
    .attr('transform', `translate(0,${bottom})`)
    .call(axis)
  select(svg)
    .selectAll<SVGLineElement, number>('line.now')
    .data([time(until)])
    .join('line')
    .attr('class', 'now')
    .attr('x1', (x) => x)
    .attr('x2', (x) => x)
    .attr('y2', bottom)
  select(svg)
    .selectAll<SVGTextElement, number>('text.now')
    .data([time(until)])
    .join('text')
    .attr('class', 'now')
    .attr('text-anchor', 'middle')
    .attr('x', (x) => x)
    .attr('y', -4)
    .text('now')
}

/** The width that there is for it, in pixels. */
function useWidth(svg: { readonly current: SVGSVGElement | null }): number {
  const [width, setWidth] = useState(0)
  useEffect(() => {
    if (svg.current === null) return undefined
    const observer = new ResizeObserver(([entry]) => setWidth(entry?.contentRect.width ?? 0))
    observer.observe(svg.current)
    return () => observer.disconnect()
  }, [svg])
  return width
}

/** What became of each key until now. The list below it says the same in words. */
export function KeyChart({
  keys,
  until,
}: {
  readonly keys: readonly KeyState[]
  readonly until: number
}): JSX.Element {
  const svg = useRef<SVGSVGElement>(null)
  const width = useWidth(svg)
  useEffect(() => {
    if (svg.current === null || width === 0) return
    const lives = keys.map((key) => ({ key, spans: spansOf(key, until) }))
    draw(svg.current, lives, until, width)
  }, [keys, until, width])
  return (
    <svg
      ref={svg}
      class="key-chart"
      role="img"
      aria-label="Time line of the keys, which the list after it tells in words"
      style={{ height: `${keys.length * rowHeight + axisHeight}px` }}
    />
  )
}
