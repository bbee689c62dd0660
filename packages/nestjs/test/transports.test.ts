import 'reflect-metadata'
import type { AppIdentity, UserIdentity } from '@entraguard/core'
import { Access, CurrentIdentity, CurrentUser, EntraGuard, Public } from '@entraguard/nestjs'
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo'
import { Inject, Injectable } from '@nestjs/common'
import { ExternalContextCreator, ModuleRef } from '@nestjs/core'
import { Args, GraphQLModule, Mutation, Query, Resolver, Subscription } from '@nestjs/graphql'
import { once } from 'node:events'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'

import { compile, start } from './app.ts'

type Caller = UserIdentity | AppIdentity
let handled: string[] = []

@Resolver()
class OrdersResolver {
  @Query(() => String)
  anyone(@CurrentIdentity() caller: Caller): string {
    return caller.kind
  }
  @Query(() => String)
  @Access({ scopes: ['Orders.Read'] })
  read(@CurrentUser() user: UserIdentity): string {
    return user.key
  }
  @Query(() => String)
  @Public()
  open(): string {
    return 'open'
  }
  @Subscription(() => String)
  @Access({ scopes: ['Orders.Read'] })
  async *ticks(@CurrentUser() user: UserIdentity): AsyncGenerator<{ ticks: string }> {
    handled.push('ticks')
    yield { ticks: user.key }
  }
  @Mutation(() => String)
  @Access({ scopes: ['Orders.Write'] })
  write(@Args('item') item: string, @CurrentUser() user: UserIdentity): string {
    handled.push(item)
    return user.key
  }
}

const graphql = GraphQLModule.forRoot<ApolloDriverConfig>({
  driver: ApolloDriver,
  autoSchemaFile: true,
  playground: false,
  subscriptions: { 'graphql-ws': true },
})

const query = async (url: string, text: string, token?: string): Promise<Response> =>
  fetch(`${url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ query: text }),
  })

/** The first message that answers `subscription { ticks }`, in the protocol of graphql-ws. */
async function subscribe(url: string, token?: string, payload: object = {}): Promise<unknown> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { headers })
  onTestFinished(() => socket.terminate())
  const next = async (): Promise<unknown> => JSON.parse(String((await once(socket, 'message'))[0]))
  await once(socket, 'open')
  socket.send(JSON.stringify({ type: 'connection_init', payload }))
  await next()
  socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: 'subscription { ticks }' } }))
  return next()
}

const refusedWith = (code: string): object => ({ payload: { errors: [{ extensions: { code } }] } })

const said = (token: string): object => ({ authorization: `Bearer ${token}` })

describe('GraphQL', () => {
  it('guards every query and mutation by its own access', async () => {
    handled = []
    const { url, entra } = await start({ imports: [graphql], providers: [OrdersResolver] })
    const reader = await entra.issueUserToken({ scopes: ['Orders.Read'] })
    const answer: unknown = await (await query(url, '{ open anyone read }', reader)).json()
    expect(answer).toMatchObject({
      data: { open: 'open', anyone: 'user', read: expect.stringContaining('.') },
    })
    expect(await (await query(url, '{ anyone }', await entra.issueAppToken())).json()).toMatchObject({
      data: { anyone: 'app' },
    })
    const refused: unknown = await (await query(url, 'mutation { write(item: "tea") }', reader)).json()
    expect(refused).toMatchObject({
      data: null,
      errors: [
        {
          message: 'The access token does not permit this operation.',
          extensions: { code: 'FORBIDDEN', originalError: { error: 'insufficient_scope' } },
        },
      ],
    })
    expect(handled).toStrictEqual([])
    const writer = await entra.issueUserToken({ scopes: ['Orders.Write'] })
    await query(url, 'mutation { write(item: "tea") }', writer)
    expect(handled).toStrictEqual(['tea'])
  })

  it('tells the challenge in the header, and nothing about why in the body', async () => {
    const { url, entra } = await start({ imports: [graphql], providers: [OrdersResolver] })
    const missing = await query(url, '{ anyone }')
    expect(missing.headers.get('www-authenticate')).toBe('Bearer realm=""')
    expect(await missing.json()).toMatchObject({
      errors: [{ message: 'An access token is required.', extensions: { code: 'UNAUTHENTICATED' } }],
    })
    const expired = await query(url, '{ anyone }', await entra.issueUserToken({ expiresIn: -3600 }))
    const text = await expired.text()
    expect(text).toContain('The access token is not valid for this API.')
    expect(text).not.toContain('token_expired')
    expect(await (await query(url, '{ open }')).json()).toStrictEqual({ data: { open: 'open' } })
  })

  it('guards a subscription by the request that opened its socket, or by what its client said when it connected', async () => {
    handled = []
    const { url, entra } = await start({ imports: [graphql], providers: [OrdersResolver] })
    const reader = await entra.issueUserToken({ scopes: ['Orders.Read'] })
    const writer = await entra.issueUserToken({ scopes: ['Orders.Write'] })
    expect(await subscribe(url)).toMatchObject(refusedWith('UNAUTHENTICATED'))
    expect(await subscribe(url, writer)).toMatchObject(refusedWith('FORBIDDEN'))
    expect(await subscribe(url, undefined, said('bad'))).toMatchObject(refusedWith('UNAUTHENTICATED'))
    expect(await subscribe(url, undefined, said(writer))).toMatchObject(refusedWith('FORBIDDEN'))
    expect(handled).toStrictEqual([])
    const tick = {
      type: 'next',
      payload: { data: { ticks: expect.stringContaining(entra.directory.firstTenant.id) as string } },
    }
    expect(await subscribe(url, reader)).toMatchObject(tick)
    expect(await subscribe(url, undefined, said(reader))).toMatchObject(tick)
  })

  it('a query that needs a token does not open one beside it', async () => {
    const { url } = await start({ imports: [graphql], providers: [OrdersResolver] })
    expect(await (await query(url, '{ open read }')).json()).toMatchObject({ data: null })
  })
})

@Injectable()
class Commands {
  run(): string {
    return 'ran'
  }
  @Public()
  open(): string {
    return 'open'
  }
}

@Injectable()
class Runner {
  @Inject(ExternalContextCreator) readonly creator!: ExternalContextCreator
}

describe('an execution context that nobody knows', () => {
  it('is refused, whatever its arguments look like', async () => {
    const { module, entra } = await compile({ providers: [Commands, Runner] })
    await module.init()
    const { creator } = module.get(Runner)
    const commands = module.get(Commands)
    const token = await entra.issueUserToken()
    const request = { headers: { authorization: `Bearer ${token}` }, rawHeaders: [] }
    const handlerOf = (name: 'run' | 'open', type: string): ((...args: unknown[]) => Promise<unknown>) =>
      creator.create(
        commands,
        commands[name],
        name,
        undefined,
        undefined,
        undefined,
        undefined,
        undefined,
        type,
      ) as never
    for (const type of ['discord', 'telegraf', 'constructor', '__proto__'])
      await expect(handlerOf('run', type)(request, {}, { req: request }, {})).rejects.toThrow(
        'Forbidden resource',
      )
    await expect(handlerOf('open', 'discord')(request)).resolves.toBe('open')
    await expect(handlerOf('run', 'http')(request)).resolves.toBe('ran')
  })

  it('a guard that is asked about one says no', async () => {
    const { module } = await compile({ providers: [Commands] })
    const guard = module.get(EntraGuard)
    const context = {
      getClass: () => Commands,
      getHandler: () => Reflect.get(Commands.prototype, 'run'),
      getType: () => 'something new',
      getArgs: () => [{ headers: {} }],
      getArgByIndex: () => undefined,
    }
    expect(await guard.canActivate(context as never)).toBe(false)
    expect(module.get(ModuleRef)).toBeDefined()
  })
})
