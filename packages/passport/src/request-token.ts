import type { IncomingMessage } from 'node:http'

import { authorizationOf, EntraGuardError } from '@entraguard/core'

/** A request as passport passes it on: from Express, or from another framework on Node. */
export interface BearerRequest {
  /** The headers as Node parsed them. */
  readonly headers: IncomingMessage['headers']
  /** Every header as received. Only this shows two headers of one name. */
  readonly rawHeaders?: readonly string[] | undefined
  /** The Node request, which Fastify's request has here. */
  readonly raw?:
    | {
        readonly headers: IncomingMessage['headers']
        readonly rawHeaders: readonly string[]
        /** Ends the connection. */
        destroy?(): unknown
      }
    | undefined
  /** The parsed query. A token in it is refused. */
  readonly query?: unknown
  /** The parsed body. With the options of passport-azure-ad, a token in it is accepted. */
  readonly body?: unknown
  /** Ends the connection, where the application answers neither an outcome nor an error. */
  destroy?(): unknown
}

/** The `Authorization` header, every one where two came. */
export function headerOf(request: BearerRequest): string | readonly string[] | undefined {
  return authorizationOf(nodeRequestOf(request))
}

/** As Node made it, where a framework has it inside. */
export function nodeRequestOf(request: BearerRequest): Pick<BearerRequest, 'headers' | 'rawHeaders'> {
  return request.rawHeaders === undefined && request.raw !== undefined ? request.raw : request
}

/**
 * The credential where passport-azure-ad looks for it, as an `Authorization` header: the header, else `access_token` of
 * a parsed body.
 * @throws {EntraGuardError} `request_malformed` for a token in the query, in two places, or in a body that is no text.
 */
export function headerOrBodyOf(request: BearerRequest): string | readonly string[] | undefined {
  if (accessTokenOf(request.query) !== undefined) throw malformed('access_token in the query')
  const header = headerOf(request)
  const inBody = accessTokenOf(request.body)
  if (inBody === undefined) return header
  if (isToken(header)) throw malformed('access_token in the body beside an Authorization header')
  if (typeof inBody !== 'string') throw malformed('access_token in the body is not a single string')
  return `Bearer ${inBody}`
}

function accessTokenOf(parsed: unknown): unknown {
  if (typeof parsed !== 'object' || parsed === null || !Object.hasOwn(parsed, 'access_token'))
    return undefined
  const token: unknown = Reflect.get(parsed, 'access_token')
  return token === '' || token === null ? undefined : token
}

/** Other schemes, `Basic` for a proxy say, leave the body to us. Those of tokens, and two headers, never do. */
function isToken(header: string | readonly string[] | undefined): boolean {
  return (
    header !== undefined &&
    (typeof header !== 'string' || /^\s*(?:bearer|dpop|pop|mtls_pop)(?:\s|$)/i.test(header))
  )
}

function malformed(reason: string): EntraGuardError {
  return new EntraGuardError('request_malformed', { details: { reason } })
}
