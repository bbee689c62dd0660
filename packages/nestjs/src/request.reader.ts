import { authorizationOf, type AppIdentity, type UserIdentity } from '@entraguard/core'
import type { ExecutionContext } from '@nestjs/common'
import type { IncomingMessage } from 'node:http'

type Authorization = string | readonly string[] | undefined

/** Reads the value of an `Authorization` header from a message that has none of its own. */
export type ReadAuthorization = (context: ExecutionContext) => Authorization

/** Of Node and Express, or of Fastify, which has that of Node inside. */
type AnyRequest = (IncomingMessage | { readonly raw: IncomingMessage }) & { extra?: { request?: AnyRequest } }
type SetHeader = (name: string, value: string) => unknown
type AnyResponse = { header?: SetHeader; setHeader?: SetHeader; request?: AnyRequest }
/** `reply` is of Mercurius; `extra`, here or in `req`, of graphql-ws, with the request that was upgraded. */
type GraphqlContext = { req?: AnyRequest; res?: AnyResponse; reply?: AnyResponse; extra?: AnyResponse }

export type Caller = UserIdentity | AppIdentity
/** Where the credential of a call is, or who was admitted when its socket opened, and where a refusal goes. */
export type Call = { authorization?: Authorization; identity?: Caller; response?: AnyResponse | undefined }

/**
 * The call that a handler is about to answer. `undefined` for a kind of context that nothing here knows, for a socket
 * without a caller, and for a microservice as long as nobody said where its messages carry their credential.
 */
export function readCall(context: ExecutionContext, rpc: ReadAuthorization | false): Call | undefined {
  const type = context.getType<string>()
  const [first, second, graphql] = context.getArgs<[AnyRequest, AnyResponse, GraphqlContext]>()
  if (type === 'http') return { authorization: readHeader(first), response: second }
  if (type === 'graphql') {
    const { req, res, reply, extra = req?.extra } = graphql
    const request = [req, reply?.request, extra?.request].find((each) => each && 'headers' in each)
    // Express: the request knows its response.
    const response = res ?? reply ?? Reflect.get(request ?? {}, 'res')
    return request && { authorization: readHeader(request), response }
  }
  const identity = identityOf(context)
  if (type === 'ws') return identity && { identity }
  return type === 'rpc' && rpc ? { authorization: rpc(context) } : undefined
}

const readHeader = (of: AnyRequest): Authorization => authorizationOf('raw' in of ? of.raw : of)

/**
 * Who was admitted, by request, socket, message or field of a query, and by which rules where that holds for the rest
 * of the call. Not on the request: anything could write there.
 */
export const admissions: WeakMap<object, { caller: Caller; rules?: object | undefined }> = new WeakMap()
const keyArguments: Readonly<Record<string, number>> = { http: 0, ws: 0, rpc: 1, graphql: 3 }

/** The argument that is there once for each call; in a context that nothing here knows, an object of no call. */
export const keyOf = (context: ExecutionContext): object =>
  context.getArgByIndex<object | undefined>(keyArguments[context.getType<string>()] ?? -1) ?? {}

/**
 * The caller that the guard admitted, for interceptors and filters; `undefined` where it did not run.
 *
 * @example
 * ```ts
 * intercept(context: ExecutionContext, next: CallHandler) {
 *   this.logger.log(`${identityOf(context)?.key} calls ${context.getHandler().name}`)
 *   return next.handle()
 * }
 * ```
 */
export const identityOf = (call: ExecutionContext): Caller | undefined => admissions.get(keyOf(call))?.caller
