import { EntraGuardError, toResponse, type Verifier } from '@entraguard/core'

export const createHandler =
  (verifier: Verifier) =>
  async (request: Request): Promise<Response> => {
    try {
      const user = await verifier.authenticate(request.headers.get('authorization'), {
        scopes: ['Orders.Read'],
      })
      return Response.json({ tenant: user.tenantId, user: user.objectId, scopes: user.scopes })
    } catch (error) {
      if (EntraGuardError.is(error)) return toResponse(error, verifier.challenge) // 400, 401, 403 or 503, with WWW-Authenticate
      throw error
    }
  }
