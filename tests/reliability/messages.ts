export interface Setting {
  readonly redisPort: number
  readonly emulatorUrl: string
  readonly tenants: string
  readonly audience: readonly string[]
  readonly now: number
  readonly storeSecret?: string
  readonly appId?: string
}

export interface Question {
  readonly token: string
  /** Seconds by which the clock of the process moves first. */
  readonly advance?: number
}

export interface Answer {
  readonly outcome: string
  readonly events: readonly string[]
}
