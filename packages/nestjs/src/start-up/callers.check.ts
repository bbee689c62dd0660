import { admittedCallers, type Caller } from '@entraguard/core'

import { read, rulesOf, TakenCallers } from '../routes/route.rules.ts'

/** All accesses have to hold, and so a narrow one makes a wide one lie. */
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
    `it takes ${takes}, and so every ${refused} that @Access() lets in would get 403: leave "${key}" and callers ` +
    `"${refused}" out of @Access(), or take @CurrentIdentity() in its place`
  )
}

const ofUsers = { takes: '@CurrentUser()', key: 'appPermissions' }
const ofApps = { takes: '@CurrentApp()', key: 'scopes' }

function problemOfNobody(stated: readonly Caller[]): string {
  if (stated.length === 0)
    return 'no caller can pass: one @Access() of class and method lets users in only, another one apps only, and all of them hold'
  const [only] = stated
  return stated.length === 1
    ? `no caller can pass: @Access() lets ${only}s in only, and it takes ${only === 'user' ? '@CurrentApp()' : '@CurrentUser()'}`
    : 'no caller can pass: it takes @CurrentUser() and @CurrentApp(), and nobody is both: take @CurrentIdentity()'
}
