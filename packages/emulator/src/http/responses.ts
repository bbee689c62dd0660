import { isGuid } from '../values/encoding.ts'

/** Entra's error document: `error`, a description that begins with the AADSTS code, and ids for support. */
export interface EntraError {
  readonly status: number
  readonly error: string
  /** Of `AADSTS…`; `undefined` where Entra's is not known. */
  readonly code: number | undefined
  readonly message: string
  /** What a client can do about it, such as `basic_action` or `consent_required`. */
  readonly suberror?: string
  /** What the next sign-in must bring, as JSON: a claims challenge. */
  readonly claims?: string
  /** What the next DPoP proof must repeat (RFC 9449 §8). */
  readonly nonce?: string
}

/** The message with its code, as Entra shows it. */
export const described = ({ code, message }: Pick<EntraError, 'code' | 'message'>): string =>
  code === undefined ? message : `AADSTS${code}: ${message}`

export const json = (body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response =>
  new Response(JSON.stringify(body), {
    status,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store, no-cache',
      ...headers,
    },
  })

/** Metadata and keys may be cached, and read by any page. */
export const publicJson = (body: unknown): Response =>
  json(body, 200, { 'cache-control': 'max-age=86400, private', 'access-control-allow-origin': '*' })

/** Lets a page of any origin send what comes next; what it may read, the answer itself says. */
export const preflight = (methods: string): Response =>
  new Response(null, {
    status: 200,
    headers: {
      'access-control-allow-origin': '*',
      'access-control-allow-methods': methods,
      // The wildcard does not stand for `authorization`.
      'access-control-allow-headers': 'authorization, *',
      'access-control-max-age': '86400',
    },
  })

export const notFound = (): Response =>
  new Response('<!DOCTYPE html><title>404 - File or directory not found.</title>', {
    status: 404,
    headers: { 'content-type': 'text/html' },
  })

/** The members of an error, as the token endpoint and a redirect show them. */
export interface ErrorMembers {
  readonly error: string
  readonly error_description: string
  readonly error_codes: readonly number[]
  readonly timestamp: string
  readonly trace_id: string
  readonly correlation_id: string
  readonly error_uri: string | undefined
  readonly suberror: string | undefined
  readonly claims: string | undefined
}

/** Says it as Entra does. `correlationId`: what the client sent as `client-request-id`. */
export function errorMembers(
  { error, code, message, suberror, claims }: EntraError,
  now: number,
  correlationId: string | null = null,
): ErrorMembers {
  const traceId = crypto.randomUUID()
  const correlation = correlationId !== null && isGuid(correlationId) ? correlationId : crypto.randomUUID()
  const timestamp = `${new Date(now).toISOString().slice(0, 19).replace('T', ' ')}Z`
  return {
    error,
    error_description: `${described({ code, message })} Trace ID: ${traceId} Correlation ID: ${correlation} Timestamp: ${timestamp}`,
    error_codes: code === undefined ? [] : [code],
    timestamp,
    trace_id: traceId,
    correlation_id: correlation,
    error_uri: code === undefined ? undefined : `https://login.microsoftonline.com/error?code=${code}`,
    suberror,
    claims,
  }
}

/** A nonce for the next DPoP proof, readable for a page too. */
export const nonceHeaders = (nonce: string): Readonly<Record<string, string>> => ({
  'dpop-nonce': nonce,
  'access-control-expose-headers': 'DPoP-Nonce',
})

/** The error as JSON. Any page may read it: MSAL in a browser has to know what went wrong. */
export const errorResponse = (
  error: EntraError,
  now: number,
  correlationId: string | null = null,
): Response =>
  json(errorMembers(error, now, correlationId), error.status, {
    'access-control-allow-origin': '*',
    ...(error.nonce !== undefined && nonceHeaders(error.nonce)),
  })

export const tenantNotFound = (tenant: string): EntraError => ({
  status: 400,
  error: 'invalid_tenant',
  code: 90002,
  message: `Tenant '${tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.`,
})
