import {
  authorize,
  type Access,
  type AppIdentity,
  type EntraGuardError,
  type IdentityFor,
  type ProofRequest,
  type UserIdentity,
  type Verifier,
} from '@entraguard/core'
import type { AuthInfo } from '@modelcontextprotocol/server'

/** A caller whom the guard has admitted, with everything that a tool needs to require more. */
export interface Admission {
  readonly verifier: Verifier
  /** The access of the guard. A challenge names its scopes in addition to those of the tool. */
  readonly gate: Access
  readonly scopePrefix: string
  /** The scheme, one space and the token. */
  readonly authorization: string
  /** What has proved the key of a token that is bound to one. */
  readonly request: ProofRequest | undefined
  identity: UserIdentity | AppIdentity
  /** True if this package writes the response, so that it can say what the hook of the SDK cannot express. */
  readonly answers: boolean
  /** Why a tool was refused, in place of the SDK's answer. */
  refusal?: EntraGuardError
}

/** What the guard knows of the server, as the SDK wants to know it. */
export interface ServerFacts {
  readonly resource: string
  readonly metadataAddress: string
}

const registered = Symbol.for('@entraguard/mcp.admissions')

/**
 * By the `extra` of an `AuthInfo`, because the SDK copies the rest. Nothing in it can be forged: who is not in here was
 * not let in. All copies of this file share it, because a guard may be imported and the tools behind it required.
 */
const admissions: WeakMap<object, Admission> = Reflect.get(globalThis, registered) ?? new WeakMap()
Object.defineProperty(globalThis, registered, { value: admissions })

/**
 * What the SDK's own checks decide on. Scopes stand there in full: `requireScopes` sends the same names to clients, and
 * Entra takes a short one for a scope of Microsoft Graph. An app has no scopes, whatever its permissions are called.
 */
export function toAuthInfo(admission: Admission, { resource, metadataAddress }: ServerFacts): AuthInfo {
  const { identity, scopePrefix, authorization } = admission
  const extra = Object.freeze({ identity })
  admissions.set(extra, admission)
  const scopes = identity.kind === 'user' ? identity.scopes : []
  const authInfo: AuthInfo = {
    token: authorization.slice(authorization.indexOf(' ') + 1),
    clientId: identity.clientId,
    scopes: scopes.map((scope) => `${scopePrefix}${scope}`),
    expiresAt: identity.expiresAt,
    resource: new URL(resource),
    resourceMetadataUrl: metadataAddress,
    extra,
  }
  // Tools log what they are given and send it back as JSON: neither shows what is not enumerable.
  return Object.defineProperty(authInfo, 'token', { enumerable: false })
}

/** The part of a tool's context that {@link identityOf} reads, in version 2 and version 1 of the SDK. */
export interface ToolContext {
  /** Version 2. */
  readonly http?: { readonly authInfo?: Pick<AuthInfo, 'extra'> | undefined } | undefined
  /** Version 1, and the context with which version 2 creates a server. */
  readonly authInfo?: Pick<AuthInfo, 'extra'> | undefined
}

/** @throws {TypeError} if no guard has admitted the request. */
export function admissionOf(authInfo: Pick<AuthInfo, 'extra'> | undefined): Admission {
  const admission = authInfo?.extra === undefined ? undefined : admissions.get(authInfo.extra)
  if (admission === undefined)
    throw new TypeError(
      'this request did not come through a guard of @entraguard/mcp: mount the server with mcpGuard',
    )
  return admission
}

/**
 * Returns the caller, inside a tool: the identity whose token came with this request.
 *
 * With an access, the type is narrowed to the callers whom the access admits. A refusal here comes too late for a
 * challenge: what a tool throws becomes a result with `isError`, and no client signs in again because of it. {@link
 * needs} checks before the tool runs.
 *
 * @throws {EntraGuardError} a code of the step `authorize`, for a caller that the access does not admit.
 * @throws {TypeError} if the request did not come through a guard of this package, and for an access that admits nobody
 * or is malformed.
 *
 * @example
 * ```ts
 * server.registerTool('mine', { description: 'My orders' }, (context) => ordersOf(identityOf(context).key))
 * ```
 */
export function identityOf(extra: ToolContext): UserIdentity | AppIdentity
/** The same, narrowed to the callers whom the access admits. @throws {EntraGuardError} */
export function identityOf<const A extends Access>(extra: ToolContext, access: A): IdentityFor<A>
export function identityOf(
  extra: ToolContext,
  ...asked: readonly [access?: Access]
): UserIdentity | AppIdentity {
  const { identity } = admissionOf(extra?.http?.authInfo ?? extra?.authInfo)
  if (asked.length === 0) return identity
  const [access] = asked
  // A misspelt name in a table of accesses gives this, which must not admit everybody.
  if (access === undefined) throw new TypeError('identityOf: the access is undefined')
  return authorize(identity, access)
}
