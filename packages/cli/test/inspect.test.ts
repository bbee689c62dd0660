import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'

import { describe, expect, it } from 'vitest'

import type { Terminal } from '../src/terminal.ts'
import { run } from './terminal.ts'

const tenant = '11111111-1111-4111-8111-111111111111'

interface Visit {
  readonly code: number
  readonly out: string
  /** What the visitor got. */
  readonly got: unknown
}

/** Runs the command until it has said where the page is, and lets somebody visit it. */
async function visited(
  args: readonly string[],
  input: string,
  visit: (url: URL) => Promise<unknown>,
  world: Partial<Terminal> = {},
): Promise<Visit> {
  const leaving = new AbortController()
  let out = ''
  let got: Promise<unknown> | undefined
  const write = (text: string): void => {
    out += text
    const [url] = /http:\/\/127\.0\.0\.1:\d+\/(?:#\S+)?/.exec(out) ?? []
    if (url === undefined || got !== undefined) return
    got = visit(new URL(url))
    void got.finally(() => leaving.abort())
  }
  const { code } = await run(['inspect', ...args], input, {
    ...world,
    stdout: { write },
    signal: leaving.signal,
  })
  return { code, out, got: await got }
}

const ask = async (url: URL, name: string, body: object): Promise<unknown> =>
  (
    await fetch(`${url.origin}/__inspector/${name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  ).json()

const take = (url: URL): Promise<unknown> => ask(url, 'token', { code: url.hash.replace('#token=', '') })

describe('entraguard inspect', () => {
  it('hands a piped token to the page that it names, and prints nothing of it', async () => {
    const { code, out, got } = await visited([], 'Authorization: Bearer a.b.c\n', take)
    expect([code, got]).toEqual([0, { token: 'a.b.c' }])
    expect(out).not.toContain('a.b.c')
  })

  it('reads a token from a file', async () => {
    const file = path.join(mkdtempSync(path.join(tmpdir(), 'entraguard-')), 'token.txt')
    writeFileSync(file, 'a.b.c\n')
    expect((await visited(['--token-file', file], '', take)).got).toEqual({ token: 'a.b.c' })
  })

  it.each([
    ['nothing was piped in', {}],
    ['somebody sits at the keyboard', { stdin: Object.assign(Readable.from(['typed']), { isTTY: true }) }],
  ])('begins without a token where %s', async (_when, world) => {
    const { got, out } = await visited([], '', take, world)
    expect([got, out.includes('#token')]).toEqual([{ token: null }, false])
  })

  it('fetches keys from Microsoft for the page, and says it when that fails', async () => {
    const asked: string[] = []
    const keys = (url: URL): Promise<unknown> => ask(url, 'keys', { tenant })
    const { got } = await visited([], '', keys, {
      fetch: (address) => {
        asked.push(address)
        return Promise.resolve(Response.json({ keys: [] }))
      },
    })
    expect([got, asked]).toEqual([
      { keys: [] },
      [`https://login.microsoftonline.com/${tenant}/discovery/v2.0/keys`],
    ])
    const offline = await visited([], '', keys)
    expect(offline.got).toEqual({
      error: expect.stringContaining('login.microsoftonline.com could not be reached'),
    })
  })

  it.each([
    [['a.b.c'], /never from an argument/],
    [['--port', '70000'], /--port must be a number from 0 to 65535/],
    [['--token-file', 'nowhere.txt'], /nowhere\.txt cannot be read \(ENOENT\)/],
  ])('says what is wrong with %o', async (args, message) => {
    const { code, err } = await run(['inspect', ...args], '')
    expect([code, err]).toEqual([2, expect.stringMatching(message)])
  })
})
