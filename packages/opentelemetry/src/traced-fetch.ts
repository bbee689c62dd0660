import type { VerifierOptions } from '@entraguard/core'
import { context, SpanKind, SpanStatusCode, trace, type Tracer } from '@opentelemetry/api'

import { attributes } from './metrics.ts'

/** As a verifier takes one. */
export type Fetch = NonNullable<VerifierOptions['fetch']>

/**
 * A `fetch` with a span around each request for a document. Where requests of HTTP have spans of their own, they
 * stand inside.
 */
export function tracedFetch(fetch: Fetch, tracer: Tracer, scheme: string): Fetch {
  return async (address, init) => {
    const { hostname, pathname } = new URL(address)
    const document = pathname.endsWith('/.well-known/openid-configuration') ? 'metadata' : 'keys'
    const span = tracer.startSpan(`entraguard ${document}`, {
      kind: SpanKind.INTERNAL,
      attributes: {
        [attributes.document]: document,
        [attributes.scheme]: scheme,
        'server.address': hostname,
      },
    })
    try {
      const response = await context.with(trace.setSpan(context.active(), span), () => fetch(address, init))
      span.setAttribute(attributes.statusCode, response.status)
      if (!response.ok) fail(span, String(response.status))
      return response
    } catch (error) {
      fail(span, error instanceof Error ? error.name : '_OTHER')
      throw error
    } finally {
      span.end()
    }
  }
}

function fail(span: ReturnType<Tracer['startSpan']>, type: string): void {
  span.setAttribute(attributes.errorType, type)
  span.setStatus({ code: SpanStatusCode.ERROR })
}
