import { BackOff } from './back-off.ts'
import type { CacheWorld, CallContext, DocumentSpec } from './cache-world.ts'
import { readClock } from './clock.ts'
import type { EntraGuardErrorCode } from '../errors/error-catalogue.ts'
import { EntraGuardError } from '../errors/errors.ts'
import { fetchDocument } from './fetch-document.ts'
import { KnownProblem, reasonOf } from '../errors/reason.ts'
import { SharedRun, type Outcome } from './shared-run.ts'
import { storeTimeout } from './store.ts'

/** Why a document is requested: there is none, it is old, or it lacks what a token needs. */
type Purpose = 'load' | 'stale' | 'missing'

/** Times in seconds. */
export interface DocumentStatus {
  /** Of the value. */
  readonly age: number
  /** Until the next attempt is allowed after failures. */
  readonly backOff: number
  readonly isUsable: boolean
  /** Refreshed as often as it should be. */
  readonly isFresh: boolean
  /** In a row. */
  readonly failures: number
  readonly failure: EntraGuardErrorCode | undefined
}

/** How often one call starts over when what it waited for came to nothing: `forgetKeys` in between, an owner that is gone. */
const maxRounds = 10

/**
 * One fetched document and the one way to keep it: fetched once however many ask, refreshed in the background,
 * kept through outages, retried with back-off, shared through a store.
 */
export class CachedDocument<T> {
  readonly #spec: DocumentSpec<T>
  readonly #world: CacheWorld
  readonly #backOff: BackOff = new BackOff()
  #value: T | undefined
  #fetchedAt = 0
  #refreshAt = 0
  /** When the network was last asked, by this process or by the one that filled the store. */
  #askedAt = Number.NEGATIVE_INFINITY
  #failure: EntraGuardError | undefined
  #run: SharedRun | undefined
  /** Numbers the runs, so that a slow old answer cannot replace a newer one. */
  #sequence = 0
  #applied = 0
  #latest = 0
  #skipStore = false
  #address = ''

  constructor(spec: DocumentSpec<T>, world: CacheWorld) {
    this.#spec = spec
    this.#world = world
  }

  /** The value, if there is one that may be used; an old one is refreshed in the background. Never waits. */
  peek(now: number, context: CallContext): T | undefined {
    if (now < this.#latest) this.#rebase(now)
    this.#latest = now
    if (this.#value === undefined || this.#isExpired(now)) return undefined
    if (now >= this.#refreshAt && this.#running(now) === undefined && this.#backOff.remaining(now) === 0) {
      keepAlive(context, this.#start(now, 'stale', context).done)
    }
    return this.#value
  }

  /**
   * The value, waiting for the first one.
   * @throws {EntraGuardError} 503 when it cannot be had; at once during back-off.
   */
  async get(context: CallContext): Promise<T> {
    for (let round = 0; round < maxRounds; round++) {
      const now = readClock(this.#world.now)
      const value = this.peek(now, context)
      if (value !== undefined) return value
      await this.#attempt(now, 'load', context)
    }
    throw this.#unavailable(this.#failure)
  }

  /**
   * Called when the document lacks what a token needs. Waits for the refresh in flight, or starts one, at most one
   * per `minRefreshInterval`; inside the interval it does nothing, because nothing new can be known.
   * @throws {EntraGuardError} 503 while the newest state of the document is not known.
   */
  async refresh(context: CallContext): Promise<void> {
    for (let round = 0; round < maxRounds; round++) {
      const now = readClock(this.#world.now)
      const isOurs = this.#running(now) === undefined
      const askedLately = now - this.#askedAt < this.#world.times.minRefreshInterval * 1000
      if (isOurs && askedLately && this.#backOff.failures === 0) return
      await this.#attempt(now, 'missing', context)
      // A run that others started may have ended with an old document from the store: only ours brings news for sure.
      if (isOurs) return
    }
  }

  /** Drops the value, here and in the store. What is in flight no longer counts. */
  async forget(context: CallContext): Promise<void> {
    this.#value = undefined
    this.#spec.changed()
    this.#failure = undefined
    this.#backOff.succeeded()
    this.#askedAt = Number.NEGATIVE_INFINITY
    this.#run = undefined
    this.#applied = ++this.#sequence
    this.#skipStore = true
    if (this.#world.storage === undefined) return
    await this.#world.storage.forget(await this.#spec.address(context))
  }

  /**
   * Until when {@link peek} would return the same value and start nothing, unless `changed` is called before. 0 without
   * a value; a time that has passed where a refresh is due.
   */
  settledUntil(now: number): number {
    if (this.#value === undefined || this.#fetchedAt > now) return 0
    return Math.min(this.#refreshAt, this.#fetchedAt + this.#world.times.retainFor * 1000)
  }

  /** The current value, if any. Has no effect. */
  get held(): T | undefined {
    return this.#value
  }

  /** The status of the document. Has no effect. */
  status(now: number): DocumentStatus {
    const age = Math.max(0, (now - this.#fetchedAt) / 1000)
    return {
      age,
      backOff: this.#backOff.remaining(now) / 1000,
      isUsable: this.#value !== undefined && !this.#isExpired(now),
      // Beyond the jitter of a refresh that a request has started.
      isFresh: this.#value !== undefined && age <= this.#world.times.refreshAfter * 1.1,
      failures: this.#backOff.failures,
      failure: this.#failure?.code,
    }
  }

  #isExpired(now: number): boolean {
    const isOld = now - this.#fetchedAt >= this.#world.times.retainFor * 1000
    return isOld && this.#spec.outlives?.(this.#failure) !== true
  }

  #running(now: number): SharedRun | undefined {
    if (this.#run === undefined || this.#run.hasEnded) return undefined
    if (!this.#run.isLost(now)) return this.#run
    this.#run = undefined
    // A failure like others: nothing was learned, and whoever cancels requests must not cause more of them.
    this.#fail(new Error('the request that was fetching is gone'), now, this.#sequence, this.#address)
    return undefined
  }

  async #attempt(now: number, purpose: Purpose, context: CallContext): Promise<void> {
    const running = this.#running(now)
    if (running === undefined && this.#backOff.remaining(now) > 0) throw this.#unavailable(this.#failure)
    const outcome =
      running === undefined ? await this.#start(now, purpose, context).done : await running.join()
    if (outcome?.error !== undefined) throw this.#unavailable(outcome.error)
  }

  #start(now: number, purpose: Purpose, context: CallContext): SharedRun {
    const sequence = ++this.#sequence
    const { now: clock, times, workerd } = this.#world
    // Metadata and keys, each from the store and then from the network.
    const longest = 2 * (times.timeout + storeTimeout) * 1000
    this.#run = new SharedRun(() => this.#renew(now, purpose, sequence, context), now, {
      now: clock,
      longest,
      workerd,
    })
    return this.#run
  }

  async #renew(now: number, purpose: Purpose, sequence: number, context: CallContext): Promise<Outcome> {
    let address: string
    try {
      address = await this.#spec.address(context)
      this.#address = address
    } catch (error) {
      // Nothing was asked of this address: the document that should name it reports and backs off by itself.
      return { error: this.#asRefusal(error, '') }
    }
    try {
      if (!(await this.#readStore(address, now, purpose, sequence)))
        await this.#readNetwork(address, now, purpose, sequence, context)
      return {}
    } catch (cause) {
      return { error: this.#fail(cause, now, sequence, address) }
    }
  }

  async #readNetwork(
    address: string,
    now: number,
    purpose: Purpose,
    sequence: number,
    context: CallContext,
  ): Promise<void> {
    const { fetch, times, storage } = this.#world
    if (sequence < this.#applied) return
    this.#askedAt = Math.max(this.#askedAt, now)
    const text = await fetchDocument(fetch, address, times.timeout, (cause) => {
      // Where nothing is known, one lost connection would refuse everybody who waits. Never in an outage, and never
      // where known keys serve: that would double the requests when the server can bear them least.
      const isFirstLoad = purpose === 'load' && this.#backOff.failures === 0 && sequence >= this.#applied
      if (isFirstLoad) this.#fail(cause, now, sequence, address)
      return isFirstLoad
    })
    if (!this.#apply(text, now, sequence, address)) return
    this.#skipStore = false
    this.#emitRefreshed(address, 'network', Math.max(0, this.#time(now) - now))
    if (storage !== undefined) keepAlive(context, storage.write(address, { text, fetchedAt: now }))
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
      if (!this.#apply(stored.text, stored.fetchedAt, sequence, address)) return false
    } catch {
      this.#world.emit({ type: 'store_failed', operation: 'get', reason: 'the stored document was refused' })
      return false
    }
    this.#askedAt = Math.max(this.#askedAt, stored.fetchedAt)
    this.#emitRefreshed(address, 'store', 0)
    return true
  }

  /** False when something newer is there already. */
  #apply(text: string, seenAt: number, sequence: number, address: string): boolean {
    if (sequence < this.#applied) return false
    const value = this.#spec.read(text, this.#value, seenAt, address)
    // Again, because reading tells of keys that are gone, and who hears of one may call forgetKeys.
    if (sequence < this.#applied) return false
    this.#value = value
    this.#applied = sequence
    this.#fetchedAt = seenAt
    // ± 10 %, or every process that started together asks together for ever.
    this.#refreshAt = seenAt + this.#world.times.refreshAfter * 1000 * (0.9 + Math.random() * 0.2)
    this.#backOff.succeeded()
    this.#failure = undefined
    this.#spec.changed()
    return true
  }

  #fail(cause: unknown, now: number, sequence: number, address: string): EntraGuardError {
    const error = this.#asRefusal(cause, address)
    if (sequence < this.#applied) return error
    this.#failure = error
    const delay = this.#backOff.failed(this.#time(now))
    this.#world.emit({
      type: 'refresh_failed',
      document: this.#spec.document,
      address,
      reason: error === cause ? error.code : reasonOf(cause),
      failures: this.#backOff.failures,
      retryInMs: Math.ceil(delay),
    })
    return error
  }

  #asRefusal(cause: unknown, address: string): EntraGuardError {
    if (EntraGuardError.is(cause)) return cause
    return new EntraGuardError(this.#spec.unavailable, {
      ...(cause instanceof KnownProblem && cause.hint !== undefined && { hint: cause.hint }),
      details: { address, reason: reasonOf(cause) },
      cause,
    })
  }

  /** A new object for each request: a stack or a cause added by one must not show up in another. */
  #unavailable(error: EntraGuardError | undefined): EntraGuardError {
    const wait = Math.ceil(this.#backOff.remaining(this.#time(this.#latest)) / 1000)
    return new EntraGuardError(error?.code ?? this.#spec.unavailable, {
      ...(error !== undefined && { details: error.details, hint: error.hint, cause: error.cause }),
      challenge: { retryAfter: error?.challenge.retryAfter ?? Math.max(1, wait) },
    })
  }

  #emitRefreshed(address: string, source: 'network' | 'store', durationMs: number): void {
    const { document } = this.#spec
    this.#world.emit({ type: 'document_refreshed', document, address, source, durationMs })
  }

  /** For what must not fail with the clock. */
  #time(otherwise: number): number {
    try {
      return readClock(this.#world.now)
    } catch {
      return otherwise
    }
  }

  #rebase(now: number): void {
    this.#fetchedAt = Math.min(this.#fetchedAt, now)
    this.#refreshAt = Math.min(this.#refreshAt, now + this.#world.times.refreshAfter * 1000)
    this.#askedAt = Math.min(this.#askedAt, now)
    this.#backOff.rebase(now)
    if (this.#value !== undefined) this.#spec.rebase?.(this.#value, now)
    this.#spec.changed()
  }
}

/** A `waitUntil` that fails (called unbound, or after its request) says nothing about the work. */
function keepAlive(context: CallContext, work: Promise<unknown>): void {
  try {
    context.waitUntil?.(work)
  } catch {
    // The work goes on as long as the platform lets it.
  }
}
