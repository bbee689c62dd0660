import type { Authority } from './authority.ts'
import { CachedDocument, readClock, type CacheWorld, type CallContext } from './cache.ts'
import { isGuid } from './clouds.ts'
import { EntraGuardError, loggable } from './errors.ts'
import type { EmitEvent } from './events.ts'
import { metadataDocument, type Metadata } from './metadata.ts'
import { readSigningKey, type SigningKey } from './signing-key.ts'
import { isJsonObject, member } from './strict-json.ts'
import type { UnverifiedToken } from './token.ts'

/** A key that is known, or was until lately. Times in milliseconds since the epoch. */
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

interface RingEntry {
  readonly key: SigningKey
  firstSeenAt: number
  lastSeenAt: number
}

/** The union of the keys seen within `retainFor`: the live documents lose keys and bring them back within days. */
interface Keyring {
  readonly entries: ReadonlyMap<string, RingEntry>
  /** Key ids in the newest document. */
  readonly listed: ReadonlySet<string>
  /** Key ids that the newest document lists in a form that may not be used. */
  readonly unusable: ReadonlyMap<string, string>
}

/** The metadata and the signing keys of one authority. */
export class KeySource {
  readonly authority: Authority
  readonly #world: CacheWorld
  readonly #refused: ReadonlySet<string>
  readonly #metadata: CachedDocument<Metadata>
  readonly #keys: CachedDocument<Keyring>

  constructor(authority: Authority, world: CacheWorld, refused: ReadonlySet<string>) {
    this.authority = authority
    this.#world = world
    this.#refused = refused
    this.#metadata = metadataDocument(authority, world)
    this.#keys = new CachedDocument<Keyring>(
      {
        document: 'keys',
        unavailable: 'keys_unavailable',
        address: async (context) => (await this.#metadata.get(context)).keysAddress,
        read: (text, previous, seenAt, address) => readKeyring(text, previous, { seenAt, address, world }),
        rebase: rebaseKeyring,
      },
      world,
    )
  }

  /** @throws {EntraGuardError} `metadata_unavailable` or `metadata_invalid`. */
  metadata(now: number, context: CallContext): Metadata | Promise<Metadata> {
    return this.#metadata.peek(now, context) ?? this.#metadata.get(context)
  }

  /** The key with exactly this id. Never another one, not even where there is only one. */
  find(kid: string, now: number, context: CallContext): SigningKey | Promise<SigningKey> {
    return this.#trusted(kid, now, context) ?? this.#findAfterLoading(kid, context)
  }

  /** True while a key that was found may still be used: not replaced, not refused, seen within `retainFor`. */
  isTrusted(key: SigningKey, now: number, context: CallContext): boolean {
    this.#metadata.peek(now, context)
    return this.#trusted(key.kid, now, context) === key
  }

  /** Reads both documents, if that was not done lately. */
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

  #trusted(kid: string, now: number, context: CallContext): SigningKey | undefined {
    const entry = this.#keys.peek(now, context)?.entries.get(kid)
    if (entry === undefined || this.#refused.has(kid)) return undefined
    return now - entry.lastSeenAt < this.#world.times.retainFor * 1000 ? entry.key : undefined
  }

  async #findAfterLoading(kid: string, context: CallContext): Promise<SigningKey> {
    if (this.#refused.has(kid)) throw keyRefused(kid, 'listed in keys.refuse')
    await this.#keys.get(context)
    const loaded = this.#trusted(kid, readClock(this.#world.now), context)
    if (loaded !== undefined) return loaded
    const problem = this.#keys.held?.unusable.get(kid)
    if (problem !== undefined) throw keyRefused(kid, problem)
    await this.#keys.refresh(context)
    const refreshed = this.#trusted(kid, readClock(this.#world.now), context)
    if (refreshed !== undefined) return refreshed
    const stillUnusable = this.#keys.held?.unusable.get(kid)
    if (stillUnusable !== undefined) throw keyRefused(kid, stillUnusable)
    throw new EntraGuardError('signing_key_not_found', {
      details: { actual: loggable(kid), address: this.authority.metadataAddress },
    })
  }
}

/**
 * The key that may have signed this token: by exact key id, and bound to its issuer and cloud.
 *
 * The binding is what keeps a consumer key from signing for a work tenant (the shape of the 2023 incident): the
 * public document lists keys of personal accounts and of other clouds beside the ordinary ones.
 *
 * @throws {EntraGuardError} a code of the step `signing-key`.
 */
export async function findSigningKey(
  source: KeySource,
  token: UnverifiedToken,
  metadata: Metadata,
  now: number,
  context: CallContext,
): Promise<SigningKey> {
  const { kid } = token.header
  const key = await source.find(kid, now, context)
  if (key.issuer !== undefined && !mayIssue(key.issuer, token, source.authority, metadata)) {
    throw keyRefused(kid, 'it belongs to another issuer')
  }
  if (
    key.cloudName !== undefined &&
    metadata.cloudName !== undefined &&
    key.cloudName !== metadata.cloudName
  ) {
    throw keyRefused(kid, 'it belongs to another cloud')
  }
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
  const filled = keyIssuer.replace(/\{tenantid\}/i, tenantId)
  // The documents name the v2.0 issuer also for keys that sign v1.0 tokens.
  return filled === issuer || filled === authority.issuerOf('2.0', tenantId, metadata.issuer)
}

function keyRefused(kid: string, reason: string): EntraGuardError {
  return new EntraGuardError('signing_key_refused', { details: { actual: loggable(kid), reason } })
}

interface ReadContext {
  readonly seenAt: number
  readonly address: string
  readonly world: CacheWorld
}

function readKeyring(text: string, previous: Keyring | undefined, context: ReadContext): Keyring {
  const { usable, unusable } = readKeySet(text)
  if (usable.size === 0) throw new Error('the document has no usable key')
  const { seenAt, address, world } = context
  const entries = new Map<string, RingEntry>()
  for (const [kid, entry] of previous?.entries ?? []) {
    if (unusable.has(kid)) continue
    if (!usable.has(kid) && seenAt - entry.lastSeenAt >= world.times.retainFor * 1000) continue
    entries.set(kid, entry)
  }
  for (const [kid, key] of usable) {
    const known = entries.get(kid)
    const current = known === undefined ? key : merge(known.key, key)
    entries.set(kid, {
      key: current,
      firstSeenAt: known?.firstSeenAt ?? seenAt,
      lastSeenAt: Math.max(known?.lastSeenAt ?? 0, seenAt),
    })
  }
  const ring: Keyring = { entries, listed: new Set(usable.keys()), unusable }
  tell(previous, ring, address, world.emit)
  return ring
}

function tell(previous: Keyring | undefined, ring: Keyring, address: string, emit: EmitEvent): void {
  for (const kid of ring.listed) {
    const before = previous?.entries.get(kid)
    if (before?.key !== ring.entries.get(kid)?.key)
      emit({ type: 'key_added', kid, address, replaced: before !== undefined })
  }
  for (const kid of previous?.listed ?? []) {
    if (!ring.listed.has(kid)) emit({ type: 'key_gone', kid, address })
  }
}

/** The same object for the same key, so that what was derived from it stays valid; a new object for anything else. */
function merge(known: SigningKey, read: SigningKey): SigningKey {
  // The live documents show and hide these two members from day to day: what was seen last sticks.
  const issuer = read.issuer ?? known.issuer
  const cloudName = read.cloudName ?? known.cloudName
  const same =
    known.n === read.n && known.e === read.e && known.issuer === issuer && known.cloudName === cloudName
  if (same) return known
  if (known.n !== read.n || known.e !== read.e) return read
  return Object.freeze({
    ...read,
    ...(issuer !== undefined && { issuer }),
    ...(cloudName !== undefined && { cloudName }),
  })
}

function readKeySet(text: string): { usable: Map<string, SigningKey>; unusable: Map<string, string> } {
  const document: unknown = JSON.parse(text)
  const keys = isJsonObject(document) ? member(document, 'keys') : undefined
  if (!Array.isArray(keys)) throw new Error('the document has no list of keys')
  const usable = new Map<string, SigningKey>()
  const unusable = new Map<string, string>()
  for (const jwk of keys as readonly unknown[]) {
    const key = readSigningKey(jwk)
    if (key === undefined) continue
    const twin = usable.get(key.kid)
    if ('reason' in key) {
      if (twin === undefined) unusable.set(key.kid, key.reason)
    } else if (twin === undefined) {
      usable.set(key.kid, key)
    } else if (twin.n !== key.n || twin.e !== key.e) {
      // Two keys under one id: choosing one would be a guess.
      unusable.set(key.kid, 'two keys have this id')
    }
  }
  for (const [kid, reason] of unusable) {
    if (reason === 'two keys have this id') usable.delete(kid)
    else if (usable.has(kid)) unusable.delete(kid)
  }
  return { usable, unusable }
}

function rebaseKeyring(ring: Keyring, now: number): void {
  for (const entry of ring.entries.values()) {
    entry.firstSeenAt = Math.min(entry.firstSeenAt, now)
    entry.lastSeenAt = Math.min(entry.lastSeenAt, now)
  }
}
