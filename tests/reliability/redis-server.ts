import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { freePort } from '../../scripts/free-port.mjs'

/** A Redis on a port of its own, that can end, hang and come back. */
export interface RedisServer {
  readonly port: number
  readonly start: () => Promise<void>
  /** In the middle of whatever it does. */
  readonly kill: () => Promise<void>
  /** It goes on listening and answers nothing. */
  readonly hang: () => void
  readonly goOn: () => void
}

async function isUp(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  const up = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
  })
  socket.destroy()
  return up
}

export async function createRedisServer(): Promise<RedisServer> {
  const port = await freePort()
  const directory = mkdtempSync(path.join(tmpdir(), 'entraguard-redis-'))
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }))
  let child: ChildProcess | undefined
  const server: RedisServer = {
    port,
    async start() {
      child = spawn(
        'redis-server',
        ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', directory],
        { stdio: 'ignore' },
      )
      while (!(await isUp(port))) {
        if (child.exitCode !== null) throw new Error('redis-server ended: is the package installed?')
      }
    },
    async kill() {
      if (child === undefined) return
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
    hang: () => void child?.kill('SIGSTOP'),
    goOn: () => void child?.kill('SIGCONT'),
  }
  await server.start()
  return server
}
