import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

import { writeRefusal, type Access, type UserIdentity, type Verifier } from '@entraguard/core'
import { BearerStrategy, refusalOf, type AuthInfo } from '@entraguard/passport'
import express, { type Express, type Request, type RequestHandler } from 'express'
import { addOrder, ordersOf } from 'orders-store'
import passports from 'passport'

import type { Adapter } from './adapter.ts'

const anybody = { callers: ['user', 'app'] } as const
const readers = { scopes: ['Orders.Read'], appPermissions: ['Orders.Read.All'] } as const
const writers = { scopes: ['Orders.Write'] } as const

const identityOf = (request: Request): AuthInfo['identity'] => (request.authInfo as AuthInfo).identity
const whoami: RequestHandler = (request, response) => {
  const { kind, key } = identityOf(request)
  response.json({ kind, key })
}

/** The orders API behind Passport, with the answers of the adapters. */
function createApp(verifier: Verifier): Express {
  const passport = new passports.Passport()
  passport.use(new BearerStrategy({ verifier }))
  const guard =
    (access: Access): RequestHandler =>
    (request, response, next) => {
      const answer = (error: unknown, user: Express.User | false | undefined, authInfo: AuthInfo): void => {
        const refusal = refusalOf(request)
        if (refusal !== undefined) return writeRefusal(response, refusal, verifier.challenge)
        if (!user) return next(error ?? new Error('nobody signed in'))
        Object.assign(request, { user, authInfo })
        next()
      }
      passport.authenticate('oauth-bearer', { session: false, access } as object, answer)(
        request,
        response,
        next,
      )
    }
  const app = express().disable('x-powered-by')
  app.get('/health', (_request, response) => void response.json({ status: 'ok' }))
  app.get('/whoami', guard(anybody), whoami)
  app.get('/whoami/person', guard({ ...anybody, agents: 'refuse' }), whoami)
  app.get('/whoami/agent', guard({ ...anybody, agents: 'only' }), whoami)
  app.get('/orders', guard(readers), (request, response) => {
    response.json({ orders: ordersOf(identityOf(request)) })
  })
  app.post('/orders', guard(writers), express.json(), (request, response) => {
    const { identity } = request.authInfo as AuthInfo<UserIdentity>
    const order = addOrder(identity, request.body)
    if (order === undefined) response.status(422).end()
    else response.status(201).json(order)
  })
  // What no route is for is nobody's business, either.
  app.use(guard(anybody))
  return app
}

/** The sample API behind Passport. */
export const passportAdapters: readonly Adapter[] = [
  {
    name: 'Passport',
    runs: 'on a socket',
    async start({ verifier }) {
      const server = createApp(verifier).listen(0, '127.0.0.1')
      await once(server, 'listening')
      const { port } = server.address() as AddressInfo
      return {
        url: `http://127.0.0.1:${port}`,
        async close() {
          server.closeAllConnections()
          server.close()
          await once(server, 'close')
        },
      }
    },
  },
]
