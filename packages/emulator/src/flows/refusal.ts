import type { EntraError } from '../http/responses.ts'

/** What an error says beside its code: what a client should do next, and with which claims. */
export type RefusalDetails = Pick<EntraError, 'suberror' | 'claims' | 'nonce'>

/** A request that a flow refuses, with the answer that Entra gives. */
export class Refusal extends Error {
  readonly answer: EntraError

  constructor(
    error: string,
    code: number | undefined,
    message: string,
    status = 400,
    details: RefusalDetails = {},
  ) {
    super(message)
    this.name = 'Refusal'
    this.answer = { status, error, code, message, ...details }
  }
}

/** A form parameter that must be there, once. */
export function required(form: URLSearchParams, name: string): string {
  const value = form.get(name)
  if (value === null || value === '') {
    throw new Refusal(
      'invalid_request',
      900144,
      `The request body must contain the following parameter: '${name}'.`,
    )
  }
  return value
}
