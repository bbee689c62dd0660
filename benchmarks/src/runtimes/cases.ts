import type { Given } from './given.ts'

/** What is measured in each runtime. */
export interface Case {
  readonly name: string
  readonly isSeen: boolean
  readonly concurrency: number
}

export const cases: readonly Case[] = [false, true].flatMap((isSeen) =>
  [1, 16, 64].map((concurrency) => ({
    name: `${isSeen ? 'seen' : 'new'}, ${concurrency} at a time`,
    isSeen,
    concurrency,
  })),
)

export function tokensOf({ tokens }: Pick<Given, 'tokens'>, { isSeen }: Case): readonly string[] {
  return isSeen ? tokens.slice(0, 64) : tokens
}

/** Microseconds a token. */
export interface Cell {
  readonly case: string
  readonly name: string
  readonly wall: number
  /** Absent where a runtime does not say. */
  readonly cpu?: number
}
