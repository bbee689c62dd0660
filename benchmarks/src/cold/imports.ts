import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

import { median } from '../measure.ts'
import { decide, estimate } from '../paired.ts'
import { format, target, type Section, type Target } from '../report.ts'
import type { Workload } from '../workload.ts'
import { startProvider, type Provider } from './provider.ts'

const run = promisify(execFile)

/** One library in a fresh process: what it imports, and how it makes `check(token)`, where it can read keys by HTTP. */
interface Library {
  readonly name: string
  readonly imports: string
  readonly make?: string
}

const core: Library = {
  name: '@entraguard/core',
  imports: "const { createVerifier } = await import('@entraguard/core')",
  make: `const verifier = createVerifier({ tenants, audience, fetch: (url, init) => fetch(provider + new URL(url).pathname, init) })
      check = (token) => verifier.verify(token)`,
}

const jose: Library = {
  name: 'jose',
  imports: "const { createRemoteJWKSet, jwtVerify } = await import('jose')",
  make: `const keys = createRemoteJWKSet(new URL(keysUrl))
      check = (token) => jwtVerify(token, keys, { issuer, audience, algorithms: ['RS256'] })`,
}

const libraries: readonly Library[] = [
  core,
  {
    name: '@entraguard/core with nodeSignature',
    imports: `const { createVerifier } = await import('@entraguard/core')
      const { nodeSignature } = await import('@entraguard/core/node')`,
    make: `const verifier = createVerifier({ tenants, audience, signature: nodeSignature, fetch: (url, init) => fetch(provider + new URL(url).pathname, init) })
      check = (token) => verifier.verify(token)`,
  },
  jose,
  {
    name: 'hono/jwk',
    imports: "const { verifyWithJwks } = await import('hono/jwt')\nawait import('hono/jwk')",
    make: "check = (token) => verifyWithJwks(token, { jwks_uri: keysUrl, allowedAlgorithms: ['RS256'], verification: { iss: issuer, aud: audience } })",
  },
  {
    name: 'jsonwebtoken + jwks-rsa',
    imports: `const { default: jsonwebtoken } = await import('jsonwebtoken')
      const { default: jwksRsa } = await import('jwks-rsa')`,
    make: `const client = jwksRsa({ jwksUri: keysUrl, cache: true })
      check = async (token) => {
        const { kid } = JSON.parse(Buffer.from(token.split('.')[0], 'base64url'))
        const key = await client.getSigningKey(kid)
        jsonwebtoken.verify(token, key.getPublicKey(), { issuer, audience, algorithms: ['RS256'] })
      }`,
  },
  {
    name: 'express-oauth2-jwt-bearer',
    imports: "const { auth } = await import('express-oauth2-jwt-bearer')",
    make: `const handler = auth({ issuer, audience, jwksUri: keysUrl, tokenSigningAlg: 'RS256' })
      check = (token) => new Promise((resolve, reject) => {
        const headers = { host: 'localhost', authorization: 'Bearer ' + token }
        const request = { headers, method: 'GET', protocol: 'http', url: '/', originalUrl: '/', query: {}, is: () => false, get: (name) => headers[name.toLowerCase()] }
        handler(request, {}, (error) => (error ? reject(error) : resolve()))
      })`,
  },
  { name: 'fast-jwt', imports: "await import('fast-jwt')" },
  { name: 'aws-jwt-verify', imports: "await import('aws-jwt-verify')" },
  { name: 'jsonwebtoken', imports: "await import('jsonwebtoken')" },
  { name: 'passport-azure-ad', imports: "await import('passport-azure-ad')" },
]

const emptyScript: Library = { name: '(empty script)', imports: '' }
const tokensPerProcess = 10

/** Import, first verified token and requests to the identity provider, each in fresh processes. */
export async function coldSection(workload: Workload, quick: boolean): Promise<Section> {
  const runs = quick ? 3 : 15
  const provider = await startProvider(workload)
  const imports = new Map<string, number[]>()
  const firsts = new Map<string, First[]>()
  const add = <T>(to: Map<string, T[]>, { name }: Library, value: T): void =>
    void to.set(name, [...(to.get(name) ?? []), value])
  for (let round = 0; round < runs; round++) {
    for (const library of [emptyScript, ...libraries]) {
      add(imports, library, await wholeProcess(library.imports))
      if (library.make !== undefined) add(firsts, library, await firstToken(library, provider, workload))
    }
  }
  const later = new Map<string, number>()
  for (const library of libraries.filter(({ make }) => make !== undefined)) {
    const before = provider.requests()
    await verifyInProcess(library, provider, workload, tokensPerProcess)
    later.set(library.name, provider.requests() - before)
  }
  provider.close()
  const empty = imports.get(emptyScript.name) ?? []
  const floor = median(empty)
  const over = ({ name }: Library): number => median(imports.get(name) ?? []) - floor
  return {
    title: 'Cold start',
    text: `The built packages, each in ${runs} fresh processes, medians. An empty script takes ${format(floor)} ms. The first token is verified with metadata and keys from an identity provider on the same machine; “–” does not read keys over plain HTTP, which this identity provider uses.`,
    head: [
      'library',
      'import, ms over an empty script',
      'from there to the first verified token, ms',
      'requests to the identity provider, first token',
      `and after ${tokensPerProcess} tokens`,
    ],
    rows: libraries.map((library) => {
      const of = firsts.get(library.name)
      const middle = (value: (first: First) => number): number => median(of?.map(value) ?? [])
      return [
        library.name,
        format(over(library)),
        ...(of === undefined
          ? ['–', '–', '–']
          : [
              format(middle(({ ms }) => ms)),
              String(middle(({ requests }) => requests)),
              String(later.get(library.name)),
            ]),
      ]
    }),
    targets: [importTarget(imports, empty)],
  }
}

/** A ratio, because an empty script takes 30 ms on one machine and 94 on another. */
function importTarget(imports: ReadonlyMap<string, readonly number[]>, empty: readonly number[]): Target {
  const over = ({ name }: Library): readonly number[] =>
    (imports.get(name) ?? []).map((time, round) => time - (empty[round] ?? Number.NaN))
  const [ours, ofReference] = [over(core), over(jose)]
  const goal = 0.6
  const beyond = estimate(ours.map((time, round) => time - goal * (ofReference[round] ?? Number.NaN)))
  return target(
    'import of core',
    `≤ ${goal} × jose`,
    `${(median(ours) / median(ofReference)).toFixed(2)} ×`,
    decide(beyond, (value) => value <= 0),
  )
}

async function wholeProcess(script: string): Promise<number> {
  const start = performance.now()
  await run(process.execPath, ['--input-type=module', '-e', script], { cwd: import.meta.dirname })
  return performance.now() - start
}

interface First {
  readonly ms: number
  readonly requests: number
}

async function firstToken(library: Library, provider: Provider, workload: Workload): Promise<First> {
  const before = provider.requests()
  const ms = Number(await verifyInProcess(library, provider, workload, 1))
  return { ms, requests: provider.requests() - before }
}

/** Verifies so many tokens in a fresh process; prints how long the first one took. */
async function verifyInProcess(
  { imports, make = '' }: Library,
  { url }: Provider,
  { tokens, tenantId, issuer, audience }: Workload,
  count: number,
): Promise<string> {
  const setting = {
    tenants: tenantId,
    issuer,
    audience,
    provider: url,
    keysUrl: `${url}/${tenantId}/discovery/v2.0/keys`,
  }
  const script = `
    const { tenants, issuer, audience, provider, keysUrl } = ${JSON.stringify(setting)}
    const [first, ...others] = process.argv.slice(1)
    ${imports}
    let check
    const start = performance.now()
    ${make}
    await check(first)
    const ms = performance.now() - start
    for (const token of others) await check(token)
    console.log(ms)
    process.exit()`
  const args = ['--input-type=module', '-e', script, ...tokens.slice(0, count)]
  return (await run(process.execPath, args, { cwd: import.meta.dirname })).stdout
}
