/** Entra's error document: `error`, a description that begins with the AADSTS code, and ids for support. */
export interface EntraError {
  readonly status: number
  readonly error: string
  readonly code: number
  readonly message: string
}

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

export const notFound = (): Response =>
  new Response('<!DOCTYPE html><title>404 - File or directory not found.</title>', {
    status: 404,
    headers: { 'content-type': 'text/html' },
  })

export function errorResponse({ status, error, code, message }: EntraError, now: number): Response {
  const traceId = crypto.randomUUID()
  const correlationId = crypto.randomUUID()
  const timestamp = `${new Date(now).toISOString().slice(0, 19).replace('T', ' ')}Z`
  return json(
    {
      error,
      error_description: `AADSTS${code}: ${message} Trace ID: ${traceId} Correlation ID: ${correlationId} Timestamp: ${timestamp}`,
      error_codes: [code],
      timestamp,
      trace_id: traceId,
      correlation_id: correlationId,
      error_uri: `https://login.microsoftonline.com/error?code=${code}`,
    },
    status,
  )
}

export const tenantNotFound = (tenant: string): EntraError => ({
  status: 400,
  error: 'invalid_tenant',
  code: 90002,
  message: `Tenant '${tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.`,
})
