import 'reflect-metadata'
import { ApolloServer } from '@apollo/server'
import { EntraGuard, Public } from '@entraguard/nestjs'
import type { ApolloDriver } from '@nestjs/apollo'
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js'
import {
  AbstractGraphQLDriver,
  Context,
  GraphQLModule,
  GraphQLSchemaHost,
  Query,
  Resolver,
} from '@nestjs/graphql'
import { describe, expect, it, onTestFinished } from 'vitest'

import { apollo, ask, codesOf, connect, mercurius, serve, type Answer } from './graphql-app.ts'
import { Accounts, callerOf, describeContexts, userOf } from './graphql-context-suite.ts'

describeContexts('Apollo', { driver: apollo, platform: 'express' })
describeContexts('Apollo on Fastify', { driver: apollo, platform: 'fastify' })
describeContexts('Mercurius', { driver: mercurius, platform: 'fastify' })

const providers = [Accounts]
const mine = 'subscription { mine }'
const holdsAnother = [expect.stringContaining('contains the request of another call')]

/** What a socket's client said when it connected, as a request. */
type Said = { connectionParams?: { authorization?: string }; extra: { said?: object } }
const requestOf = ({ connectionParams }: Said): object => ({
  headers: { authorization: connectionParams?.authorization },
})

const whatIsSaid = (socket: Said): object => ({ req: (socket.extra.said ??= requestOf(socket)) })

describe('a context for sockets', () => {
  it('of their own is for the call that it was made for', async () => {
    const one = {}
    for (const context of [{}, () => one, () => undefined, async () => ({ ...one })]) {
      const { url, entra } = await serve(apollo({ subscriptions: { 'graphql-ws': { context } } }), {
        providers,
      })
      const [first, second] = [await userOf(entra), await userOf(entra)]
      for (const { token, key } of [first, second])
        expect((await (await connect(url, token)).ask(mine)).data).toStrictEqual({ mine: key })
      expect(codesOf(await (await connect(url)).ask(mine))).toStrictEqual(['UNAUTHENTICATED'])
    }
  })

  it('may hold as a request what a client said, for its own socket', async () => {
    const { url, entra } = await serve(apollo({ subscriptions: { 'graphql-ws': { context: whatIsSaid } } }), {
      providers,
    })
    for (const { token, key } of [await userOf(entra), await userOf(entra)]) {
      const client = await connect(url, undefined, { authorization: `Bearer ${token}` })
      expect((await client.ask(mine)).data).toStrictEqual({ mine: key })
      expect((await client.ask(mine)).data).toStrictEqual({ mine: key })
    }
    expect(codesOf(await (await connect(url)).ask(mine))).toStrictEqual(['UNAUTHENTICATED'])
  })

  it('may not hold what the client of another socket said', async () => {
    let said: object | undefined
    const context = (socket: Said): object => ({ req: (said ??= requestOf(socket)) })
    const { url, entra } = await serve(apollo({ subscriptions: { 'graphql-ws': { context } } }), {
      providers,
    })
    const { token, key } = await userOf(entra)
    const client = await connect(url, undefined, { authorization: `Bearer ${token}` })
    expect((await client.ask(mine)).data).toStrictEqual({ mine: key })
    const { errors } = await (await connect(url)).ask(mine)
    expect(errors?.map(({ message }) => message)).toStrictEqual(holdsAnother)
  })

  it('is one for all operations of a socket with Mercurius, and for no other socket', async () => {
    for (const context of [undefined, () => ({})]) {
      const subscription = { fullWsTransport: true, ...(context && { context }) }
      const { url, entra } = await serve(mercurius({ subscription }), { providers }, { platform: 'fastify' })
      const [first, second] = [await userOf(entra), await userOf(entra)]
      for (const { token, key } of [first, second]) {
        const client = await connect(url, token)
        expect((await client.ask(mine)).data).toStrictEqual({ mine: key })
        expect((await (await connect(url, token)).ask('{ me accounts { owner } }')).data).toMatchObject({
          me: key,
        })
      }
      expect(callerOf(await (await connect(url)).ask('{ me }'))).toBeUndefined()
      expect((await (await connect(url)).ask(mine)).data?.['mine']).toBeUndefined()
    }
  })
})

describe('a query that the application runs itself', () => {
  it('is guarded by the request in its context, which is for this query only', async () => {
    const { app, entra } = await serve(apollo(), { providers })
    const { token, key } = await userOf(entra)
    const { instance } = app.get(GraphQLModule<ApolloDriver>).graphQlAdapter
    const own = new ApolloServer({ schema: app.get(GraphQLSchemaHost).schema })
    onTestFinished(async () => own.stop())
    const query = '{ me accounts { owner } }'
    for (const server of [instance, own]) {
      const run = async (contextValue: object): Promise<Answer> => {
        const { body } = await server.executeOperation({ query }, { contextValue })
        return body.kind === 'single' ? body.singleResult : {}
      }
      const req = { headers: { authorization: `Bearer ${token}` } }
      expect((await run({ req })).data).toMatchObject({ me: key, accounts: [{ owner: key }, { owner: key }] })
      const again = await run({ req })
      expect(again.data).toBeNull()
      expect(again.errors?.[0]?.message).toContain('contains the request of another call')
      expect((await run({ req: { headers: {} } })).data).toBeNull()
      expect((await run({})).data).toBeNull()
    }
  })
})

describe('what the client of a socket says when it connects', () => {
  it.each<[string, () => ReturnType<typeof apollo>]>([
    ['no context', () => apollo()],
    ['a context', () => apollo({ context: () => ({ own: true }) })],
    ['a context of its own', () => apollo({ subscriptions: { 'graphql-ws': { context: () => ({}) } } })],
  ])('is its credential, with %s, where browsers can set no header', async (_, driver) => {
    const { url, entra } = await serve(driver(), { providers })
    for (const name of ['authorization', 'Authorization']) {
      const [first, second] = [await userOf(entra), await userOf(entra)]
      for (const { token, key } of [first, second]) {
        const client = await connect(url, undefined, { [name]: `Bearer ${token}` })
        expect((await client.ask(mine)).data).toStrictEqual({ mine: key })
        expect((await client.ask(mine)).data).toStrictEqual({ mine: key })
      }
    }
    expect(codesOf(await (await connect(url)).ask(mine))).toStrictEqual(['UNAUTHENTICATED'])
  })

  it('is refused where it is no good, and where a header, or another spelling, says something, too', async () => {
    const { url, entra } = await serve(apollo(), { providers })
    const { token } = await userOf(entra)
    const authorization = `Bearer ${token}`
    const codesFor = async (said: object, header?: string): Promise<unknown[]> =>
      codesOf(await (await connect(url, header, said)).ask(mine))
    expect(await codesFor({ authorization: 'Bearer bad' })).toStrictEqual(['UNAUTHENTICATED'])
    expect(await codesFor({ authorization: [authorization] })).toStrictEqual(['UNAUTHENTICATED'])
    expect(await codesFor({ token: authorization })).toStrictEqual(['UNAUTHENTICATED'])
    expect(await codesFor({ authorization }, token)).toStrictEqual(['BAD_REQUEST'])
    expect(await codesFor({ authorization, Authorization: authorization })).toStrictEqual(['BAD_REQUEST'])
  })
})

@Resolver()
class Contexts {
  @Query(() => String)
  @Public()
  own(@Context() context: { readonly own?: string }): string {
    return String(context.own)
  }
}
/** What its getter reads is not in a copy. */
class PrivateContext {
  readonly #own = 'own'
  get own(): string {
    return this.#own
  }
}

type Make = (...args: readonly unknown[]) => Promise<unknown>

/** The function that makes contexts, as a server gets it that is none of those of Nest, and makes no copies. */
async function makerOf(context: () => unknown): Promise<{ readonly make: Make; readonly guard: EntraGuard }> {
  let make!: Make
  class Bare extends AbstractGraphQLDriver {
    override async start(options: { context: Make }): Promise<void> {
      make = options.context
    }
    override async stop(): Promise<void> {}
  }
  const graphql = GraphQLModule.forRoot({ driver: Bare, autoSchemaFile: true, context })
  const { app } = await serve(graphql, { providers: [Contexts] })
  return { make, guard: app.get(EntraGuard) }
}

describe('a context of the application', () => {
  it.each<[string, () => object]>([
    ['an object', () => ({ own: 'own' })],
    ['an object without a prototype', () => Object.assign(Object.create(null) as object, { own: 'own' })],
  ])('comes to its resolvers, also on a socket: %s', async (_, context) => {
    for (const ofSockets of [true, {}]) {
      const graphql = apollo({ context, subscriptions: { 'graphql-ws': ofSockets } })
      const { url } = await serve(graphql, { providers: [Contexts] })
      expect(await ask(url, '{ own }')).toStrictEqual({ data: { own: 'own' } })
      expect(await (await connect(url)).ask('{ own }')).toStrictEqual({ data: { own: 'own' } })
    }
  })

  it('is handed on itself where it is a new object of a class, whose private fields no copy has', async () => {
    // Apollo makes a copy itself.
    const graphql = mercurius({ context: () => new PrivateContext() as never })
    const { url } = await serve(graphql, { providers: [Contexts] }, { platform: 'fastify' })
    expect(await ask(url, '{ own }')).toStrictEqual({ data: { own: 'own' } })
  })

  it('is given to a server that makes no copies once for each call, whatever the application gives', async () => {
    const one = new PrivateContext()
    const { make } = await makerOf(() => one)
    const [request, another] = [{ headers: {} }, { headers: {} }]
    expect(await make({ req: request })).toBe(one)
    // The last one is a server's that tells no request.
    for (const other of [await make({ req: another }), await make({})]) {
      expect(other).not.toBe(one)
      expect(other).toBeInstanceOf(PrivateContext)
    }
    // Several queries in one request are one call.
    expect(await make({ req: request })).toBe(one)
  })

  it.each<[string, (request: object, response: object) => readonly object[]]>([
    ['beside the request', (req, res) => [{ req, res }]],
    ['beside the request, as a reply', (req, reply) => [{ req, reply }]],
    ['after the request', (request, reply) => [request, reply]],
  ])('need not have the response in which a refusal is told: the server names it %s', async (_, given) => {
    const { make, guard } = await makerOf(() => ({}))
    const headers: string[] = []
    const header = (name: string): unknown => headers.push(name)
    const context = await make(...given({ headers: {}, rawHeaders: [] }, { header }))
    const args = [{}, {}, context, { fieldNodes: [], variableValues: {} }]
    const call = new ExecutionContextHost(args, Accounts, Reflect.get(Accounts.prototype, 'me'))
    call.setType('graphql')
    await expect(guard.canActivate(call)).rejects.toThrow('An access token is required.')
    expect(headers).toContain('www-authenticate')
  })

  it('that is a text is handed on', async () => {
    const { make } = await makerOf(() => 'text')
    expect(await make({ req: { headers: {} } })).toBe('text')
  })

  it('that is a text gives no caller to a query that needs one', async () => {
    const { url, entra } = await serve(apollo({ context: () => 'text' as never }), { providers })
    const { token } = await userOf(entra)
    expect(callerOf(await ask(url, '{ me }', token))).toBeUndefined()
  })
})

it('a socket whose client says nothing at all when it connects is a stranger’s, or that of its header', async () => {
  const { url, entra } = await serve(apollo(), { providers })
  const { token, key } = await userOf(entra)
  expect(codesOf(await (await connect(url, undefined, null)).ask(mine))).toStrictEqual(['UNAUTHENTICATED'])
  expect((await (await connect(url, token, null)).ask(mine)).data).toStrictEqual({ mine: key })
})

it('without subscriptions in its options Mercurius has none', async () => {
  for (const options of [{ subscription: undefined as never }, { subscription: false }]) {
    const { url } = await serve(mercurius(options), { providers }, { platform: 'fastify' })
    await expect(connect(url)).rejects.toThrow('Unexpected server response')
  }
})

it('an object that the application gives is left as it was', async () => {
  // What Nest made for a request is remembered on the context, too: a request-scoped provider would be for everybody.
  for (const one of [{}, Object.create(null) as object])
    for (const context of [one, () => one]) {
      const { url, entra } = await serve(apollo({ context }), { providers })
      const { token, key } = await userOf(entra)
      expect(callerOf(await ask(url, '{ me }', token))).toBe(key)
      expect(Reflect.ownKeys(one)).toStrictEqual([])
    }
})
