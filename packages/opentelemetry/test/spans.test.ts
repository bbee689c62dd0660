import { context, SpanStatusCode, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { TracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace'
import type { Emulator } from '@entraguard/emulator'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'

import { instrument } from '../src/index.ts'
import { createEntra } from './world.ts'

const exporter = new InMemorySpanExporter()
const tracer = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }).getTracer(
  'test',
)

let entra: Emulator

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
})

afterAll(() => context.disable())

beforeEach(async () => {
  exporter.reset()
  entra = await createEntra()
})

const facts = (): readonly unknown[] =>
  exporter.getFinishedSpans().map(({ name, attributes, status, parentSpanContext }) => ({
    name,
    attributes,
    isError: status.code === SpanStatusCode.ERROR,
    hasParent: parentSpanContext !== undefined,
  }))

it('a request has spans where it waits for a document, inside its own, and none where it does not', async () => {
  const verifier = instrument(entra.verifierOptions(), { tracer })
  const token = await entra.issueUserToken()
  const request = tracer.startSpan('request')
  await context.with(trace.setSpan(context.active(), request), () => verifier.verify(token))
  await context.with(trace.setSpan(context.active(), request), () => verifier.verify(token))
  const common = { 'entraguard.scheme': 'Bearer', 'server.address': 'login.microsoftonline.com' }
  expect(facts()).toEqual(
    ['metadata', 'keys'].map((document) => ({
      name: `entraguard ${document}`,
      attributes: { ...common, 'entraguard.document': document, 'http.response.status_code': 200 },
      isError: false,
      hasParent: true,
    })),
  )
})

it('what fails on the way is an error of the span', async () => {
  const verifier = instrument(entra.verifierOptions(), { tracer })
  entra.disturb({ on: 'metadata', answer: 503 })
  await expect(verifier.prefetch()).rejects.toMatchObject({ status: 503 })
  entra.goOffline()
  entra.advance(60)
  await expect(verifier.prefetch()).rejects.toMatchObject({ status: 503 })
  const errors = exporter
    .getFinishedSpans()
    .map(({ attributes, status }) => [attributes['error.type'], status.code])
  expect(new Set(errors.map(String))).toEqual(new Set(['503,2', 'TypeError,2']))
})

it('a client of HTTP that has spans of its own finds this one as their parent', async () => {
  const { fetch, ...options } = entra.verifierOptions()
  const seen: (string | undefined)[] = []
  const verifier = instrument(
    {
      ...options,
      fetch: (address, init) => {
        seen.push(trace.getActiveSpan()?.spanContext().spanId)
        return fetch(address, init)
      },
    },
    { tracer },
  )
  await verifier.prefetch()
  expect(seen).toEqual(exporter.getFinishedSpans().map((span) => span.spanContext().spanId))
})
