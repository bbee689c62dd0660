import type { EntraGuardErrorCode } from './error-catalogue.ts'
import { EntraGuardError } from './errors.ts'
import type { EmitEvent } from './events.ts'
import { fetchDocument, isWorkerd, type Fetch } from './fetch-document.ts'
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
}

/** What one call lends to the work that it starts. */
export interface CallContext {
  /** Keeps a background refresh alive after the response, where the platform needs it (`ctx.waitUntil`, Next's `after`). */
  readonly waitUntil?: (work: Promise<unknown>) => void
}

export interface DocumentSpec<T> {
  readonly document: 'metadata' | 'keys'
  readonly unavailable: EntraGuardErrorCode
  /** From the configuration or from checked metadata, never from a token. */
  readonly address: (context: CallContext) => string | Promise<string>
  /** Checks a document and makes the next value; throws to refuse it, and the previous value stays. */
  readonly read: (text: string, previous: T | undefined, seenAt: number, address: string) => T
  /** The clock went back to `now`: no time that the value holds may lie after it. */
  readonly rebase?: (value: T, now: number) => void
}

type Purpose = 'load' | 'stale' | 'missing'

interface Run {
  done: Promise<void>
  readonly startedAt: number
  outcome?: { readonly error?: EntraGuardError }
}

/** Milliseconds after which a waiter in workerd takes over: the request that was fetching may have been cancelled. */
const orphanAfter = 1000
const pollEvery = 10
const maxBackOff = 60_000

/** Reads the injected clock. @throws {EntraGuardError} for one that is not a finite number ≥ 0: no age can be known. */
export function readClock(now: () => number): number {
  const time = now()
  if (Number.isFinite(time) && time >= 0) return time
  throw new EntraGuardError('keys_unavailable', {
    hint: 'The clock of this server (option now) gives no valid time.',
  })
}

/**
 * One fetched document and the one way to keep it: fetched once however many ask, refreshed in the background,
 * kept through outages, retried with back-off, shared through a store. DESIGN §5 is its specification.
 */
export class CachedDocument<T> {
  readonly #spec: DocumentSpec<T>
  readonly #world: CacheWorld
  #value: T | undefined
  #fetchedAt = 0
  #refreshAt = 0
  /** When the network was last asked, by this process or by the one that filled the store. */
  #askedAt = Number.NEGATIVE_INFINITY
  #failures = 0
  #retryAt = 0
  #lastError: EntraGuardError | undefined
  #run: Run | undefined
  #sequence = 0
  #applied = 0
  #latest = 0
  #skipStore = false

  constructor(spec: DocumentSpec<T>, world: CacheWorld) {
    this.#spec = spec
    this.#world = world
  }

  /** The value, if there is one that may be used; an old one is refreshed in the background. Never waits. */
  peek(now: number, context: CallContext): T | undefined {
    this.#rebase(now)
    if (this.#value === undefined || now - this.#fetchedAt >= this.#world.times.retainFor * 1000)
      return undefined
    if (now >= this.#refreshAt && now >= this.#retryAt && !this.#isRunning(now)) {
      // Started outside the optional call: inside, nothing would start where there is no waitUntil.
      const { done } = this.#start(now, 'stale', context)
      context.waitUntil?.(done)
    }
    return this.#value
  }

  /**
   * The value, waiting for the first one.
   * @throws {EntraGuardError} 503 when it cannot be had; at once during back-off.
   */
  async get(context: CallContext): Promise<T> {
    for (;;) {
      const now = readClock(this.#world.now)
      const value = this.peek(now, context)
      if (value !== undefined) return value
      await this.#attempt(now, 'load', context)
    }
  }

  /**
   * Called when the document lacks what a token needs. Waits for the refresh in flight, or starts one, at most one
   * per `minRefreshInterval`; inside the interval it does nothing, because nothing new can be known.
   * @throws {EntraGuardError} 503 while the newest state of the document is not known.
   */
  async refresh(context: CallContext): Promise<void> {
    const now = readClock(this.#world.now)
    const askedRecently = now - this.#askedAt < this.#world.times.minRefreshInterval * 1000
    if (!this.#isRunning(now) && this.#failures === 0 && askedRecently) return
    await this.#attempt(now, 'missing', context)
  }

  /** Drops the value, here and in the store. What is in flight no longer counts. */
  async forget(context: CallContext): Promise<void> {
    this.#value = undefined
    this.#failures = 0
    this.#retryAt = 0
    this.#askedAt = Number.NEGATIVE_INFINITY
    this.#run = undefined
    this.#applied = ++this.#sequence
    this.#skipStore = true
    if (this.#world.storage === undefined) return
    await this.#world.storage.forget(await this.#spec.address(context))
  }

  /** What is held, without any effect. */
  get held(): T | undefined {
    return this.#value
  }

  /** Seconds: the age of the value, and the time until the next attempt is allowed after failures. */
  status(now: number): { readonly age: number; readonly backOff: number } {
    return {
      age: Math.max(0, (now - this.#fetchedAt) / 1000),
      backOff: this.#failures === 0 ? 0 : Math.max(0, (this.#retryAt - now) / 1000),
    }
  }

  /** A run that is far past its time limits belongs to a request that its platform ended: it will never finish. */
  #isRunning(now: number): boolean {
    if (this.#run === undefined) return false
    const longest = 2 * this.#world.times.timeout * 1000 + 5000
    if (now - this.#run.startedAt > longest) this.#run = undefined
    return this.#run !== undefined
  }

  async #attempt(now: number, purpose: Purpose, context: CallContext): Promise<void> {
    const running = this.#isRunning(now) ? this.#run : undefined
    if (running === undefined && this.#failures > 0 && now < this.#retryAt) throw this.#unavailable(now)
    const run = running ?? this.#start(now, purpose, context)
    if (running !== undefined && isWorkerd) await this.#poll(running)
    else await run.done
    if (run.outcome?.error !== undefined)
      throw this.#unavailable(readClock(this.#world.now), run.outcome.error)
    // An orphan in workerd leaves no outcome: `get` tries again by itself, a refresh is started afresh here.
    if (run.outcome === undefined && purpose === 'missing') await this.refresh(context)
  }

  /** In workerd a promise of another request never settles here: watch the shared result with timers of our own. */
  async #poll(run: Run): Promise<void> {
    for (let waited = 0; run.outcome === undefined && this.#run === run; waited += pollEvery) {
      if (waited >= orphanAfter) {
        this.#run = undefined
        return
      }
      await new Promise((resolve) => {
        setTimeout(resolve, pollEvery)
      })
    }
  }

  #start(now: number, purpose: Purpose, context: CallContext): Run {
    const sequence = ++this.#sequence
    const run: Run = { done: Promise.resolve(), startedAt: now }
    this.#run = run
    run.done = this.#finish(run, this.#execute(now, purpose, sequence, context))
    return run
  }

  async #finish(run: Run, work: Promise<EntraGuardError | undefined>): Promise<void> {
    const error = await work
    run.outcome = error === undefined ? {} : { error }
    if (this.#run === run) this.#run = undefined
  }

  /** Never rejects: the promise is shared, and one that nobody awaits must not end the process. */
  async #execute(
    now: number,
    purpose: Purpose,
    sequence: number,
    context: CallContext,
  ): Promise<EntraGuardError | undefined> {
    let address = ''
    try {
      address = await this.#spec.address(context)
      if (await this.#readStore(address, now, purpose, sequence)) return undefined
      this.#askedAt = now
      const text = await fetchDocument(this.#world.fetch, address, this.#world.times.timeout)
      this.#apply(text, now, sequence, address)
      this.#skipStore = false
      this.#emitRefreshed(address, 'network', now)
      const written = this.#world.storage?.write(address, { text, fetchedAt: now })
      if (written !== undefined) context.waitUntil?.(written)
      return undefined
    } catch (cause) {
      return this.#fail(cause, sequence, address)
    }
  }

  async #readStore(address: string, now: number, purpose: Purpose, sequence: number): Promise<boolean> {
    if (this.#world.storage === undefined || this.#skipStore) return false
    const stored = await this.#world.storage.read(address, now)
    if (stored === undefined || stored.fetchedAt <= this.#fetchedAt) return false
    const { refreshAfter, retainFor, minRefreshInterval } = this.#world.times
    // A missing key needs news. A first load takes anything that may still be used: it is refreshed right after.
    const maxAge = { load: retainFor, stale: refreshAfter * 0.9, missing: minRefreshInterval }[purpose]
    if (now - stored.fetchedAt >= maxAge * 1000) return false
    try {
      this.#apply(stored.text, stored.fetchedAt, sequence, address)
    } catch {
      return false
    }
    this.#askedAt = Math.max(this.#askedAt, stored.fetchedAt)
    this.#emitRefreshed(address, 'store', now)
    return true
  }

  #apply(text: string, seenAt: number, sequence: number, address: string): void {
    // A slow old answer must not replace a newer one.
    if (sequence < this.#applied) return
    this.#value = this.#spec.read(text, this.#value, seenAt, address)
    this.#applied = sequence
    this.#fetchedAt = seenAt
    // ± 10 %, or every process that started together asks together for ever.
    this.#refreshAt = seenAt + this.#world.times.refreshAfter * 1000 * (0.9 + Math.random() * 0.2)
    this.#failures = 0
    this.#retryAt = 0
    this.#lastError = undefined
  }

  #fail(cause: unknown, sequence: number, address: string): EntraGuardError {
    const known = EntraGuardError.is(cause) ? cause : undefined
    const error = known ?? new EntraGuardError(this.#spec.unavailable, { details: { address }, cause })
    if (sequence < this.#applied) return error
    this.#failures++
    // The first retry at once, then 1 s doubling to 60 s, ± 20 %.
    const delay = this.#failures === 1 ? 0 : Math.min(maxBackOff, 1000 * 2 ** (this.#failures - 2))
    this.#retryAt = this.#world.now() + delay * (0.8 + Math.random() * 0.4)
    this.#lastError = error
    this.#world.emit({
      type: 'refresh_failed',
      document: this.#spec.document,
      address,
      reason: known?.code ?? (cause instanceof Error ? cause.message : 'unknown'),
      failures: this.#failures,
      retryInMs: delay,
    })
    return error
  }

  #unavailable(now: number, error: EntraGuardError | undefined = this.#lastError): EntraGuardError {
    // A new object for each request: a stack or a cause added by one must not show up in another.
    return new EntraGuardError(error?.code ?? this.#spec.unavailable, {
      ...(error !== undefined && { details: error.details, hint: error.hint }),
      challenge: { retryAfter: Math.max(1, Math.ceil((this.#retryAt - now) / 1000)) },
      cause: error?.cause,
    })
  }

  #emitRefreshed(address: string, source: 'network' | 'store', startedAt: number): void {
    const durationMs = source === 'store' ? 0 : Math.max(0, this.#world.now() - startedAt)
    this.#world.emit({
      type: 'document_refreshed',
      document: this.#spec.document,
      address,
      source,
      durationMs,
    })
  }

  #rebase(now: number): void {
    if (now < this.#latest) {
      const { refreshAfter } = this.#world.times
      this.#fetchedAt = Math.min(this.#fetchedAt, now)
      this.#refreshAt = Math.min(this.#refreshAt, now + refreshAfter * 1000)
      this.#askedAt = Math.min(this.#askedAt, now)
      this.#retryAt = Math.min(this.#retryAt, now + maxBackOff)
      if (this.#value !== undefined) this.#spec.rebase?.(this.#value, now)
    }
    this.#latest = now
  }
}
