import type { Directory } from './directory/directory.ts'
import type { Grants } from './flows/grants.ts'
import type { SigningKeys } from './keys/signing-keys.ts'

/** What every part of the emulator works with. */
export interface World {
  readonly directory: Directory
  readonly signingKeys: SigningKeys
  readonly grants: Grants
  /** Milliseconds since the epoch. */
  readonly now: () => number
}
