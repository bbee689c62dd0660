import type { ConditionalAccess } from './directory/conditional-access.ts'
import type { Directory } from './directory/directory.ts'
import type { Consents } from './flows/client/consents.ts'
import type { Sessions } from './flows/sign-in/sessions.ts'
import type { Grants } from './flows/token/grants.ts'
import type { Hooks } from './hooks.ts'
import type { SigningKeys } from './keys/signing-keys.ts'

/** What every part of the emulator works with. */
export interface World {
  readonly directory: Directory
  readonly conditionalAccess: ConditionalAccess
  readonly signingKeys: SigningKeys
  readonly grants: Grants
  readonly consents: Consents
  readonly sessions: Sessions
  readonly hooks: Hooks
  /** Milliseconds since the epoch. */
  readonly now: () => number
}
