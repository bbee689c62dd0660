import type { HealthStatus, Verifier } from '@entraguard/core'

/** The answer to a readiness probe. */
export interface Readiness {
  readonly status: 200 | 503
  readonly body: { readonly status: HealthStatus }
}

/**
 * Whether this process can check tokens now, from what it knows: a probe is answered at once. `stale` is ready, because
 * known keys serve through an outage. While a probe keeps requests away nobody else asks for keys, so it does; on Workers,
 * where work ends with the answer, `waitUntil` keeps it going.
 */
export function readinessOf(verifier: Verifier, waitUntil?: (work: Promise<unknown>) => void): Readiness {
  const { status } = verifier.health()
  if (status !== 'unavailable') return { status: 200, body: { status } }
  const asking = verifier.prefetch({ waitUntil }).catch(() => {})
  waitUntil?.(asking)
  return { status: 503, body: { status } }
}
