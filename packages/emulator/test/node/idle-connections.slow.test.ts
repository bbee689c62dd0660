import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { get as getHttp, type IncomingHttpHeaders } from 'node:http'
import { Agent, get as getHttps } from 'node:https'
import path from 'node:path'
import { createInterface } from 'node:readline'

import { afterEach, expect, it } from 'vitest'

const closing: (() => Promise<void>)[] = []

afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()))
})

interface Served {
  readonly url: string
  readonly ca?: string
}

/** In a process of its own, because in processes of tests no server ends an idle connection. */
async function serve(what: string): Promise<Served> {
  const file = path.join(import.meta.dirname, 'server-process.ts')
  const child = spawn(process.execPath, ['--conditions=@entraguard/source', file, what], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  closing.push(async () => {
    const exited = once(child, 'exit')
    child.kill()
    await exited
  })
  for await (const line of createInterface({ input: child.stdout })) return JSON.parse(line) as Served
  throw new Error('The server ended before it said where it is')
}

function headersOf({ url, ca }: Served): Promise<IncomingHttpHeaders> {
  return new Promise((resolve, reject) => {
    const request =
      ca === undefined
        ? getHttp(url, { headers: { connection: 'keep-alive' } })
        : getHttps(url, { agent: new Agent({ ca, keepAlive: true }) })
    request.on('error', reject).on('response', (answer) => {
      answer.resume().on('end', () => resolve(answer.headers))
    })
  })
}

it.each(['the emulator', 'the emulator over HTTPS', 'the inspector'])(
  'a connection to %s is kept, and nobody is told when it will end',
  async (what) => {
    const headers = await headersOf(await serve(what))
    expect(headers.connection).toBe('keep-alive')
    expect(headers).not.toHaveProperty('keep-alive')
  },
)
