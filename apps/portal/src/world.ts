import { createContext } from 'preact'
import { useContext } from 'preact/hooks'

import type { Status } from './emulator-api.ts'
import type { TokenKindId } from './tokens/token-kinds.ts'

/** What every view of an emulator needs. */
export interface World {
  readonly status: Status
  /** The clock of the emulator, in milliseconds since the epoch. */
  readonly now: () => number
  /** Reads the status again, after a change. */
  readonly refresh: () => Promise<void>
  /** Opens the inspector with a token, and with the API that it was minted for, where that is known. */
  readonly inspect: (token: string, audience: unknown) => void
  /** Opens the playground and sends a token to the APIs there. */
  readonly send: (kind: TokenKindId, token: string) => void
  /** The address of the first of them. */
  readonly firstApi: string
  /** Says something to whoever listens or looks. */
  readonly announce: (message: string) => void
}

export const WorldContext = createContext<World | undefined>(undefined)

export function useWorld(): World {
  const world = useContext(WorldContext)
  if (world === undefined) throw new Error('This view needs an emulator')
  return world
}
