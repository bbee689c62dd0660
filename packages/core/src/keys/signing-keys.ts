import type { Authority } from '../authority/authority.ts'
import { andThen, type Awaitable } from '../async/awaitable.ts'
import type { CacheWorld, CallContext } from '../documents/cache-world.ts'
import { CachedDocument } from '../documents/cache.ts'
import { readClock } from '../documents/clock.ts'
import { isGuid } from '../authority/clouds.ts'
import { EntraGuardError, loggable } from '../errors/errors.ts'
import type { AuthorityHealth } from './health.ts'
import { readKeyring, rebaseKeyring, type Keyring, type KeyringEntry } from './keyring.ts'
import { metadataDocument, type Metadata } from './metadata.ts'
import type { SigningKey } from './signing-key.ts'
import { member } from '../token/strict-json.ts'
import type { UnverifiedToken } from '../token/token.ts'

/** A key that the authority lists or listed until recently. Times are in milliseconds since the epoch. */
export interface KnownKey {
  readonly kid: string
  readonly firstSeen: number
  readonly lastSeen: number
  /** The address of the metadata document that led to it. */
  readonly document: string
  /** Seconds since the key document was read. */
  readonly age: number
  /** Seconds until the next attempt after failures; 0 when all is well. */
  readonly backOff: number
}

/** Where the signing keys of one authority come from. */
export type KeySource = Pick<FetchedKeys, keyof FetchedKeys>

/** The time in which a key is trusted if no document changes before. In milliseconds since the epoch. */
interface Settled {
  readonly from: number
  readonly until: number
}

/** The metadata and the signing keys of one authority, from its documents. */
export class FetchedKeys {
  readonly authority: Authority
  readonly #now: () => number
  /** Milliseconds. */
  readonly #retainFor: number
  readonly #refused: ReadonlySet<string>
  readonly #metadata: CachedDocument<Metadata>
  readonly #keys: CachedDocument<Keyring>
  /** Spares nearly every request both documents, which it would find as they were. Empty after each change of one. */
  readonly #settled: Map<SigningKey, Settled> = new Map()

  constructor(authority: Authority, world: CacheWorld, refused: ReadonlySet<string>) {
    this.authority = authority
    const retainFor = world.times.retainFor * 1000
    this.#now = world.now
    this.#retainFor = retainFor
    this.#refused = refused
    const changed = (): void => this.#settled.clear()
    this.#metadata = metadataDocument(authority, world, changed)
    this.#keys = new CachedDocument<Keyring>(
      {
        document: 'keys',
        unavailable: 'keys_unavailable',
        address: async (context) => (await this.#metadata.get(context)).keysAddress,
        read: (text, previous, seenAt, address) =>
          readKeyring(text, previous, { seenAt, address, retainFor, emit: world.emit }),
        rebase: rebaseKeyring,
        changed,
      },
      world,
    )
  }

  /** @throws {EntraGuardError} `metadata_unavailable` or `metadata_invalid`. */
  metadata(now: number, context: CallContext): Awaitable<Metadata> {
    return this.#metadata.peek(now, context) ?? this.#metadata.get(context)
  }

  /** The key with exactly this id. Never any other key, not even if there is only one. */
  find(kid: string, context: CallContext): Awaitable<SigningKey> {
    return this.#trusted(kid, readClock(this.#now), context)?.key ?? this.#findAfterLoading(kid, context)
  }

  /** True while a key that was found may still be used: not replaced, not refused, seen within `retainFor`. */
  isTrusted(key: SigningKey, now: number, context: CallContext): boolean {
    const settled = this.#settled.get(key)
    if (settled !== undefined && now >= settled.from && now < settled.until) return true
    // Both are read, because each refreshes itself: a remembered token is trusted no longer than a new one.
    const metadata = this.#metadata.peek(now, context)
    const entry = this.#trusted(key.kid, now, context)
    if (entry?.key !== key || metadata === undefined) return false
    const forgottenAt = entry.lastSeenAt + this.#retainFor
    const until = Math.min(forgottenAt, this.#metadata.settledUntil(now), this.#keys.settledUntil(now))
    this.#settled.set(key, { from: now, until })
    return true
  }

  /** True until a key that was found is replaced or forgotten. Refreshes nothing. */
  holds(key: SigningKey): boolean {
    return this.#keys.held?.entries.get(key.kid)?.key === key
  }

  /** Reads both documents, unless they were read recently. */
  async load(context: CallContext): Promise<void> {
    await this.#keys.get(context)
  }

  async forget(context: CallContext): Promise<void> {
    await this.#keys.forget(context).catch(() => {})
    await this.#metadata.forget(context)
  }

  known(now: number): readonly KnownKey[] {
    const { age, backOff } = this.#keys.status(now)
    const entries = [...(this.#keys.held?.entries ?? [])]
    return entries.map(([kid, { firstSeenAt, lastSeenAt }]) => ({
      kid,
      firstSeen: firstSeenAt,
      lastSeen: lastSeenAt,
      document: this.authority.metadataAddress,
      age,
      backOff,
    }))
  }

  /** Has no effect: a probe must not cause requests. */
  health(now: number): AuthorityHealth {
    const [metadata, keys] = [this.#metadata.status(now), this.#keys.status(now)]
    const usable = [...(keys.isUsable && metadata.isUsable ? (this.#keys.held?.entries ?? []) : [])]
      .filter(([kid]) => !this.#refused.has(kid))
      .map(([, { lastSeenAt }]) => (lastSeenAt + this.#retainFor - now) / 1000)
      .filter((seconds) => seconds > 0)
    const failing = keys.failures >= metadata.failures ? keys : metadata
    const isFresh = keys.isFresh && failing.failures === 0
    return Object.freeze({
      status: usable.length === 0 ? 'unavailable' : isFresh ? 'ok' : 'stale',
      document: this.authority.metadataAddress,
      keys: usable.length,
      age: this.#keys.held === undefined ? undefined : keys.age,
      usableFor: Math.min(Math.max(0, ...usable), this.#retainFor / 1000),
      failures: failing.failures,
      failure: failing.failure,
    })
  }

  #trusted(kid: string, now: number, context: CallContext): KeyringEntry | undefined {
    const entry = this.#keys.peek(now, context)?.entries.get(kid)
    if (entry === undefined || this.#refused.has(kid)) return undefined
    return now - entry.lastSeenAt < this.#retainFor ? entry : undefined
  }

  async #findAfterLoading(kid: string, context: CallContext): Promise<SigningKey> {
    if (this.#refused.has(kid)) throw keyRefused(kid, 'listed in keys.refuse')
    await this.#keys.get(context)
    const loaded = this.#trusted(kid, readClock(this.#now), context)?.key
    if (loaded !== undefined) return loaded
    await this.#keys.refresh(context)
    // Again, because "not found" is a verdict about a document: there is none when it was forgotten meanwhile.
    const { unusable } = await this.#keys.get(context)
    const refreshed = this.#trusted(kid, readClock(this.#now), context)?.key
    if (refreshed !== undefined) return refreshed
    const problem = unusable.get(kid)
    if (problem !== undefined) throw keyRefused(kid, problem)
    throw keyNotFound(kid, this.authority.metadataAddress)
  }
}

export function keyNotFound(kid: string, address: string): EntraGuardError {
  return new EntraGuardError('signing_key_not_found', { details: { actual: loggable(kid), address } })
}

/**
 * The key that may have signed this token: by exact key id, and bound to its issuer and cloud.
 *
 * The binding is what keeps a consumer key from signing for a work tenant (the shape of the 2023 incident): the public
 * document lists keys of personal accounts and of other clouds besides the ordinary ones.
 *
 * @throws {EntraGuardError} a code of the step `signing-key`.
 */
export function findSigningKey(
  source: KeySource,
  token: UnverifiedToken,
  metadata: Metadata,
  context: CallContext,
): Awaitable<SigningKey> {
  return andThen(source.find(token.header.kid, context), (key) =>
    requireBound(key, source.authority, token, metadata),
  )
}

function requireBound(
  key: SigningKey,
  authority: Authority,
  token: UnverifiedToken,
  metadata: Metadata,
): SigningKey {
  if (key.issuer !== undefined && !mayIssue(key.issuer, token, authority, metadata))
    throw keyRefused(key.kid, 'it belongs to another issuer')
  // The public document lists keys of another cloud that only this name tells apart.
  const cloudName = metadata.cloudName ?? authority.cloudName
  if (key.cloudName !== undefined && cloudName !== undefined && key.cloudName !== cloudName)
    throw keyRefused(key.kid, 'it belongs to another cloud')
  return key
}

/** Compares with the issuer that the token claims; that claim counts only when the signature is good. */
function mayIssue(
  keyIssuer: string,
  token: UnverifiedToken,
  authority: Authority,
  metadata: Metadata,
): boolean {
  const issuer = String(member(token.payload, 'iss'))
  const tenantId = authority.tenantId ?? metadata.tenantId ?? issuer.split('/').find(isGuid)
  if (tenantId === undefined) return false
  const filled = keyIssuer.replaceAll('{tenantid}', tenantId)
  // The documents name the v2.0 issuer also for keys that sign v1.0 tokens.
  return filled === issuer || filled === authority.issuerOf('2.0', tenantId, metadata.issuer)
}

export function keyRefused(kid: string, reason: string): EntraGuardError {
  return new EntraGuardError('signing_key_refused', { details: { actual: loggable(kid), reason } })
}
