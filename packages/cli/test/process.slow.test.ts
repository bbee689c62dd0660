import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'

import { afterEach, describe, expect, it, vi } from 'vitest'

const main = path.join(import.meta.dirname, '../src/main.ts')
const running: ChildProcess[] = []

afterEach(() => {
  vi.unstubAllEnvs()
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

describe('entraguard, as a process', () => {
  it.each(['--version', '-v'])('says which version it is: %s', async (option) => {
    const manifest = readFileSync(path.join(import.meta.dirname, '../package.json'), 'utf8')
    const { version } = JSON.parse(manifest) as { version: string }
    expect(await finished(option)).toEqual({ code: 0, err: '', out: `${version}\n` })
  })
})

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

  it('says over HTTPS, and only there, what a page tells MSAL', async () => {
    vi.stubEnv('XDG_CACHE_HOME', mkdtempSync(path.join(tmpdir(), 'entraguard-')))
    const said = await firstLines(start('emulator', '--port', '0', '--https'))
    const [, host] = /https:\/\/(localhost:\d+)/.exec(said) ?? []
    expect(said).toContain(
      `authority: 'https://${host}/11111111-1111-4111-8111-111111111111', knownAuthorities: ['${host}']`,
    )
    expect(said).toContain(`open https://${host} once in that browser and accept the certificate`)
    expect(await firstLines(start('emulator', '--port', '0'))).not.toContain('knownAuthorities')
  })

  it('says which port is taken, without a stack trace', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' ? String(address?.port) : ''
    const { code, err } = await finished('emulator', '--port', port)
    server.close()
    expect(code).toBe(2)
    expect(err).toContain(`Port ${port} is in use`)
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

  it('keeps in a state file who was registered, and says when the file cannot be used', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'entraguard-'))
    const file = path.join(folder, 'state.json')
    const register = async (users: object[]): Promise<string> => {
      const child = start('emulator', '--port', '0', '--state', file, '--local-issuer')
      const [url = ''] = /http:\/\/127\.0\.0\.1:\d+/.exec(await firstLines(child)) ?? []
      const headers = { 'content-type': 'application/json' }
      const answer = await fetch(`${url}/__emulator/register`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ users }),
      })
      const registered = await answer.text()
      const document = await fetch(`${url}/contoso.com/v2.0/.well-known/openid-configuration`)
      expect(((await document.json()) as { issuer: string }).issuer).toContain(url)
      child.kill('SIGINT')
      await once(child, 'exit')
      return registered
    }
    await register([{ userPrincipalName: 'grace@contoso.com' }])
    expect(await register([])).toContain('grace@contoso.com')
    writeFileSync(file, '{"apps":5}')
    const { code, err } = await finished('emulator', '--state', file, '--port', '0')
    expect([code, err]).toEqual([
      2,
      expect.stringContaining(`${file} is not a state file of the emulator: apps must be a list`),
    ])
    const nowhere = await finished('emulator', '--state', path.join(folder, 'none/state.json'), '--port', '0')
    expect([nowhere.code, nowhere.err]).toEqual([2, expect.stringContaining('cannot be used (ENOENT)')])
  })

  it('says that no emulator is there to mint a token', async () => {
    const { code, err } = await finished('token', '--emulator', 'http://127.0.0.1:9')
    expect([code, err]).toEqual([2, expect.stringContaining('No emulator answers')])
  })

  it('says what to trust when it listens over HTTPS, and the token command does without', async () => {
    const cache = mkdtempSync(path.join(tmpdir(), 'entraguard-'))
    vi.stubEnv('XDG_CACHE_HOME', cache)
    const child = start('emulator', '--port', '0', '--https')
    const announced = await firstLines(child)
    const [url = ''] = /https:\/\/localhost:\d+/.exec(announced) ?? []
    const file = path.join(cache, 'entraguard', 'ca.pem')
    expect(announced).toContain(`NODE_EXTRA_CA_CERTS=${file} npx entraguard token`)
    const { code, err } = await finished('token', '--emulator', url)
    expect([code, err]).toEqual([2, expect.stringMatching(/not trusted .*NODE_EXTRA_CA_CERTS/)])
    vi.stubEnv('NODE_EXTRA_CA_CERTS', file)
    expect((await finished('token', '--emulator', url)).code).toBe(0)
    chmodSync(path.join(cache, 'entraguard', 'ca-key.pem'), 0o644)
    const other = await finished('emulator', '--port', '0', '--https')
    expect([other.code, other.err]).toEqual([2, expect.stringContaining('can be read by others')])
    expect(other.err).not.toContain('    at ')
  })

  it('refuses an emulator where NODE_ENV is production, without a stack trace', async () => {
    vi.stubEnv('NODE_ENV', 'production')
    const api = ['--tenant', 'contoso.com', '--audience', 'x']
    const { code, err } = await finished('diagnose', ...api, '--emulator', 'http://127.0.0.1:9')
    expect([code, err]).toEqual([2, expect.stringContaining('production')])
    expect(err.trim().split('\n')).toHaveLength(1)
  })

  it('does not mind a reader that ends early', async () => {
    const child = start('--help')
    child.stdout.destroy()
    const [err, [code]] = await Promise.all([text(child.stderr), once(child, 'exit') as Promise<[number]>])
    expect([code, err]).toEqual([0, ''])
  })
})
