import { challengeFor, compileAccess, EntraGuardError, type Access, type Verifier } from '@entraguard/core'
import { initTRPC, TRPCError } from '@trpc/server'
import { fetchRequestHandler } from '@trpc/server/adapters/fetch'

const t = initTRPC.context<{ authorization: string | null; verifier: Verifier }>().create()

const codes = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  503: 'SERVICE_UNAVAILABLE',
} as const

/** A procedure whose context has the caller, narrowed to what the access admits. */
// oxlint-disable-next-line typescript/explicit-module-boundary-types, typescript/explicit-function-return-type -- inferred: it is what tRPC's client reads
export function procedureFor<const A extends Access>(access: A) {
  compileAccess(access) // a mistake in the access ends the start, not the first call
  return t.procedure.use(async ({ ctx, next }) => {
    const identity = await ctx.verifier.authenticate(ctx.authorization, access).catch((cause: unknown) => {
      if (!EntraGuardError.is(cause)) throw cause
      const { error_description: message } = challengeFor(cause).body
      throw new TRPCError({ code: codes[cause.status], message, cause })
    })
    return await next({ ctx: { identity } })
  })
}

export const router = t.router({
  orders: procedureFor({ scopes: ['Orders.Read'] }).query(({ ctx }) => ({ of: ctx.identity.key })),
})

export const createHandler = (verifier: Verifier) => (request: Request) =>
  fetchRequestHandler({
    endpoint: '/trpc',
    req: request,
    router,
    createContext: () => ({ authorization: request.headers.get('authorization'), verifier }),
    // Of several calls in one request the first refusal speaks for all: they came with one token.
    responseMeta: ({ errors }) => {
      const refusal = errors.map(({ cause }) => cause).find((cause) => EntraGuardError.is(cause))
      return refusal === undefined
        ? {}
        : { headers: new Headers(challengeFor(refusal, verifier.challenge).headers) }
    },
  })
