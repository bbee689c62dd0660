import type { Authority } from '../authority/authority.ts'
import type { AuthorityHealth } from './health.ts'
import { readGivenKeys } from './keyring.ts'
import type { Metadata } from './metadata.ts'
import type { SigningKey } from './signing-key.ts'
import { keyNotFound, keyRefused, type KeySource, type KnownKey } from './signing-keys.ts'

/** Stands where the address of a document would. */
const origin = 'keys.static'

/**
 * Keys of one authority that were given in code: nothing is fetched, nothing is refreshed and nothing expires. What the
 * metadata document would say follows from the configuration. Each key is bound to issuer and cloud as a fetched one
 * is.
 */
export class GivenKeys implements KeySource {
  readonly authority: Authority
  readonly #keys: ReadonlyMap<string, SigningKey>
  readonly #refused: ReadonlySet<string>
  readonly #metadata: Metadata

  /** @throws {TypeError} for a key that may not be used, and for an authority that only its metadata describes. */
  constructor(authority: Authority, jwks: readonly object[], refused: ReadonlySet<string>) {
    const { issuerWithoutMetadata: issuer } = authority
    if (issuer === undefined) {
      throw new TypeError(
        'keys.static needs an issuer that follows from the configuration: tenants with ids (no domain), or externalId(...); ' +
          'only its metadata names the issuer of a B2C policy',
      )
    }
    this.authority = authority
    this.#keys = readGivenKeys(jwks)
    this.#refused = refused
    this.#metadata = Object.freeze({ issuer, keysAddress: origin })
  }

  metadata(): Metadata {
    return this.#metadata
  }

  find(kid: string): SigningKey {
    if (this.#refused.has(kid)) throw keyRefused(kid, 'listed in keys.refuse')
    const key = this.#keys.get(kid)
    if (key === undefined) throw keyNotFound(kid, origin)
    return key
  }

  /** A key that is refused is never found, so whoever has one may use it. */
  isTrusted(key: SigningKey): boolean {
    return this.holds(key)
  }

  holds(key: SigningKey): boolean {
    return this.#keys.get(key.kid) === key
  }

  async load(): Promise<void> {
    // They are there.
  }

  async forget(): Promise<void> {
    // Whoever calls it believes afterwards that a key is no longer trusted.
    throw new TypeError('forgetKeys: keys.static holds the keys; create a new verifier with other keys')
  }

  known(now: number): readonly KnownKey[] {
    const times = { firstSeen: now, lastSeen: now, document: origin, age: 0, backOff: 0 }
    return [...this.#keys.keys()].map((kid) => Object.assign({ kid }, times))
  }

  health(): AuthorityHealth {
    const keys = [...this.#keys.keys()].filter((kid) => !this.#refused.has(kid)).length
    return Object.freeze({
      status: keys === 0 ? 'unavailable' : 'ok',
      document: origin,
      keys,
      age: 0,
      usableFor: keys === 0 ? 0 : Number.MAX_SAFE_INTEGER,
      failures: 0,
      failure: undefined,
    })
  }
}
