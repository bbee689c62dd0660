/*
 * What one token costs, in things that can be counted: none of it depends on how fast or how busy the machine is. A
 * process of its own, so that nothing else runs between two counts; count-work.ts starts it. Prints JSON.
 */
import { createHook } from 'node:async_hooks'
import { randomBytes, sign } from 'node:crypto'
import { Session } from 'node:inspector/promises'

import {
  b2c,
  combineVerifiers,
  createVerifier,
  type Verifier,
  type VerifierOptions,
} from '../../src/index.ts'
import { nodeSignature } from '../../src/node.ts'
import {
  audience,
  codeOf,
  Issuer,
  makeKey,
  tenant,
  type IssuerKey,
  type TokenOptions,
} from './rotating-issuer.ts'

declare const gc: () => void

const zero = { promises: 0, signatureChecks: 0, keyImports: 0, jsonParses: 0, fetches: 0, calls: 0, bytes: 0 }

/**
 * Each a number a token. `calls` are calls of core's own functions, `bytes` those of the heap, garbage or not; promises
 * and bytes are without those of the bare signature check, which are the platform's.
 */
export type Work = Readonly<Record<keyof typeof zero, number>>

type Use = (input: string) => Promise<unknown>

const counts = { ...zero }
const hook = createHook({
  init: (_id, type) => {
    if (type === 'PROMISE') counts.promises++
  },
})
const session = new Session()
session.connect()
await session.post('Profiler.enable')

function counted<A extends readonly unknown[], R>(
  name: keyof Work,
  call: (...args: A) => R,
): (...args: A) => R {
  return (...args) => {
    counts[name]++
    return call(...args)
  }
}

async function each(inputs: readonly string[], use: Use): Promise<void> {
  for (const input of inputs) await use(input)
}

async function callsOfCore(run: () => Promise<void>): Promise<number> {
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false })
  await session.post('Profiler.takePreciseCoverage')
  await run()
  const { result } = await session.post('Profiler.takePreciseCoverage')
  await session.post('Profiler.stopPreciseCoverage')
  return result
    .filter(({ url }) => url.includes('/core/src/'))
    .flatMap(({ functions }) => functions)
    .reduce((sum, { ranges }) => sum + (ranges[0]?.count ?? 0), 0)
}

const size = 20

async function bytesOf(inputs: readonly string[], use: Use): Promise<number> {
  gc()
  const before = process.memoryUsage().heapUsed
  await each(inputs, use)
  return process.memoryUsage().heapUsed - before
}

/** The same work again and again: to warm up, for the heap, for the calls, for the rest. */
async function raw(take: () => string, use: Use): Promise<Work> {
  const inputs = (): readonly string[] => Array.from({ length: size }, take)
  await each(inputs(), use)
  const [forCalls, forCounts] = [inputs(), inputs()]
  const heaps: number[] = []
  for (let round = 0; round < 3; round++) heaps.push(await bytesOf(inputs(), use))
  // The platform keeps something for itself now and then.
  const [, bytes = Number.NaN] = heaps.toSorted((a, b) => a - b)
  const calls = await callsOfCore(async () => await each(forCalls, use))
  Object.assign(counts, zero)
  hook.enable()
  await each(forCounts, use)
  hook.disable()
  const perToken = Object.entries({ ...counts, calls, bytes }).map(([name, value]) => [
    name,
    Math.round(value / size),
  ])
  return Object.fromEntries(perToken) as Work
}

const key = makeKey('known')
const entra = new Issuer(key)
const subtle = crypto.subtle
const verifySignature = subtle.verify.bind(subtle)
subtle.verify = counted('signatureChecks', verifySignature)
subtle.importKey = counted('keyImports', subtle.importKey.bind(subtle)) as typeof subtle.importKey
JSON.parse = counted('jsonParses', JSON.parse)

function verifier(changes: Partial<VerifierOptions> = {}, keys: readonly IssuerKey[] = [key]): Verifier {
  const issuer = new Issuer(...keys)
  const { onEvent: _, ...options } = issuer.options()
  return createVerifier({ ...options, ...changes, fetch: counted('fetches', issuer.fetch) })
}

const fresh = (options?: TokenOptions) => (): string => entra.token(key, options)
/** Another string object each time, as a request brings one. */
const repeated =
  (token: string, prefix = '') =>
  (): string =>
    `Bearer ${prefix}${token}`.slice(7)

const signedBytes = randomBytes(1000)
const signature = sign('sha256', signedBytes, key.privateKey)
const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
const cryptoKey = await subtle.importKey('jwk', { ...key.jwk }, algorithm, false, ['verify'])
const settled = Promise.resolve(true)
const nothing = await raw(fresh(), () => settled)
const bareCheck = await raw(fresh(), () => verifySignature(algorithm.name, cryptoKey, signature, signedBytes))

async function work(take: () => string, use: Use): Promise<Work> {
  const all = await raw(take, use)
  // The loop itself costs something, too: it is in what is taken away.
  const platform = all.signatureChecks === 0 ? nothing : bareCheck
  return { ...all, promises: all.promises - platform.promises, bytes: all.bytes - platform.bytes }
}

const verify =
  (by: Verifier): Use =>
  (token) =>
    by.verify(token)

async function seen(by: Verifier, token: string = entra.token(key)): Promise<Work> {
  await by.verify(token)
  return await work(repeated(token), verify(by))
}

const admitted = verifier()
const observed = verifier({ onEvent: () => {} })
const refused: Use = async (token) => codeOf(admitted.verify(token))
const access = { scopes: ['Orders.Read'] } as const
const others = Array.from({ length: 999 }, (_, index) => {
  const modulus = randomBytes(256)
  modulus[0] = 0xc5
  modulus[255] = 0x2f
  return {
    ...key,
    kid: `other-${index}`,
    jwk: { ...key.jwk, kid: `other-${index}`, n: modulus.toString('base64url') },
  }
})
const groups = Array.from({ length: 200 }, () => crypto.randomUUID())
const tenants = [tenant, ...Array.from({ length: 9999 }, () => crypto.randomUUID())]
const policy = { tenantId: crypto.randomUUID(), policies: ['B2C_1_signin'] }
const authorities = Array.from({ length: 49 }, (_, index) =>
  createVerifier({ authority: b2c({ ...policy, domain: `contoso${index}.b2clogin.com` }), audience }),
)

const [firstOfMany, ...othersOfMany] = [...authorities, verifier()]
if (firstOfMany === undefined) throw new Error('no authorities')
const manyAuthorities = combineVerifiers(firstOfMany, ...othersOfMany)

const results = {
  'a seen token': await seen(verifier()),
  'a seen token, with a scope asked': await work(repeated(entra.token(key), 'Bearer '), (header) =>
    admitted.authenticate(header, access),
  ),
  'a seen token, with a scope asked, with a listener': await work(
    repeated(entra.token(key), 'Bearer '),
    (header) => observed.authenticate(header, access),
  ),
  'a seen token, 1,000 keys': await seen(verifier({}, [key, ...others])),
  'a seen token, 200 groups': await seen(verifier(), entra.token(key, { claims: { groups } })),
  'a seen token, 10,000 tenants': await seen(verifier({ tenants })),
  'a seen token, 50 authorities': await seen(manyAuthorities),
  'a new token': await work(fresh(), verify(verifier())),
  'a new token, not remembered': await work(fresh(), verify(verifier({ tokenCache: false }))),
  'a new token, 1,000 keys': await work(fresh(), verify(verifier({}, [key, ...others]))),
  'a new token, 10,000 tenants': await work(fresh(), verify(verifier({ tenants }))),
  'a new token, nodeSignature': await work(fresh(), verify(verifier({ signature: nodeSignature }))),
  'the first token of a verifier': await work(fresh(), async (token) => await verifier().verify(token)),
  'a forged signature': await work(() => entra.forged('known'), refused),
  'a forged key id': await work(
    () => entra.forged(`forged-${randomBytes(9).toString('base64url')}`),
    refused,
  ),
  'a malformed token': await work(() => `${entra.token(key)}=`, refused),
} satisfies Readonly<Record<string, Work>>

export type Case = keyof typeof results

console.log(JSON.stringify(results))
