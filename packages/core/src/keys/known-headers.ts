import type { TokenHeader } from '../token/token.ts'
import type { VerifiedToken } from './signature.ts'

const maxHeaders = 64

/** Parsed headers by their encoded text: an issuer writes a handful of different ones. */
export class KnownHeaders {
  readonly #headers: Map<string, TokenHeader> = new Map()
  #latest = ''
  #latestHeader: TokenHeader | undefined

  get(encoded: string): TokenHeader | undefined {
    // Nearly always the same one: comparing costs a fifth of hashing.
    if (encoded === this.#latest) return this.#latestHeader
    return this.#headers.get(encoded)
  }

  /** Only headers under a good signature: nobody else fills the memory. */
  remember({ encodedHeader, header, signedBytes }: VerifiedToken): void {
    if (encodedHeader === undefined) return
    if (this.#headers.size >= maxHeaders) this.#headers.clear()
    // A text of its own: a slice would keep the whole token in memory, long after it was forgotten elsewhere.
    const own = new TextDecoder().decode(signedBytes.subarray(0, encodedHeader.length))
    this.#headers.set(own, header)
    this.#latest = own
    this.#latestHeader = header
  }
}
