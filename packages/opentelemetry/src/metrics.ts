import type { Counter, Histogram, Meter } from '@opentelemetry/api'

/** Seconds. A token that was seen before takes microseconds, a document of another continent a second. */
const boundaries = [0.0001, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Names of attributes. Their values are short closed lists, but for the authorities, which the configuration names. */
export const attributes = {
  result: 'entraguard.result',
  scheme: 'entraguard.scheme',
  operation: 'entraguard.operation',
  /** Was it a route that asked for something? A guard in front of all routes asks for nothing. */
  access: 'entraguard.access',
  callerKind: 'entraguard.caller.kind',
  authority: 'entraguard.authority',
  document: 'entraguard.document',
  source: 'entraguard.source',
  change: 'entraguard.change',
  status: 'entraguard.status',
  /** As the semantic conventions have it: the code of the refusal. */
  errorType: 'error.type',
  statusCode: 'http.response.status_code',
} as const

/** The metrics that are independent of requests. */
export interface DocumentMetrics {
  readonly refreshes: Histogram
  readonly failures: Counter
  readonly changes: Counter
  readonly storeFailures: Counter
}

/** The metrics of requests. */
export interface RequestMetrics {
  readonly authentications: Histogram
  readonly challenges: Counter
  readonly forbids: Counter
  readonly authorizations: Counter
}

export function createDocumentMetrics(meter: Meter): DocumentMetrics {
  return {
    refreshes: meter.createHistogram('entraguard.document.refresh.duration', {
      unit: 's',
      description: 'How long it took to read metadata or keys.',
      advice: { explicitBucketBoundaries: boundaries },
    }),
    failures: meter.createCounter('entraguard.document.refresh.failures', {
      unit: '{attempt}',
      description: 'Attempts to read metadata or keys that failed.',
    }),
    changes: meter.createCounter('entraguard.key.changes', {
      unit: '{key}',
      description: 'Signing keys that appeared, disappeared, or were replaced under the same id.',
    }),
    storeFailures: meter.createCounter('entraguard.store.failures', {
      unit: '{operation}',
      description: 'Operations of the shared store that failed.',
    }),
  }
}

export function createRequestMetrics(meter: Meter): RequestMetrics {
  return {
    authentications: meter.createHistogram('entraguard.authentication.duration', {
      unit: 's',
      description: 'How long it took to decide about a caller.',
      advice: { explicitBucketBoundaries: boundaries },
    }),
    challenges: meter.createCounter('entraguard.authentication.challenges', {
      unit: '{challenge}',
      description: 'Callers without an acceptable token: 400 and 401.',
    }),
    forbids: meter.createCounter('entraguard.authentication.forbids', {
      unit: '{forbid}',
      description: 'Callers with a valid token but without permission: 403.',
    }),
    authorizations: meter.createCounter('entraguard.authorization.attempts', {
      unit: '{decision}',
      description: 'Decisions of verifier.authorize, inside handlers.',
    }),
  }
}
