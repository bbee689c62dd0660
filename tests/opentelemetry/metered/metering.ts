import type { Verifier } from '@entraguard/core'
import { instrument } from '@entraguard/opentelemetry'
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http'
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'

/** Set by whoever bundles for Workers, which have no variables of a process. */
declare const COLLECTOR: string | undefined

const providers: MeterProvider[] = []

/** Where metrics go; nowhere while Next builds. */
const address = (): string =>
  (typeof COLLECTOR === 'string' ? COLLECTOR : process.env['METERED_COLLECTOR']) ?? ''

/** Instrumented, with an export of its own. Not at once: a Worker makes nothing random before its first request. */
export function metered(verifier: Verifier): Verifier {
  if (address() === '') return verifier
  // Each copy of a module counts for itself: the collector tells them apart by the path.
  const exporter = new OTLPMetricExporter({ url: `${address()}/${crypto.randomUUID()}/v1/metrics` })
  const interval = { exportIntervalMillis: 250, exportTimeoutMillis: 250 }
  const provider = new MeterProvider({
    readers: [new PeriodicExportingMetricReader({ exporter, ...interval })],
  })
  providers.push(provider)
  return instrument(verifier, { meter: provider.getMeter('demo') })
}

/** On Workers no timer runs after the answer. */
export async function flush(): Promise<void> {
  await Promise.all(providers.map((provider) => provider.forceFlush()))
}
