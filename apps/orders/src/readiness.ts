import type { HealthStatus, Verifier } from '@entraguard/core'

/** The answer to a readiness probe. */
export interface Readiness {
  readonly status: 200 | 503
  readonly body: { readonly status: HealthStatus }
}

/**
 * Whether this process can check tokens now, from what it knows: a probe is answered at once. `stale` is ready, because
 * known keys serve through an outage. While a probe keeps requests away nobody else asks for keys, so it does.
 */
export function readinessOf(verifier: Verifier): Readiness {
  const { status } = verifier.health()
  if (status !== 'unavailable') return { status: 200, body: { status } }
  verifier.prefetch().catch(() => {})
  return { status: 503, body: { status } }
}
