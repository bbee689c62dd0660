import type { Attempt, ConditionalAccessPolicy } from '../../directory/conditional-access.ts'
import type { World } from '../../world.ts'
import type { ClaimsRequest } from '../claims-request.ts'
import { Refusal, type RefusalDetails } from '../refusal.ts'
import type { Evidence } from './proven.ts'

const isContext = (requirement: string): boolean => /^c\d+$/.test(requirement)

export const contextsOf = ({ proofs }: Evidence): readonly string[] => proofs.filter(isContext)

function isMet({ id, since, requires }: ConditionalAccessPolicy, evidence: Evidence): boolean {
  if (requires === 'compliantDevice' || requires === 'block') return false
  if (requires === 'signInFrequency') return evidence.authenticatedAt >= since
  const wanted = isContext(requires) ? [requires] : ['mfa', id]
  return wanted.some((one) => evidence.proofs.includes(one))
}

/** The `claims` with which the next sign-in meets the policy. */
function challengeOf({ id, requires }: ConditionalAccessPolicy): string {
  const member = isContext(requires)
    ? { acrs: { essential: true, value: requires } }
    : { polids: { essential: true, values: [id] } }
  return JSON.stringify({ access_token: member })
}

const because =
  'Due to a configuration change made by your administrator, or because you moved to a new location,'

function refusalOf(policy: ConditionalAccessPolicy, { resources }: Attempt): Refusal {
  const claims = challengeOf(policy)
  const resource = resources[0]?.clientId ?? ''
  const refuse = (
    error: string,
    code: number,
    message: string,
    suberror: NonNullable<RefusalDetails['suberror']>,
  ): Refusal => new Refusal(error, code, message, 400, { claims, suberror })
  switch (policy.requires) {
    case 'mfaRegistration':
      return refuse(
        'interaction_required',
        50079,
        `${because} you must enroll in multi-factor authentication to access '${resource}'.`,
        'basic_action',
      )
    case 'signInFrequency':
      return refuse(
        'invalid_grant',
        70043,
        'The refresh token has expired or is invalid due to sign-in frequency checks by conditional access.',
        'bad_token',
      )
    case 'compliantDevice':
      return refuse(
        'interaction_required',
        53000,
        'Your device is required to be managed to access this resource.',
        'additional_action',
      )
    case 'block':
      return refuse(
        'interaction_required',
        53003,
        'Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.',
        'message_only',
      )
    case 'mfa':
    default:
      return refuse(
        'interaction_required',
        50076,
        `${because} you must use multi-factor authentication to access '${resource}'.`,
        'basic_action',
      )
  }
}

/** Refuses the attempt while there is a policy about it that the evidence does not meet. */
export function requireEvidence({ conditionalAccess }: World, attempt: Attempt, evidence: Evidence): void {
  const unmet = conditionalAccess.about(attempt).find((policy) => !isMet(policy, evidence))
  if (unmet !== undefined) throw refusalOf(unmet, attempt)
}

/** What somebody has proven who picked an account on the sign-in page: all that was asked of them there. */
export function provenOnPage(
  { conditionalAccess }: World,
  attempt: Attempt,
  { policies, authenticationContexts }: ClaimsRequest,
): readonly string[] {
  const named = policies.flatMap((id) => conditionalAccess.find(id) ?? [])
  const met = [...conditionalAccess.about(attempt), ...named].flatMap(({ id, requires }) =>
    isContext(requires) ? [requires] : requires.startsWith('mfa') ? ['mfa', id] : [],
  )
  return [...new Set([...met, ...authenticationContexts])]
}
