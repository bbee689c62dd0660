import { EntraGuardError } from '@entraguard/core'

import type { BearerRequest } from './request-token.ts'
import type { AuthInfo, VerifyBearerFunction, VerifyBearerFunctionWithReq, VerifyCallback } from './types.ts'
import { warnOnce } from './warnings.ts'

export type Verify = VerifyBearerFunction | VerifyBearerFunctionWithReq

type Admitted = AuthInfo['identity']

export interface Found {
  readonly user: unknown
  readonly info: AuthInfo
}

/**
 * Asks the application who the caller is. Without a verify function it is the identity.
 *
 * `before` contains the arguments before the token: the request, or nothing. The promise is rejected with the error
 * that the function reported or threw, and with `check_failed` if the function found no user. There is no time limit
 * for the function.
 */
export async function findUser(
  verify: Verify | undefined,
  before: readonly [] | readonly [BearerRequest],
  identity: Admitted,
): Promise<Found> {
  if (verify === undefined) return { user: identity, info: { identity } }
  return new Promise((resolve, reject) => {
    let isDone = false
    // Of several outcomes the promise takes the first.
    const done = (error: unknown, user?: unknown, info?: unknown): void => {
      if (isTruthy(error)) reject(error)
      else if (isTruthy(user)) resolve({ user, info: infoWith(info, identity) })
      else reject(nobody())
      isDone = true
    }
    const failed = (error: unknown): void => {
      if (isDone) warnOnce('late')
      else reject(error)
    }
    ask(verify, before, identity, done).catch(failed)
  })
}

async function ask(
  verify: Verify,
  before: readonly [] | readonly [BearerRequest],
  identity: Admitted,
  done: VerifyCallback,
): Promise<void> {
  // A copy: applications write into it, and the identity is shared by all requests of a token.
  const token: unknown = structuredClone(identity.claims)
  await Reflect.apply(verify, undefined, [...before, token, done])
}

function nobody(): EntraGuardError {
  return new EntraGuardError('check_failed', { status: 401, details: { reason: 'verify found no user' } })
}

/** As in passport-azure-ad: `0` and an empty text are not a user. */
const isTruthy = (value: unknown): boolean => Boolean(value)

/** The application's own info with the identity in it, which no claim called `identity` may replace. */
function infoWith(info: unknown, identity: Admitted): AuthInfo {
  if (info === undefined || info === null) return { identity }
  if (typeof info !== 'object' || Array.isArray(info)) return { identity, message: info }
  const members: PropertyDescriptorMap = {
    ...Object.getOwnPropertyDescriptors(info),
    ...Object.getOwnPropertyDescriptors({ identity }),
  }
  const prototype: unknown = Object.getPrototypeOf(info)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a prototype is an object or null, and the identity is a member
  return Object.create(prototype as object | null, members) as AuthInfo
}
