import { once } from 'node:events'
import { createServer } from 'node:http'

import { createEmulator, type Emulator } from '@entraguard/emulator'
import { listen } from '@entraguard/emulator/node'
import { beforeAll, describe, expect, it, vi } from 'vitest'

import type { Terminal } from '../src/terminal.ts'
import { run, type Run } from './terminal.ts'

let entra: Emulator
let api: readonly string[]

beforeAll(async () => {
  entra = await createEmulator()
  const { tenants, audience } = entra.verifierOptions()
  api = ['--tenant', tenants, ...audience.flatMap((one) => ['--audience', one])]
})

async function diagnose(
  token: string,
  args: readonly string[] = [],
  world: Partial<Terminal> = {},
): Promise<Run> {
  return await run(['diagnose', ...api, ...args], token, { fetch: entra.fetch, now: entra.now, ...world })
}

/** The words, however the lines are broken. */
const flat = (text: string): string => text.replaceAll(/\s+/g, ' ')

/** The same signature over other claims. */
function forge(token: string): string {
  const [header, payload = '', signature] = token.split('.')
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object
  return [
    header,
    Buffer.from(JSON.stringify({ ...claims, scp: 'Orders.Admin' })).toString('base64url'),
    signature,
  ].join('.')
}

const failure = (code: string): Error =>
  new TypeError('fetch failed', { cause: Object.assign(new Error('why'), { code }) })

describe('entraguard diagnose', () => {
  it('accepts a good token with exit code 0 and shows that every step passed', async () => {
    const { code, out } = await diagnose(await entra.issueUserToken({ scopes: ['Orders.Read'] }))
    expect(code).toBe(0)
    expect(out).toMatch(/^ACCEPTED /)
    expect(flat(out)).toContain('Steps passed: parse, authority, metadata, signing-key, signature, claims -')
  })

  const bad: ReadonlyArray<readonly [string, string, () => Promise<string>]> = [
    ['an expired token', 'token_expired', () => entra.issueUserToken({ expiresIn: -3600 })],
    [
      'a token for another API',
      'audience_mismatch',
      () => entra.issueUserToken({ audience: 'api://another' }),
    ],
    [
      'a Graph token',
      'graph_token',
      () => entra.issueUserToken({ audience: 'https://graph.microsoft.com', header: { nonce: 'x' } }),
    ],
    ['an ID token', 'id_token_refused', () => entra.issueIdToken({ nonce: 'n' })],
    [
      'a token of another tenant',
      'issuer_unknown',
      () => entra.issueUserToken({ tenantId: '99999999-9999-4999-8999-999999999999' }),
    ],
    [
      'a token under an unknown key',
      'signing_key_not_found',
      () => entra.issueUserToken({ signWith: 'unknown' }),
    ],
    ['an app without a permission', 'permissions_missing', () => entra.issueAppToken({ roles: [] })],
    [
      'a token under the key of a registration with SAML or claims mapping',
      'signing_key_not_found',
      () => entra.issueUserToken({ signWith: 'app' }),
    ],
    ['a B2C token', 'issuer_unknown', () => entra.issueB2cToken()],
    ['a forged token', 'signature_invalid', async () => forge(await entra.issueUserToken())],
    ['something that is no token', 'token_malformed', () => Promise.resolve('not-a-token')],
  ]

  it.each(bad)('names the cause of %s in its first line: %s', async (_what, cause, issue) => {
    const { code, out } = await diagnose(await issue())
    const [first = ''] = out.split('\n')
    expect(first).toContain('REFUSED')
    expect(first).toContain(cause)
    expect(code).toBe(1)
  })

  it('says the fact before anything else, then what to do about it', async () => {
    const { out } = await diagnose(await entra.issueUserToken({ expiresIn: -600 }))
    expect(out).toMatch(/^REFUSED token_expired: The token expired 10 minutes[^.]* ago, at /)
    expect(out.indexOf('What to do')).toBeLessThan(out.indexOf('Why'))
  })

  it.each(bad)('fits on a screen of 24 lines and 80 columns with %s', async (_what, _cause, issue) => {
    const { out } = await diagnose(await issue())
    // The last line of the screen is that of the next command. An address is never broken.
    expect(out.trimEnd().split('\n').length).toBeLessThan(24)
    expect(out.split('\n').filter((line) => line.length > 80 && !/https:|^\S+$/.test(line))).toEqual([])
  })

  it.each(bad)('says nothing about options in TypeScript to %s', async (_what, _cause, issue) => {
    const { out } = await diagnose(await issue())
    expect(out).not.toMatch(/\(\{|\w\(\)|\w: ['{[]|=>|identity\.|\boptions?\b/)
  })

  it('has no note beside the refusal, and every finding and claim with --verbose', async () => {
    const token = await entra.issueUserToken({ expiresIn: -600 })
    const short = await diagnose(token)
    const whole = await diagnose(token, ['--verbose'])
    expect(short.out).not.toMatch(/user_without_roles|display_only_claims|preferred_username/)
    for (const name of ['user_without_roles', 'display_only_claims', 'preferred_username'])
      expect(whole.out).toContain(name)
    expect(whole.out.startsWith(short.out.split('\n')[0] ?? '-')).toBe(true)
  })

  it('shows that it waits for the network, on a terminal and not in CI', async () => {
    const token = await entra.issueUserToken()
    const waited = async (isTTY: boolean, env: Terminal['env']): Promise<readonly string[]> => {
      const shown: string[] = []
      await new Promise<void>((resolve) => {
        void diagnose(token, [], {
          env,
          stderr: { isTTY, write: () => undefined },
          // It answers when the wait was shown, or when it is clear that it is not.
          fetch: async (...request) => {
            if (isTTY && env['CI'] === undefined)
              await vi.waitUntil(() => shown.length > 0, { timeout: 120_000 })
            return await entra.fetch(...request)
          },
          spin: (text) => {
            shown.push(text)
            return () => shown.push('done')
          },
        }).finally(resolve)
      })
      return shown
    }
    expect(await waited(true, {})).toEqual(['Fetching metadata and keys', 'done'])
    expect(await waited(true, { CI: 'true' })).toEqual([])
    expect(await waited(false, {})).toEqual([])
  })

  it.each([
    ['a day behind', -86_400_000, 'token_not_yet_valid'],
    ['a day ahead', 86_400_000, 'token_expired'],
  ])('says so when the clock of this machine is %s', async (_what, offset, cause) => {
    const { code, out } = await diagnose(await entra.issueUserToken(), [], { now: () => Date.now() + offset })
    expect(out.split('\n')[0]).toContain(cause)
    expect(out).toMatch(/clock/i)
    expect(code).toBe(1)
  })

  it('is undecided, exit code 3, when the identity provider cannot be reached or --offline is given', async () => {
    const token = await entra.issueUserToken()
    const unreachable = await diagnose(token, [], { fetch: () => Promise.reject(new Error('down')) })
    const offline = await diagnose(token, ['--offline'])
    expect([unreachable.code, offline.code]).toEqual([3, 3])
    expect(offline.out).toMatch(/^UNDECIDED /)
    expect(unreachable.err).toContain('add --emulator')
    expect(offline.err).toBe(
      'Nothing was fetched, because --offline is set: the decision needs metadata and keys\n',
    )
    expect(flat(offline.out)).toContain('What failed is written to standard error')
    expect(flat(offline.out)).toContain(
      'passed: parse, authority; failed: metadata; not reached: signing-key, signature, claims',
    )
  })

  it.each([
    [
      'a host that is not found',
      failure('ENOTFOUND'),
      {},
      /microsoftonline\.com could not be reached \(ENOTFOUND\)\n/,
    ],
    [
      'a proxy that Node does not use',
      failure('ECONNREFUSED'),
      { HTTPS_PROXY: 'http://proxy' },
      /NODE_USE_ENV_PROXY is 1/,
    ],
    ['a proxy that opens TLS', failure('SELF_SIGNED_CERT_IN_CHAIN'), {}, /NODE_EXTRA_CA_CERTS/],
    ['no answer', new DOMException('late', 'TimeoutError'), {}, /no answer in time/],
    [
      'a host with two addresses, at which nobody answers',
      new TypeError('fetch failed', {
        cause: new AggregateError([Object.assign(new Error('v6'), { code: 'ENETUNREACH' }), new Error('v4')]),
      }),
      {},
      /could not be reached \(ENETUNREACH\)\n/,
    ],
    [
      'a certificate for another name',
      failure('ERR_TLS_CERT_ALTNAME_INVALID'),
      {},
      /\(ERR_TLS_CERT_ALTNAME_INVALID\): a proxy on the way intercepts TLS/,
    ],
    [
      'no code at all',
      new TypeError('fetch failed', { cause: new Error('dns error\u001B[2J') }),
      {},
      /\(dns error\\u\{1b\}\[2J\)\n/,
    ],
  ])('says why nothing came: %s', async (_what, error, env, message) => {
    const { code, err } = await diagnose(await entra.issueUserToken(), [], {
      env,
      fetch: () => Promise.reject(error),
    })
    expect(code).toBe(3)
    expect(err).toMatch(message)
  })

  it('names host and cause in the finding too, for who reads the JSON', async () => {
    const error = new TypeError('fetch failed', {
      cause: Object.assign(new Error('x'), { code: 'ENOTFOUND', hostname: 'login.microsoftonline.com' }),
    })
    const fetch = (): Promise<Response> => Promise.reject(error)
    const { out } = await diagnose(await entra.issueUserToken(), ['--json'], { fetch })
    const [first] = (JSON.parse(out) as { findings: ReadonlyArray<{ seen: string }> }).findings
    expect(first?.seen).toMatch(
      /^The verifier answers metadata_unavailable \(ENOTFOUND login\.microsoftonline\.com, at https:\/\/login\.microsoftonline\.com\/.*\)\.$/,
    )
  })

  it('says so when the tenant is not known', async () => {
    const { code, err } = await run(
      ['diagnose', '--tenant', 'unknown.example', '--audience', 'api://22222222-2222-4222-8222-222222222222'],
      await entra.issueUserToken(),
      { fetch: entra.fetch },
    )
    expect(code).toBe(3)
    expect(err).toContain('answered 400: does this tenant exist')
  })

  it('names what stands in the place of an emulator', async () => {
    const server = createServer((_, answer) => answer.writeHead(404).end()).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
    const decided = await diagnose(await entra.issueUserToken(), ['--emulator', url])
    expect([decided.code, decided.err]).toEqual([3, expect.stringContaining(`${url} answered 404`)])
    const minted = await run(['token', '--emulator', url], '', { fetch: globalThis.fetch })
    expect([minted.code, minted.err]).toEqual([2, expect.stringContaining('is not an emulator (status 404)')])
    server.close()
  })

  it('takes several tenants with commas or one by one', async () => {
    const [tenant, audience] = [entra.verifierOptions().tenants, '22222222-2222-4222-8222-222222222222']
    const other = '99999999-9999-4999-8999-999999999999'
    for (const tenants of [
      ['--tenant', `${tenant}, ${other}`],
      ['--tenant', tenant, '--tenant', other],
    ]) {
      const token = await entra.issueUserToken()
      const { code } = await run(['diagnose', ...tenants, '--audience', audience], token, {
        fetch: entra.fetch,
      })
      expect(code).toBe(0)
    }
  })

  it('says that a token was pasted with line breaks inside', async () => {
    const { code, out } = await diagnose((await entra.issueUserToken()).replaceAll(/(.{60})/g, '$1\n'))
    expect(code).toBe(1)
    expect(flat(out)).toContain('line breaks or spaces inside')
    expect(flat(out)).toContain('as one line')
  })

  it('gives machines the verdict, the steps and the findings as JSON', async () => {
    const { out } = await diagnose(await entra.issueUserToken({ expiresIn: -3600 }), ['--json'])
    expect(JSON.parse(out)).toMatchObject({
      accepted: false,
      verdict: { code: 'token_expired', step: 'claims' },
      steps: expect.arrayContaining([{ step: 'claims', outcome: 'failed' }]),
    })
  })

  it.each(['diagnose', 'decode'])(
    'gives machines no character that a terminal obeys, and the value as it is: %s',
    async (command) => {
      const name = 'a\u009B2Jb\u202Ec\u2028d\u{E0041}e\u007F\nf\u001B]0;g'
      const token = await entra.issueUserToken({ claims: { name } })
      const args = command === 'decode' ? ['decode', '--json'] : undefined
      const { out } =
        args === undefined
          ? await diagnose(token, ['--json'])
          : await run(args, token, { fetch: entra.fetch })
      expect(out.replaceAll('\n', '')).toMatch(/^[^\p{C}\p{Zl}\p{Zp}]*$/u)
      const { claims } = JSON.parse(out) as { claims: ReadonlyArray<{ name: string; value: unknown }> }
      expect(claims.find((claim) => claim.name === 'name')?.value).toBe(name)
    },
  )

  it('never prints the signature of the token', async () => {
    const token = await entra.issueUserToken({ expiresIn: -3600 })
    const signature = token.slice(token.lastIndexOf('.') + 1)
    for (const args of [[], ['--json']])
      expect((await diagnose(token, args)).out).not.toContain(signature.slice(0, 30))
  })

  it('paints on a terminal only, and never with NO_COLOR', async () => {
    const token = await entra.issueUserToken()
    const paints = async (isTTY: boolean, env: Terminal['env']): Promise<boolean> => {
      let out = ''
      await diagnose(token, [], { env, stdout: { isTTY, write: (text) => (out += text) } })
      return out.includes('\u001B[')
    }
    expect(await paints(true, {})).toBe(true)
    expect(await paints(false, {})).toBe(false)
    expect(await paints(true, { NO_COLOR: '1' })).toBe(false)
  })
})

const minting = (body: unknown, status = 200): ReturnType<typeof run> =>
  run(['token'], '', { fetch: () => Promise.resolve(Response.json(body, { status })) })

describe('what answers in the place of an emulator', () => {
  it.each([{ token: '\u001B]52;c;ZXZpbA==\u0007' }, { token: 'a.b.c\nrm -rf' }, { token: '' }])(
    'gets nothing printed that is no token: %j',
    async (body) => {
      expect(await minting(body)).toMatchObject({
        code: 2,
        out: '',
        err: expect.stringContaining('is not an emulator'),
      })
    },
  )

  it('gets its reason printed in one line that a terminal does not obey', async () => {
    const { code, err, out } = await minting(
      { error: `no\u001B[2J\u009B1A\u202E\r\n${'x'.repeat(5000)}` },
      400,
    )
    expect([code, out]).toEqual([2, ''])
    expect(err).toMatch(
      /^entraguard token: The emulator refused: no\\u\{1b\}\[2J\\u\{9b\}1A\\u\{202e\}\\u\{d\}\\u\{a\}x+\n$/,
    )
    expect(err.length).toBeLessThan(1200)
  })
})

describe('entraguard token', () => {
  it.each([
    [
      'a misspelt scope',
      ['--scopes', 'Orders.Raed'],
      /does not expose the scope Orders\.Raed \(it exposes the scopes Orders\.Read, Orders\.Write\); Entra ID/,
    ],
    [
      'a role that no API has',
      ['--kind', 'app', '--roles', 'Orders.Nothing'],
      /does not expose the role Orders\.Nothing \(it exposes the roles Orders\.Read\.All,/,
    ],
    [
      'a role that was taken for a scope',
      ['--scopes', 'Orders.Admin'],
      /does not expose the scope Orders\.Admin \(.*; Orders\.Admin is a role: use --roles\)/,
    ],
    [
      'a scope that was taken for a role',
      ['--kind', 'app', '--roles', 'Orders.Read'],
      /does not expose the role Orders\.Read \(.*; Orders\.Read is a scope: use --scopes\)/,
    ],
    [
      'both',
      ['--scopes', 'A', '--roles', 'B'],
      /does not expose the scope A \(.*\); nor the role B \(.*\); Entra ID would not issue/,
    ],
    ['a scope that it exposes', ['--scopes', 'Orders.Read'], /^$/],
    ['no scope', [], /^$/],
  ] as const)('warns of what the API does not expose, beside the token: %s', async (_what, args, warning) => {
    const listening = await listen(await createEmulator(), { port: 0 })
    const { code, out, err } = await run(['token', '--emulator', listening.url, ...args], '', {
      fetch: (input, init) => globalThis.fetch(input, init),
    })
    await listening.close()
    expect([code, out]).toEqual([0, expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+\n$/)])
    expect(err.trim()).toMatch(warning)
  })
})
