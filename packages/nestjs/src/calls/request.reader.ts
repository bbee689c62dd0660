import { createPrivateMap, type AppIdentity, type PrivateMap, type UserIdentity } from '@entraguard/core'
import type { ArgumentsHost, ExecutionContext } from '@nestjs/common'

import {
  rawOf,
  readHeader,
  type AnyRequest,
  type AnyResponse,
  type Authorization,
  type Call,
  type Caller,
} from './call.ts'
import { isOfHandler, keyOfResolver, readGraphqlCall } from '../graphql/graphql.call.ts'
import { rulesOf } from '../routes/route.rules.ts'

/** Reads the value of an `Authorization` header from a message that has none of its own. */
export type ReadAuthorization = (context: ExecutionContext) => Authorization

export type { Call, Caller }

/**
 * The call that a handler is about to answer. `undefined` for an unknown kind of context, for a socket without a
 * caller, and for a microservice if the option that reads the credential of its messages is not set.
 *
 * @param message reads the credential, if the call is a message.
 */
export function readCall(context: ExecutionContext, message: ReadAuthorization | false): Call | undefined {
  const type = context.getType<string>()
  const [first, second] = [context.getArgByIndex<AnyRequest>(0), context.getArgByIndex<AnyResponse>(1)]
  if (type === 'http') return { authorization: readHeader(first), response: second, raw: rawOf(first) }
  if (type === 'graphql') return readGraphqlCall(context)
  if (type === 'ws') return readSocket(admissions.get(keyOf(context)))
  return message ? { authorization: message(context) } : undefined
}

/** Who opened the socket; the credential is there for what only the verifier can find out. */
function readSocket(admission: Admission | undefined): Call | undefined {
  return admission && { identity: admission.caller, authorization: admission.authorization }
}

export interface Admission {
  readonly caller: Caller
  /** The rules by which the caller was admitted, if that is valid for the rest of the call. */
  readonly rules?: object | undefined
  /** What came with a message, or what a socket was opened with. */
  readonly authorization?: Authorization
}

/** Who was admitted, by request, socket, message or resolver of a query. No property of it: anything could write there. */
export const admissions: PrivateMap<object, Admission> = createPrivateMap()
/** By which rules a call without a token passed. */
export const anonymous: WeakMap<object, object> = new WeakMap()
/** The kinds of call whose first argument is the request or the socket. */
const keyedByFirst: ReadonlySet<string> = new Set(['http', 'ws'])

/** The object that is there once for each call; in a context that nothing here knows, an object of no call. */
export function keyOf(context: ArgumentsHost): object {
  const type = context.getType<string>()
  if (type === 'graphql') return keyOfResolver(context)
  if (type === 'rpc') return keyOfMessage(context.getArgByIndex(0), context.getArgByIndex(1))
  return (keyedByFirst.has(type) ? context.getArgByIndex<object | undefined>(0) : undefined) ?? {}
}

const messages = new WeakMap<object, WeakMap<object, object>>()

/**
 * One object for the data of a message together with the context of its transport: a custom transport may use one
 * context for many messages, and one of the two is enough of its own. Without any object there is no call to tell.
 */
function keyOfMessage(data: unknown, context: unknown): object {
  const [first = {}, second] = [data, context].filter(isObject)
  if (second === undefined) return first
  const ofFirst = messages.get(first) ?? new WeakMap<object, object>()
  const key = ofFirst.get(second) ?? {}
  if (!ofFirst.has(second)) messages.set(first, ofFirst.set(second, key))
  return key
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

/**
 * Returns the caller that the guard admitted. Pass an execution context (in guards and interceptors), an arguments host
 * (in exception filters), or what `REQUEST` injects into a request-scoped provider: the request of Express or Fastify,
 * or the context of a GraphQL call. The result is `undefined` if the guard has not run yet, or if the token is optional
 * and was not sent.
 *
 * Nest creates request-scoped providers before it runs any guard, so call this in their methods, not in a constructor.
 *
 * @example
 * ```ts
 * @Injectable({ scope: Scope.REQUEST })
 * export class Orders {
 *   constructor(@Inject(REQUEST) private readonly request: Request) {}
 *   mine() {
 *     return this.ordersOf(identityOf(this.request)?.key)
 *   }
 * }
 * ```
 */
// Written out, so that editors show these names.
export function identityOf(call: ArgumentsHost | object): UserIdentity | AppIdentity | undefined {
  if (!isHost(call)) return admissions.get(call)?.caller
  return isPublicMessage(call) ? undefined : admissions.get(keyOf(call))?.caller
}

/** Nobody was asked who sent it, but a transport may have used its context for a message of somebody before. */
const isPublicMessage = (host: ArgumentsHost): boolean =>
  host.getType() === 'rpc' && isOfHandler(host) && rulesOf(host.getClass(), host.getHandler()).isPublic

const isHost = (call: object): call is ArgumentsHost =>
  'getArgByIndex' in call && typeof call.getArgByIndex === 'function' && 'getType' in call
