import { authorizationOf, type AppIdentity, type UserIdentity } from '@entraguard/core'
import type { IncomingMessage } from 'node:http'

export type Authorization = string | readonly string[] | undefined
export type Caller = UserIdentity | AppIdentity

/** Of Node and Express, or of Fastify, which has that of Node inside. */
export type AnyRequest = (IncomingMessage | { readonly raw: IncomingMessage }) & {
  extra?: { request?: AnyRequest }
}
type SetHeader = (name: string, value: string) => unknown
export type AnyResponse = {
  header?: SetHeader
  setHeader?: SetHeader
  request?: AnyRequest
  headersSent?: boolean
  sent?: boolean
}

/** The credential of a call, or the caller who was admitted when its socket opened, and where to send a refusal. */
export type Call = {
  authorization?: Authorization
  identity?: Caller
  response?: AnyResponse | undefined
  /** The request of Node, which may prove the key of a token. */
  raw?: IncomingMessage
}

/** The Node request inside a request. To one of Node itself, middleware may have given a `raw`, such as the body. */
export const rawOf = (of: AnyRequest): IncomingMessage => (isOfNode(of) ? of : of.raw)

const isOfNode = (of: AnyRequest): of is IncomingMessage => !('raw' in of) || 'rawHeaders' in of

export const readHeader = (of: AnyRequest): Authorization => authorizationOf(rawOf(of))
