import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'

import { EdgeVM } from '@edge-runtime/vm'
import { build, type Format } from 'esbuild'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const execute = promisify(execFile)

/** Everything that the in-memory emulator does, and what came of it. */
const program = `
import { createEmulator } from '@entraguard/emulator'

export async function run() {
  const entra = await createEmulator()
  const tokens = await Promise.all([
    entra.issueUserToken(), entra.issueAppToken({ version: '1.0' }), entra.issueB2cToken(), entra.issueIdToken(),
    entra.issueUserToken({ header: { alg: 'PS256' } }), entra.issueUserToken({ header: { alg: 'HS256' } }),
  ])
  const { kid } = await entra.rotateKeys()
  const keys = await (await entra.fetch('https://login.microsoftonline.com/common/discovery/v2.0/keys')).json()
  const body = new URLSearchParams({
    grant_type: 'client_credentials', client_id: '44444444-4444-4444-8444-444444444444',
    client_secret: 'emulator-only-secret', scope: 'api://22222222-2222-4222-8222-222222222222/.default',
  })
  const token = await entra.fetch('https://login.microsoftonline.com/contoso.com/oauth2/v2.0/token', { method: 'POST', body })
  return JSON.stringify({
    parts: tokens.map((one) => one.split('.').length),
    keys: keys.keys.length,
    rotated: keys.keys.some((key) => key.kid === kid),
    tokenEndpoint: token.status,
  })
}
`

const expected = { parts: [3, 3, 3, 3, 3, 3], keys: 4, rotated: true, tokenEndpoint: 200 }

async function bundle(entry: string, format: Format): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: `${program}\n${entry}`, resolveDir: import.meta.dirname, loader: 'ts' },
    conditions: ['@entraguard/source', 'workerd', 'worker', 'browser'],
    bundle: true,
    write: false,
    format,
    globalName: 'bundle',
    target: 'es2023',
  })
  return outputFiles[0]?.text ?? ''
}

let directory: string

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'entraguard-'))
})

afterAll(async () => rm(directory, { recursive: true }))

describe('the in-memory emulator runs', () => {
  it('in workerd', async () => {
    const contents = await bundle('export default { fetch: async () => new Response(await run()) }', 'esm')
    const workerd = new Miniflare(
      convertV4MiniflareOptions({
        modules: [{ type: 'ESModule', path: 'worker.js', contents }],
        compatibilityDate: '2026-07-01',
        host: '127.0.0.1',
        port: 0,
      }),
    )
    try {
      const answer = await workerd.dispatchFetch('http://localhost/')
      expect(await answer.json()).toStrictEqual(expected)
      // The keys of the first request serve the second, which may not wait for a promise of the first.
      expect((await workerd.dispatchFetch('http://localhost/')).status).toBe(200)
    } finally {
      await workerd.dispose()
    }
  })

  it('in the Vercel edge VM', async () => {
    const vm = new EdgeVM({ codeGeneration: { strings: false, wasm: false } })
    vm.evaluate(await bundle('', 'iife').then((code) => code.replace('var bundle =', 'globalThis.bundle =')))
    const answer: unknown = await vm.evaluate('bundle.run()')
    expect(JSON.parse(String(answer))).toStrictEqual(expected)
  })

  it.each([
    ['Bun', 'bun', ['run']],
    ['Deno', 'deno', ['run', '--no-config', '--no-lock']],
  ])('in %s', async (_, command, args) => {
    const file = path.join(directory, `${command}.mjs`)
    await writeFile(file, await bundle('console.log(await run())', 'esm'))
    const tool = path.join(import.meta.dirname, '..', 'node_modules', '.bin', command)
    const { stdout } = await execute(tool, [...args, file], {
      env: { PATH: process.env['PATH'] ?? '', HOME: directory },
    })
    expect(JSON.parse(stdout)).toStrictEqual(expected)
  })
})
