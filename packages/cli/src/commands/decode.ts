import { explain } from '@entraguard/core/explain'

import { readArguments } from '../arguments.ts'
import type { Command } from '../command.ts'
import { readToken } from '../read-token.ts'
import { exitCodes, writeJson } from '../terminal.ts'

/** Shows what a token says, without verifying it and without any network. */
export const decode: Command = {
  summary: 'show what a token says, claim by claim, without verifying it',
  help: `Usage: entraguard decode [options] < token

Shows every claim with its meaning and dates, and what is unusual about the token. Nothing is verified and nothing
is sent anywhere. The signature is never shown.

  --token-file FILE    read the token from a file instead of standard input
  --json               for machines

Examples:
  pbpaste | entraguard decode
  entraguard decode --json --token-file token.txt | jq .claims
`,
  run: async (args, terminal) => {
    const values = readArguments(args, { 'token-file': { type: 'string' }, json: { type: 'boolean' } })
    const token = await readToken(terminal, values['token-file'])
    const { text, ...explanation } = explain(token, { now: terminal.now })
    if (values.json === true) writeJson(terminal, explanation)
    else terminal.stdout.write(`${text.trimEnd()}\n`)
    return exitCodes.done
  },
}
