import type { CacheTimes, CacheWorld } from '../documents/cache-world.ts'
import { eventEmitter, type VerifierEvent } from '../errors/events.ts'
import { isWorkerd, type Fetch } from '../documents/fetch-document.ts'
import { copyOf, finite, rejectUnknown } from './option-values.ts'
import { documentStorage, type DocumentStore } from '../documents/store.ts'
import { readKeyIds } from './token-values.ts'

/** How signing keys are cached. Times are in seconds. */
export interface KeyOptions {
  /** The age at which keys are refreshed in the background, ± 10 %. Default 3600. */
  readonly refreshAfter?: number | undefined
  /** How long a key stays trusted after a document last listed it. Default 86400. */
  readonly retainFor?: number | undefined
  /** The shortest time between two key requests that are caused by unknown key ids. Default 30. */
  readonly minRefreshInterval?: number | undefined
  /** The time limit for fetching one document. Default 5. */
  readonly timeout?: number | undefined
  /** Ids of keys that are never trusted. */
  readonly refuse?: readonly string[] | undefined
  /**
   * A key set (JWKS) given in code, for tests and for hosts that cannot reach Microsoft. Nothing is fetched and no key
   * expires, so replacing a key takes a deployment. It needs `tenants` with ids, or `externalId(…)`. It excludes
   * `store` and every other member of `keys` except `refuse`.
   */
  readonly static?: { readonly keys: readonly object[] } | undefined
}

/** The options of the key caches. Verifiers that share the caches share these options. */
export interface KeyWorldOptions {
  readonly keys?: KeyOptions | undefined
  /** A shared store for metadata and keys, for example an unstorage `Storage`. */
  readonly store?: DocumentStore | undefined
  /** Seals the entries of the store. Without it, anyone who can write to the store can sign tokens. */
  readonly storeSecret?: string | undefined
  readonly fetch?: Fetch | undefined
  /** The clock, in milliseconds since the epoch. */
  readonly now?: (() => number) | undefined
  /**
   * Called with an event for each refresh, key change, admission and refusal; no event contains a token. Errors that it
   * throws, and promises that it rejects, are ignored.
   */
  readonly onEvent?: ((event: VerifierEvent) => unknown) | undefined
}

/** What the key caches are made of; the same for every verifier that shares them. */
export interface KeyWorld {
  readonly world: CacheWorld
  readonly refused: ReadonlySet<string>
  /** The key set that was given in code. */
  readonly given: readonly object[] | undefined
}

/** Checks and copies the options that belong to the key caches. @throws {TypeError} */
export function readKeyWorld(options: KeyWorldOptions): KeyWorld {
  const { store, storeSecret, fetch, now, keys = {} } = options
  const emit = eventEmitter(options.onEvent)
  if (store !== undefined && (typeof store?.getItem !== 'function' || typeof store.setItem !== 'function')) {
    throw new TypeError('store must have getItem(key) and setItem(key, value), as an unstorage Storage does')
  }
  if (
    storeSecret !== undefined &&
    (typeof storeSecret !== 'string' || storeSecret === '' || store === undefined)
  ) {
    throw new TypeError('storeSecret must be a non-empty string, and needs a store')
  }
  if (fetch !== undefined && typeof fetch !== 'function') throw new TypeError('fetch must be a function')
  if (now !== undefined && typeof now !== 'function')
    throw new TypeError('now must be a function that returns milliseconds')
  const times = readTimes(keys)
  const { refuse = [] } = keys
  const isEmpty = Array.isArray(refuse) && refuse.length === 0
  const refused = isEmpty ? [] : readKeyIds('keys.refuse', refuse)
  return {
    world: {
      // Looked up at each call: tests and instrumentation replace the global one.
      fetch: fetch ?? ((input, init) => globalThis.fetch(input, init)),
      now: now ?? (() => Date.now()),
      times,
      storage: store && documentStorage(store, storeSecret, emit),
      emit,
      workerd: isWorkerd,
    },
    refused: new Set(refused),
    given: readGiven(options, keys),
  }
}

function readGiven({ store }: KeyWorldOptions, keys: KeyOptions): KeyWorld['given'] {
  if (keys.static === undefined) return undefined
  const idle = (['refreshAfter', 'retainFor', 'minRefreshInterval', 'timeout'] as const).find(
    (name) => keys[name] !== undefined,
  )
  if (idle !== undefined || store !== undefined) {
    throw new TypeError(
      `keys.static and ${idle === undefined ? 'store' : `keys.${idle}`} exclude each other: nothing is fetched`,
    )
  }
  const list: unknown = keys.static?.keys
  const isList = Array.isArray(list) && list.length > 0
  if (!isList || !list.every((jwk) => typeof jwk === 'object' && jwk !== null && !Array.isArray(jwk)))
    throw new TypeError(
      'keys.static must be a key set with at least one key: { keys: [{ kty: "RSA", kid, n, e }] }',
    )
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- objects
  return list.map(copyOf) as object[]
}

function readTimes(keys: KeyOptions): CacheTimes {
  rejectUnknown(
    'option keys.',
    keys,
    new Set(['refreshAfter', 'retainFor', 'minRefreshInterval', 'timeout', 'refuse', 'static']),
  )
  const retainFor = finite('keys.retainFor', keys.retainFor ?? 86_400, 1, Number.MAX_SAFE_INTEGER)
  const refreshAfter = finite(
    'keys.refreshAfter',
    keys.refreshAfter ?? Math.min(3600, retainFor),
    1,
    Number.MAX_SAFE_INTEGER,
  )
  if (retainFor < refreshAfter)
    throw new TypeError('keys.retainFor must not be shorter than keys.refreshAfter')
  return Object.freeze({
    refreshAfter,
    retainFor,
    // Less would let forged key ids make one request to Microsoft each.
    minRefreshInterval: finite('keys.minRefreshInterval', keys.minRefreshInterval ?? 30, 1, 86_400),
    timeout: finite('keys.timeout', keys.timeout ?? 5, 0.001, 60),
  })
}
