import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'

import { cpuOf } from '../server-process.ts'
import { temporaryFolder } from '../temporary.ts'

const run = promisify(execFile)

/** The server has one processor and the client another, so that the server is what saturates. */
export const serverProcessor = 0
const clientProcessor = 1

export interface Load {
  readonly rate: number
  /** Microseconds of CPU of the server, a request. */
  readonly cpu: number
  /** Part of the time in which the server had its processor. */
  readonly busy: number
}

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
  // A run that is interrupted must not leave it behind.
  const end = (): void => void child.kill('SIGKILL')
  process.once('exit', end)
  return end
}

/**
 * A script for wrk: so many requests with the tokens in turn, each written once, so that the client has little to do.
 * wrk sleeps for as long as it was told to run; the signal that it takes for Ctrl+C wakes it when the last is sent.
 */
export function requestScript(tokens: readonly string[], address: string, requests: number): string {
  const file = path.join(temporaryFolder(), 'requests.lua')
  const list = tokens.map((token) => `"Bearer ${token}"`).join(',')
  writeFileSync(
    file,
    `local ffi = require("ffi")
ffi.cdef("int kill(int, int); int getpid(void);")
local tokens = {${list}}
local requests = {}
local sent = 0
request = function()
  sent = sent + 1
  if sent == ${requests} then
    wrk.thread:stop()
    ffi.C.kill(ffi.C.getpid(), 2)
  end
  local turn = sent % #tokens + 1
  requests[turn] = requests[turn] or wrk.format("GET", "${address}", { ["Authorization"] = tokens[turn] })
  return requests[turn]
end
done = function(summary)
  if summary.errors.status > 0 then io.write("REFUSED ", summary.errors.status, "\\n") end
end
`,
  )
  return file
}

/** Sends what the script holds, closed loop over 32 connections. */
export async function load(child: ChildProcess, port: number, script: string): Promise<Load> {
  const before = cpuOf(child)
  const client = ['-c', String(clientProcessor), 'wrk', '-t1', '-c32', '-d60s', '-s', script]
  const { stdout } = await run('taskset', [...client, `http://127.0.0.1:${port}`])
  const cpu = cpuOf(child) - before
  if (stdout.includes('REFUSED')) throw new Error(`a server refused genuine tokens: ${stdout}`)
  const rate = Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1])
  const requests = Number(/(\d+) requests in/.exec(stdout)?.[1])
  return { rate, cpu: cpu / requests, busy: (cpu * rate) / (requests * 1e6) }
}
