import { once } from 'node:events'
import { createServer } from 'node:net'
import { threadId } from 'node:worker_threads'

/*
 * Below the ports that a system chooses by itself, for outgoing connections and for whoever listens on port 0: it could
 * choose the one that was found before the program listens for which it was found.
 */
const first = 11_000
const count = 21_000

/** Processes that look for a port at the same time begin at different places. */
let next = (process.pid + threadId) * 20

async function isFree(port) {
  const server = createServer().listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch {
    return false
  }
  server.close()
  await once(server, 'close')
  return true
}

/** A port of this machine that nobody listens on, for a program that cannot say which one it was given. */
export async function freePort() {
  for (let tried = 0; tried < count; tried++) {
    const port = first + (next++ % count)
    if (await isFree(port)) return port
  }
  throw new Error('no port is free')
}
