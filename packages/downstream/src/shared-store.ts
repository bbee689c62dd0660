import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

import type { TokenStore } from './options.ts'
import type { CachedToken } from './token-cache.ts'
import { within } from './within.ts'

/** Milliseconds that a store may take. One that hangs must not cost requests more than an exchange would. */
const storeTimeout = 1000

/**
 * Tokens in a store that processes share, sealed by AES-256-GCM with the key of the entry as its associated data:
 * reading the store reveals no token, and no entry can be put in place of another. A store that fails, hangs or lies
 * costs an exchange, never a request: nothing here throws.
 */
export class SharedStore {
  readonly #store: TokenStore
  readonly #key: Buffer

  constructor(store: TokenStore, secret: string) {
    this.#store = store
    // A key for this purpose alone: the same secret may seal other things.
    this.#key = Buffer.from(hkdfSync('sha256', secret, 'entraguard', 'downstream tokens 1', 32))
  }

  async read(key: string): Promise<CachedToken | undefined> {
    try {
      const value = await within(storeTimeout, () => this.#store.getItem(placeOf(key)))
      return typeof value === 'string' ? this.#open(key, value) : undefined
    } catch {
      return undefined
    }
  }

  async write(key: string, entry: CachedToken, now: number): Promise<void> {
    try {
      const ttl = Math.max(1, Math.floor((entry.expiresAt - now) / 1000))
      await within(storeTimeout, () => this.#store.setItem(placeOf(key), this.#seal(key, entry), { ttl }))
    } catch {
      // The next process makes an exchange of its own.
    }
  }

  #seal(key: string, { token, expiresAt }: CachedToken): string {
    const nonce = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce).setAAD(Buffer.from(key))
    const sealed = Buffer.concat([cipher.update(JSON.stringify([token, expiresAt]), 'utf8'), cipher.final()])
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url')
  }

  #open(key: string, text: string): CachedToken | undefined {
    const bytes = Buffer.from(text, 'base64url')
    const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, 12), { authTagLength: 16 })
      .setAAD(Buffer.from(key))
      .setAuthTag(bytes.subarray(12, 28))
    const opened = Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8')
    const [token, expiresAt]: unknown[] = JSON.parse(opened)
    return typeof token === 'string' && typeof expiresAt === 'number' ? { token, expiresAt } : undefined
  }
}

const placeOf = (key: string): string => `entraguard:downstream:1:${key}`
