import {
  EntraGuardError,
  refuse,
  toResponse,
  type Access,
  type IdentityFor,
  type ProofRequest,
  type Verifier,
} from '@entraguard/core'
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'

import { identityOf, toAuthInfo, type Admission } from './admission.ts'
import { corsHeaders, isForeign, preflight } from './cors.ts'
import type { Guard } from './guard.ts'
import type { McpFetchHandler, McpServing } from './mcp-serving.ts'

/** A request, whatever brought it. */
export interface Incoming {
  readonly method: string
  readonly path: string
  readonly authorization: string | readonly string[] | null | undefined
  readonly waitUntil?: ((work: Promise<unknown>) => void) | undefined
  readonly parsedBody?: unknown
  header(name: string): string | null
  /** What proves the key of a token that is bound to one, for this verifier. */
  proofFor(verifier: Pick<Verifier, 'bound'>): ProofRequest | undefined
  /** Without the credential, so that a tool which returns its request reveals no token. */
  toRequest(): Request
}

/** Those of MCP. Of others, TRACE among them, a `Request` may not even be made. */
const methods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'DELETE'])

/** Answers requests; `undefined` for a path that is neither the resource nor a document. */
export type Answering = (incoming: Incoming) => Promise<Response | undefined>

/** The whole server: documents, CORS, gate, and what is behind it. @throws {TypeError} */
export function serving<A extends Access>(guard: Guard<A>, source: McpServing<IdentityFor<A>>): Answering {
  const handler = handlerOf(source)
  const { resource, allowedOrigins } = guard.settings
  return async function answer(incoming) {
    const document = guard.documents.byPath.get(incoming.path)
    if (document !== undefined) return documentResponse(document, incoming)
    if (incoming.path !== resource.pathname) return undefined
    const origin = incoming.header('origin')
    if (incoming.method === 'OPTIONS') {
      const asked = incoming.header('access-control-request-headers')
      return preflight(origin, asked, 'GET, POST, DELETE, OPTIONS', allowedOrigins)
    }
    const response = await admitted(guard, handler, incoming, isForeign(origin, allowedOrigins))
    return finished(response, incoming.method, corsHeaders(origin, allowedOrigins))
  }
}

function handlerOf<I>(source: McpServing<I>): McpFetchHandler {
  if (typeof source === 'function')
    return createMcpHandler(async (context) => {
      try {
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the gate has compared it with the access
        const server = await source(identityOf(context) as I, context)
        requireMcpServer(server)
        return server
      } catch (error) {
        // The SDK makes a 500 of it, and tells nobody why.
        console.error(error)
        throw error
      }
    })
  if (typeof source?.fetch === 'function') return source
  throw new TypeError(
    'guard.fetch and guard.node need a factory, (identity) => new McpServer(…), or a handler',
  )
}

/**
 * The handler asks the checks of tools only where the server is an `McpServer` of its own class. Of the `Server` inside of
 * one it asks none of them, and runs the tools for everybody.
 */
function requireMcpServer(server: unknown): void {
  if (server instanceof McpServer) return
  throw new TypeError(
    'guard.fetch and guard.node need an McpServer, not its member server, from the same copy of @modelcontextprotocol/server: import both or require both, in the same version. For a Server with your own handlers: createMcpHandler(() => server)',
  )
}

async function admitted<A extends Access>(
  guard: Guard<A>,
  handler: McpFetchHandler,
  incoming: Incoming,
  isForeignPage: boolean,
): Promise<Response> {
  const { authorization, parsedBody, waitUntil } = incoming
  let admission: Admission
  try {
    if (isForeignPage) throw refuse('a page from an origin that is not in allowedOrigins')
    admission = await guard.admit(authorization, {
      answers: true,
      waitUntil,
      request: incoming.proofFor(guard.verifier),
    })
  } catch (error) {
    if (!EntraGuardError.is(error)) throw error
    return toResponse(error, guard.challenge)
  }
  if (!methods.has(incoming.method))
    return new Response(null, { status: 405, headers: { allow: [...methods, 'OPTIONS'].join(', ') } })
  const authInfo = toAuthInfo(admission, guard.facts)
  const response = await handler.fetch(incoming.toRequest(), {
    authInfo,
    ...(parsedBody !== undefined && { parsedBody }),
  })
  // The SDK makes a 500 of what its hook throws; the tool has not run.
  if (admission.refusal === undefined || response.status !== 500) return response
  await response.body?.cancel()
  return refusedForGood(admission, admission.refusal, guard)
}

/**
 * The refusal of a tool. Clients sign their user in again for `insufficient_scope`, whatever is missing: where no sign-in
 * would help, a role say, the challenge does not say so. A claims challenge is 401.
 */
function refusedForGood<A extends Access>(
  { authorization }: Admission,
  refusal: EntraGuardError,
  { challenge, facts }: Guard<A>,
): Response {
  const response = toResponse(refusal, challenge)
  if (response.status === 403)
    response.headers.set(
      'www-authenticate',
      `${schemeOf(authorization)} resource_metadata="${facts.metadataAddress}"`,
    )
  return response
}

/** Not as the caller has written it. */
function schemeOf(authorization: string): string {
  return /^dpop /i.test(authorization) ? 'DPoP' : 'Bearer'
}

/** For everybody: a client reads it before it has a token. */
function documentResponse(document: string, incoming: Incoming): Response {
  const { method } = incoming
  if (method === 'OPTIONS')
    return preflight(null, incoming.header('access-control-request-headers'), 'GET, HEAD, OPTIONS', undefined)
  const headers = { ...corsHeaders(null, undefined), 'content-type': 'application/json' }
  if (method !== 'GET' && method !== 'HEAD')
    return new Response(null, { status: 405, headers: { ...headers, allow: 'GET, HEAD, OPTIONS' } })
  return new Response(method === 'HEAD' ? null : document, { headers })
}

async function finished(
  response: Response,
  method: string,
  more: Readonly<Record<string, string>>,
): Promise<Response> {
  const headers = new Headers(response.headers)
  for (const [name, value] of Object.entries(more)) {
    if (name === 'vary') headers.append(name, value)
    else headers.set(name, value)
  }
  const { status, statusText } = response
  if (method !== 'HEAD') return new Response(response.body, { status, statusText, headers })
  await response.body?.cancel()
  return new Response(null, { status, statusText, headers })
}
