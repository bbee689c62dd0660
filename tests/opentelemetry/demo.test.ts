import { createEmulator } from '@entraguard/emulator'
import { instrument } from '@entraguard/opentelemetry'
import {
  AggregationTemporality,
  DataPointType,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { expect, it } from 'vitest'

import { requests } from '../../scripts/demo/requests.mjs'
import type { Adapter } from '../contract/adapter.ts'
import { functionsAdapters } from '../contract/azure-functions.ts'
import { expressAdapters } from '../contract/express.ts'
import { fastifyAdapters } from '../contract/fastify.ts'
import { honoAdapters } from '../contract/hono.ts'
import { nestAdapters } from '../contract/nest.ts'
import { add, authorizationOf, countsOf, duration, requestOf, total, type Counts } from './demo.ts'

const adapters: readonly Adapter[] = [
  ...honoAdapters,
  ...expressAdapters,
  ...fastifyAdapters,
  ...functionsAdapters,
  ...nestAdapters('12'),
].filter(({ runs }) => runs !== 'in another process')

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
    const authorization = await authorizationOf(entra, row, previousKid)
    const { status } = await (served.fetch ?? fetch)(requestOf(served.url, row, authorization))
    expect([row.sent, status]).toEqual([row.sent, row.status])
    // The public route asks nobody.
    if (row.path !== '/health') add(answered, row.code ?? 'let in')
  }
  await served.close()
  await provider.forceFlush()
  const points = (exporter.getMetrics().at(-1)?.scopeMetrics ?? [])
    .flatMap((scope) => scope.metrics)
    .filter(({ descriptor }) => descriptor.name === duration)
    .flatMap((metric) => (metric.dataPointType === DataPointType.HISTOGRAM ? metric.dataPoints : []))
  const counted = countsOf(points.map(({ attributes, value: { count } }) => ({ attributes, count })))
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
  expect(total(counted)).toBe(adapters.length * (requests.length - 1))
  expect(counted).toEqual(answered)
})
