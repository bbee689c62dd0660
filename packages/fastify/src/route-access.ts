import { compileAccess, type Access } from '@entraguard/core'
import type { RouteOptions } from 'fastify'

/** What a route requires of its callers. It stands in `config` of the route and is read by the guard of the scope. */
export type RouteAccess = Access | 'public'

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * Whom the route admits; `'public'` requires no token. Default: every user and app with any permission of this API.
     */
    access?: RouteAccess | undefined
  }
}

/** The routes of guarded scopes that ask for a token. */
const asking = new WeakSet<object>()

/**
 * Looks at the access of a route when it is registered.
 *
 * @throws {TypeError} for one that admits nobody or is malformed.
 */
export function checkRoute(route: RouteOptions): void {
  const access: RouteAccess | undefined = route.config?.access
  if (access === 'public') return
  asking.add(route)
  if (access === undefined) return
  try {
    compileAccess(access)
  } catch (error) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- compileAccess throws nothing else
    const { message } = error as TypeError
    throw new TypeError(`${String(route.method)} ${route.url}: config.access: ${message}`, { cause: error })
  }
}

/** True for a route that was registered in a guarded scope and is not public. */
export function asksForToken(route: RouteOptions): boolean {
  return asking.has(route)
}
