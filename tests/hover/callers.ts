// What an editor shows for the names of this file is in hover.test.ts.
import { app as functions } from '@azure/functions'
import { withEntraGuard as guardFunction } from '@entraguard/azure-functions'
import { anyOf, authorize, type Identity, type Verifier } from '@entraguard/core'
import { entraGuard as guardExpress, requireAccess as requireInExpress } from '@entraguard/express'
import { identityOf as callerOfFastify } from '@entraguard/fastify'
import { entraGuard as guardHono, requireAccess as requireInHono } from '@entraguard/hono'
import { identityOf as callerOfNest } from '@entraguard/nestjs'
import { getIdentity, withEntraGuard as guardNext, withEntraGuardApi } from '@entraguard/next'
import type { ExecutionContext } from '@nestjs/common'
import express from 'express'
import type { FastifyInstance } from 'fastify'
import { Hono } from 'hono'

const reads = { scopes: ['Orders.Read'] } as const

export async function core(verifier: Verifier, identity: Identity): Promise<unknown> {
  const coreUser = authorize(identity, { scopes: ['Orders.Read'] })
  const coreApp = authorize(identity, { appPermissions: ['Orders.Read.All'] })
  const coreBoth = authorize(identity, { scopes: ['Orders.Read'], appPermissions: ['Orders.Read.All'] })
  const coreEither = authorize(identity, anyOf(reads, { callers: ['app'] }))
  const coreNarrowed = authorize(identity, anyOf(reads, { scopes: ['Orders.Write'], mfa: true }))
  const decided = verifier.authorize(identity, { callers: ['user'], agents: 'refuse' })
  const authenticated = await verifier.authenticate('', { scopes: ['Orders.Read'] })
  const anybody = await verifier.authenticate('')
  return [coreUser, coreApp, coreBoth, coreEither, coreNarrowed, decided, authenticated, anybody]
}

export const hono = (verifier: Verifier) =>
  new Hono()
    .get('/orders', guardHono(verifier, { scopes: ['Orders.Read'] }), (c) => {
      const honoUser = c.var.identity
      return c.json(honoUser.key)
    })
    .get('/shop', guardHono(verifier, reads, { optional: true }), (c) => {
      const honoVisitor = c.var.identity
      return c.json(honoVisitor?.key)
    })

export const honoInTwoSteps = (verifier: Verifier) =>
  new Hono()
    .use(guardHono(verifier))
    .use((c, goOn) => {
      const honoAnybody = c.var.identity
      return honoAnybody.kind === 'unknown' ? Promise.resolve() : goOn()
    })
    .get('/orders', requireInHono({ scopes: ['Orders.Read'] }), (c) => {
      const honoNarrowed = c.var.identity
      return c.json(honoNarrowed.key)
    })

export const next = (verifier: Verifier) => [
  guardNext(verifier, { scopes: ['Orders.Read'] }, (_request, nextUser) => Response.json(nextUser.key)),
  guardNext(verifier, reads, (_request, nextVisitor) => Response.json(nextVisitor?.key), { optional: true }),
  withEntraGuardApi(verifier, { appPermissions: ['All'] }, (_req, res, nextApp) => res.json(nextApp.key)),
]
export async function page(verifier: Verifier): Promise<string> {
  const pageUser = await getIdentity(verifier, { scopes: ['Orders.Read'] })
  return pageUser.key
}

export const expressApp = (verifier: Verifier) =>
  express()
    .use(guardExpress(verifier))
    .get('/', requireInExpress({ scopes: ['Orders.Read'] }), (_request, { locals }) => {
      const expressUser = locals.identity
      expressUser.key.trim()
    })

export function fastify(app: FastifyInstance): void {
  app.get('/', { config: { access: { scopes: ['Orders.Read'] } } }, (request) => {
    const fastifyUser = callerOfFastify(request)
    return fastifyUser.key
  })
}

export function azureFunctions(verifier: Verifier): void {
  functions.http('orders', {
    handler: guardFunction(verifier, { scopes: ['Orders.Read'] }, (_request, functionsUser) => ({
      jsonBody: functionsUser.key,
    })),
  })
}

export function nest(context: ExecutionContext): string | undefined {
  const nestCaller = callerOfNest(context)
  return nestCaller?.key
}
