import { EntraGuardError, type EntraGuardErrorCode, type EntraGuardStep } from '@entraguard/core'
import { explain, type Explanation } from '@entraguard/core/explain'

import { accessOf, noSettings, problemOf, verifierOf, type Settings } from './settings.ts'

/** How far a token got. */
export interface Step {
  readonly step: EntraGuardStep
  readonly state: 'passed' | 'refused' | 'not reached'
  readonly code?: EntraGuardErrorCode
}

/** What the route would answer. */
export interface Refusal {
  readonly code: EntraGuardErrorCode
  readonly status: number
  readonly message: string
  readonly hint: string
}

export interface Inspection {
  /** `open`: something has to be filled in before anybody can tell. */
  readonly outcome: 'accepted' | 'refused' | 'undecided' | 'open'
  readonly explanation: Explanation
  readonly steps: readonly Step[]
  readonly refusal?: Refusal
  /** Why some steps were not reached although nothing refused the token. */
  readonly missing?: string
}

export const order = [
  'bearer',
  'parse',
  'authority',
  'metadata',
  'signing-key',
  'signature',
  'claims',
  'proof',
  'authorize',
] as const satisfies readonly EntraGuardStep[]

/** The steps before anything was pasted. */
export const noSteps: readonly Step[] = order
  .filter((step) => step !== 'proof')
  .map((step) => ({ step, state: 'not reached' }))

/** Is the token bound to a key or a certificate? Of any other nobody asks for a proof, and there is no such step. */
const isBound = ({ claims }: Explanation): boolean => claims.some(({ name }) => name === 'cnf')

/** A tenant that no token comes from, so that what needs no settings can be checked without them. */
const nobody = { ...noSettings, tenant: '00000000-0000-0000-0000-000000000000', audience: 'nobody' }

interface Reach {
  readonly last: EntraGuardStep
  readonly missing: string | undefined
}

/** Explains a token and takes it through core's steps, as far as the settings lead. Makes no request, never throws. */
export async function inspectToken(
  pasted: string,
  settings: Settings,
  now: () => number,
): Promise<Inspection> {
  const problem = problemOf(settings)
  const hasKeys = settings.keys.trim() !== ''
  const last = problem !== undefined ? 'parse' : hasKeys ? 'authorize' : 'authority'
  const missing = problem ?? (hasKeys ? undefined : 'Give it the signing keys to have the signature checked.')
  try {
    return await inspect(pasted, problem === undefined ? settings : nobody, now, { last, missing })
  } catch (error) {
    // What only core knows to be wrong about the settings.
    const message = error instanceof TypeError ? error.message : 'This token could not be checked.'
    return await inspect(pasted, nobody, now, { last: 'parse', missing: message })
  }
}

async function inspect(
  pasted: string,
  settings: Settings,
  now: () => number,
  { last, missing }: Reach,
): Promise<Inspection> {
  const verifier = verifierOf(settings, now)
  const refusal = await refusalOf(() =>
    verifier.authenticate(`Bearer ${withoutScheme(pasted)}`, accessOf(settings)),
  )
  const reach = order.indexOf(last)
  const refusedAt = refusal === undefined ? order.length : order.indexOf(refusal.step)
  const isBeyond = refusedAt > reach && last !== 'authorize'
  const all = order.map((step, index): Step => {
    if (index > reach || index > refusedAt) return { step, state: 'not reached' }
    if (index < refusedAt || refusal === undefined) return { step, state: 'passed' }
    return { step, state: 'refused', code: refusal.code }
  })
  // A verdict for want of keys or settings would say more about them than about the token.
  const explanation = isBeyond ? explain(pasted, { now }) : await explain(pasted, { verifier, now })
  const steps = isBound(explanation) ? all : all.filter(({ step }) => step !== 'proof')
  if (isBeyond) return { outcome: 'open', explanation, steps, ...(missing !== undefined && { missing }) }
  if (refusal === undefined) return { outcome: 'accepted', explanation, steps }
  const { code, status, message, hint } = refusal
  const outcome = status === 503 ? 'undecided' : 'refused'
  return { outcome, explanation, steps, refusal: { code, status, message, hint } }
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
