import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'

import { freePort } from '../../scripts/free-port.mjs'

interface ServerProcessOptions {
  readonly cwd?: string
  readonly isUp?: (status: number) => boolean
  /** Milliseconds that it may take to serve. */
  readonly within?: number
  /** Default: a free one. */
  readonly port?: number
}

/** A server in a process of its own, once its `/health` answers; a status of which `isUp` holds will do. */
export async function startServerProcess(
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  { cwd, isUp, within = 240_000, port: chosen }: ServerProcessOptions = {},
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const port = chosen ?? (await freePort())
  const child = spawn(
    command,
    args.map((argument) => argument.replace('{port}', String(port))),
    {
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: process.env['HOME'] ?? '',
        ...environment,
        PORT: String(port),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own: what it starts (wrangler starts workerd) ends with it.
      detached: process.platform !== 'win32',
      ...(cwd === undefined ? {} : { cwd }),
    },
  )
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output = `${output}${chunk.toString()}`.slice(-2000)))
  const exited = once(child, 'exit')
  const url = `http://127.0.0.1:${port}`
  const close = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      if (process.platform === 'win32' || child.pid === undefined) child.kill('SIGKILL')
      else process.kill(-child.pid, 'SIGKILL')
      await exited
    }
  }
  const deadline = Date.now() + within
  while (Date.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null) break
    const answers = await fetch(`${url}/health`).then(
      ({ ok, status }) => isUp?.(status) ?? ok,
      () => false,
    )
    if (answers) return { url, close }
    await sleep(50)
  }
  await close()
  throw new Error(`${command} did not serve: ${output}`)
}
