import { expect } from 'vitest'

import type { Answer } from './answers.ts'

/** What came back. */
export interface Received {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

export async function receive(response: Response): Promise<Received> {
  return { status: response.status, headers: response.headers, text: await response.text() }
}

/** The answer of GET /orders. Whoever sees it has read the orders. */
export const holdsOrders = ({ text }: Received): boolean => text.includes('"orders"')

/** Checks an answer, and that nothing of what was sent is in it. */
export function expectAnswer(
  received: Received,
  answer: Answer,
  method: string,
  credential: string,
  scope?: string,
): void {
  const { status, headers, text } = received
  expect(typeof answer.status === 'number' ? [answer.status] : answer.status, text.slice(0, 300)).toContain(
    status,
  )
  const challenge = typeof answer.challenge === 'function' ? answer.challenge(scope) : answer.challenge
  if (challenge !== undefined) expect(headers.get('www-authenticate')).toBe(challenge)
  if (status >= 300) expect(holdsOrders(received)).toBe(false)
  if (method === 'HEAD') expect(text).toBe('')
  else if (answer.body !== undefined) {
    expect(headers.get('content-type')).toMatch(/^application\/json\b/)
    expect(JSON.parse(text)).toStrictEqual(answer.body)
  }
  if (answer.body !== undefined) expect(headers.get('cache-control')).toBe('no-store')
  if (status === 503) expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
  expectNothingOf(credential, received)
}

/** No part of a token, and no other credential, comes back: not in the body, not in a header. */
function expectNothingOf(credential: string, { headers, text }: Received): void {
  const everything = `${text}\n${[...headers].flat().join('\n')}`
  for (const part of credential.split(/[ .,"]+/).filter(({ length }) => length > 12)) {
    expect(everything).not.toContain(part)
  }
}
