import { createVerifier, type Verifier, type VerifierEvent } from '@entraguard/core'
import { eventMetrics, instrument, type TelemetryOptions } from '@entraguard/opentelemetry'
import { metrics, trace } from '@opentelemetry/api'

import { expectType } from './expect-type.js'

const options = {
  tenants: '11111111-1111-4111-8111-111111111111',
  audience: '22222222-2222-4222-8222-222222222222',
}

export function observe(): void {
  const telemetry: TelemetryOptions = {
    meter: metrics.getMeter('a'),
    tracer: trace.getTracer('b'),
    scheme: 'c',
  }
  expectType<Verifier>()(instrument(options))
  expectType<Verifier>()(instrument(createVerifier(options), telemetry))
  expectType<(event: VerifierEvent) => void>()(eventMetrics())
  // @ts-expect-error it needs a verifier, or the options of one
  expectType<Verifier>()(instrument())
}
