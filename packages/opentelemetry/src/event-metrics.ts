import type { VerifierEvent } from '@entraguard/core'
import { metrics, type Meter } from '@opentelemetry/api'

import { attributes, createDocumentMetrics } from './metrics.ts'

/** The name of meter and tracer where none are given. */
export const scope = '@entraguard/opentelemetry'

/**
 * Creates an `onEvent` that counts what happens outside of requests: documents that are read, keys that appear and
 * disappear, a store that fails. {@link instrument} does this by itself if you pass options; use this function for a
 * verifier that becomes a part of `combineVerifiers`.
 *
 * It counts no requests, and never throws.
 *
 * @param meter default: the meter of the global provider.
 *
 * @example
 * ```ts
 * const onEvent = eventMetrics()
 * const verifier = instrument(
 *   combineVerifiers(createVerifier({ ...customers, onEvent }), createVerifier({ ...employees, onEvent })),
 * )
 * ```
 */
export function eventMetrics(meter: Meter = metrics.getMeter(scope)): (event: VerifierEvent) => void {
  const { refreshes, failures, changes, storeFailures } = createDocumentMetrics(meter)
  return (event) => {
    switch (event.type) {
      case 'document_refreshed':
        refreshes.record(event.durationMs / 1000, {
          [attributes.document]: event.document,
          [attributes.source]: event.source,
        })
        break
      case 'refresh_failed':
        failures.add(1, { [attributes.document]: event.document })
        break
      case 'key_added':
        changes.add(1, { [attributes.change]: event.replaced ? 'replaced' : 'added' })
        break
      case 'key_gone':
        changes.add(1, { [attributes.change]: 'gone' })
        break
      case 'store_failed':
        storeFailures.add(1, { [attributes.operation]: event.operation })
        break
      case 'token_refused':
      case 'caller_admitted':
      case 'caller_refused':
      // Counted where their time is known.
    }
  }
}
