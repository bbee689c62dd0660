import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'

import { afterEach, describe, expect, it } from 'vitest'

const main = path.join(import.meta.dirname, '../src/main.ts')
const running: ChildProcess[] = []

afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL')
})

function start(...args: readonly string[]): ChildProcess & {
  readonly stdout: NonNullable<ChildProcess['stdout']>
  readonly stderr: NonNullable<ChildProcess['stderr']>
} {
  const child = spawn(process.execPath, ['--conditions=@entraguard/source', main, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.push(child)
  return child
}

async function finished(...args: readonly string[]): Promise<{ code: number; err: string; out: string }> {
  const child = start(...args)
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number]>,
  ])
  return { code, err, out }
}

async function firstLines(child: ReturnType<typeof start>): Promise<string> {
  let seen = ''
  for await (const chunk of child.stdout) {
    seen += String(chunk)
    if (seen.includes('Ctrl-C')) return seen
  }
  throw new Error(`ended early: ${seen}`)
}

describe('entraguard emulator, as a process', () => {
  it('serves until Ctrl-C, mints tokens for "entraguard token", and ends cleanly', async () => {
    const child = start('emulator', '--port', '0')
    const [url = ''] = /http:\/\/127\.0\.0\.1:\d+/.exec(await firstLines(child)) ?? []
    const minted = await finished('token', '--emulator', url, '--scopes', 'Orders.Read', '--version', '1.0')
    expect(minted.code).toBe(0)
    expect(JSON.parse(Buffer.from(minted.out.split('.')[1] ?? '', 'base64url').toString())).toMatchObject({
      ver: '1.0',
      scp: 'Orders.Read',
    })
    child.kill('SIGINT')
    const [code] = (await once(child, 'exit')) as [number]
    expect(code).toBe(0)
  })

  it('says which port is taken, without a stack trace', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' ? String(address?.port) : ''
    const { code, err } = await finished('emulator', '--port', port)
    server.close()
    expect(code).toBe(2)
    expect(err).toContain(`Port ${port} is taken`)
    expect(err).not.toContain('    at ')
  })

  it.each([
    ['not JSON', '{ tenants: }', /is not JSON/],
    ['a tenant id that is no GUID', '{"tenants":[{"id":"contoso"}]}', /must be a GUID/],
  ])('refuses a config file with %s, without a stack trace', async (_what, content, message) => {
    const file = path.join(mkdtempSync(path.join(tmpdir(), 'entraguard-')), 'entra.json')
    writeFileSync(file, content)
    const { code, err } = await finished('emulator', '--config', file, '--port', '0')
    expect([code, err]).toEqual([2, expect.stringMatching(message)])
    expect(err).not.toContain('    at ')
  })

  it('says that no emulator is there to mint a token', async () => {
    const { code, err } = await finished('token', '--emulator', 'http://127.0.0.1:9')
    expect([code, err]).toEqual([2, expect.stringContaining('No emulator answers')])
  })
})
