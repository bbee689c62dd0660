import { execFile, fork, type ChildProcess } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'

import { listen } from '@entraguard/emulator/node'

import { median } from './measure.ts'
import { format, type Section } from './report.ts'
import type { Setting } from './servers/setting.ts'
import type { Workload } from './workload.ts'

const run = promisify(execFile)

/** Each framework with no authentication, with Entraguard, and with what people use there today. */
const servers = [
  { framework: 'Hono', file: 'hono.ts', usual: 'hono/jwk, given keys' },
  { framework: 'Nest on Express', file: 'nest-express.ts', usual: 'passport-jwt + jwks-rsa' },
  { framework: 'Nest on Fastify', file: 'nest-fastify.ts', usual: 'passport-jwt + jwks-rsa' },
  { framework: 'Next, App Router', file: 'next.ts', usual: 'jose, remote keys', pathPerVariant: true },
] as const
const variants = ['none', 'entraguard', 'usual'] as const

/**
 * Requests per second with 64 seen tokens: the server on one processor, the client (wrk) on another, so that the
 * server is what saturates.
 */
export async function httpSection(workload: Workload, quick: boolean): Promise<Section> {
  const identityProvider = await listen(workload.emulator, { port: 0 })
  await run(process.execPath, [
    createRequire(import.meta.url).resolve('next/dist/bin/next'),
    'build',
    path.join(import.meta.dirname, '../next'),
  ])
  const rows: Array<readonly string[]> = []
  for (const { framework, file, usual, ...more } of servers) {
    const running = new Map<
      string,
      {
        readonly child: ChildProcess
        readonly port: number
        readonly rates: number[]
        readonly script: string
      }
    >()
    for (const variant of variants) {
      const started = await start(file, { ...workload, variant, emulatorUrl: identityProvider.url })
      const address = 'pathPerVariant' in more ? `/${variant}` : '/orders'
      running.set(variant, {
        ...started,
        rates: [],
        script: tokenScript(workload.tokens.slice(0, 64), address),
      })
    }
    for (let round = 0; round < (quick ? 1 : 5); round++) {
      for (const { port, rates, script } of running.values())
        rates.push(await requestsPerSecond(port, script, quick ? 1 : 3))
    }
    for (const { child } of running.values()) child.kill()
    const of = (variant: string): number => median(running.get(variant)?.rates ?? [])
    rows.push([
      framework,
      format(of('none')),
      format(of('entraguard')),
      `${Math.round((100 * of('entraguard')) / of('none'))} %`,
      `${usual}: ${format(of('usual'))}`,
      `${Math.round((100 * of('usual')) / of('none'))} %`,
    ])
  }
  await identityProvider.close()
  return {
    title: 'HTTP, requests per second, 64 tokens seen before',
    text: 'Closed loop, 32 connections, wrk; server and client on a processor of their own; the variants of a framework in turn, medians.',
    head: [
      'framework',
      'no authentication',
      'Entraguard',
      'of no authentication',
      'usual choice',
      'usual, of no authentication',
    ],
    rows,
  }
}

async function start(file: string, setting: Setting): Promise<{ child: ChildProcess; port: number }> {
  const { variant, tenantId, audience, issuer, keysUrl, emulatorUrl } = setting
  const child = fork(path.join(import.meta.dirname, 'servers', file), {
    env: {
      ...process.env,
      BENCH: JSON.stringify({ variant, tenantId, audience, issuer, keysUrl, emulatorUrl }),
      NODE_ENV: 'production',
    },
    execArgv: [],
  })
  const port = await new Promise<number>((resolve, reject) => {
    child.once('message', (message: { port: number }) => resolve(message.port))
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code} before it listened`)))
  })
  await run('taskset', ['-a', '-p', '-c', '0', String(child.pid)])
  return { child, port }
}

function tokenScript(tokens: readonly string[], address: string): string {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'entraguard-bench-')), 'tokens.lua')
  const list = tokens.map((token) => `"Bearer ${token}"`).join(',')
  writeFileSync(
    file,
    `local tokens = {${list}}\nlocal next = 0\nrequest = function()\n  next = next % #tokens + 1\n  return wrk.format("GET", "${address}", { ["Authorization"] = tokens[next] })\nend\n` +
      'done = function(summary)\n  if summary.errors.status > 0 then io.write("REFUSED ", summary.errors.status, "\\n") end\nend\n',
  )
  return file
}

async function requestsPerSecond(port: number, script: string, seconds: number): Promise<number> {
  const address = `http://127.0.0.1:${port}`
  const { stdout } = await run('taskset', [
    '-c',
    '1',
    'wrk',
    '-t1',
    '-c32',
    `-d${seconds}s`,
    '-s',
    script,
    address,
  ])
  if (stdout.includes('REFUSED')) throw new Error(`a server refused genuine tokens: ${stdout}`)
  return Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1])
}
