// #region instrument
import { instrument } from '@entraguard/opentelemetry'

/** Counted by the global providers, which the SDK of OpenTelemetry sets at the start of the process. */
export const verifier = instrument({
  tenants: '11111111-1111-4111-8111-111111111111',
  audience: '22222222-2222-4222-8222-222222222222',
})
// #endregion

// #region combined
import { combineVerifiers, createVerifier, externalId, type Verifier } from '@entraguard/core'
import { eventMetrics } from '@entraguard/opentelemetry'

/** Parts tell what they read; the whole is what decides. */
export function createCombined(): Verifier {
  const onEvent = eventMetrics()
  const audience = '22222222-2222-4222-8222-222222222222'
  const customers = externalId({
    subdomain: 'contoso',
    tenantId: '33333333-3333-4333-8333-333333333333',
  })
  return instrument(
    combineVerifiers(
      createVerifier({ tenants: '11111111-1111-4111-8111-111111111111', audience, onEvent }),
      createVerifier({ authority: customers, audience, onEvent }),
    ),
  )
}
// #endregion
