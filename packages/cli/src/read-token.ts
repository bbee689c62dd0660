import { readFile } from 'node:fs/promises'

import { Interrupted, UsageError, type Terminal } from './terminal.ts'

const keys = { ctrlC: '\u0003', ctrlD: '\u0004' }

/** More than any token, so that a wrong file ends early. */
const mostCharacters = 1_000_000

/**
 * Reads the token from standard input or from a file, never from an argument: arguments stand in the shell's history
 * and in the process list. A pasted `Authorization: Bearer` in front is taken away.
 */
export async function readToken(terminal: Terminal, file: string | undefined): Promise<string> {
  const token = withoutScheme(
    file === undefined ? await readStandardInput(terminal) : await readTokenFile(file),
  )
  if (token === '')
    throw new UsageError(
      'There is no token: pipe one in (entraguard decode < token) or add --token-file FILE',
    )
  if (token.startsWith('{'))
    throw new UsageError('This is JSON: pass only the token, for example with jq -r .access_token')
  return token
}

/** The same, where a token may be missing: nobody is asked to type one. */
export async function readTokenIfGiven(
  terminal: Terminal,
  file: string | undefined,
): Promise<string | undefined> {
  if (file !== undefined) return await readToken(terminal, file)
  if (terminal.stdin.isTTY === true) return undefined
  const token = withoutScheme(await readStandardInput(terminal))
  return token === '' ? undefined : token
}

const withoutScheme = (text: string): string =>
  text
    .trim()
    .replace(/^authorization:\s*/i, '')
    .replace(/^bearer\s+/i, '')
    .trim()

async function readTokenFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
    throw new UsageError(`The token file ${file} cannot be read (${code})`)
  }
}

async function readStandardInput({ stdin, stderr, signal }: Terminal): Promise<string> {
  const isKeyboard = stdin.isTTY === true
  if (isKeyboard) {
    stderr.write('Paste the token (it is not shown), then press Enter and Ctrl-D:\n')
    // A terminal that gathers lines cuts them: at 1024 characters on macOS, at 4096 on Linux.
    stdin.setRawMode?.(true)
  }
  let text = ''
  stdin.setEncoding('utf8')
  const stop = (): void => {
    stdin.destroy()
  }
  signal.addEventListener('abort', stop, { once: true })
  try {
    for await (const chunk of stdin) {
      text += String(chunk)
      if (text.length > mostCharacters) throw new UsageError('This is too long to be a token')
      if (!isKeyboard) continue
      if (text.includes(keys.ctrlC)) throw new Interrupted()
      if (text.includes(keys.ctrlD)) return text.slice(0, text.indexOf(keys.ctrlD))
    }
  } finally {
    signal.removeEventListener('abort', stop)
    if (isKeyboard) stdin.setRawMode?.(false)
  }
  return text
}
