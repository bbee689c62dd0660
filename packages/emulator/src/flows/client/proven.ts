/** What a sign-in has proven, and when it was. It goes along with every code, refresh token and access token. */
export interface Evidence {
  /** `mfa`, ids of policies that were met, and authentication contexts such as `c1`. */
  readonly proofs: readonly string[]
  /** Milliseconds since the epoch. */
  readonly authenticatedAt: number
}
