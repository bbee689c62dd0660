import {
  authorize,
  challengeFor,
  compileAccess,
  EntraGuardError,
  requireIdentity,
  withScopes,
  type Access,
} from '@entraguard/core'
import type { ScopeChallenge, ScopeChallengeHandler } from '@modelcontextprotocol/server'

import { admissionOf, type Admission } from './admission.ts'

/**
 * Creates the `scopeChallenge` of a tool, resource or prompt: what it requires of its caller in addition to what the
 * guard of the server requires. The SDK calls it before the tool runs and before it reads the arguments.
 *
 * A user who lacks a scope gets 403 with every scope that guard and tool require, in the full form in which Entra ID
 * expects them. A client can therefore sign in once and repeat the call. For requirements other than scopes (roles,
 * application permissions, agents, authentication contexts), `guard.fetch` and `guard.node` answer with the challenge
 * of core. The SDK's own `requireBearerAuth` cannot express them: the answer is then 403 with the same scopes, or with
 * `.default` if guard and tool are for apps only and name no scope.
 *
 * Only an `McpServer` of version 2 calls it. Version 1 ignores a `scopeChallenge`, and so does the `Server` inside an
 * `McpServer`: both run the tool for everybody. Use `identityOf(extra, access)` inside the tool there.
 *
 * @throws {TypeError} for an access that admits nobody or is malformed. A request that bypassed the guard is a server
 * error, 500, and the tool does not run.
 *
 * @example
 * ```ts
 * server.registerTool('cancel', { inputSchema, scopeChallenge: needs({ scopes: ['Orders.Cancel'] }) }, cancel)
 * ```
 */
export function needs(access: Access): ScopeChallengeHandler {
  compileAccess(access)
  return async function needsOfTool({ authInfo }) {
    const admission = admissionOf(authInfo)
    const refusal = await refusalOf(admission, access)
    return refusal === undefined ? undefined : tell(admission, refusal, access)
  }
}

async function refusalOf(admission: Admission, access: Access): Promise<EntraGuardError | undefined> {
  const { verifier, identity, authorization, request, gate } = admission
  if (admits(identity, access)) return undefined
  try {
    // Not the last word: the verifier looks up groups that the token could not hold, and reports.
    admission.identity = await requireIdentity(verifier, authorization, access, { request })
    return undefined
  } catch (error) {
    if (!EntraGuardError.is(error)) throw error
    return withScopes(error, [gate, access])
  }
}

function admits(identity: Admission['identity'], access: Access): boolean {
  try {
    return authorize(identity, access) === identity
  } catch {
    return false
  }
}

/** The hook of the SDK knows one refusal only: scopes that are missing. */
function tell(admission: Admission, refusal: EntraGuardError, access: Access): ScopeChallenge {
  const { answers, scopePrefix, gate } = admission
  const lacksScopes = refusal.code === 'scope_missing'
  if (answers && !lacksScopes) {
    admission.refusal = refusal
    throw refusal
  }
  const asked = lacksScopes ? refusal : withScopes(new EntraGuardError('scope_missing'), [gate, access])
  // Where neither gate nor tool names a scope, `.default` is what an app asks Entra for: all that it has been granted.
  const [first = '.default', ...more] = asked.challenge.scopes ?? []
  const errorDescription = challengeFor(new EntraGuardError('scope_missing')).body.error_description
  const inFull = (scope: string): string => `${scopePrefix}${scope}`
  return { scopes: [inFull(first), ...more.map(inFull)], errorDescription }
}
