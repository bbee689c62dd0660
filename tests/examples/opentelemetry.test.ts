import { metrics } from '@opentelemetry/api'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { afterAll, beforeAll, expect, it } from 'vitest'

const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })
const provider = new MeterProvider({ readers: [reader] })

beforeAll(() => void metrics.setGlobalMeterProvider(provider))

afterAll(async () => {
  metrics.disable()
  await provider.shutdown()
})

it('the documented verifiers are counted by the global provider', async () => {
  const { createCombined, verifier } = await import('./opentelemetry.ts')
  for (const each of [verifier, createCombined()])
    await expect(each.authenticate(undefined)).rejects.toMatchObject({ code: 'token_missing' })
  await provider.forceFlush()
  const decisions = (exporter.getMetrics().at(-1)?.scopeMetrics ?? [])
    .flatMap((scope) => scope.metrics)
    .find(({ descriptor }) => descriptor.name === 'entraguard.authentication.duration')
  expect(decisions?.dataPoints).toMatchObject([
    { attributes: { 'entraguard.result': 'none', 'error.type': 'token_missing' }, value: { count: 2 } },
  ])
})
