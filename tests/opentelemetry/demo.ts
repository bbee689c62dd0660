import type { Emulator } from '@entraguard/emulator'

import type { DemoRequest } from '../../scripts/demo/requests.mjs'

/** Counts by a name: `let in`, or the code of a refusal. */
export type Counts = Record<string, number>

export const add = (counts: Counts, name: string, more = 1): unknown =>
  (counts[name] = (counts[name] ?? 0) + more)

export const total = (counts: Counts): number => Object.values(counts).reduce((sum, count) => sum + count, 0)

/** The `Authorization` header of a row, if it has one. */
export async function authorizationOf(
  entra: Emulator,
  { authorization, token, change }: DemoRequest,
  previousKid: string,
): Promise<string | undefined> {
  if (authorization !== undefined || token === undefined) return authorization
  const { kind, ...options } = token
  const asked = { ...options, ...(options.signWith === 'previous' && { signWith: previousKid }) }
  const issued = {
    user: () => entra.issueUserToken(asked),
    app: () => entra.issueAppToken(asked),
    id: () => entra.issueIdToken(asked),
  }
  const made = await issued[kind]()
  return `Bearer ${change === undefined ? made : change(made)}`
}

/** The request of a row. */
export const requestOf = (url: string, { method, path }: DemoRequest, authorization?: string): Request =>
  new Request(`${url}${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...(authorization !== undefined && { authorization }) },
    ...(method === 'POST' && { body: JSON.stringify({ item: 'tea', quantity: 2 }) }),
  })

/** How often a decision was measured, and what is known of it. */
export interface Measured {
  readonly attributes: Readonly<Record<string, unknown>>
  readonly count: number
}

export const duration = 'entraguard.authentication.duration'

/**
 * Of the decisions the answers: whom a guard in front of all routes lets in, a route behind it may still forbid, and
 * that is a decision more.
 */
export function countsOf(points: readonly Measured[]): Counts {
  const counts: Counts = {}
  const letIn = { guard: 0, route: 0 }
  let forbidden = 0
  for (const { attributes, count } of points) {
    const code = attributes['error.type']
    if (typeof code === 'string') add(counts, code, count)
    else letIn[attributes['entraguard.access'] === true ? 'route' : 'guard'] += count
    if (attributes['http.response.status_code'] === 403) forbidden += count
  }
  return { ...counts, 'let in': letIn.guard > 0 ? letIn.guard - forbidden : letIn.route }
}
