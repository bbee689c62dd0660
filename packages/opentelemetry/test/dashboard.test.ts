import { readFileSync } from 'node:fs'
import path from 'node:path'

import { parse } from 'yaml'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { instrument } from '../src/index.ts'
import { createEntra, createScraped, read, type Sample, type Scraped } from './world.ts'

const root = path.join(import.meta.dirname, '..')
const text = (file: string): string => readFileSync(path.join(root, file), 'utf8')

interface Dashboard {
  readonly panels: ReadonlyArray<{
    readonly id: number
    readonly title: string
    readonly description: string
    readonly gridPos: Readonly<Record<'x' | 'y' | 'w' | 'h', number>>
    readonly targets: ReadonlyArray<{ readonly expr: string; readonly legendFormat: string }>
  }>
  readonly templating: { readonly list: ReadonlyArray<{ readonly name: string }> }
}

interface Rules {
  readonly groups: ReadonlyArray<{
    readonly rules: ReadonlyArray<{
      readonly alert: string
      readonly expr: string
      readonly labels: { readonly severity: string }
      readonly annotations: { readonly summary: string; readonly description: string }
    }>
  }>
}

const dashboard = JSON.parse(text('grafana/entraguard.json')) as Dashboard
const rules = (parse(text('prometheus/entraguard.rules.yaml')) as Rules).groups.flatMap(
  (group) => group.rules,
)
const expressions: ReadonlyArray<readonly [string, string]> = [
  ...dashboard.panels.flatMap(({ title, targets }) =>
    targets.map(({ expr, legendFormat }) => [`panel ${title}, ${legendFormat}`, expr] as const),
  ),
  ...rules.map(({ alert, expr }) => [`alert ${alert}`, expr] as const),
]

let scraped: Scraped
let samples: readonly Sample[]

const down = (): Promise<never> => Promise.reject(new Error('down'))

/** Everything that can be counted, once. */
beforeAll(async () => {
  scraped = await createScraped()
  const entra = await createEntra()
  const { meter } = scraped
  const verifier = instrument(
    { ...entra.verifierOptions(), store: { getItem: down, setItem: down } },
    { meter },
  )
  const token = await entra.issueUserToken({ scopes: ['Orders.Read'], expiresIn: 86_400 })
  const user = await verifier.authenticate(`Bearer ${token}`)
  verifier.authorize(user, { scopes: ['Orders.Read'] })
  const refuse = async (header: string | undefined): Promise<unknown> =>
    verifier.authenticate(header, { scopes: ['Orders.Write'] }).catch(() => {})
  await refuse(undefined)
  await refuse(`Bearer ${token}`)
  await refuse(`Bearer ${await entra.issueUserToken({ signWith: 'unknown' })}`)
  await entra.rotateKeys({ reuseKid: true })
  await verifier.forgetKeys()
  await entra.rotateKeys({ reuseKid: true })
  entra.advance(7200)
  const background: Promise<unknown>[] = []
  await verifier
    .verify(await entra.issueUserToken(), { waitUntil: (work) => background.push(work) })
    .catch(() => {})
  await Promise.all(background)
  const cold = instrument(entra.verifierOptions(), { meter })
  entra.goOffline()
  await cold.verify(token).catch(() => {})
  samples = read(await scraped.scrape())
})

afterAll(() => scraped.close())

/** Labels that a target has, whoever exports: nobody can export them here. */
const ofTarget = ['job', 'le']

/** The selectors of an expression of PromQL: metric, and what its labels must be. */
function selectorsOf(
  expr: string,
): readonly { readonly names: RegExp; readonly matchers: readonly (readonly string[])[] }[] {
  const braced = [...expr.matchAll(/(\w*)\{([^}]*)\}/g)].map(([, name = '', inner = '']) => {
    const all = [...inner.matchAll(/(\w+)(=~|=)"([^"]*)"/g)].map(([, label = '', how = '', value = '']) => [
      label,
      how,
      value,
    ])
    const pattern = all.find(([label]) => label === '__name__')?.[2] ?? name
    return { names: new RegExp(`^(?:${pattern})$`), matchers: all.filter(([label]) => label !== '__name__') }
  })
  const bare = [...expr.matchAll(/\b(entraguard_\w+)(?=[[)\s])/g)]
    .map(([, name = '']) => name)
    .filter((name) => !new RegExp(`by \\([^)]*\\b${name}\\b`).test(expr))
    .map((name) => ({ names: new RegExp(`^${name}$`), matchers: [] }))
  return [...braced, ...bare]
}

/** As OTLP brings a metric to Prometheus: with the unit in its name. */
const withUnit = (name: string): string =>
  name.replace(/_(duration|age|usable_for)(?=_count|_sum|_bucket|$)/, '_$1_seconds')

describe.each(expressions)('%s', (_, expr) => {
  it('asks for what is exported, under both names that it can have', () => {
    const selectors = selectorsOf(expr)
    expect(selectors.length).toBeGreaterThan(0)
    for (const { names, matchers } of selectors) {
      const found = samples.filter(({ name }) => names.test(name))
      expect([names.source, found.length > 0]).toEqual([names.source, true])
      expect(found.every(({ name }) => names.test(withUnit(name)))).toBe(true)
      const wanted = matchers.filter(([label = '']) => !ofTarget.includes(label))
      const fits = found.filter(({ labels }) =>
        wanted.every(([label = '', , value]) => labels[label] === value),
      )
      expect([wanted, fits.length > 0]).toEqual([wanted, true])
    }
  })

  it('groups by labels that are there', () => {
    const grouped = [...expr.matchAll(/(?:by|on) \(([^)]*)\)/g)].flatMap(([, list = '']) =>
      list.split(/,\s*/),
    )
    const known = new Set([...ofTarget, ...samples.flatMap(({ labels }) => Object.keys(labels))])
    expect(grouped.filter((label) => !known.has(label))).toEqual([])
  })
})

describe('the dashboard', () => {
  it('shows every metric that there is', () => {
    const asked = dashboard.panels.flatMap(({ targets }) => targets.flatMap(({ expr }) => selectorsOf(expr)))
    const shown = (name: string): boolean => asked.some(({ names }) => names.test(name))
    const families = new Set(samples.map(({ name }) => name.replace(/_(?:sum|count|bucket)$/, '')))
    // How many keys there are is for somebody who looks for it.
    families.delete('entraguard_key')
    const missing = [...families].filter(
      (name) => ![name, `${name}_count`, `${name}_bucket`].some((each) => shown(each)),
    )
    expect(missing).toEqual([])
  })

  it('has panels beside each other, each with a name, an explanation and an id of its own', () => {
    const { panels } = dashboard
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
    expect(panels.every(({ title, description }) => title !== '' && description !== '')).toBe(true)
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`),
    )
    expect(new Set(cells).size).toBe(cells.length)
    expect(panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true)
    expect(dashboard.templating.list.map(({ name }) => name)).toEqual(['datasource', 'job'])
  })
})

describe('the alert rules', () => {
  it('have names of their own, a severity, and say what happens', () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length)
    for (const { labels, annotations } of rules) {
      expect(['warning', 'critical']).toContain(labels.severity)
      expect(annotations.summary).toContain('{{ $labels.job }}')
      expect(annotations.description).toMatch(/\.$/)
    }
  })
})
