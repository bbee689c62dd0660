import type { IncomingMessage } from 'node:http'

import type { Access } from '@entraguard/core'

/*
 * What the middlewares of a route ask, known before they run: a guard in front of all routes makes most refusals, and a
 * client that is refused there should learn what the route asks. Only refused requests pay for it. It reads the routers
 * of Express 4 and 5, which show their layers without documenting them: where they look different nothing is found, and
 * the refusal names no scopes.
 */

interface Stack {
  readonly stack?: unknown
}

interface Layer {
  readonly handle: Stack & { readonly length: number }
  readonly method?: string | undefined
  readonly route?: Stack & { readonly methods: Readonly<Record<string, boolean>> }
  readonly path: string
  match?(path: string): boolean | { readonly path: string }
}

interface ExpressRequest extends IncomingMessage {
  readonly app: { readonly _router?: Stack; readonly router: Stack }
  readonly method: string
  readonly originalUrl: string
}

const askedBy = new WeakMap<object, Access | undefined>()

/** Remembers the access of a middleware. */
export function asking<M extends object>(access: Access | undefined, middleware: M): M {
  askedBy.set(middleware, access)
  return middleware
}

/** The accesses of all middlewares that a request passes before something answers it. Never throws. */
export function accessesAhead(request: IncomingMessage): readonly Access[] {
  const asked: Access[] = []
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what is no request of Express fails in here
    const { app, method, originalUrl } = request as ExpressRequest
    // Express 4 has `_router`; there, `router` throws.
    // oxlint-disable-next-line no-underscore-dangle -- its name in Express 4
    const router = app._router ?? app.router
    follow(layersOf(router), originalUrl.replace(/[?#].*/, ''), method.toLowerCase(), asked)
  } catch {
    // Whatever looks different asks nothing that is known. Nor does a path that cannot be decoded: Express answers 400.
  }
  return asked
}

/** Collects along the way of a request. True when something answers it. */
function follow(layers: readonly Layer[], path: string, method: string, asked: Access[]): boolean {
  return layers.some((layer) => {
    // Before router 2.2 it is true, and the layer keeps what matched. The layers of other frameworks have none.
    const match = layer.match?.(path)
    if (!match) return false
    const { handle, route } = layer
    if (route !== undefined) {
      const isGet = method === 'head' && route.methods['head'] !== true
      return run(layersOf(route), isGet ? 'get' : method, asked)
    }
    const inner = layersOf(handle)
    if (inner.length === 0) return run([layer], method, asked)
    const { path: taken } = match === true ? layer : match
    const rest = path.slice(taken.length)
    return follow(inner, rest.startsWith('/') ? rest : `/${rest}`, method, asked)
  })
}

/** The handlers for a method, up to the one that takes no `next`. */
function run(layers: readonly Layer[], method: string, asked: Access[]): boolean {
  return layers.some(({ handle, method: own }) => {
    if (own !== undefined && own !== method) return false
    const access = askedBy.get(handle)
    if (access !== undefined) asked.push(access)
    return handle.length < 3
  })
}

function layersOf({ stack }: Stack): readonly Layer[] {
  return Array.isArray(stack) ? (stack as readonly Layer[]) : []
}
