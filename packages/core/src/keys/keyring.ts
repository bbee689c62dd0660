import type { EmitEvent } from '../errors/events.ts'
import { readSigningKey, type SigningKey } from './signing-key.ts'
import { isJsonObject, JsonError, member, parseJson } from '../token/strict-json.ts'

/** A key and when documents listed it, in milliseconds since the epoch. */
export interface KeyringEntry {
  readonly key: SigningKey
  firstSeenAt: number
  lastSeenAt: number
}

/** The union of the keys seen within `retainFor`: the live documents lose keys and bring them back within days. */
export interface Keyring {
  readonly entries: ReadonlyMap<string, KeyringEntry>
  /** Key ids in the newest document. */
  readonly listed: ReadonlySet<string>
  /** Key ids that the newest document lists in a form that may not be used, with the reason. */
  readonly unusable: ReadonlyMap<string, string>
}

export interface KeyringReading {
  readonly seenAt: number
  /** Milliseconds for which a key stays after it was last seen. */
  readonly retainFor: number
  readonly address: string
  readonly emit: EmitEvent
}

/**
 * The keyring after one more key set (RFC 7517) was read.
 * @throws {Error} for a document without a usable key, without its content in the message.
 */
export function readKeyring(text: string, previous: Keyring | undefined, reading: KeyringReading): Keyring {
  const { usable, unusable } = readKeySet(parseKeyList(text))
  if (usable.size === 0) throw new Error('the document has no usable key')
  const { seenAt, retainFor, address, emit } = reading
  const entries = new Map<string, KeyringEntry>()
  for (const [kid, entry] of previous?.entries ?? []) {
    // A key that is listed as unusable is not gone by accident: it goes at once.
    if (!unusable.has(kid) && seenAt - entry.lastSeenAt < retainFor) entries.set(kid, entry)
  }
  for (const [kid, key] of usable) {
    const known = previous?.entries.get(kid)
    entries.set(kid, {
      key: known === undefined ? key : merge(known.key, key),
      firstSeenAt: known?.firstSeenAt ?? seenAt,
      lastSeenAt: seenAt,
    })
  }
  const ring: Keyring = { entries, listed: new Set(usable.keys()), unusable }
  tell(previous, ring, address, emit)
  return ring
}

/** Called when the clock went back to `now`: no key may count as seen later than that. */
export function rebaseKeyring(ring: Keyring, now: number): void {
  for (const entry of ring.entries.values()) {
    entry.firstSeenAt = Math.min(entry.firstSeenAt, now)
    entry.lastSeenAt = Math.min(entry.lastSeenAt, now)
  }
}

function tell(previous: Keyring | undefined, ring: Keyring, address: string, emit: EmitEvent): void {
  for (const kid of ring.listed) {
    const before = previous?.entries.get(kid)?.key
    const now = ring.entries.get(kid)?.key
    const replaced = before !== undefined && now !== undefined && !isSameNumber(before, now)
    if (replaced || previous?.listed.has(kid) !== true) emit({ type: 'key_added', kid, address, replaced })
  }
  for (const kid of previous?.listed ?? []) {
    if (!ring.listed.has(kid)) emit({ type: 'key_gone', kid, address })
  }
}

const isSameNumber = (one: SigningKey, other: SigningKey): boolean => one.n === other.n && one.e === other.e

/** The same object for the same key, so that what was derived from it stays valid; a new object for anything else. */
function merge(known: SigningKey, read: SigningKey): SigningKey {
  if (!isSameNumber(known, read)) return read
  // The live documents show and hide these two members from day to day: what was seen last sticks.
  const issuer = read.issuer ?? known.issuer
  const cloudName = read.cloudName ?? known.cloudName
  if (known.issuer === issuer && known.cloudName === cloudName) return known
  return Object.freeze({
    ...read,
    ...(issuer !== undefined && { issuer }),
    ...(cloudName !== undefined && { cloudName }),
  })
}

interface KeySet {
  readonly usable: ReadonlyMap<string, SigningKey>
  readonly unusable: ReadonlyMap<string, string>
}

/**
 * Reads a key set that was given in code. @throws {TypeError} unless every key is usable, because in code that is a
 * mistake.
 */
export function readGivenKeys(jwks: readonly object[]): ReadonlyMap<string, SigningKey> {
  const { usable, unusable } = readKeySet(jwks)
  for (const [kid, reason] of unusable)
    throw new TypeError(`keys.static: the key "${kid}" may not be used: ${reason}`)
  if (!jwks.every((jwk) => readSigningKey(jwk) !== undefined))
    throw new TypeError('keys.static: a key has no "kid", so no token can name it')
  return usable
}

function readKeySet(jwks: readonly unknown[]): KeySet {
  const usable = new Map<string, SigningKey>()
  const unusable = new Map<string, string>()
  const twins = new Set<string>()
  for (const jwk of jwks) {
    const key = readSigningKey(jwk)
    if (key === undefined) continue
    if ('reason' in key) {
      unusable.set(key.kid, key.reason)
      continue
    }
    const twin = usable.get(key.kid)
    if (twin === undefined) usable.set(key.kid, key)
    else if (JSON.stringify(twin) !== JSON.stringify(key)) twins.add(key.kid)
  }
  for (const kid of usable.keys()) unusable.delete(kid)
  for (const kid of twins) {
    // Two keys under one id: choosing one would be a guess.
    usable.delete(kid)
    unusable.set(kid, 'two keys have this id')
  }
  return { usable, unusable }
}

function parseKeyList(text: string): readonly unknown[] {
  let document: unknown
  try {
    document = parseJson(text)
  } catch (error) {
    const problem = error instanceof JsonError ? error.message : 'cannot be read'
    throw new Error(`the document ${problem}`, { cause: error })
  }
  const keys = isJsonObject(document) ? member(document, 'keys') : undefined
  if (!Array.isArray(keys)) throw new Error('the document has no list of keys')
  return keys
}
