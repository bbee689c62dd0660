import { execFile, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'

import { temporaryFolder } from '../temporary.ts'

const run = promisify(execFile)

/** The server has one processor and the client another, so that the server is what saturates. */
export const serverProcessor = 0
const clientProcessor = 1

/** Names what this section needs and does not find, before minutes have passed. */
export async function requireHttpTools(): Promise<void> {
  const missing: string[] = []
  for (const [tool, debianPackage] of [
    ['wrk', 'wrk'],
    ['taskset', 'util-linux'],
  ] as const) {
    try {
      await run('which', [tool])
    } catch {
      missing.push(`${tool} (Debian's package ${debianPackage})`)
    }
  }
  if (process.platform !== 'linux') missing.push('Linux, whose /proc says what a server used')
  if (availableParallelism() < 2)
    missing.push('a second processor, one for the server and one for the client')
  if (missing.length > 0) throw new Error(`the section http needs ${missing.join(' and ')}`)
}

/**
 * Works for nothing beside the client, and gives way to it. Two processors of a virtual machine are often halves of one,
 * and a server is then the faster, the less the client has to do: the variants would not be measured under the same
 * conditions. With it, the same share comes out of one run after another. Gives what ends it.
 */
export function occupyClientProcessor(): () => void {
  const idle = ['-c', String(clientProcessor), 'nice', '-n', '19', process.execPath, '-e', 'for(;;);']
  const child = spawn('taskset', idle, { stdio: 'ignore' })
  // A run that is interrupted must not leave it behind, and a signal ends Node without that event.
  const end = (): void => void child.kill('SIGKILL')
  process.once('exit', end)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
  return end
}

/**
 * A script for wrk that sends blocks of requests, one after the other, with the tokens in turn. Each request is written once,
 * so that the client has little to do. wrk sleeps for as long as it was told to run; the signal that it takes for Ctrl+C
 * wakes it when all is sent. One more request ends the last block.
 */
export function blockScript(
  tokens: readonly string[],
  variantOfBlock: readonly string[],
  size: number,
): string {
  const file = path.join(temporaryFolder(), 'requests.lua')
  const headers = tokens.map((token) => `"Bearer ${token}"`).join(',')
  const addresses = variantOfBlock.map((variant, block) => `"/${variant}?${block}"`)
  const last = `"/${variantOfBlock.at(-1)}?${variantOfBlock.length}"`
  writeFileSync(
    file,
    `local ffi = require("ffi")
ffi.cdef("int kill(int, int); int getpid(void);")
local tokens = {${headers}}
local addresses = {${[...addresses, last].join(',')}}
local requests = {}
local sent = 0
request = function()
  if sent % ${size} == 0 then requests = {} end
  local block = math.min(math.floor(sent / ${size}) + 1, #addresses)
  sent = sent + 1
  if block == #addresses then
    wrk.thread:stop()
    ffi.C.kill(ffi.C.getpid(), 2)
  end
  local turn = sent % #tokens + 1
  requests[turn] = requests[turn] or wrk.format("GET", addresses[block], { ["Authorization"] = tokens[turn] })
  return requests[turn]
end
done = function(summary)
  if summary.errors.status > 0 then io.write("REFUSED ", summary.errors.status, "\\n") end
end
`,
  )
  return file
}

/** Sends what the script holds, closed loop: a connection sends its next request when it has the answer to the last. */
export async function send(port: number, script: string, connections: number): Promise<void> {
  const client = ['-c', String(clientProcessor), 'wrk', '-t1', `-c${connections}`, '-d900s', '-s', script]
  const { stdout } = await run('taskset', [...client, `http://127.0.0.1:${port}`])
  if (stdout.includes('REFUSED')) throw new Error(`a server refused genuine tokens: ${stdout}`)
}
