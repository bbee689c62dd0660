import { Readable } from 'node:stream'

import { runCli } from '../src/cli.ts'
import type { Terminal } from '../src/terminal.ts'

export interface Run {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs the command line as a user would, on streams that can be read back. */
export async function run(
  args: readonly string[],
  input: string,
  world: Partial<Terminal> = {},
): Promise<Run> {
  let out = ''
  let err = ''
  const code = await runCli(args, {
    stdin: Readable.from([input]),
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (err += text) },
    env: {},
    signal: new AbortController().signal,
    fetch: () => Promise.reject(new Error('no network in this test')),
    now: () => Date.now(),
    spin: () => () => {},
    ...world,
  })
  return { code, out, err }
}
