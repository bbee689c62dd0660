import { EntraGuardError, type Access, type IdentityFor, type Verifier } from '@entraguard/core'
import type { AuthInfo } from '@modelcontextprotocol/server'

import { toAuthInfo } from './admission.ts'
import { fetchHandler } from './fetch.ts'
import type { McpGuardOptions } from './guard-options.ts'
import { makeGuard, type Guard } from './guard.ts'
import { nodeHandler, type McpNodeHandler } from './node.ts'
import type { McpServing } from './mcp-serving.ts'
import { serving } from './serving.ts'
import { toSdkError } from './token-verifier.ts'

/** The guard of one MCP server, made by {@link mcpGuard}. */
export interface McpGuard<A extends Access = Access> {
  /**
   * The server for everything that speaks the Fetch API: Workers, Bun, Deno, Hono, route handlers of Next. It answers the
   * resource and both documents, and 404 anything else.
   */
  fetch(
    source: McpServing<IdentityFor<A>>,
  ): (request: Request, ...platform: readonly unknown[]) => Promise<Response>
  /**
   * The server for Node: a middleware of Express, a listener of `node:http`, a handler for Fastify and for controllers of
   * Nest. Other paths are for `next`.
   */
  node(source: McpServing<IdentityFor<A>>): McpNodeHandler
  /**
   * For the SDK's own `requireBearerAuth`, version 1 and version 2. A refusal is 401 or 403 with the SDK's challenge. The
   * SDK has no 503: an outage is 400 `temporarily_unavailable`, unless {@link outageAware} is around it.
   */
  readonly tokenVerifier: {
    /** @throws an error of the SDK, whose `cause` is the `EntraGuardError`. */
    verifyAccessToken(token: string): Promise<AuthInfo>
  }
  /** Where the protected resource metadata is: for `resourceMetadataUrl` of the SDK. */
  readonly metadataUrl: string
}

/**
 * The gate of an MCP server whose clients sign in with Entra ID: checks the access token of every request before the SDK
 * reads it, and hands the SDK who calls, so that its own checks work.
 *
 * A client without a token gets 401 with the scopes to ask for and the address of the protected resource metadata, which
 * the guard serves, beside the authorization server's document and CORS. It does not decide what a tool may do:
 * {@link needs} and the SDK's `requireScopes` do.
 *
 * @throws {TypeError} without a verifier, for a resource that Entra would not take for the same (a slash at the end, a
 * query), an access that admits nobody, and an unknown option.
 * @see https://modelcontextprotocol.io/specification/draft/basic/authorization
 *
 * @example
 * ```ts
 * const guard = mcpGuard(verifier, { resource: 'https://mcp.contoso.com/mcp', access: { scopes: ['Orders.Read'] } })
 * export default { fetch: guard.fetch((user) => createServer(user)) }
 * ```
 */
export function mcpGuard<const A extends Access>(
  verifier: Verifier,
  options: McpGuardOptions<A>,
): McpGuard<A> {
  const guard = makeGuard(verifier, options)
  return Object.freeze<McpGuard<A>>({
    fetch: (source) => fetchHandler(serving(guard, source)),
    node: (source) => nodeHandler(serving(guard, source), guard.settings.resource.origin),
    tokenVerifier: Object.freeze({ verifyAccessToken: (token: string) => verifyForSdk(guard, token) }),
    metadataUrl: guard.facts.metadataAddress,
  })
}

async function verifyForSdk<A extends Access>(guard: Guard<A>, token: string): Promise<AuthInfo> {
  try {
    return toAuthInfo(await guard.admit(`Bearer ${token}`, { answers: false }), guard.facts)
  } catch (error) {
    throw EntraGuardError.is(error) ? await toSdkError(error) : error
  }
}
