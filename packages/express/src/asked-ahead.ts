import type { IncomingMessage } from 'node:http'

import type { Access } from '@entraguard/core'

/*
 * What the middlewares of a route ask, known before they run: a guard in front of all routes makes most refusals, and a
 * client that is refused there should learn what the route asks. Only refused requests pay for it. It reads the routers
 * of Express 4 and 5, which show their layers without documenting them: where they look different nothing is found, and
 * the refusal names no scopes.
 */

interface Layer {
  readonly handle?: { readonly length?: number; readonly stack?: unknown }
  readonly method?: string | undefined
  readonly route?: { readonly methods?: Readonly<Record<string, boolean>>; readonly stack?: unknown }
  readonly path?: string
  match?(path: string): boolean | { readonly path?: string }
}

interface ExpressRequest extends IncomingMessage {
  readonly app?: { readonly _router?: Stack; readonly router?: Stack }
  readonly originalUrl?: string
}

interface Stack {
  readonly stack?: unknown
}

const askedBy = new WeakMap<object, Access>()

/** Remembers the access of a middleware. */
export function asking<M extends object>(access: Access | undefined, middleware: M): M {
  if (access !== undefined) askedBy.set(middleware, access)
  return middleware
}

/** The accesses of all middlewares that a request passes before something answers it. */
export function accessesAhead(request: IncomingMessage): readonly Access[] {
  const { app, originalUrl = request.url ?? '/' }: ExpressRequest = request
  const asked: Access[] = []
  try {
    // Express 4 has `_router`; there, `router` throws.
    // oxlint-disable-next-line no-underscore-dangle -- its name in Express 4
    const router = app?._router ?? app?.router
    const [path = '/'] = originalUrl.split(/[?#]/)
    follow(layersOf(router), path, (request.method ?? 'GET').toLowerCase(), asked)
  } catch {
    // A path that cannot be decoded matches nothing, and Express answers 400.
  }
  return asked
}

/** Collects along the way of a request. True when something answers it. */
function follow(layers: readonly Layer[], path: string, method: string, asked: Access[]): boolean {
  return layers.some((layer) => {
    // Before router 2.2 it is true, and the layer keeps what matched.
    const match = layer.match?.(path)
    if (match === undefined || match === false) return false
    const { handle, route } = layer
    if (route !== undefined) return serves(route, method) && run(layersOf(route), method, asked)
    const inner = layersOf(handle)
    if (inner.length === 0) return run([layer], method, asked)
    const { path: taken = '' } = match === true ? layer : match
    const rest = path.slice(taken.length)
    return follow(inner, rest.startsWith('/') ? rest : `/${rest}`, method, asked)
  })
}

function serves({ methods = {} }: NonNullable<Layer['route']>, method: string): boolean {
  const isGet = methods['get'] === true && method === 'head'
  return methods['_all'] === true || methods[method] === true || isGet
}

/** The handlers of one route, up to the one that takes no `next`. */
function run(layers: readonly Layer[], method: string, asked: Access[]): boolean {
  return layers.some(({ handle, method: own }) => {
    if (handle === undefined || (own !== undefined && own !== method && method !== 'head')) return false
    const access = askedBy.get(handle)
    if (access !== undefined) asked.push(access)
    return handle.length !== undefined && handle.length < 3
  })
}

function layersOf(router: Stack | undefined): readonly Layer[] {
  const stack = router?.stack
  return Array.isArray(stack) ? (stack as readonly Layer[]) : []
}
