import { createEmulator, type Emulator } from '@entraguard/emulator'
import { instrument } from '@entraguard/opentelemetry'
import {
  AggregationTemporality,
  DataPointType,
  type DataPoint,
  type Histogram,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { expect, it } from 'vitest'

import { requests, type DemoRequest } from '../../scripts/demo/requests.mjs'
import type { Adapter } from '../contract/adapter.ts'
import { functionsAdapters } from '../contract/azure-functions.ts'
import { expressAdapters } from '../contract/express.ts'
import { fastifyAdapters } from '../contract/fastify.ts'
import { honoAdapters } from '../contract/hono.ts'
import { nestAdapters } from '../contract/nest.ts'

const adapters: readonly Adapter[] = [
  ...honoAdapters,
  ...expressAdapters,
  ...fastifyAdapters,
  ...functionsAdapters,
  ...nestAdapters('12'),
].filter(({ runs }) => runs !== 'in another process')

/** Counts by a name: `200`, or the code of a refusal. */
type Counts = Record<string, number>

const add = (counts: Counts, name: string, more = 1): unknown => (counts[name] = (counts[name] ?? 0) + more)

async function tokenOf(
  entra: Emulator,
  { token, change }: DemoRequest,
  previousKid: string,
): Promise<string> {
  const { kind, ...options } = token ?? { kind: 'user' }
  const asked = { ...options, ...(options.signWith === 'previous' && { signWith: previousKid }) }
  const issued = {
    user: () => entra.issueUserToken(asked),
    app: () => entra.issueAppToken(asked),
    id: () => entra.issueIdToken(asked),
  }
  const made = await issued[kind]()
  return `Bearer ${change === undefined ? made : change(made)}`
}

/**
 * Of the decisions the answers: whom a guard in front of all routes lets in, a route behind it may still forbid, and
 * that is a decision more.
 */
function countsOf(points: readonly DataPoint<Histogram>[]): Counts {
  const counts: Counts = {}
  const letIn = { guard: 0, route: 0 }
  let forbidden = 0
  for (const { attributes, value } of points) {
    const code = attributes['error.type']
    if (typeof code === 'string') add(counts, code, value.count)
    else letIn[attributes['entraguard.access'] === true ? 'route' : 'guard'] += value.count
    if (attributes['http.response.status_code'] === 403) forbidden += value.count
  }
  return { ...counts, 'let in': letIn.guard > 0 ? letIn.guard - forbidden : letIn.route }
}

/** What an instrumented API answered to the demo, and what its metrics say of that. */
async function run(adapter: Adapter): Promise<{ readonly answered: Counts; readonly counted: Counts }> {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })
  const provider = new MeterProvider({ readers: [reader] })
  const entra = await createEmulator()
  const options = entra.verifierOptions()
  const served = await adapter.start({
    verifier: instrument(options, { meter: provider.getMeter('demo') }),
    // Nest reads them before its verifier is replaced.
    environment: { ENTRA_TENANTS: options.tenants, ENTRA_AUDIENCE: options.audience.join(',') },
  })
  const answered: Counts = {}
  let previousKid = ''
  for (const row of requests) {
    if (row.rotate === true) {
      previousKid = (await entra.rotateKeys()).previousKid
      entra.advance(31)
    }
    const authorization =
      row.authorization ?? (row.token === undefined ? undefined : await tokenOf(entra, row, previousKid))
    const request = new Request(`${served.url}${row.path}`, {
      method: row.method,
      headers: { 'content-type': 'application/json', ...(authorization !== undefined && { authorization }) },
      ...(row.method === 'POST' && { body: JSON.stringify({ item: 'tea', quantity: 2 }) }),
    })
    const { status } = await (served.fetch ?? fetch)(request)
    expect([row.sent, status]).toEqual([row.sent, row.status])
    // The public route asks nobody.
    if (row.path !== '/health') add(answered, row.code ?? 'let in')
  }
  await served.close()
  await provider.forceFlush()
  const points = (exporter.getMetrics().at(-1)?.scopeMetrics ?? [])
    .flatMap((scope) => scope.metrics)
    .filter(({ descriptor }) => descriptor.name === 'entraguard.authentication.duration')
    .flatMap((metric) => (metric.dataPointType === DataPointType.HISTOGRAM ? metric.dataPoints : []))
  const counted = countsOf(points)
  await provider.shutdown()
  return { answered, counted }
}

it('the metrics of the demo add up to the answers given, with every adapter', async () => {
  const [answered, counted]: [Counts, Counts] = [{}, {}]
  for (const adapter of adapters) {
    const outcome = await run(adapter)
    expect([adapter.name, outcome.counted]).toEqual([adapter.name, outcome.answered])
    for (const [name, count] of Object.entries(outcome.answered)) add(answered, name, count)
    for (const [name, count] of Object.entries(outcome.counted)) add(counted, name, count)
  }
  const total = (counts: Counts): number => Object.values(counts).reduce((sum, count) => sum + count, 0)
  expect(total(counted)).toBe(adapters.length * (requests.length - 1))
  expect(counted).toEqual(answered)
})
