import type { EntraGuardErrorCode } from '../errors/error-catalogue.ts'
import type { EntraGuardError } from '../errors/errors.ts'
import type { EmitEvent } from '../errors/events.ts'
import type { Fetch } from './fetch-document.ts'
import type { DocumentStorage } from './store.ts'

/** How long documents are used, in seconds. */
export interface CacheTimes {
  readonly refreshAfter: number
  readonly retainFor: number
  readonly minRefreshInterval: number
  readonly timeout: number
}

/** Everything that a cache needs from outside. */
export interface CacheWorld {
  readonly fetch: Fetch
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly times: CacheTimes
  readonly storage: DocumentStorage | undefined
  readonly emit: EmitEvent
  /** True where a promise of one request must not be awaited by another. */
  readonly workerd: boolean
}

/** What a call provides for the work that it starts. */
export interface CallContext {
  /**
   * Keeps a background refresh alive after the response, on platforms that need it (`ctx.waitUntil`, Next's `after`).
   */
  readonly waitUntil?: ((work: Promise<unknown>) => void) | undefined
}

export interface DocumentSpec<T> {
  readonly document: 'metadata' | 'keys'
  readonly unavailable: EntraGuardErrorCode
  /** From the configuration or from checked metadata, never from a token. */
  readonly address: (context: CallContext) => string | Promise<string>
  /**
   * Checks a document and returns the next value. If it throws, the document is refused and the previous value stays.
   */
  readonly read: (text: string, previous: T | undefined, seenAt: number, address: string) => T
  /** Whether the value outlives `retainFor`, given why the last refresh failed, if it did. Default: it does not. */
  readonly outlives?: (failure: EntraGuardError | undefined) => boolean
  /** Called when the clock went back to `now`: no time in the value may be later than that. */
  readonly rebase?: (value: T, now: number) => void
  /** Called when the value, or a time that decides about it, has changed. */
  readonly changed: () => void
}
