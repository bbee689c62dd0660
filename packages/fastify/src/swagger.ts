import type { FastifySchema, RouteOptions } from 'fastify'

import { asksForToken } from './route-access.ts'

/** What `@fastify/swagger` hands to its option `transform`. */
interface Transformed {
  readonly schema: FastifySchema | undefined
  readonly url: string
  readonly route: RouteOptions
}

/**
 * The option `transform` of `@fastify/swagger`: writes into the document of each route that asks for a token which
 * security scheme it takes, and that it may answer 401 and 403. It changes the document only: nothing of the route is
 * validated or serialized differently. Name the scheme `bearer` in the document.
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
