import { EntraGuardError } from '@entraguard/core'
import type { Attributes } from '@opentelemetry/api'

import { attributes, type RequestMetrics } from './metrics.ts'

/** Counts decisions and changes none: results and errors are passed on unchanged. */
export class RequestRecorder {
  readonly #metrics: RequestMetrics
  readonly #scheme: string

  constructor(metrics: RequestMetrics, scheme: string) {
    this.#metrics = metrics
    this.#scheme = scheme
  }

  async timed<Caller extends object>(
    operation: string,
    decide: () => Promise<Caller>,
    asked: Attributes = {},
  ): Promise<Caller> {
    const begin = performance.now()
    const record = (outcome: Attributes): void =>
      this.#metrics.authentications.record((performance.now() - begin) / 1000, {
        ...this.#base(),
        [attributes.operation]: operation,
        ...asked,
        ...outcome,
      })
    let caller: Caller
    try {
      caller = await decide()
    } catch (error) {
      safely(() => {
        const refusal = refusalOf(error)
        record(refusal)
        this.#count(refusal)
      })
      throw error
    }
    safely(() => record(admissionOf(caller)))
    return caller
  }

  decided<Caller>(decide: () => Caller): Caller {
    const record = (outcome: Attributes): void =>
      safely(() => this.#metrics.authorizations.add(1, { ...this.#base(), ...outcome }))
    let caller: Caller
    try {
      caller = decide()
    } catch (error) {
      // A TypeError is a mistake in the code and no decision.
      if (EntraGuardError.is(error))
        record({ [attributes.result]: 'failure', [attributes.errorType]: error.code })
      throw error
    }
    record({ [attributes.result]: 'success' })
    return caller
  }

  #base(): Attributes {
    return { [attributes.scheme]: this.#scheme }
  }

  #count({ [attributes.statusCode]: status, [attributes.errorType]: type }: Attributes): void {
    const why = { ...this.#base(), [attributes.errorType]: type }
    if (status === 400 || status === 401) this.#metrics.challenges.add(1, why)
    if (status === 403) this.#metrics.forbids.add(1, why)
  }
}

/** Who counts must not decide about a request. */
function safely(count: () => void): void {
  try {
    count()
  } catch {
    // A view, a processor or an exporter of the application failed.
  }
}

const admissionOf = (caller: object): Attributes => ({
  [attributes.result]: 'success',
  ...('kind' in caller && typeof caller.kind === 'string' && { [attributes.callerKind]: caller.kind }),
})

/** Why nobody was let in. `none`: there was no token, which is how many a client begins. */
function refusalOf(error: unknown): Attributes {
  if (!EntraGuardError.is(error)) return { [attributes.result]: 'failure', [attributes.errorType]: '_OTHER' }
  return {
    [attributes.result]: error.code === 'token_missing' ? 'none' : 'failure',
    [attributes.errorType]: error.code,
    [attributes.statusCode]: error.status,
  }
}
