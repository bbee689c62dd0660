import {
  EntraGuardError,
  graphGroups,
  toResponse,
  writeRefusal,
  type Identity,
  type Verifier,
} from '@entraguard/core'
import { assertionFromFile, DownstreamError, onBehalfOf, type Downstream } from '@entraguard/downstream'
import { entraGuard } from '@entraguard/express'
import { entraGuard as guardHono } from '@entraguard/hono'
import { Client } from '@microsoft/microsoft-graph-client'
import { TokenCredentialAuthenticationProvider } from '@microsoft/microsoft-graph-client/authProviders/azureTokenCredentials/index.js'
import express, { type ErrorRequestHandler, type Express } from 'express'
import { Hono } from 'hono'

// #region make
export const downstream = onBehalfOf({
  clientId: '22222222-2222-4222-8222-222222222222', // this API
  credential: { secret: () => process.env['ENTRA_CLIENT_SECRET'] ?? '' }, // or { certificate }, or { assertion }
  apis: {
    invoices: { scopes: ['api://invoices/Invoices.Read'], origins: ['https://invoices.contoso.com'] },
  },
})
// #endregion

const address = 'https://invoices.contoso.com/mine'
const access = { scopes: ['Orders.Read'] } as const

type Next = Downstream<'invoices'>

export function expressApp(verifier: Verifier, next: Next = downstream): Express {
  const app = express()
  // #region express
  // oxlint-disable-next-line oxc/no-async-endpoint-handlers -- Express 5 waits for promises
  app.get('/invoices', entraGuard(verifier, access), async (request, response) => {
    const call = next.fetchFor(response.locals.identity, request.headers.authorization, 'invoices')
    const answer = await call(address)
    response.status(answer.status).json(await answer.json())
  })

  // oxlint-disable-next-line unicorn/consistent-function-scoping -- one piece on the page
  const onError: ErrorRequestHandler = (error, _request, response, forward) => {
    if (EntraGuardError.is(error) && !response.headersSent) writeRefusal(response, error, verifier.challenge)
    else forward(error)
  }
  app.use(onError)
  // #endregion
  return app
}

// oxlint-disable-next-line typescript/explicit-module-boundary-types, typescript/explicit-function-return-type -- inferred, as an application has it
export function honoApp(verifier: Verifier, next: Next = downstream) {
  // #region hono
  const app = new Hono().get('/invoices', guardHono(verifier, access), (c) =>
    next.fetchFor(c.var.identity, c.req.header('authorization'), 'invoices')(address),
  )
  app.onError((error, c) => {
    if (EntraGuardError.is(error)) return toResponse(error, verifier.challenge)
    return 'getResponse' in error ? error.getResponse() : c.text('Internal Server Error', 500)
  })
  // #endregion
  return app
}

// #region more
/** On Kubernetes with workload identity: no secret at all. */
export const withoutSecret = (): Downstream =>
  onBehalfOf({
    clientId: '22222222-2222-4222-8222-222222222222',
    credential: { assertion: assertionFromFile() },
  })

/** For the log: which error of Microsoft it was, and where to find it in the sign-in logs. */
export const factsOf = (error: unknown): object =>
  error instanceof DownstreamError
    ? { code: error.code, aadsts: error.errorNumber, correlationId: error.correlationId }
    : {}
// #endregion

// #region graph
/** Who the user is, asked of Microsoft Graph by its own client. */
export async function meOf(user: Identity, authorization: string | undefined): Promise<unknown> {
  const scopes = ['https://graph.microsoft.com/User.Read']
  const credential = downstream.credentialFor(user, authorization)
  // First: inside the client a challenge for the caller becomes a GraphError, which says nothing of it.
  await credential.getToken(scopes)
  const authProvider = new TokenCredentialAuthenticationProvider(credential, { scopes })
  return await Client.initWithMiddleware({ authProvider }).api('/me').get()
}
// #endregion

// #region groups
export const resolveGroups = graphGroups({
  getGraphToken: ({ graphHost, tenantId }) =>
    downstream.tokenForApp(tenantId, [`https://${graphHost}/.default`]),
})
// #endregion
