/** The response headers that a page may read, in addition to those that every page may read. */
const exposed = 'WWW-Authenticate, DPoP-Nonce, Retry-After, Mcp-Session-Id, Mcp-Protocol-Version'

/** Sent by clients of every era; a client may ask for more, `Mcp-Param-…` say. */
const usual =
  'authorization, content-type, accept, last-event-id, mcp-protocol-version, mcp-session-id, mcp-method, mcp-name, dpop'

type Headers = Readonly<Record<string, string>>

/** Whom the answer is for, of the pages that may call: all, or those of a list. */
function allowOrigin(origin: string | null, allowed: ReadonlySet<string> | undefined): Headers {
  if (allowed === undefined) return { 'access-control-allow-origin': '*' }
  return origin !== null && allowed.has(origin)
    ? { 'access-control-allow-origin': origin, vary: 'Origin' }
    : { vary: 'Origin' }
}

/** For every answer of the endpoint, refusals too: a page that cannot read the challenge cannot sign in. */
export function corsHeaders(origin: string | null, allowed: ReadonlySet<string> | undefined): Headers {
  return { ...allowOrigin(origin, allowed), 'access-control-expose-headers': exposed }
}

/** The answer to a preflight, which carries no token. Nothing runs for it. */
export function preflight(
  origin: string | null,
  asked: string | null,
  methods: string,
  allowed: ReadonlySet<string> | undefined,
): Response {
  const isList = asked !== null && /^[\w-]+(?:[ \t]*,[ \t]*[\w-]+)*$/.test(asked)
  const headers = {
    ...allowOrigin(origin, allowed),
    'access-control-allow-methods': methods,
    'access-control-allow-headers': isList ? asked : usual,
    'access-control-max-age': '600',
  }
  return new Response(null, { status: 204, headers })
}

/** Is it a page of another site than those that may call? Programs send no `Origin`. */
export function isForeign(origin: string | null, allowed: ReadonlySet<string> | undefined): boolean {
  return allowed !== undefined && origin !== null && !allowed.has(origin)
}
