/** What a process of an API is told at its start. */
export interface Setting {
  readonly redisPort: number
  readonly emulatorUrl: string
  readonly tenants: string
  readonly audience: readonly string[]
  readonly clientId: string
  readonly secret: string
  readonly storeSecret: string
  readonly scopes: readonly string[]
}

/** What it did with the token of a user. */
export interface Answer {
  /** The token for the other API, or the code of the refusal. */
  readonly outcome: string
  /** Promises that nobody caught, so far. */
  readonly unhandled: readonly string[]
}
