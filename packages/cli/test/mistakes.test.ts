import { Readable } from 'node:stream'

import { createEmulator, type Emulator } from '@entraguard/emulator'
import { beforeAll, describe, expect, it } from 'vitest'

import type { Terminal } from '../src/terminal.ts'
import { run } from './terminal.ts'

let entra: Emulator

beforeAll(async () => {
  entra = await createEmulator()
})

describe('the mistakes that people make', () => {
  it.each([
    ['no settings', ['diagnose'], /--tenant and --audience/],
    ['a token as an argument', ['decode', 'eyJhbGciOi.secret.token'], /never from an argument/],
    ['an unknown option', ['decode', '--jason'], /--jason/],
    ['an unknown command', ['dekode'], /no command "dekode"/],
    [
      'an unknown cloud',
      ['diagnose', '--tenant', 'contoso.com', '--audience', 'x', '--cloud', 'mars'],
      /--cloud/,
    ],
    [
      'a tenant that is none',
      ['diagnose', '--tenant', 'contoso', '--audience', 'x'],
      /--tenant must be a tenant id, .* each must be a tenant id\n$/,
    ],
    [
      'a token file that is not there',
      ['decode', '--token-file', '/nowhere/token'],
      /cannot be read \(ENOENT\)/,
    ],
    ['no input', ['decode'], /There is no token/],
    ['a token where the command stands', ['eyJhbGciOi.secret.token'], /no such command/],
    ['a token behind two dashes', ['decode', `--eyJ.${'x'.repeat(60)}.secret.token`], /unknown option/],
    ['a value that begins with a dash', ['token', '--expires-in', '-600'], /write the option with "="/],
    ['an empty number', ['token', '--expires-in', ''], /--expires-in must be a number/],
    ['an address without a scheme', ['token', '--emulator', 'localhost:8484'], /such as http:/],
    [
      'the same where a token is checked',
      ['diagnose', '--tenant', 'contoso.com', '--audience', 'x', '--emulator', 'localhost:8484'],
      /such as http:/,
    ],
    [
      'an emulator on another machine',
      ['diagnose', '--tenant', 'contoso.com', '--audience', 'x', '--emulator', 'http://192.168.0.1'],
      /--emulator must be on this machine/,
    ],
    [
      'both ways to say whose tokens',
      [
        'diagnose',
        '--tenant',
        'contoso.com',
        '--audience',
        'x',
        '--authority',
        'https://login.microsoftonline.com/x',
      ],
      /--tenant and --authority exclude each other/,
    ],
    [
      'a name that other tenants can have too',
      ['diagnose', '--tenant', 'common', '--audience', 'api://my-api'],
      /--audience "api:\/\/my-api" is not unique/,
    ],
    [
      'an authority that is no address',
      ['diagnose', '--authority', 'contoso', '--audience', 'x'],
      /--authority must be/,
    ],
    [
      'an authority of somebody else',
      ['diagnose', '--authority', 'https://example.com/x', '--audience', 'x'],
      /--authority names example\.com/,
    ],
    [
      'an app id that is none',
      ['diagnose', '--tenant', 'contoso.com', '--audience', 'x', '--app-id', 'x'],
      /--app-id must be the client id/,
    ],
    [
      'an empty audience',
      ['diagnose', '--tenant', 'contoso.com', '--audience', ''],
      /--audience: "" is empty/,
    ],
    [
      'an argument of a switch',
      ['diagnose', '--tenant', 'contoso.com', '--audience', 'x', '--verbose=1'],
      /--verbose/,
    ],
    ['an option without a value', ['diagnose', '--tenant'], /--tenant/],
    ['claims that are not JSON', ['token', '--claims', '{'], /--claims must be a JSON object/],
    ['a port that is none', ['emulator', '--port', 'x'], /--port must be a number/],
    ['a config that is not there', ['emulator', '--config', '/nowhere'], /cannot be read \(ENOENT\)/],
    ['no name', ['register'], /Set --name/],
    ['no permissions', ['register', '--name', 'Orders'], /--scopes for users/],
    ['no registration', ['doctor'], /Set --app/],
    ['nothing to migrate', ['migrate'], /what to migrate from/],
    [
      'two audiences in one',
      [
        'diagnose',
        '--tenant',
        'contoso.com',
        '--audience',
        '22222222-2222-4222-8222-222222222222,api://22222222-2222-4222-8222-222222222222',
      ],
      /Write --audience once for each/,
    ],
  ] as const)('%s: exit code 2 and one line that says what to write', async (_what, args, message) => {
    const { code, err, out } = await run(args, '')
    expect(code).toBe(2)
    expect(err).toMatch(message)
    expect(err.trim().split('\n')).toHaveLength(1)
    expect(err + out).not.toContain('secret.token')
    expect(err).not.toMatch(/\(\{|\w\(\)|\w: ['{[]|=>|createVerifier|emulatorFetch|appId|\btenants must/)
  })

  it('names the JSON of a token endpoint, which is pasted for its token', async () => {
    const token = await entra.issueUserToken()
    const { code, err, out } = await run(
      ['decode'],
      JSON.stringify({ access_token: token, expires_in: 3599 }),
    )
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain('jq -r .access_token')
  })

  it('takes away a pasted "Authorization: Bearer"', async () => {
    const { code, out } = await run(
      ['decode', '--json'],
      `Authorization: Bearer ${await entra.issueUserToken()}\n`,
    )
    expect(code).toBe(0)
    expect(out).toContain('"scp"')
  })

  it('reads a pasted token key by key, because a terminal cuts long lines, and ends at Ctrl-D', async () => {
    const token = await entra.issueUserToken({
      groups: Array.from({ length: 150 }, () => crypto.randomUUID()),
    })
    expect(token.length).toBeGreaterThan(4096)
    const modes: boolean[] = []
    const keyboard = (...typed: readonly string[]): Terminal['stdin'] =>
      Object.assign(Readable.from(typed), { isTTY: true, setRawMode: (raw: boolean) => modes.push(raw) })
    const pasted = keyboard(token.slice(0, 1000), token.slice(1000), '\r', '\u0004', 'what comes later')
    const { code, out } = await run(['decode', '--json'], '', { stdin: pasted })
    expect([code, modes]).toEqual([0, [true, false]])
    expect(JSON.parse(out).claims).toContainEqual(
      expect.objectContaining({ name: 'groups', value: expect.objectContaining({ length: 150 }) }),
    )
    expect(out).not.toContain('token_irregular')
    const interrupted = await run(['decode'], '', { stdin: keyboard(token, '\u0003') })
    expect([interrupted.code, interrupted.out, modes.at(-1)]).toEqual([130, '', false])
  })

  it('shows help for every command', async () => {
    for (const command of ['diagnose', 'decode', 'token', 'emulator']) {
      const { code, out } = await run([command, '--help'], '')
      expect([code, out]).toEqual([0, expect.stringContaining('Examples:')])
    }
    expect((await run(['--help'], '')).out).toContain('Exit codes:')
  })
})
