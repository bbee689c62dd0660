import type { ArgumentsHost, ExecutionContext } from '@nestjs/common'

import { rawOf, readHeader, type AnyRequest, type AnyResponse, type Call } from '../calls/call.ts'
import { rulesOf } from '../routes/route.rules.ts'

/** `reply` is of Mercurius; `extra`, here or in `req`, of graphql-ws, with the request that was upgraded. */
type GraphqlContext = {
  req?: AnyRequest
  res?: AnyResponse
  reply?: AnyResponse
  extra?: { request?: AnyRequest }
  connectionParams?: unknown
  [madeFor]?: Origin
}
/** What graphql-js tells a resolver: anew for each field, with variables that are made anew for each execution. */
type Info = { readonly fieldNodes: object; readonly variableValues: object }
/** One object for the resolvers that ask for the same, in one execution. */
type Keys = Map<object, object>

/** What a server made a context for: an HTTP request, an operation of a socket or a whole socket. */
interface Origin {
  readonly request: object
  readonly response: AnyResponse | undefined
  /** What the client of a socket said when it opened it: browsers set no header there. */
  readonly said: readonly string[]
  /** Several run in a batch and on a socket, and every event of a subscription is one. */
  readonly executions: WeakMap<object, Keys>
}

/** Servers copy a context, and the copies have this too. */
const madeFor: unique symbol = Symbol('EntraGuard: made for this call')

/** Which call a request belongs to. The `req` of a context need not be one: people put there what a socket's client said. */
const owners = new WeakMap<object, object>()

/**
 * The `context` of a server, given as an object or a function, as a function that makes a new one for each call: Apollo
 * 13 and Mercurius write the request into what they are given, and what one object for all says is of the first call.
 */
export function contextForEachCall(
  given: unknown,
  options: object,
): (...args: unknown[]) => Promise<unknown> {
  return async (...args) => {
    // Before the application's function runs, which could give this request to another call.
    const origin = originOf(args)
    const context: unknown = typeof given === 'function' ? await Reflect.apply(given, options, args) : given
    return markContext(context ?? {}, origin)
  }
}

function originOf([first, second]: readonly unknown[]): Origin {
  const outer = isContext(first) ? first : {}
  // In this order: Express and Yoga, graphql-ws, Fastify, and Mercurius, which puts the socket before the request.
  const request = [outer.req, outer.extra?.request, first, second].find(isRequest)
  const reply = request === first && isResponse(second) ? second : undefined
  const raw: object = request === undefined ? {} : rawOf(request)
  if (request !== undefined) claim(request, raw)
  const said = outer.extra?.request === undefined ? [] : credentialsIn(outer.connectionParams)
  return { request: raw, response: outer.res ?? outer.reply ?? reply, said, executions: new WeakMap() }
}

/** Of `connectionParams` what is called as the header is, in whatever case. */
const credentialsIn = (params: unknown): string[] =>
  Object.entries(isObject(params) ? params : {}).flatMap(([name, value]: [string, unknown]) =>
    name.toLowerCase() === 'authorization' && typeof value === 'string' ? [value] : [],
  )

/** Copied, unless it is the application's own object and its first call. */
function markContext(given: unknown, origin: Origin): unknown {
  // The guard refuses a context that is no object.
  if (!isContext(given)) return given
  const prototype: object | null = Reflect.getPrototypeOf(given)
  const isPlain = prototype === Object.prototype || prototype === null
  const { request = origin.request } = given[madeFor] ?? {}
  const isShared = isPlain || request !== origin.request || !Object.isExtensible(given)
  const own: object = isShared
    ? Object.defineProperties(Object.create(prototype), Object.getOwnPropertyDescriptors(given))
    : given
  // It may have that of another call already.
  return Object.defineProperty(own, madeFor, { value: origin, enumerable: true, configurable: true })
}

/** The request in a context, for everybody who gets that context. */
export const requestIn = (context: unknown): AnyRequest | undefined => {
  const { req, reply, extra = req?.extra }: GraphqlContext = isContext(context) ? context : {}
  return [req, reply?.request, extra?.request].find(isRequest)
}

/** The call of a resolver. @throws {TypeError} when its context contains the request of another call. */
export function readGraphqlCall(context: ExecutionContext): Call | undefined {
  const call = resolverCall(context)
  if (call === undefined) return undefined
  const { res, reply, [madeFor]: origin } = call.graphql
  const request = [requestIn(call.graphql), origin?.request].find(isRequest)
  if (request === undefined) return undefined
  // Who runs a query without the `context` of GraphQLModule makes a request for each execution.
  claim(request, origin?.request ?? call.info.variableValues)
  const given = origin === undefined ? (res ?? reply) : origin.response
  // Express: the request knows its response.
  const response: AnyResponse | undefined = given ?? Reflect.get(request, 'res')
  const isOpen = response?.headersSent !== true && response?.sent !== true
  const said = origin?.request === rawOf(request) ? origin.said : []
  // With both there are two credentials, which is refused.
  const authorization = said.length === 0 ? readHeader(request) : [readHeader(request) ?? [], said].flat(2)
  return { authorization, response: isOpen ? response : undefined, raw: rawOf(request) }
}

/** Its headers too: people put them into a request of their own. */
function claim(request: AnyRequest, call: object): void {
  const raw = rawOf(request)
  const parts = [raw, raw.headers]
  if (parts.some((part) => (owners.get(part) ?? call) !== call))
    throw new TypeError(
      'The context of this GraphQL call contains the request of another call: create a new context for each call',
    )
  for (const part of parts) owners.set(part, call)
}

/**
 * What is there once for a resolver in one execution, or, where the context tells no call, for one field of it.
 * Persisted and cached queries have `info.operation` in common, whoever calls.
 */
export function keyOfResolver(context: ArgumentsHost): object {
  const call = resolverCall(context)
  if (call === undefined) return {}
  // In an exception filter, which is not told whose exception it gets.
  if (!isOfHandler(context)) return call.graphql
  const origin = call.graphql[madeFor]
  const executions = origin?.executions ?? strays
  const execution = origin === undefined ? call.info : call.info.variableValues
  const keys = executions.get(execution) ?? new Map<object, object>()
  executions.set(execution, keys)
  const rules = rulesOf(context.getClass(), context.getHandler())
  const key = keys.get(rules) ?? {}
  keys.set(rules, key)
  return key
}

/** Whether it is an execution context, which says whose method is called. */
export const isOfHandler = (context: ArgumentsHost): context is ExecutionContext =>
  'getHandler' in context && typeof context.getHandler === 'function' && Boolean(context.getHandler())

/** The context that the server created for this call only. */
export function contextOfCall(context: ExecutionContext): object | undefined {
  const graphql = resolverCall(context)?.graphql
  return graphql?.[madeFor] === undefined ? undefined : graphql
}

const strays = new WeakMap<object, Keys>()

/**
 * Context and info of a resolver, of whatever kind. Resolvers of references and types are called without arguments of a
 * query, so that the two come one place earlier; with a field middleware something may follow.
 */
function resolverCall(context: ArgumentsHost): { graphql: GraphqlContext; info: Info } | undefined {
  for (const place of [3, 2]) {
    const info = context.getArgByIndex<unknown>(place)
    const graphql = context.getArgByIndex<unknown>(place - 1)
    if (isInfo(info)) return isContext(graphql) ? { graphql, info } : undefined
  }
  return undefined
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null
// Of these nothing is known for sure.
const isContext: (value: unknown) => value is GraphqlContext = isObject
const isResponse: (value: unknown) => value is AnyResponse = isObject
const isRequest = (value: unknown): value is AnyRequest => isObject(value) && 'headers' in value
const isInfo = (value: unknown): value is Info =>
  isObject(value) && 'fieldNodes' in value && 'variableValues' in value && isObject(value.variableValues)
