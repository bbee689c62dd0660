import type { Authority } from './authority.ts'
import type { KeyWorld } from './key-options.ts'
import type { VerifierOptions } from './options.ts'
import { KeySource } from './signing-keys.ts'

const worldOptions = ['keys', 'store', 'storeSecret', 'fetch', 'now'] as const

/**
 * The key caches that policies share: one for each metadata address of the configuration. Never keyed by anything in
 * a token, neither for the memory that it would cost nor for the key of another issuer that it could give out.
 */
export class KeySources {
  readonly #keyWorld: KeyWorld
  readonly #sources: Map<string, KeySource> = new Map()

  constructor(keyWorld: KeyWorld) {
    this.#keyWorld = keyWorld
  }

  get now(): () => number {
    return this.#keyWorld.world.now
  }

  of(authority: Authority): KeySource {
    // With the kind: an External ID document is checked by other rules than one of Entra ID at the same address.
    const place = authority.kind + authority.metadataAddress
    let source = this.#sources.get(place)
    if (source === undefined) {
      source = new KeySource(authority, this.#keyWorld.world, this.#keyWorld.refused)
      this.#sources.set(place, source)
    }
    return source
  }

  /** Options with some changed. @throws {TypeError} for one that belongs to the shared caches. */
  withPolicy(options: VerifierOptions, changes: Partial<VerifierOptions>): VerifierOptions {
    const fixed = worldOptions.find((name) => changes[name] !== undefined)
    if (fixed !== undefined)
      throw new TypeError(`with() shares the keys, so it cannot change "${fixed}": make another verifier`)
    const { tenants, authority, ...rest } = options
    // The two exclude each other: a new one replaces whichever was there.
    const replaced = changes.tenants !== undefined || changes.authority !== undefined
    return {
      ...rest,
      ...(!replaced && tenants !== undefined && { tenants }),
      ...(!replaced && authority !== undefined && { authority }),
      ...changes,
    }
  }
}
