import { isGuid } from '../authority/clouds.ts'
import { member, type JsonObject } from '../token/strict-json.ts'

/**
 * The agent behind a caller (Microsoft Entra Agent ID). `autonomous`: the agent acts by itself, as an app.
 * `onBehalfOf`: it acts for a person, who is the caller. `userAccount`: the caller is the agent's own user account, not
 * a person.
 *
 * `blueprint` is the client id of the blueprint that the agent was created from. It is for logs and says nothing about
 * permissions. The agent itself is the `clientId` of the identity.
 *
 * @see https://learn.microsoft.com/entra/agent-id/agent-token-claims
 */
export interface Agent {
  readonly kind: 'autonomous' | 'onBehalfOf' | 'userAccount'
  readonly blueprint?: string
}

/** What claims say about an agent. `unknown`: they speak of one in a form that is not documented. */
export type AgentReading = Agent | 'none' | 'unknown'

// https://learn.microsoft.com/entra/agent-id/agent-token-claims: facets of actor and subject.
const agentIdentity = '11'
const agentUser = '13'

/**
 * Reads what claims say about an agent: a facet of the actor or the subject, or the blueprint, whose mere presence is
 * how Microsoft's own libraries know one. Other facets say nothing, and their order means nothing.
 */
export function readAgent(claims: JsonObject, caller: 'user' | 'app' | 'unknown'): AgentReading {
  const actor = facetsOf(claims, 'xms_act_fct')
  const subject = facetsOf(claims, 'xms_sub_fct')
  const blueprint = member(claims, 'xms_par_app_azp')
  const facets = [...(actor ?? []), ...(subject ?? [])]
  const isMarked = facets.includes(agentIdentity) || subject?.includes(agentUser) === true
  if (isMarked || (typeof blueprint === 'string' && blueprint !== '')) {
    const kind = kindOf(caller, subject ?? [])
    return Object.freeze(typeof blueprint === 'string' && isGuid(blueprint) ? { kind, blueprint } : { kind })
  }
  return actor === undefined || subject === undefined || blueprint !== undefined ? 'unknown' : 'none'
}

function kindOf(caller: 'user' | 'app' | 'unknown', subject: readonly string[]): Agent['kind'] {
  if (caller === 'app') return 'autonomous'
  if (subject.includes(agentUser)) return 'userAccount'
  return caller === 'unknown' && subject.includes(agentIdentity) ? 'autonomous' : 'onBehalfOf'
}

const none: readonly string[] = []

/** Integers separated by blanks; none without the claim, `undefined` for anything else. */
function facetsOf(claims: JsonObject, name: string): readonly string[] | undefined {
  const value = member(claims, name)
  if (value === undefined) return none
  return typeof value === 'string' && /^[\d ]*$/.test(value) ? value.split(' ') : undefined
}

/** Claims that name an agent in an undocumented form. The typed claims no longer contain them. */
const unreadable = new WeakSet<object>()

/** The agent for an identity with these claims, read from the payload as it came. */
export function agentOf(
  payload: JsonObject,
  caller: 'user' | 'app' | 'unknown',
  claims: object,
): Agent | undefined {
  const reading = readAgent(payload, caller)
  if (reading === 'unknown') unreadable.add(claims)
  return typeof reading === 'object' ? reading : undefined
}

/** False only where it is sure that no agent is behind the caller. */
export function mayBeAgent({
  agent,
  claims,
}: {
  readonly agent: Agent | undefined
  readonly claims: object
}): boolean {
  return agent !== undefined || unreadable.has(claims)
}
