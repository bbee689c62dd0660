import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'

import {
  HttpRequest,
  HttpResponse,
  InvocationContext,
  type HttpFunctionOptions,
  type HttpHandler,
} from '@azure/functions'

/**
 * As much of the Functions host as an HTTP trigger sees: routes below `/api`, matched without looking at case, and a
 * real `HttpRequest` in. For tests and the demo on machines without Core Tools; `func start` serves the same functions.
 */
export const createHost = (functions: Readonly<Record<string, HttpFunctionOptions>>): Server =>
  createServer((request, response) => {
    serve(functions, request, response).catch((error: unknown) => {
      console.error(error)
      if (!response.headersSent) response.writeHead(500)
      response.end()
    })
  })

async function serve(
  functions: Readonly<Record<string, HttpFunctionOptions>>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const url = addressOf(incoming)
  const found = Object.entries(functions).filter(
    ([name, { route = name }]) => `/api/${route}`.toLowerCase() === url.pathname.toLowerCase(),
  )
  const match = found.find(([, { methods = [] }]) => methods.some((method) => method === incoming.method))
  if (match === undefined) {
    outgoing.writeHead(found.length === 0 ? 404 : 405).end()
    return
  }
  const [functionName, { handler }] = match
  await send(outgoing, await call(handler, functionName, url, incoming))
}

function addressOf({ url: target = '/', headers }: IncomingMessage): URL {
  const origin = `http://${headers.host ?? 'localhost'}`
  // A path is written after the host, never resolved against it: `//evil.example/api/orders` would stand in for both.
  return target.startsWith('/') ? new URL(`${origin}${target}`) : new URL(target, origin)
}

async function call(
  handler: HttpHandler,
  functionName: string,
  { href }: URL,
  incoming: IncomingMessage,
): Promise<HttpResponse> {
  // The host hands headers over as one text each: several of one name are joined.
  const headers = Object.fromEntries(
    Object.entries(incoming.headersDistinct).map(([name, values = []]) => [name, values.join(', ')]),
  )
  const { method = 'GET' } = incoming
  const body = method === 'GET' || method === 'HEAD' ? undefined : { bytes: await buffer(incoming) }
  const request = new HttpRequest({ method, url: href, headers, ...(body !== undefined && { body }) })
  const answer = await handler(request, new InvocationContext({ functionName }))
  return answer instanceof HttpResponse ? answer : new HttpResponse(answer)
}

async function send(outgoing: ServerResponse, answer: HttpResponse): Promise<void> {
  outgoing.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text())
}
