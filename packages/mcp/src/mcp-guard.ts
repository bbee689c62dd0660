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

/** The guard of one MCP server. Created by {@link mcpGuard}. */
export interface McpGuard<A extends Access = Access> {
  /**
   * Returns the server for everything that uses the Fetch API: Workers, Bun, Deno, Hono, Next route handlers. It
   * answers the resource and both metadata documents, and returns 404 for any other path.
   */
  fetch(
    source: McpServing<IdentityFor<A>>,
  ): (request: Request, ...platform: readonly unknown[]) => Promise<Response>
  /**
   * Returns the server for Node: an Express middleware, a `node:http` listener, or a handler for Fastify and Nest
   * controllers. Other paths are passed to `next`.
   */
  node(source: McpServing<IdentityFor<A>>): McpNodeHandler
  /**
   * For the SDK's own `requireBearerAuth`, in version 1 and version 2. A refusal is 401 or 403 with the SDK's
   * challenge. The SDK has no 503: an outage becomes 400 `temporarily_unavailable` unless you wrap it with {@link
   * outageAware}.
   */
  readonly tokenVerifier: {
    /** @throws an error of the SDK, whose `cause` is the `EntraGuardError`. */
    verifyAccessToken(token: string): Promise<AuthInfo>
  }
  /** The URL of the protected resource metadata, for `resourceMetadataUrl` of the SDK. */
  readonly metadataUrl: string
}

/**
 * Guards an MCP server whose clients sign in with Entra ID. It checks the access token of every request before the SDK
 * reads the request, and tells the SDK who the caller is, so that the SDK's own checks work.
 *
 * A client without a token gets 401 with the scopes to request and the URL of the protected resource metadata. The
 * guard serves that metadata, the metadata of the authorization server, and the CORS headers. It does not decide who
 * may use a tool; {@link needs} and the SDK's `requireScopes` do.
 *
 * @throws {TypeError} without a verifier, for a resource that Entra ID would treat as another one (with a trailing
 * slash or a query), for an access that admits nobody, and for an unknown option.
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
