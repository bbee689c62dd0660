import { admittedCallers, type Caller } from '@entraguard/core'

import { read, rulesOf, TakenCallers } from '../routes/route.rules.ts'

/**
 * Finds accesses that promise more than they admit: all of them must be satisfied, so a narrow one limits a wide one.
 */
export function problemOfCallers(target: object, handler: object): string | undefined {
  const { accesses } = rulesOf(target, handler)
  const admitted = admittedCallers(accesses)
  const taken = read(TakenCallers, handler) ?? []
  const stated = accesses.slice(0, accesses.length - taken.length)
  if (admitted.length === 0) return problemOfNobody(admittedCallers(stated))
  const [refused] =
    stated.length === 0 ? [] : admittedCallers(stated).filter((kind) => !admitted.includes(kind))
  if (refused === undefined) return undefined
  const { takes, key } = refused === 'app' ? ofUsers : ofApps
  return (
    `it takes ${takes}, so every ${refused} that @Access() admits would get 403: remove "${key}" and callers ` +
    `"${refused}" from @Access(), or use @CurrentIdentity() instead`
  )
}

const ofUsers = { takes: '@CurrentUser()', key: 'appPermissions' }
const ofApps = { takes: '@CurrentApp()', key: 'scopes' }

function problemOfNobody(stated: readonly Caller[]): string {
  if (stated.length === 0)
    return 'no caller can pass: of the @Access() on class and method, one admits only users and another only apps, and all of them must be satisfied'
  const [only] = stated
  return stated.length === 1
    ? `no caller can pass: @Access() admits only ${only}s, and it takes ${only === 'user' ? '@CurrentApp()' : '@CurrentUser()'}`
    : 'no caller can pass: it takes @CurrentUser() and @CurrentApp(), and no caller is both: use @CurrentIdentity()'
}
