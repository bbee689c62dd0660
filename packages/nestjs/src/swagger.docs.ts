import { createRequire } from 'node:module'

// Not `await import`: a module with a top-level await cannot be required, and CommonJS applications do that.
const require = createRequire(import.meta.url)

/** Decorators that document a route as one that needs a bearer token, where `@nestjs/swagger` is installed. */
export function accessDocs(): ReadonlyArray<ClassDecorator & MethodDecorator> {
  try {
    require.resolve('@nestjs/swagger')
  } catch {
    return []
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an optional peer
  const docs = require('@nestjs/swagger') as typeof import('@nestjs/swagger')
  const missing = { description: 'The access token is missing or not valid for this API.' }
  const refused = { description: 'The access token does not permit this operation.' }
  return [docs.ApiBearerAuth(), docs.ApiUnauthorizedResponse(missing), docs.ApiForbiddenResponse(refused)]
}
