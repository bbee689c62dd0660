import type { CacheTimes, CacheWorld } from '../documents/cache-world.ts'
import { eventEmitter, type VerifierEvent } from '../errors/events.ts'
import { isWorkerd, type Fetch } from '../documents/fetch-document.ts'
import { copyOf, finite, rejectUnknown } from './option-values.ts'
import { documentStorage, type DocumentStore } from '../documents/store.ts'
import { readKeyIds } from './token-values.ts'

/** How signing keys are kept, in seconds. */
export interface KeyOptions {
  /** Age after which keys are refreshed in the background, ± 10 %. Default 3600. */
  readonly refreshAfter?: number | undefined
  /** How long a key is trusted after it was last seen. Default 86400. */
  readonly retainFor?: number | undefined
  /** The shortest time between two requests for keys that unknown key ids cause. Default 30. */
  readonly minRefreshInterval?: number | undefined
  /** The longest time that one document may take. Default 5. */
  readonly timeout?: number | undefined
  /** Key ids that are never trusted. */
  readonly refuse?: readonly string[] | undefined
  /**
   * A key set (JWKS) given in code, for tests and for hosts without a way to Microsoft: nothing is fetched, and no key
   * ends. Replacing a key is a deployment. It needs `tenants` with ids, or `externalId(…)`, and no other member of `keys`
   * but `refuse`, and no store.
   */
  readonly static?: { readonly keys: readonly object[] } | undefined
}

/** The options that belong to the key caches: verifiers that share the caches share these. */
export interface KeyWorldOptions {
  readonly keys?: KeyOptions | undefined
  /** A shared store for metadata and keys, for example an unstorage `Storage`. */
  readonly store?: DocumentStore | undefined
  /** Seals entries of the store. Without it, whoever can write to the store can sign tokens. */
  readonly storeSecret?: string | undefined
  readonly fetch?: Fetch | undefined
  /** The clock, in milliseconds since the epoch. */
  readonly now?: (() => number) | undefined
  /** Is told about refreshes, keys and refusals, without token text. What it throws or rejects changes nothing. */
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
    throw new TypeError('store must have getItem(key) and setItem(key, value), as an unstorage Storage has')
  }
  if (
    storeSecret !== undefined &&
    (typeof storeSecret !== 'string' || storeSecret === '' || store === undefined)
  ) {
    throw new TypeError('storeSecret must be a string that is not empty, and needs a store')
  }
  if (fetch !== undefined && typeof fetch !== 'function') throw new TypeError('fetch must be a function')
  if (now !== undefined && typeof now !== 'function')
    throw new TypeError('now must be a function that gives milliseconds')
  const { refuse = [] } = keys
  const refused = refuse.length === 0 ? [] : readKeyIds('keys.refuse', refuse)
  return {
    world: {
      // Looked up at each call: tests and instrumentation replace the global one.
      fetch: fetch ?? ((input, init) => globalThis.fetch(input, init)),
      now: now ?? (() => Date.now()),
      times: readTimes(keys),
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
      'keys.static must be a key set with keys in it: { keys: [{ kty: "RSA", kid, n, e }] }',
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
