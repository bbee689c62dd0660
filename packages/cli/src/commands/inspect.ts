import { serveInspector, type ServedInspector } from '@entraguard/emulator/node'

import { readArguments } from '../arguments.ts'
import type { Command } from '../command.ts'
import { noAnswer } from '../network.ts'
import { readTokenIfGiven } from '../read-token.ts'
import { exitCodes, interrupted, painter, UsageError, type Terminal } from '../terminal.ts'

/** Serves the token inspector until it is stopped with Ctrl-C. */
export const inspect: Command = {
  summary: 'show in a browser what a token says, and why an API refuses it',
  help: `Usage: entraguard inspect [options] [< token]

Serves a page on 127.0.0.1 until Ctrl-C. Paste a token there, or pipe one in here. The page says what the token is, takes
it through the steps of the verifier, and says what each claim may be used for. The token stays on this machine. You can
paste signing keys on the page, or have it fetch them from Microsoft.

  --token-file FILE    read the token from a file instead of standard input
  --port N             default: any free port

Examples:
  entraguard inspect
  pbpaste | entraguard inspect
`,
  run: async (args, terminal) => {
    const { 'token-file': file, port = '0' } = readArguments(args, {
      'token-file': { type: 'string' },
      port: { type: 'string' },
    })
    if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535)
      throw new UsageError('--port must be a number from 0 to 65535')
    const token = await readTokenIfGiven(terminal, file)
    const { url, close } = await serve(Number(port), token, terminal)
    const paint = painter(terminal)
    terminal.stdout.write(`${paint('bold', 'The token inspector is at')} ${url}\n`)
    if (token !== undefined)
      terminal.stdout.write('That address shows the token only once; a second visit starts empty.\n')
    terminal.stdout.write(paint('dim', 'Open it in a browser on this machine. Press Ctrl-C to stop.\n'))
    await interrupted(terminal.signal)
    await close()
    return exitCodes.done
  },
}

/** Milliseconds. */
const timeLimit = 10_000

async function serve(port: number, token: string | undefined, terminal: Terminal): Promise<ServedInspector> {
  const { fetch, signal, env } = terminal
  try {
    return await serveInspector({
      port,
      token,
      fetch: async (address) => {
        try {
          return await fetch(address, {
            signal: AbortSignal.any([signal, AbortSignal.timeout(timeLimit)]),
            redirect: 'error',
          })
        } catch (error) {
          throw new Error(noAnswer(new URL(address).host, error, env), { cause: error })
        }
      },
    })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')
      throw new UsageError(error.message)
    throw error
  }
}
