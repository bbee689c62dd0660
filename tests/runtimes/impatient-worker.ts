// A Worker whose requests may end while they wait for keys: `x-patience` is how many milliseconds they wait. When a
// request has answered, workerd cancels everything that it was doing.
import { createVerifier, EntraGuardError, toResponse, type Verifier } from '@entraguard/core'

interface Environment {
  readonly ENTRA_TENANTS: string
  readonly ENTRA_AUDIENCE: string
}

let verifier: Verifier | undefined

export default {
  async fetch({ headers }: Request, environment: Environment): Promise<Response> {
    verifier ??= createVerifier({ tenants: environment.ENTRA_TENANTS, audience: environment.ENTRA_AUDIENCE })
    const patience = headers.get('x-patience')
    const context = patience === null ? {} : { signal: AbortSignal.timeout(Number(patience)) }
    try {
      await verifier.authenticate(headers.get('authorization'), undefined, context)
      return new Response('ok')
    } catch (error) {
      if (EntraGuardError.is(error)) return toResponse(error)
      throw error
    }
  },
}
