import { describe, expect, it } from 'vitest'

import { run, type Run } from './terminal.ts'

const settings = ['--tenant', 'contoso.com', '--audience', '22222222-2222-4222-8222-222222222222'] as const

/** Where an address of an emulator can come from, and what its command says then. */
const sources: Readonly<Record<string, (address: string, asked: string[]) => Promise<Run>>> = {
  'token --emulator': (address, asked) =>
    run(['token', '--emulator', address], '', { fetch: (url) => refusing(url, asked) }),
  'token with ENTRAGUARD_EMULATOR': (address, asked) =>
    run(['token'], '', { env: { ENTRAGUARD_EMULATOR: address }, fetch: (url) => refusing(url, asked) }),
  'diagnose --emulator': (address) => run(['diagnose', ...settings, '--emulator', address], ''),
}

function refusing(url: string, asked: string[]): Promise<Response> {
  asked.push(url)
  return Promise.resolve(Response.json({ error: 'asked' }, { status: 400 }))
}

const dropped = [
  'http://127.0.0.1:8484/base',
  'http://127.0.0.1:8484/base?x#f',
  'http://127.0.0.1:8484?x',
  'http://127.0.0.1:8484/#f',
  'http://127.0.0.1:8484/?',
  'http://user@127.0.0.1:8484',
  'http://user:secret-word@127.0.0.1:8484',
  'http://:secret-word@127.0.0.1:8484',
]

describe.each(Object.entries(sources))('%s', (from, said) => {
  it.each(dropped)(
    'refuses an address of which something would be dropped, and says what to write: %s',
    async (address) => {
      const asked: string[] = []
      const { code, out, err } = await said(address, asked)
      const name = from.split(' ').at(-1)
      const [command = ''] = from.split(' ')
      expect([code, out, asked]).toEqual([2, '', []])
      expect(err).toBe(
        `entraguard ${command}: ${name} must be an address without user, password, path, query and fragment: write http://127.0.0.1:8484\n`,
      )
    },
  )

  it.each(['localhost:8484', '127.0.0.1', 'ftp://127.0.0.1', 'http://', '//127.0.0.1:8484'])(
    'refuses what is no address: %s',
    async (address) => {
      const asked: string[] = []
      const { code, err } = await said(address, asked)
      expect([code, err, asked]).toEqual([2, expect.stringContaining('such as http://127.0.0.1:8484'), []])
    },
  )
})

describe('entraguard token', () => {
  it.each([
    [
      { ENTRAGUARD_EMULATOR: 'http://localhost:1' },
      ['--emulator', 'http://127.0.0.1:2/'],
      'http://127.0.0.1:2',
    ],
    [{ ENTRAGUARD_EMULATOR: 'http://localhost:1/' }, [], 'http://localhost:1'],
    [{ ENTRAGUARD_EMULATOR: '' }, [], 'http://127.0.0.1:8484'],
    [{}, [], 'http://127.0.0.1:8484'],
  ] as const)(
    'asks the address of the option, else of the variable, else the usual one: %o %j',
    async (env, args, origin) => {
      const asked: string[] = []
      await run(['token', ...args], '', { env, fetch: (url) => refusing(url, asked) })
      expect(asked).toEqual([`${origin}/__emulator/token`])
    },
  )
})

describe('other addresses', () => {
  it.each([
    ['http://user:secret-word@localhost:3000/', '--api must not contain a user name or a password'],
    ['http://localhost:3000/#orders', '--api must not contain a fragment, which no request carries'],
    ['http://192.168.0.1/', '--api must be an address on this machine, such as http://localhost:3000/orders'],
    ['localhost:3000', '--api must be an address on this machine, such as http://localhost:3000/orders'],
  ])('emulator --api refuses %s', async (address, message) => {
    const { code, err } = await run(['emulator', '--port', '0', '--api', address], '')
    expect([code, err]).toEqual([2, `entraguard emulator: ${message}\n`])
  })

  it.each([
    ['--mcp', 'https://user:secret-word@mcp.contoso.com/mcp'],
    ['--mcp', 'https://mcp.contoso.com/mcp?x'],
    ['--mcp', 'https://mcp.contoso.com/mcp#f'],
    ['--mcp', 'https://mcp.contoso.com/'],
    ['--mcp', 'https://mcp.contoso.com:99999'],
    ['--mcp', 'https:///mcp'],
    ['--spa', 'https://user:secret-word@app.contoso.com/'],
    ['--spa', 'https://app.contoso.com/#'],
    ['--spa', 'http://app.contoso.com/'],
  ])('register %s refuses %s', async (option, address) => {
    const { code, out, err } = await run(
      ['register', '--name', 'O', '--scopes', 'O.Read', option, address],
      '',
    )
    expect([code, out]).toEqual([2, ''])
    expect(err).toMatch(new RegExp(`^entraguard register: ${option} must be an https URL`))
    expect(err).not.toContain('secret-word')
  })

  it.each([
    ['--mcp', 'https://mcp.contoso.com'],
    ['--mcp', 'https://mcp.contoso.com:8443/@tools/mcp'],
    ['--spa', 'https://app.contoso.com/callback?tab=1'],
    ['--spa', 'http://localhost:5173/'],
  ])('register %s takes %s as it is', async (option, address) => {
    const { code, out } = await run(
      ['register', '--name', 'O', '--scopes', 'O.Read', '--format', 'graph', option, address],
      '',
    )
    expect([code, out]).toEqual([0, expect.stringContaining(JSON.stringify(address))])
  })
})

describe('options that contradict each other are a usage mistake', () => {
  it.each([
    [
      'diagnose',
      [...settings, '--offline', '--emulator', 'http://127.0.0.1:1'],
      /--offline and --emulator exclude/,
    ],
    [
      'diagnose',
      ['--audience', 'x', '--authority', 'https://login.microsoftonline.com/contoso.com', '--cloud', 'usgov'],
      /--authority names login\.microsoftonline\.com, which is not a host of the cloud that --cloud names/,
    ],
    ['diagnose', [...settings, '--cloud', 'public', '--cloud', 'usgov'], /--cloud is there twice/],
    [
      'token',
      ['--emulator', 'http://127.0.0.1:1', '--emulator', 'http://127.0.0.1:2'],
      /--emulator is there twice/,
    ],
    ['token', ['--kind', 'app', '--kind=user'], /--kind is there twice/],
    ['token', ['--kind', 'refresh'], /--kind must be one of user, app, b2c, id/],
    ['token', ['--kind', 'app', '--scopes', 'Orders.Read'], /--scopes has no effect on --kind app/],
    ['token', ['--kind', 'app', '--user', 'ada@contoso.com'], /--user has no effect on --kind app/],
    ['token', ['--kind', 'b2c', '--roles', 'Orders.Read.All'], /--roles has no effect on --kind b2c/],
    ['token', ['--kind', 'b2c', '--version', '2.0'], /--version has no effect on --kind b2c/],
    ['token', ['--kind', 'id', '--roles', 'Orders.Read.All'], /--roles has no effect on --kind id/],
    ['token', ['--kind', 'id', '--client-id', 'x'], /--client-id has no effect on --kind id/],
    ['emulator', ['--port', '0', '--port', '8484'], /--port is there twice/],
    ['inspect', ['--port', '0', '--port', '8484'], /--port is there twice/],
    ['decode', ['--token-file', 'a', '--token-file', 'b'], /--token-file is there twice/],
    ['register', ['--name', 'A', '--name', 'B'], /--name is there twice/],
    ['doctor', ['--app', 'a', '--app', 'b'], /--app is there twice/],
    ['migrate', ['passport-azure-ad', '--from', 'a', '--from', 'b'], /--from is there twice/],
  ] as const)('%s %j', async (command, args, message) => {
    const { code, out, err } = await run([command, ...args], '')
    expect([code, out]).toEqual([2, ''])
    expect(err).toMatch(message)
    expect(err.trim().split('\n')).toHaveLength(1)
  })

  it('but the same said twice is no contradiction', async () => {
    const { err } = await run(
      ['diagnose', ...settings, '--json', '--json', '--cloud', 'public', '--cloud=public'],
      'x',
    )
    expect(err).toBe('')
  })
})
