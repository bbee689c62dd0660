import { randomBytes } from 'node:crypto'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'

import { readEmulatorOptions } from '../directory/option-shapes.ts'
import type { ConditionalAccessOptions, EmulatorOptions, RegistrationOptions } from '../directory/options.ts'
import { createEmulator } from '../emulator.ts'
import type { Emulator } from '../emulator-interface.ts'

function readState(file: string): EmulatorOptions | undefined {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
  try {
    return readEmulatorOptions(JSON.parse(text))
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'unreadable'
    throw new TypeError(`${file} is not a state file of the emulator: ${reason}`, { cause })
  }
}

/** Whole or not at all: a process that ends in the middle leaves the file as it was. */
function writeState(file: string, entra: Emulator): void {
  const aside = `${file}.${randomBytes(8).toString('hex')}.tmp`
  writeFileSync(aside, `${JSON.stringify(entra.registrations(), undefined, 2)}\n`, {
    mode: 0o600,
    flag: 'wx',
  })
  renameSync(aside, file)
}

/**
 * Creates an emulator that keeps its tenants, apps, users, groups, managed identities and policies in a file. They are
 * read from the file, and changes by `register`, `unregister` and `conditionalAccess` are written to it. Ids that were
 * generated at the first start stay the same. Keys, sessions and tokens are not kept: after a restart, everybody signs
 * in again.
 *
 * The file has the form of a configuration file, so you can write it by hand, and edit it while no emulator runs. Only
 * one emulator at a time may use it.
 *
 * @param options the content if the file does not exist yet. Afterwards, only `now` has an effect.
 * @throws TypeError when the file exists but does not contain a state, or when an option is wrong, whether it has an
 * effect or not.
 *
 * @example
 * ```ts
 * const entra = await createEmulatorFrom('.entra-state.json')
 * entra.register({ users: [{ userPrincipalName: 'grace@contoso.com' }] }) // is there after the next start, too
 * ```
 */
export async function createEmulatorFrom(file: string, options: EmulatorOptions = {}): Promise<Emulator> {
  const { now } = readEmulatorOptions(options)
  const kept = readState(file)
  const entra = await createEmulator(
    kept === undefined ? options : { ...kept, ...(now !== undefined && { now }) },
  )
  const saving =
    <Arguments extends unknown[], Result>(change: (...given: Arguments) => Result) =>
    (...given: Arguments): Result => {
      const result = change(...given)
      writeState(file, entra)
      return result
    }
  writeState(file, entra)
  return {
    ...entra,
    register: saving((more: RegistrationOptions) => entra.register(more)),
    unregister: saving((id: string) => entra.unregister(id)),
    conditionalAccess: {
      add: saving((policy: ConditionalAccessOptions) => entra.conditionalAccess.add(policy)),
      remove: saving((id: string) => entra.conditionalAccess.remove(id)),
      clear: saving(() => entra.conditionalAccess.clear()),
    },
  }
}
