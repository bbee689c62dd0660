import { UsageError } from './terminal.ts'

/** What `createVerifier` and `emulatorFetch` say of an option in code, and what to write here instead. */
const mistakes: ReadonlyArray<readonly [RegExp, string]> = [
  [
    /^tenants (?:must be|as a list).*/,
    '--tenant must be a tenant id, a verified domain such as contoso.com, organizations, common or consumers; with more than one --tenant, each must be a tenant id',
  ],
  [/^tenants and authority exclude/, '--tenant and --authority exclude each other: use only one of them'],
  [
    /^audience ("[^"]*") is not unique.*/,
    '--audience $1 is not unique: another of the tenants could register it too. Use the client id, or an Application ID URI that contains it, such as api://<client id>',
  ],
  [
    /^authority cannot be used: it is not a URL/,
    '--authority must be a URL such as https://login.microsoftonline.com/<tenant id>',
  ],
  [
    /^authority cannot be used: the host (\S+) is not one of a known cloud.*/,
    '--authority names $1, which is not a host of Microsoft Entra ID, External ID or B2C',
  ],
  [
    /^authority cannot be used: the host (\S+) is not one of the configured cloud.*/,
    '--authority names $1, which is not a host of the cloud that --cloud names: leave out one of the two',
  ],
  [
    /^emulatorFetch reaches this machine only.*, not (.*)$/,
    '--emulator must be on this machine, and $1 is not',
  ],
  [/^emulatorFetch trusts.*/, '--emulator is for development, and NODE_ENV is "production"'],
  [/^audience\b/, '--audience'],
  [/^authority\b/, '--authority'],
  [/^appId\b/, '--app-id'],
  [/^tenants\b/, '--tenant'],
]

const inWords = (message: string): string => {
  const [pattern, text] = mistakes.find(([known]) => known.test(message)) ?? [/^/, '']
  return message.replace(pattern, text)
}

/**
 * Runs what checks options, and tells of a mistake in the words of the command line.
 *
 * @throws {UsageError}
 */
export function inOptions<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new UsageError(inWords(error.message))
  }
}

/** @throws {UsageError} for an address of another machine, and in production. */
export function onThisMachine<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw new UsageError(error instanceof Error ? inWords(error.message) : 'The emulator cannot be used')
  }
}
