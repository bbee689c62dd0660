import {
  checkOptions,
  createVerifier,
  verifierOptionNames,
  type Verifier,
  type VerifierEvent,
  type VerifierOptions,
} from '@entraguard/core'
import { metrics, trace, type Meter, type Tracer } from '@opentelemetry/api'

import { eventMetrics, scope } from './event-metrics.ts'
import { observeHealth } from './key-metrics.ts'
import { attributes, createRequestMetrics } from './metrics.ts'
import { RequestRecorder } from './request-recorder.ts'
import { tracedFetch } from './traced-fetch.ts'

/** Options of {@link instrument}. */
export interface TelemetryOptions {
  /** Default: that of the global provider. */
  readonly meter?: Meter | undefined
  /**
   * Default: that of the global provider. It is used only if you pass options and not a verifier, for the requests that
   * the verifier makes.
   */
  readonly tracer?: Tracer | undefined
  /** Tells several verifiers of a process apart: the attribute `entraguard.scheme`. Default `Bearer`. */
  readonly scheme?: string | undefined
}

/**
 * Returns a verifier whose decisions are measured: their duration, result and reason. A gauge reports the age of its
 * keys. If you pass options and not a verifier, it also counts what is read outside of requests, and wraps each request
 * that the verifier makes in a span.
 *
 * No attribute identifies a user. The attributes are results, error codes, kinds of caller, and URLs from the
 * configuration. It decides nothing: whatever the verifier returns or throws is passed on unchanged. Call it once for
 * each verifier; verifiers from `with` are counted too, under the same scheme.
 *
 * @throws {TypeError} without a verifier or options, and for an unknown option.
 * @see https://learn.microsoft.com/aspnet/core/metrics/security
 *
 * @example
 * ```ts
 * const verifier = instrument({ tenants, audience })
 * app.get('/orders', entraGuard(verifier, { scopes: ['Orders.Read'] }), listOrders)
 * ```
 */
export function instrument(verifier: Verifier | VerifierOptions, options: TelemetryOptions = {}): Verifier {
  const { meter, tracer, scheme } = readOptions(options)
  const observed = isVerifier(verifier) ? verifier : createObserved(verifier, { meter, tracer, scheme })
  observeHealth(meter, observed)
  return counted(observed, new RequestRecorder(createRequestMetrics(meter), scheme))
}

interface Telemetry {
  readonly meter: Meter
  readonly tracer: Tracer
  readonly scheme: string
}

function readOptions(options: TelemetryOptions): Telemetry {
  const {
    meter = metrics.getMeter(scope),
    tracer = trace.getTracer(scope),
    scheme = 'Bearer',
  } = checkOptions('instrument', options, ['meter', 'tracer', 'scheme'])
  if (typeof scheme !== 'string' || scheme === '') throw new TypeError('scheme must be a non-empty string')
  if (typeof meter?.createHistogram !== 'function')
    throw new TypeError('meter must be a Meter of OpenTelemetry')
  if (typeof tracer?.startSpan !== 'function') throw new TypeError('tracer must be a Tracer of OpenTelemetry')
  return { meter, tracer, scheme }
}

function isVerifier(value: Verifier | VerifierOptions): value is Verifier {
  if (typeof value !== 'object' || value === null)
    throw new TypeError('instrument needs a verifier, or the options of one')
  return 'authenticate' in value && typeof value.authenticate === 'function'
}

function createObserved(options: VerifierOptions, { meter, tracer, scheme }: Telemetry): Verifier {
  const count = eventMetrics(meter)
  // The copy below would lose an inherited option, and with it a rule.
  const { onEvent, fetch } = checkOptions('instrument', options, verifierOptionNames)
  return createVerifier({
    ...options,
    fetch: tracedFetch(fetch ?? ((...request) => globalThis.fetch(...request)), tracer, scheme),
    onEvent: (event: VerifierEvent): unknown => {
      count(event)
      return onEvent?.(event)
    },
  })
}

/** The same verifier, with somebody who looks at the clock. */
function counted(verifier: Verifier, record: RequestRecorder): Verifier {
  return Object.freeze<Verifier>({
    ...verifier,
    verify: (...call) => record.timed('verify', () => verifier.verify(...call)),
    verifyIdToken: (...call) => record.timed('verify_id_token', () => verifier.verifyIdToken(...call)),
    authenticate: (...call: Parameters<Verifier['authenticate']>) => {
      const asked = { [attributes.access]: call[1] !== undefined }
      return record.timed('authenticate', () => verifier.authenticate(...call), asked)
    },
    authorize: (identity, access) => record.decided(() => verifier.authorize(identity, access)),
    with: (changes) => counted(verifier.with(changes), record),
  })
}
