import { isGuid } from '../values/encoding.ts'
import type { Directory } from './directory.ts'
import type { ConditionalAccessOptions } from './options.ts'
import type { App, User } from './registrations.ts'

/** A policy that is in force. */
export interface ConditionalAccessPolicy extends ConditionalAccessOptions {
  readonly id: string
  /** Milliseconds since the epoch: from when on. */
  readonly since: number
}

/** An attempt to get a token. */
export interface Attempt {
  readonly user: User
  readonly client: App
  readonly resources: readonly App[]
  readonly authenticationContexts: readonly string[]
}

/** The Conditional Access policies of one emulator. */
export interface ConditionalAccess {
  /** Adds a policy and returns its id. @throws TypeError when the id is not a GUID or already exists. */
  add(options: ConditionalAccessOptions): string
  /** Removes a policy. Returns whether it existed. */
  remove(id: string): boolean
  clear(): void
  find(id: string): ConditionalAccessPolicy | undefined
  /** The options that create the same policies again. */
  options(): readonly ConditionalAccessOptions[]
  /** The policies that apply to this attempt. */
  about(attempt: Attempt): readonly ConditionalAccessPolicy[]
}

function isAbout(policy: ConditionalAccessPolicy, attempt: Attempt, directory: Directory): boolean {
  const { users, clients, resources, authenticationContexts } = policy
  const { user, client } = attempt
  return (
    (users === undefined || users.includes(user.id) || users.includes(user.userPrincipalName)) &&
    (clients === undefined || clients.includes(client.clientId)) &&
    (resources === undefined ||
      resources.some((name) => attempt.resources.some((resource) => directory.app(name) === resource))) &&
    (authenticationContexts === undefined ||
      authenticationContexts.some((context) => attempt.authenticationContexts.includes(context)))
  )
}

function toOptions({ since, ...options }: ConditionalAccessPolicy): ConditionalAccessOptions {
  void since
  return options
}

export function createConditionalAccess(
  directory: Directory,
  now: () => number,
  atStart: readonly ConditionalAccessOptions[] = [],
): ConditionalAccess {
  const policies = new Map<string, ConditionalAccessPolicy>()

  function add(options: ConditionalAccessOptions): string {
    const id = (options.id ?? crypto.randomUUID()).toLowerCase()
    if (!isGuid(id)) throw new TypeError(`conditionalAccess[].id must be a GUID, not ${JSON.stringify(id)}`)
    if (policies.has(id)) throw new TypeError(`conditionalAccess: the id ${JSON.stringify(id)} is used twice`)
    policies.set(id, { ...options, id, since: now() })
    return id
  }

  for (const options of atStart) add(options)
  return {
    add,
    remove: (id) => policies.delete(id.toLowerCase()),
    clear: () => policies.clear(),
    options: () => [...policies.values()].map(toOptions),
    find: (id) => policies.get(id.toLowerCase()),
    about: (attempt) => [...policies.values()].filter((policy) => isAbout(policy, attempt, directory)),
  }
}
