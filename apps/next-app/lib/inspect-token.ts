import { EntraGuardError, type EntraGuardErrorCode, type EntraGuardStep } from '@entraguard/core'
import { explain, type Explanation } from '@entraguard/core/explain'

import {
  accessOf,
  noSettings,
  problemOf,
  verifierOf,
  type InspectionSettings,
} from './inspection-settings.ts'

/** How far a token got. */
export interface InspectionStep {
  readonly step: EntraGuardStep
  readonly state: 'passed' | 'failed' | 'not reached'
  readonly code?: EntraGuardErrorCode
  readonly hint?: string
}

export interface Inspection {
  readonly explanation: Explanation
  readonly steps: readonly InspectionStep[]
  /** Why some steps were not reached although nothing failed. */
  readonly missing?: string
}

/** Those of a bearer token: what proves the key of a bound one comes with a request, and not with the token. */
const order: readonly EntraGuardStep[] = [
  'bearer',
  'parse',
  'authority',
  'metadata',
  'signing-key',
  'signature',
  'claims',
  'authorize',
]

/** The steps before anything was pasted. */
export const noSteps: readonly InspectionStep[] = order.map((step) => ({ step, state: 'not reached' }))

/** A tenant that no token comes from, so that what needs no settings can be checked without them. */
const nobody = { ...noSettings, tenant: '00000000-0000-0000-0000-000000000000', audience: 'nobody' }

/** Explains a token and takes it through core's steps, as far as the settings lead. Makes no request, never throws. */
export async function inspectToken(pasted: string, settings: InspectionSettings): Promise<Inspection> {
  const problem = problemOf(settings)
  const hasKeys = settings.keys.trim() !== ''
  const last = problem !== undefined ? 'parse' : hasKeys ? 'authorize' : 'authority'
  const missing = problem ?? (hasKeys ? undefined : 'Paste the keys to have the signature checked.')
  try {
    return await inspect(pasted, problem === undefined ? settings : nobody, last, missing)
  } catch (error) {
    // What only core knows to be wrong about the settings.
    const message = error instanceof TypeError ? error.message : 'This token could not be checked.'
    return await inspect(pasted, nobody, 'parse', message)
  }
}

async function inspect(
  pasted: string,
  settings: InspectionSettings,
  last: EntraGuardStep,
  missing: string | undefined,
): Promise<Inspection> {
  const verifier = verifierOf(settings)
  const refusal = await refusalOf(() =>
    verifier.authenticate(`Bearer ${withoutScheme(pasted)}`, accessOf(settings)),
  )
  const reach = order.indexOf(last)
  const failedAt = refusal === undefined ? order.length : order.indexOf(refusal.step)
  const isBeyond = failedAt > reach
  const steps = order.map((step, index): InspectionStep => {
    if (index > reach || index > failedAt) return { step, state: 'not reached' }
    if (index < failedAt || refusal === undefined) return { step, state: 'passed' }
    return { step, state: 'failed', code: refusal.code, hint: refusal.hint }
  })
  // A verdict for want of keys or settings would say more about them than about the token.
  const explanation = isBeyond && last !== 'authorize' ? explain(pasted) : await explain(pasted, { verifier })
  return { explanation, steps, ...(isBeyond && missing !== undefined ? { missing } : {}) }
}

async function refusalOf(work: () => Promise<unknown>): Promise<EntraGuardError | undefined> {
  try {
    await work()
    return undefined
  } catch (error) {
    if (EntraGuardError.is(error)) return error
    throw error
  }
}

/** People paste whole headers and quoted strings. */
function withoutScheme(pasted: string): string {
  return pasted
    .trim()
    .replace(/^(["'])(.*)\1$/s, '$2')
    .replace(/^(?:authorization:\s*)?bearer\s+/i, '')
}
