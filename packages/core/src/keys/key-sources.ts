import type { Authority } from '../authority/authority.ts'
import type { KeyWorld } from '../options/key-options.ts'
import { GivenKeys } from './given-keys.ts'
import { FetchedKeys, type KeySource } from './signing-keys.ts'

/**
 * The key caches that policies share: one for each metadata address of the configuration. They are never keyed by
 * anything in a token: that would fill the memory, and could hand out the key of another issuer.
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
      const { world, refused, given } = this.#keyWorld
      source =
        given === undefined
          ? new FetchedKeys(authority, world, refused)
          : new GivenKeys(authority, given, refused)
      this.#sources.set(place, source)
    }
    return source
  }
}
