import type { Terminal } from './terminal.ts'

/** One command: what it is called with, what it prints, and how it ends. */
export interface Command {
  readonly summary: string
  readonly help: string
  /** Gives the exit code. @throws {UsageError} */
  readonly run: (args: readonly string[], terminal: Terminal) => Promise<number>
}
