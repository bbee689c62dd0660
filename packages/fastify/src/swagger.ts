import type { FastifySchema, RouteOptions } from 'fastify'

import { asksForToken } from './route-access.ts'

/** What `@fastify/swagger` hands to its option `transform`. */
interface Transformed {
  readonly schema: FastifySchema | undefined
  readonly url: string
  readonly route: RouteOptions
}

/**
 * For the option `transform` of `@fastify/swagger`: documents the security scheme and the responses 401 and 403 of each
 * route that requires a token. It changes only the document, not how the route validates or serializes. The document
 * must name the scheme `bearer`.
 *
 * @example
 * ```ts
 * await app.register(swagger, {
 *   openapi: { components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } } },
 *   transform: describeAccess,
 * })
 * ```
 */
export function describeAccess({ schema, url, route }: Transformed): {
  schema: FastifySchema
  url: string
} {
  if (!asksForToken(route)) return { schema: schema ?? {}, url }
  const documented = {
    ...schema,
    security: [{ bearer: [] }],
    response: {
      401: { description: 'The access token is missing or not valid for this API.', type: 'null' },
      403: { description: 'The access token does not permit this operation.', type: 'null' },
      ...Object(schema?.response),
    },
  }
  return { schema: documented, url }
}
