import { readFile } from 'node:fs/promises'

import { createVerifier } from '@entraguard/core'
import { translateOptions, type IBearerStrategyOption } from '@entraguard/passport'

import { readArguments } from '../arguments.ts'
import type { Command } from '../command.ts'
import { migrationText } from '../migration.ts'
import { readObjectWith } from '../object-literal.ts'
import { exitCodes, UsageError, type Terminal } from '../terminal.ts'

/** Converts the options of another library into options of `createVerifier`. */
export const migrate: Command = {
  summary: 'print the createVerifier call for the options of passport-azure-ad, and what changes',
  help: `Usage: entraguard migrate passport-azure-ad --from FILE

Reads the options of a BearerStrategy, from JSON or from the JavaScript file that has them, and prints a TypeScript file
with the createVerifier call for them and a list of what changes. The file is not run, so every option must be a plain
value, and nothing is sent anywhere. Options of OIDCStrategy, such as clientSecret, are not printed.

  --from FILE          the file with the options; default: standard input
  --tenant TENANT      the tenantIdOrName passed to passport.authenticate, if identityMetadata is that of common

Examples:
  entraguard migrate passport-azure-ad --from options.json > verifier.ts
  entraguard migrate passport-azure-ad --from src/auth.js --tenant contoso.com
`,
  run: async ([from, ...args], terminal) => {
    if (from !== 'passport-azure-ad')
      throw new UsageError(
        'Say what to migrate from: entraguard migrate passport-azure-ad --from options.json',
      )
    const values = readArguments(args, { from: { type: 'string' }, tenant: { type: 'string' } })
    const text = values.from === undefined ? await readAll(terminal) : await readOptionsFile(values.from)
    // Read and checked by translateOptions, as at the construction of a strategy.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
    const options = readObjectWith('identityMetadata', text) as unknown as IBearerStrategyOption
    const translation = translateOptions(options, values.tenant)
    createVerifier(translation.verifier)
    terminal.stdout.write(migrationText(options, translation))
    return exitCodes.done
  },
}

async function readOptionsFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
    throw new UsageError(`The file ${file} cannot be read (${code})`)
  }
}

/** More than any options, so that a wrong file ends early. */
const mostCharacters = 1_000_000

async function readAll({ stdin, signal }: Terminal): Promise<string> {
  if (stdin.isTTY === true) throw new UsageError('Say where the options are: --from FILE')
  let text = ''
  const stop = (): void => {
    stdin.destroy()
  }
  signal.addEventListener('abort', stop, { once: true })
  stdin.setEncoding('utf8')
  for await (const chunk of stdin) {
    text += String(chunk)
    if (text.length > mostCharacters) throw new UsageError('This is too long to be options')
  }
  signal.removeEventListener('abort', stop)
  return text
}
