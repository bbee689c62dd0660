import { decodeBase64url, encodeBase64url, isAscii } from '../token/base64url.ts'
import type { EmitEvent } from '../errors/events.ts'
import { codeOf } from '../errors/reason.ts'
import { maxDocumentBytes, within } from './fetch-document.ts'
import { isJsonObject, parseJson } from '../token/strict-json.ts'

/**
 * A shared store for fetched documents. It has the shape of an unstorage `Storage`, so that unstorage drivers work
 * unchanged.
 *
 * Without `storeSecret`, anyone who can write to the store can add signing keys, and can therefore sign tokens.
 */
export interface DocumentStore {
  /** Returns the text stored under a key, or a promise of it. Any other value counts as no entry. */
  getItem(key: string): unknown
  /** Stores a text. If it returns a promise, the promise is awaited. */
  setItem(key: string, value: string): unknown
}

/** A fetched document with its age. */
interface StoredDocument {
  readonly text: string
  /** Milliseconds since the epoch. */
  readonly fetchedAt: number
}

export interface DocumentStorage {
  read(address: string, now: number): Promise<StoredDocument | undefined>
  write(address: string, document: StoredDocument): Promise<void>
  forget(address: string): Promise<void>
}

/** Seconds that a store may take. A store is there to be faster than the network; one that hangs must not cost requests. */
export const storeTimeout = 1

/** Milliseconds by which the clocks of two servers may differ. A time further ahead was not written by one of ours. */
const maxSkew = 300_000

/**
 * Keeps documents in a shared store. A store that fails, hangs or lies costs a fetch and never a request: nothing
 * here throws, and an entry is checked like a fetched document.
 */
export function documentStorage(
  store: DocumentStore,
  secret: string | undefined,
  emit: EmitEvent,
): DocumentStorage {
  const report = (operation: 'get' | 'set', reason: string): void =>
    emit({ type: 'store_failed', operation, reason })
  const write = async (address: string, value: string): Promise<void> => {
    try {
      const key = await storeKey(address)
      await within(storeTimeout, async () => await store.setItem(key, value))
    } catch (error) {
      report('set', nameOf(error))
    }
  }
  return {
    async read(address, now) {
      try {
        const key = await storeKey(address)
        const value = await within(storeTimeout, async () => await store.getItem(key))
        const entry = readEntry(value, address)
        if (entry === undefined || entry.fetchedAt > now + maxSkew) return undefined
        if (secret !== undefined && !(await isSealed(entry, secret))) {
          report('get', 'the entry is not sealed with storeSecret')
          return undefined
        }
        // A time in the future would keep an entry young for ever.
        return { text: entry.text, fetchedAt: Math.min(entry.fetchedAt, now) }
      } catch (error) {
        report('get', nameOf(error))
        return undefined
      }
    },
    async write(address, { text, fetchedAt }) {
      const entry: Entry = { url: address, fetchedAt, text }
      const seal = secret === undefined ? undefined : await sealOf(entry, secret)
      await write(address, JSON.stringify({ ...entry, seal }))
    },
    // The shape of a store has no removal: an entry that cannot be read is as good as none.
    forget: (address) => write(address, JSON.stringify({ url: address, forgotten: true })),
  }
}

/** Not the message: the address of a store may hold its password, and drivers repeat it. */
function nameOf(error: unknown): string {
  return codeOf(error) ?? (error instanceof Error ? error.name : 'unknown')
}

interface Entry {
  readonly url: string
  readonly fetchedAt: number
  readonly text: string
  readonly seal?: unknown
}

function readEntry(value: unknown, address: string): Entry | undefined {
  if (typeof value === 'string' && value.length > 2 * maxDocumentBytes) return undefined
  // Some drivers give back what was written, others parse it.
  const entry: unknown = typeof value === 'string' ? parseJson(value) : value
  if (!isJsonObject(entry)) return undefined
  const { url, fetchedAt, text, seal } = entry
  // The key is a hash of the address; the address inside says whose document this is.
  if (url !== address || typeof text !== 'string' || text.length > maxDocumentBytes) return undefined
  if (typeof fetchedAt !== 'number' || !Number.isFinite(fetchedAt) || fetchedAt < 0) return undefined
  return { url, fetchedAt, text, seal }
}

/** Drivers cut keys at "?" and at colons of their own: a hash of the exact address survives them all. */
async function storeKey(address: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(address))
  const hex = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
  return `entraguard:1:${hex}`
}

async function hmacKey(secret: string, usage: 'sign' | 'verify'): Promise<CryptoKey> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  return await crypto.subtle.importKey('raw', new TextEncoder().encode(secret), algorithm, false, [usage])
}

function sealedBytes({ url, fetchedAt, text }: Entry): Uint8Array<ArrayBuffer> {
  // JSON of the three keeps them apart: no text can move from one into the next.
  return new TextEncoder().encode(JSON.stringify([url, fetchedAt, text]))
}

async function sealOf(entry: Entry, secret: string): Promise<string> {
  const seal = await crypto.subtle.sign('HMAC', await hmacKey(secret, 'sign'), sealedBytes(entry))
  return encodeBase64url(new Uint8Array(seal))
}

async function isSealed(entry: Entry, secret: string): Promise<boolean> {
  const seal = typeof entry.seal === 'string' && isAscii(entry.seal) ? decodeBase64url(entry.seal) : undefined
  if (seal === undefined) return false
  const key = await hmacKey(secret, 'verify')
  return await crypto.subtle.verify('HMAC', key, new Uint8Array(seal), sealedBytes(entry))
}
