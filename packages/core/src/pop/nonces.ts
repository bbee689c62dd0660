import { encodeBase64url } from '../token/base64url.ts'

/** The option `nonce` of `dpop`. */
export interface NonceOptions {
  /**
   * The secret that nonces are made with: at least 32 characters, the same in all processes of this API. Default: a
   * random secret, which works for one process only.
   */
  readonly secret?: string | undefined
  /** How many seconds a nonce is valid at least, 10 to 3600. It is valid at most twice as long. Default 300. */
  readonly lifetime?: number | undefined
}

const utf8 = new TextEncoder()

/**
 * Nonces of this server (RFC 9449 §9) that need no memory: an HMAC of the time, in pieces of `lifetime`. The one of this
 * piece and the one before are good.
 */
export class Nonces {
  readonly #origin: string
  readonly #secret: string | undefined
  readonly #length: number
  // The key and not its promise: workerd may not await a promise of another request. Made at the first use: it gives no
  // random values before a request.
  #key: CryptoKey | undefined
  #random: Uint8Array<ArrayBuffer> | undefined
  /** Of an even piece and of an odd one: of two that follow each other. */
  readonly #known: Array<{ readonly piece: number; readonly nonce: string }> = []

  /** @param origin of the API: another one with the same secret has other nonces. `lifetime` is in seconds. */
  constructor(origin: string, secret: string | undefined, lifetime: number) {
    this.#origin = origin
    this.#secret = secret
    this.#length = lifetime * 1000
  }

  /** The nonce to give out. `now` is in milliseconds. */
  async current(now: number): Promise<string> {
    return await this.#nonceOf(Math.floor(now / this.#length))
  }

  async isGood(nonce: unknown, now: number): Promise<boolean> {
    const piece = Math.floor(now / this.#length)
    return nonce === (await this.#nonceOf(piece)) || nonce === (await this.#nonceOf(piece - 1))
  }

  async #nonceOf(piece: number): Promise<string> {
    const known = this.#known[piece & 1]
    if (known?.piece === piece) return known.nonce
    const key = await this.#hmacKey()
    const text = `dpop nonce ${this.#origin} ${this.#length} ${piece}`
    const mac = await crypto.subtle.sign('HMAC', key, utf8.encode(text))
    const nonce = encodeBase64url(new Uint8Array(mac))
    this.#known[piece & 1] = { piece, nonce }
    return nonce
  }

  async #hmacKey(): Promise<CryptoKey> {
    if (this.#key !== undefined) return this.#key
    this.#random ??= crypto.getRandomValues(new Uint8Array(32))
    const bytes = this.#secret === undefined ? this.#random : utf8.encode(this.#secret)
    const algorithm = { name: 'HMAC', hash: 'SHA-256' }
    this.#key = await crypto.subtle.importKey('raw', bytes, algorithm, false, ['sign'])
    return this.#key
  }
}
