import { EntraGuardError } from '../errors/errors.ts'
import { because } from '../errors/reason.ts'
import { within } from '../documents/fetch-document.ts'
import { storeTimeout } from '../documents/store.ts'
import { encodeBase64url } from '../token/base64url.ts'

/**
 * A store of used proofs, for an API that runs in several processes. All of them must share it.
 *
 * @example
 * ```ts
 * const replay: ReplayStore = {
 *   add: async (key, seconds) => (await redis.set(key, '1', { NX: true, EX: seconds })) === 'OK',
 * }
 * ```
 */
export interface ReplayStore {
  /**
   * Stores a key for this many seconds. Returns true if the key was not stored yet and false if it was. It must check
   * and store in one step, because two servers may ask at the same moment. Any other result, an error, or no answer
   * within a second refuses the request with 503.
   */
  add(key: string, seconds: number): unknown
}

/** True for a proof that did not come before. */
export interface ReplayCheck {
  /** `id` is a SHA-256; `until` and `now` are in milliseconds. @throws {EntraGuardError} `replay_store_unavailable` */
  isNew(id: Uint8Array, until: number, now: number): boolean | Promise<boolean>
}

/** How many pieces the time is cut into, of which the oldest is forgotten at once: no work for each entry. */
const slices = 8

/**
 * The proofs of one process, in a bounded piece of memory.
 *
 * Of each proof 52 bits of a SHA-256 are kept. Equal proofs have equal bits, so none is let through twice; of two
 * unlike proofs among a million, one in four thousand million is taken for the other, and its client sends a new one.
 * When it is full, nobody passes until there is room, because forgetting a proof would let it be used again.
 */
export class ReplayMemory implements ReplayCheck {
  readonly #capacity: number
  readonly #window: number
  readonly #sliceLength: number
  /** Milliseconds since the epoch: of proofs that are good for no longer than this nothing is known any more. */
  #forgottenUntil = 0
  /** By the slice in which they end. */
  readonly #kept: Map<number, Set<number>> = new Map()
  #size = 0

  /** @param window how long entries are kept at most, in milliseconds. */
  constructor(capacity: number, window: number) {
    this.#capacity = capacity
    this.#window = window
    this.#sliceLength = window / slices
  }

  isNew(id: Uint8Array, until: number, now: number): boolean {
    this.#forget(now)
    if (until < this.#forgottenUntil)
      throw unavailable('the clock of this server went back, past proofs that are forgotten')
    const mark = markOf(id)
    for (const marks of this.#kept.values()) if (marks.has(mark)) return false
    if (this.#size >= this.#capacity)
      throw new EntraGuardError('replay_store_unavailable', {
        details: { reason: 'the memory for proofs is full', expected: this.#capacity },
      })
    const slice = Math.floor(until / this.#sliceLength)
    const marks = this.#kept.get(slice) ?? new Set()
    this.#kept.set(slice, marks.add(mark))
    this.#size++
    return true
  }

  #forget(now: number): void {
    const current = Math.floor(now / this.#sliceLength)
    // After the clock has gone back: proofs that were forgotten may be good again, those that are good for longer were not
    // there yet.
    this.#forgottenUntil = Math.max(
      current * this.#sliceLength,
      Math.min(this.#forgottenUntil, now + this.#window),
    )
    for (const [slice, marks] of this.#kept)
      if (slice < current) {
        this.#kept.delete(slice)
        this.#size -= marks.size
      }
  }
}

function markOf(id: Uint8Array): number {
  const view = new DataView(id.buffer, id.byteOffset, 8)
  return view.getUint32(0) * 0x100000 + (view.getUint32(4) & 0xfffff)
}

/** Seconds by which the clocks of two servers may differ: the slower one accepts a proof for that much longer. */
const maxSkew = 60

/** The proofs of all processes. */
export function sharedReplay(store: ReplayStore): ReplayCheck {
  return {
    async isNew(id, until, now) {
      const key = `entraguard:dpop:1:${encodeBase64url(id)}`
      const seconds = Math.max(0, Math.ceil((until - now) / 1000)) + maxSkew
      let answer: unknown
      try {
        answer = await within(storeTimeout, async () => await store.add(key, seconds))
      } catch (cause) {
        throw unavailable(because('the replay store failed', cause), cause)
      }
      if (typeof answer !== 'boolean') throw unavailable('the replay store returned neither true nor false')
      return answer
    },
  }
}

function unavailable(reason: string, cause?: unknown): EntraGuardError {
  return new EntraGuardError('replay_store_unavailable', { details: { reason }, cause })
}
