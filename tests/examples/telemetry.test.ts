import { createVerifier } from '@entraguard/core'
import { createEmulator } from '@entraguard/emulator'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { expect, test } from 'vitest'

import { decide, observeKeys, readiness, refusalOf, telemetry, type Log } from './telemetry.ts'

async function start() {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })
  const provider = new MeterProvider({ readers: [reader] })
  const meter = provider.getMeter('test')
  const lines: Array<Parameters<Log>> = []
  const entra = await createEmulator({ now: () => 1_767_225_600_000 })
  const verifier = createVerifier({
    ...entra.verifierOptions(),
    onEvent: telemetry(meter, (...line) => lines.push(line)),
  })
  observeKeys(meter, verifier)
  const readMetrics = async (): Promise<Record<string, unknown[]>> => {
    await provider.forceFlush()
    const metrics =
      exporter
        .getMetrics()
        .at(-1)
        ?.scopeMetrics.flatMap((scope) => scope.metrics) ?? []
    return Object.fromEntries(
      metrics.map(({ descriptor, dataPoints }) => [
        descriptor.name,
        dataPoints.map(({ attributes, value }) => [attributes, value]),
      ]),
    )
  }
  return { entra, verifier, lines, readMetrics, stop: () => provider.shutdown() }
}

test('refusals are counted by code, and documents by where they came from', async () => {
  const { entra, verifier, lines, readMetrics, stop } = await start()
  await verifier.verify(await entra.issueUserToken())
  const refusal: unknown = await verifier
    .verify(await entra.issueUserToken({ audience: 'api://another' }))
    .catch((error: unknown) => error)
  expect(refusalOf(refusal)).toMatchObject({
    code: 'audience_mismatch',
    status: 401,
    details: { actual: 'api://another' },
  })
  entra.advance(100)

  const metrics = await readMetrics()
  expect(metrics['entraguard.tokens.refused']).toEqual([
    [{ code: 'audience_mismatch', step: 'claims', status: 401 }, 1],
  ])
  expect(metrics['entraguard.documents.refreshed']).toMatchObject([
    [{ document: 'metadata', source: 'network' }, { count: 1 }],
    [{ document: 'keys', source: 'network' }, { count: 1 }],
  ])
  expect(metrics['entraguard.keys.age']).toEqual([[{}, 100]])
  expect(lines).toEqual([])
  await stop()
})

test('an outage is counted and logged, with the reason and no token', async () => {
  const { entra, verifier, lines, readMetrics, stop } = await start()
  entra.goOffline()
  const token = await entra.issueUserToken()
  await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'metadata_unavailable' })
  const metrics = await readMetrics()
  expect(metrics['entraguard.documents.failed']).toEqual([[{ document: 'metadata' }, expect.any(Number)]])
  expect(lines[0]).toEqual([
    'warn',
    'the metadata could not be read',
    expect.objectContaining({ type: 'refresh_failed', failures: 1 }),
  ])
  expect(JSON.stringify(lines)).not.toContain(token.slice(-43))
  await stop()
})

test('another key under a known id is an error in the log', async () => {
  const { entra, verifier, lines, readMetrics, stop } = await start()
  const token = await entra.issueUserToken({ expiresIn: 86_400 })
  await verifier.verify(token)
  await entra.rotateKeys({ reuseKid: true })
  entra.advance(7200) // keys are due for a refresh
  const background: Array<Promise<unknown>> = []
  await verifier.verify(token, { waitUntil: (work) => background.push(work) })
  await Promise.all(background)
  expect(lines).toContainEqual([
    'error',
    'a signing key was replaced',
    expect.objectContaining({ type: 'key_added', replaced: true }),
  ])
  expect(lines.every(([level]) => level === 'error')).toBe(true)
  expect((await readMetrics())['entraguard.keys.changed']).toBeDefined()
  await stop()
})

test('callers are counted with the time that they waited, decisions in handlers by code', async () => {
  const { entra, verifier, readMetrics, stop } = await start()
  const header = `Bearer ${await entra.issueUserToken({ scopes: ['Orders.Read'] })}`
  const user = await verifier.authenticate(header, { scopes: ['Orders.Read'] })
  expect(() => verifier.authorize(user, { scopes: ['Orders.Write'] })).toThrow(/delegated permission/)
  verifier.authorize(user, { callers: ['user'] })
  const metrics = await readMetrics()
  expect(metrics['entraguard.callers.admitted']).toMatchObject([[{ kind: 'user' }, { count: 1, sum: 0 }]])
  expect(metrics['entraguard.callers.refused']).toEqual([[{ code: 'scope_missing', kind: 'user' }, 1]])
  await stop()
})

test('a readiness probe is answered without waiting, and a process that is not ready becomes ready by it', async () => {
  const { entra, verifier, stop } = await start()
  entra.goOffline()
  const offline = readiness(verifier)
  expect(offline.status).toBe(503)
  expect(await offline.json()).toMatchObject({ status: 'unavailable' })
  await verifier.prefetch().catch(() => {})
  entra.goOnline()
  entra.advance(120)
  expect(readiness(verifier).status).toBe(503)
  await expect.poll(() => readiness(verifier).status).toBe(200)
  await stop()
})

test('every decision is a line of a log, with ids and without names', async () => {
  const { entra, verifier, stop } = await start()
  const lines: string[] = []
  const ask = async (scopes: readonly string[]): Promise<unknown> =>
    decide(
      verifier,
      `Bearer ${await entra.issueUserToken({ scopes })}`,
      { scopes: ['Orders.Read'] },
      (line) => lines.push(line),
    )
  await ask(['Orders.Read'])
  await expect(ask(['Orders.Write'])).rejects.toMatchObject({ code: 'scope_missing' })
  expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { outcome: 'admitted', kind: 'user', claims: { scp: 'Orders.Read' } },
    { outcome: 'refused', code: 'scope_missing', status: 403, access: { scopes: ['Orders.Read'] } },
  ])
  expect(lines.join('')).not.toMatch(/"Ada"|Lovelace|ada@|\n/)
  await stop()
})
