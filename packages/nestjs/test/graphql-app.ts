import { ApolloServerPluginInlineTraceDisabled } from '@apollo/server/plugin/disabled'
import { ApolloDriver, ApolloFederationDriver, type ApolloDriverConfig } from '@nestjs/apollo'
import type { DynamicModule, ModuleMetadata } from '@nestjs/common'
import { GraphQLModule } from '@nestjs/graphql'
import {
  MercuriusDriver,
  MercuriusFederationDriver,
  type MercuriusDriverConfig,
  type MercuriusFederationDriverConfig,
} from '@nestjs/mercurius'
import { on, once } from 'node:events'
import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'

import { start, type Started } from './app.ts'

export interface Answer {
  readonly data?: Readonly<Record<string, unknown>> | null
  readonly errors?: ReadonlyArray<{
    readonly message: string
    readonly extensions?: Readonly<Record<string, unknown>>
  }>
}

const bodyOf = (query: string): object => ({ query })

/** The answer to one query, or those to several in one request. */
export async function ask<Body = Answer>(
  url: string,
  query: string | readonly string[],
  token?: string,
): Promise<Body> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(typeof query === 'string' ? bodyOf(query) : query.map(bodyOf)),
  })
  return response.json() as Promise<Body>
}

export const codesOf = ({ errors = [] }: Answer): unknown[] =>
  errors.map(({ extensions, message }) => extensions?.['code'] ?? message)

interface Client {
  /** Sends a query, and waits for the first answer to it. */
  readonly ask: (query: string) => Promise<Answer>
  readonly next: () => Promise<Answer>
}
interface Message {
  readonly type: string
  readonly payload?: Answer | Answer['errors']
}

/** A socket in the protocol of graphql-ws. */
export async function connect(url: string, token?: string, payload: object | null = {}): Promise<Client> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { headers })
  onTestFinished(() => socket.terminate())
  const messages = on(socket, 'message')
  const receive = async (): Promise<Message> => {
    const { value } = (await messages.next()) as { value: [Buffer] }
    return JSON.parse(String(value[0])) as Message
  }
  const next = async (): Promise<Answer> => {
    const message = await receive()
    if (message.type === 'complete') return next()
    // What fails before it starts is answered with a list of errors.
    return Array.isArray(message.payload) ? { errors: message.payload } : (message.payload as Answer)
  }
  const send = (message: object): void => socket.send(JSON.stringify(message))
  await once(socket, 'open')
  send({ type: 'connection_init', ...(payload && { payload }) })
  await receive()
  let sent = 0
  return {
    next,
    async ask(query) {
      sent += 1
      send({ id: String(sent), type: 'subscribe', payload: { query } })
      return next()
    },
  }
}

// The types of Nest leave out what graphql-ws takes.
type Options = Omit<Partial<ApolloDriverConfig>, 'subscriptions'> & { subscriptions?: object }
type MercuriusOptions = Partial<MercuriusDriverConfig>

export const apollo = (options: Options = {}): DynamicModule =>
  GraphQLModule.forRoot<ApolloDriverConfig>({
    driver: ApolloDriver,
    autoSchemaFile: true,
    playground: false,
    subscriptions: { 'graphql-ws': true },
    ...options,
  })

export const apolloFederation = (options: Options = {}): DynamicModule =>
  GraphQLModule.forRoot<ApolloDriverConfig>({
    driver: ApolloFederationDriver,
    autoSchemaFile: { federation: 2 },
    playground: false,
    subscriptions: { 'graphql-ws': true },
    // Of interfaces, Apollo's subgraphs leave the resolvers out otherwise.
    inheritResolversFromInterfaces: true,
    plugins: [ApolloServerPluginInlineTraceDisabled()],
    ...options,
  })

export const mercurius = (options: MercuriusOptions = {}): DynamicModule =>
  GraphQLModule.forRoot<MercuriusDriverConfig>({
    driver: MercuriusDriver,
    autoSchemaFile: true,
    subscription: true,
    ...options,
  })

export const mercuriusFederation = (options: Partial<MercuriusFederationDriverConfig> = {}): DynamicModule =>
  GraphQLModule.forRoot<MercuriusFederationDriverConfig>({
    driver: MercuriusFederationDriver,
    autoSchemaFile: { federation: 2 },
    inheritResolversFromInterfaces: true,
    subscription: true,
    ...options,
  })

type Extras = Parameters<typeof start>[1]

/** A GraphQL server that listens until the test ends. */
export const serve = async (
  graphql: DynamicModule,
  { imports = [], ...metadata }: Pick<ModuleMetadata, 'providers' | 'imports'>,
  extras: Extras = {},
): Promise<Started> => start({ ...metadata, imports: [graphql, ...imports] }, extras)
