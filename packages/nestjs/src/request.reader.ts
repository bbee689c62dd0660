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
  if (type === 'ws') return readSocket(admissions.get(keyOf(context)))
  return type === 'rpc' && rpc ? { authorization: rpc(context) } : undefined
}

const readHeader = (of: AnyRequest): Authorization => authorizationOf('raw' in of ? of.raw : of)

/** Who opened the socket; the credential is there for what only the verifier can find out. */
function readSocket(admission: Admission | undefined): Call | undefined {
  return admission && { identity: admission.caller, authorization: admission.authorization }
}

export interface Admission {
  readonly caller: Caller
  /** By which rules, where that holds for the rest of the call. */
  readonly rules?: object | undefined
  /** What came with a message, or what a socket was opened with. */
  readonly authorization?: Authorization
}

/** Who was admitted, by request, socket, message or field of a query. Not on the request: anything could write there. */
export const admissions: WeakMap<object, Admission> = new WeakMap()
const keyArguments: Readonly<Record<string, number>> = { http: 0, ws: 0, graphql: 3 }

/** The object that is there once for each call; in a context that nothing here knows, an object of no call. */
export function keyOf(context: ExecutionContext): object {
  const type = context.getType<string>()
  if (type === 'rpc') return keyOfMessage(context.getArgByIndex(0), context.getArgByIndex(1))
  return context.getArgByIndex<object | undefined>(keyArguments[type] ?? -1) ?? {}
}

const messages = new WeakMap<object, WeakMap<object, object>>()

/**
 * One object for the data of a message together with the context of its transport: a custom transport may use one
 * context for many messages, and one of the two is enough of its own. Without any object there is no call to tell.
 */
function keyOfMessage(data: unknown, context: unknown): object {
  const [first, second] = [data, context].filter(isObject)
  if (first === undefined || second === undefined) return first ?? {}
  const ofFirst = messages.get(first) ?? new WeakMap<object, object>()
  const key = ofFirst.get(second) ?? {}
  if (!ofFirst.has(second)) messages.set(first, ofFirst.set(second, key))
  return key
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

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
