import type { World } from './world.ts'

/** The columns of the table: everything that some client does at an authority. */
export const flows = [
  'authorization code',
  'hybrid',
  'silent',
  'refresh',
  'device code',
  'password',
  'client secret',
  'certificate',
  'assertion',
  'managed identity',
  'on-behalf-of',
  'claims challenge',
  'more scopes',
  'DPoP',
  'DPoP with nonces',
  'userinfo',
  'sign-out',
  'Graph',
  'validation',
] as const

export type Flow = (typeof flows)[number]

/** One client library, and what it does against the emulator, with its documented options only. */
export interface Client {
  /** As npm or Debian call it. */
  readonly name: string
  /** What has to be told to it, beyond what it is told in production. */
  readonly options: string
  /** Each goes through the flow with the library, and fails when the outcome is another than on the service. */
  readonly flows: Readonly<Partial<Record<Flow, (world: World) => Promise<void>>>>
}
