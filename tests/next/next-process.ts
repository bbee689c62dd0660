import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { createRequire } from 'node:module'
import { setTimeout as sleep } from 'node:timers/promises'

import { freePort } from '../../scripts/free-port.mjs'

const bin = createRequire(import.meta.url).resolve('next/dist/bin/next')
const running = new Set<ChildProcess>()

// A test run that is broken off must not leave servers behind.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** The orders API and the pages. */
export const sampleApp: string = path.join(import.meta.dirname, '../../apps/next-app')

/** A Next server that listens on 127.0.0.1. */
export interface NextServer {
  readonly url: string
  readonly port: number
  /** What it has printed so far. */
  readonly output: () => string
  readonly stop: () => Promise<void>
}

interface NextProcess {
  readonly child: ChildProcess
  readonly output: () => string
}

function run(args: readonly string[], folder: string, env: Readonly<Record<string, string>>): NextProcess {
  const child = spawn(process.execPath, [bin, ...args], {
    cwd: folder,
    env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  child.once('exit', () => running.delete(child))
  let output = ''
  child.stdout?.on('data', (chunk) => (output += String(chunk)))
  child.stderr?.on('data', (chunk) => (output += String(chunk)))
  return { child, output: () => output }
}

/** `next build`, to its end. */
export async function buildNext(
  folder: string,
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly ok: boolean; readonly output: string }> {
  const { child, output } = run(['build'], folder, { NODE_ENV: 'production', ...env })
  const [code] = (await once(child, 'close')) as [number | null]
  return { ok: code === 0, output: output() }
}

/** `next start` or `next dev`. Not in production mode, in which `emulatorFetch` refuses to run. */
export async function startNext(
  folder: string,
  env: Readonly<Record<string, string>>,
  command: 'start' | 'dev' = 'start',
): Promise<NextServer> {
  const port = await freePort()
  const { child, output } = run([command, '--hostname', '127.0.0.1', '--port', String(port)], folder, {
    NODE_ENV: command === 'dev' ? 'development' : 'test',
    ...env,
  })
  const exited = once(child, 'exit')
  const url = `http://127.0.0.1:${port}`
  const deadline = Date.now() + 240_000
  for (;;) {
    const listens = await fetch(url, { redirect: 'manual' }).then(
      () => true,
      () => false,
    )
    if (listens) break
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`next ${command}:\n${output()}`)
    await sleep(50)
  }
  return {
    url,
    port,
    output,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill()
      const timer = setTimeout(() => child.kill('SIGKILL'), 5000)
      await exited
      clearTimeout(timer)
    },
  }
}
