// #region telemetry
import { errorCatalogue, type VerifierEvent } from '@entraguard/core'
import type { Meter } from '@opentelemetry/api'

/** One line of a log. */
export type Log = (level: 'info' | 'warn' | 'error', message: string, facts: object) => void

/** Makes an `onEvent`: metrics for everything, and a line of log for what somebody has to look at. */
export function telemetry(meter: Meter, log: Log): (event: VerifierEvent) => void {
  const admitted = meter.createHistogram('entraguard.callers.admitted', { unit: 's' })
  const refused = meter.createCounter('entraguard.tokens.refused', { unit: '{token}' })
  const denied = meter.createCounter('entraguard.callers.refused', { unit: '{decision}' })
  const refreshed = meter.createHistogram('entraguard.documents.refreshed', { unit: 's' })
  const failed = meter.createCounter('entraguard.documents.failed', { unit: '{attempt}' })
  const changed = meter.createCounter('entraguard.keys.changed', { unit: '{key}' })
  const store = meter.createCounter('entraguard.store.failed', { unit: '{operation}' })

  return (event) => {
    switch (event.type) {
      case 'token_refused': {
        const { code, step } = event
        refused.add(1, { code, step, status: errorCatalogue[code].status })
        break
      }
      case 'caller_admitted':
        // Without a time: a second decision about a caller who was counted already.
        if (event.durationMs !== undefined) admitted.record(event.durationMs / 1000, { kind: event.kind })
        break
      case 'caller_refused':
        denied.add(1, { code: event.code, kind: event.kind })
        break
      case 'document_refreshed':
        refreshed.record(event.durationMs / 1000, { document: event.document, source: event.source })
        break
      case 'refresh_failed':
        failed.add(1, { document: event.document })
        log(event.failures > 3 ? 'error' : 'warn', `the ${event.document} could not be read`, event)
        break
      case 'key_added':
      case 'key_gone':
        changed.add(1, { change: event.type })
        // A new key gets a new id. Another key under a known id is not how Microsoft rotates.
        if (event.type === 'key_added' && event.replaced) log('error', 'a signing key was replaced', event)
        break
      case 'store_failed':
        store.add(1, { operation: event.operation })
        log('warn', 'the key store failed', event)
    }
  }
}
// #endregion

// #region gauge
import type { Verifier } from '@entraguard/core'

/** How old the oldest key document is: it grows when refreshes fail, and keys end at `retainFor`. */
export function observeKeys(meter: Meter, verifier: Verifier): void {
  meter.createObservableGauge('entraguard.keys.age', { unit: 's' }).addCallback((gauge) => {
    const known = verifier.keys()
    if (known.length > 0) gauge.observe(Math.max(...known.map(({ age }) => age)))
  })
}
// #endregion

// #region readiness
/** What a readiness probe is told, at once: from what this process knows. */
export function readiness(verifier: Verifier): Response {
  const health = verifier.health()
  const isReady = health.status !== 'unavailable'
  // While the probe keeps requests away nobody else asks for keys. Back-off bounds how often it does.
  if (!isReady) verifier.prefetch().catch(() => {})
  return Response.json(health, { status: isReady ? 200 : 503 })
}
// #endregion

// #region verifier
import { createVerifier } from '@entraguard/core'
import { metrics } from '@opentelemetry/api'

export function createObservedVerifier(): Verifier {
  const meter = metrics.getMeter('orders-api')
  const verifier = createVerifier({
    tenants: '11111111-1111-4111-8111-111111111111',
    audience: '22222222-2222-4222-8222-222222222222',
    onEvent: telemetry(meter, (level, message, facts) =>
      console[level](JSON.stringify({ level, message, ...facts })),
    ),
  })
  observeKeys(meter, verifier)
  return verifier
}
// #endregion

// #region request
import { EntraGuardError } from '@entraguard/core'

/** What to log of a refused request: facts with expected and actual values, never the token. */
export function refusalOf(error: unknown): object | undefined {
  if (!EntraGuardError.is(error)) return undefined
  const { code, step, status, details } = error
  return { code, step, status, details }
}
// #endregion

// #region decisions
import type { Access, Identity } from '@entraguard/core'
import { decisionOf } from '@entraguard/core/explain'

/** Lets a caller in or not, and writes either down: one line of JSON for each. */
export async function decide(
  verifier: Verifier,
  header: string | null,
  access: Access,
  write: (line: string) => void,
): Promise<Identity> {
  try {
    const identity = await verifier.authenticate(header, access)
    write(JSON.stringify(decisionOf({ identity, access })))
    return identity
  } catch (error) {
    if (EntraGuardError.is(error)) write(JSON.stringify(decisionOf({ error, access })))
    throw error
  }
}
// #endregion
