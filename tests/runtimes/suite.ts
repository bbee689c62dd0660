/**
 * What has to work wherever the packages run: it imports nothing of Node and no test library, so that workerd, Bun,
 * Deno, the edge VM and Node can load it as it is. Each check throws when something is wrong.
 */
import { createVerifier, type DocumentStore, type Verifier, type VerifierOptions } from '@entraguard/core'
import { dpop } from '@entraguard/core/pop'
import { createEmulator, type Emulator, type ProofAlgorithm } from '@entraguard/emulator'
import { entraGuard, requireAccess } from '@entraguard/hono'
import { Hono } from 'hono'

import { engineMisreads, escapedNameChecks } from './escaped-names.ts'

interface World {
  readonly entra: Emulator
  readonly app: Hono
  readonly get: (token?: string | Promise<string>, authorization?: string) => Promise<Response>
}

export interface Check {
  readonly name: string
  readonly run: () => Promise<void>
}

/** How a check went; `problem` is `undefined` when it passed. */
export interface Outcome {
  readonly name: string
  readonly problem: string | undefined
}

function appOf(verifier: Verifier): Hono {
  const app = new Hono()
  app.use(entraGuard(verifier))
  app.get('/orders', requireAccess({ scopes: ['Orders.Read'], appPermissions: ['Orders.Read.All'] }), (c) =>
    c.json({ key: c.var.identity.key }),
  )
  app.post('/orders', requireAccess({ scopes: ['Orders.Write'] }), (c) => c.json({}, 201))
  return app
}

async function world(options: Partial<VerifierOptions> = {}, emulator?: Emulator): Promise<World> {
  const entra = emulator ?? (await createEmulator())
  const app = appOf(createVerifier({ ...entra.verifierOptions(), ...options }))
  return {
    entra,
    app,
    async get(token, authorization) {
      const value = authorization ?? (token === undefined ? undefined : `Bearer ${await token}`)
      return await app.request('/orders', value === undefined ? {} : { headers: { authorization: value } })
    },
  }
}

function expectEqual(actual: unknown, expected: unknown, what: string): void {
  const [left, right] = [JSON.stringify(actual), JSON.stringify(expected)]
  if (left !== right) throw new Error(`${what}: ${left} in place of ${right}`)
}

async function expectStatus(
  response: Response | Promise<Response>,
  status: number,
  error?: string,
): Promise<void> {
  const { status: actual, headers } = await response
  const text = await (await response).text()
  expectEqual(actual, status, `status, with ${text}`)
  if (error !== undefined) expectEqual((JSON.parse(text) as { error?: string }).error, error, 'error')
  if (status === 401 || status === 403)
    expectEqual(/^(?:Bearer|DPoP) /.test(headers.get('www-authenticate') ?? ''), true, 'challenge')
}

const accepts = (name: string, issue: (entra: Emulator) => Promise<string>): Check => ({
  name: `accepts ${name}`,
  async run() {
    const { entra, get } = await world()
    await expectStatus(get(issue(entra)), 200)
  },
})

const refuses = (
  name: string,
  status: number,
  error: string,
  issue: (entra: Emulator) => string | Promise<string>,
): Check => ({
  name: `refuses ${name}`,
  async run() {
    const { entra, get } = await world()
    await expectStatus(get(undefined, await issue(entra)), status, error)
  },
})

const bearer = async (token: Promise<string>): Promise<string> => `Bearer ${await token}`

async function tampered(entra: Emulator): Promise<string> {
  const [header, payload, signature] = (await entra.issueUserToken({ scopes: ['Orders.Read'] })).split('.')
  const [, other] = (await entra.issueUserToken({ scopes: ['Orders.Read', 'Orders.Write'] })).split('.')
  expectEqual(payload === other, false, 'the payloads')
  return [header, other, signature].join('.')
}

interface MemoryStore extends DocumentStore {
  /** Resolves when metadata and keys are there: a verifier answers first and writes behind the answer. */
  readonly filled: Promise<void>
}

function memoryStore(): MemoryStore {
  const entries = new Map<string, string>()
  let resolve: (() => void) | undefined
  const filled = new Promise<void>((settle) => {
    resolve = settle
  })
  return {
    filled,
    getItem: async (key) => entries.get(key) ?? null,
    setItem: async (key, value) => {
      entries.set(key, value)
      if (entries.size === 2) resolve?.()
    },
  }
}

async function startsFromStore(options: Partial<VerifierOptions>): Promise<void> {
  const store = memoryStore()
  const first = await world({ store, ...options })
  await expectStatus(first.get(first.entra.issueUserToken()), 200)
  await store.filled
  first.entra.requests.length = 0
  first.entra.goOffline()
  const second = await world({ store, ...options }, first.entra)
  await expectStatus(second.get(first.entra.issueAppToken({ version: '1.0' })), 200)
  expectEqual(first.entra.requests.length, 0, 'requests to the identity provider')
}

export const checks: readonly Check[] = [
  accepts('a v2.0 token of a user', (entra) => entra.issueUserToken({ version: '2.0' })),
  accepts('a v1.0 token of a user', (entra) => entra.issueUserToken({ version: '1.0' })),
  accepts('a v2.0 token of an app', (entra) => entra.issueAppToken({ version: '2.0' })),
  accepts('a v1.0 token of an app', (entra) => entra.issueAppToken({ version: '1.0' })),
  {
    name: 'refuses a request without a token',
    async run() {
      const { get } = await world()
      await expectStatus(get(), 401, 'unauthorized')
    },
  },
  refuses('the scheme alone', 400, 'invalid_request', () => 'Bearer'),
  refuses('a text that is no JWT', 401, 'invalid_token', () => 'Bearer not-a-token'),
  refuses('an expired token', 401, 'invalid_token', (entra) =>
    bearer(entra.issueUserToken({ expiresIn: -3600 })),
  ),
  refuses('a token for another API', 401, 'invalid_token', (entra) =>
    bearer(entra.issueUserToken({ audience: 'x' })),
  ),
  refuses('a token of another tenant', 401, 'invalid_token', (entra) =>
    bearer(entra.issueUserToken({ tenantId: '99999999-9999-4999-8999-999999999999' })),
  ),
  refuses('a key that nobody published', 401, 'invalid_token', (entra) =>
    bearer(entra.issueUserToken({ signWith: 'unknown' })),
  ),
  refuses('a changed payload', 401, 'invalid_token', (entra) => bearer(tampered(entra))),
  refuses('PS256', 401, 'invalid_token', (entra) =>
    bearer(entra.issueUserToken({ header: { alg: 'PS256' } })),
  ),
  refuses('an ID token', 401, 'invalid_token', (entra) => bearer(entra.issueIdToken())),
  refuses('a user without the scope', 403, 'insufficient_scope', (entra) =>
    bearer(entra.issueUserToken({ scopes: ['Orders.Write'] })),
  ),
  refuses('an app without the permission', 403, 'insufficient_scope', (entra) =>
    bearer(entra.issueAppToken({ roles: ['Orders.Write.All'] })),
  ),
  refuses('a caller of an unknown kind', 403, 'insufficient_scope', (entra) =>
    bearer(entra.issueUserToken({ claims: { oid: undefined } })),
  ),
  {
    name: 'loads the keys once for many requests at once',
    async run() {
      const { entra, get } = await world()
      const tokens = await Promise.all(Array.from({ length: 20 }, () => entra.issueUserToken()))
      const statuses = await Promise.all(tokens.map(async (token) => (await get(token)).status))
      expectEqual(new Set(statuses).size === 1 && statuses[0], 200, 'statuses')
      expectEqual(entra.requests.length, 2, 'requests: metadata and keys')
    },
  },
  {
    name: 'follows a key rotation',
    async run() {
      const { entra, get } = await world()
      await expectStatus(get(entra.issueUserToken()), 200)
      entra.advance(31)
      const { previousKid } = await entra.rotateKeys()
      await expectStatus(get(entra.issueUserToken()), 200)
      await expectStatus(get(entra.issueUserToken({ signWith: previousKid })), 200)
    },
  },
  {
    name: 'refreshes old keys in the background',
    async run() {
      const { entra, app } = await world()
      const headers = { authorization: `Bearer ${await entra.issueUserToken({ expiresIn: 86_000 })}` }
      await expectStatus(app.request('/orders', { headers }), 200)
      entra.advance(4000)
      entra.requests.length = 0
      const work: Array<Promise<unknown>> = []
      const context = {
        waitUntil: (one: Promise<unknown>) => void work.push(one),
        passThroughOnException: () => {},
        props: {},
      }
      await expectStatus(app.request('/orders', { headers }, {}, context), 200)
      await Promise.all(work)
      expectEqual(entra.requests.length > 0, true, 'a refresh')
    },
  },
  {
    name: 'goes on with known keys through an outage, and answers 503 where it cannot know',
    async run() {
      const { entra, get } = await world()
      await expectStatus(get(entra.issueUserToken()), 200)
      entra.advance(31)
      entra.goOffline()
      await expectStatus(get(entra.issueAppToken()), 200)
      await expectStatus(get(entra.issueUserToken({ signWith: 'unknown' })), 503, 'temporarily_unavailable')
      await expectStatus(get(entra.issueUserToken({ expiresIn: -3600 })), 401, 'invalid_token')
    },
  },
  {
    name: 'answers 503 with Retry-After while no key was ever seen, and recovers',
    async run() {
      const { entra, get } = await world()
      entra.goOffline()
      const response = await get(entra.issueUserToken())
      expectEqual(Number(response.headers.get('retry-after')) >= 1, true, 'Retry-After')
      await expectStatus(response, 503, 'temporarily_unavailable')
      entra.goOnline()
      entra.advance(120)
      await expectStatus(get(entra.issueUserToken()), 200)
    },
  },
  {
    name: 'says why the identity provider is not reached',
    async run() {
      const reasons: string[] = []
      const { get } = await world({
        // Nobody listens there; `fetch` knows the ports below as those of other protocols.
        fetch: async (_input, init) => await fetch('http://127.0.0.1:65001/', init),
        onEvent: (event) => event.type === 'refresh_failed' && reasons.push(event.reason),
      })
      await expectStatus(get((await createEmulator()).issueUserToken()), 503, 'temporarily_unavailable')
      expectEqual(reasons.length, 2, 'one failure and its retry')
      const isTold = reasons.every(
        (reason) => /refused|connect/i.test(reason) && !/fetch failed/.test(reason),
      )
      expectEqual(isTold, true, `a reason, with ${reasons.join('; ')}`)
    },
  },
  { name: 'starts from a shared store without the identity provider', run: () => startsFromStore({}) },
  {
    name: 'starts from a sealed store',
    run: () => startsFromStore({ storeSecret: 'a secret of this test' }),
  },
  {
    name: 'ignores a store whose seal is wrong',
    async run() {
      const store = memoryStore()
      const first = await world({ store, storeSecret: 'one' })
      await expectStatus(first.get(first.entra.issueUserToken()), 200)
      await store.filled
      first.entra.goOffline()
      const second = await world({ store, storeSecret: 'another' }, first.entra)
      await expectStatus(second.get(first.entra.issueUserToken()), 503)
    },
  },
  ...(['ES256', 'RS256', 'EdDSA'] as const).map((algorithm) => ({
    name: `takes bound tokens with proofs of ${algorithm}`,
    run: () => takesProofs(algorithm),
  })),
  ...escapedNameChecks,
]

async function takesProofs(algorithm: ProofAlgorithm): Promise<void> {
  const origin = 'https://api.contoso.com'
  const { entra, app } = await world({ bound: dpop({ origin, algorithms: [algorithm], nonce: true }) })
  const [key, thief] = [await entra.createProofKey(algorithm), await entra.createProofKey(algorithm)]
  const token = await entra.issueUserToken({ boundTo: key })
  const asked = { method: 'GET', url: `${origin}/orders`, accessToken: token }
  const send = async (proof: string): Promise<Response> =>
    await app.request('/orders', { headers: { authorization: `DPoP ${token}`, dpop: proof } })
  const first = await send(await key.proof(asked))
  const nonce = first.headers.get('dpop-nonce') ?? ''
  await expectStatus(first, 401, 'use_dpop_nonce')
  const proof = await key.proof({ ...asked, nonce })
  await expectStatus(send(proof), 200)
  await expectStatus(send(proof), 401, 'invalid_dpop_proof')
  await expectStatus(send(await thief.proof({ ...asked, nonce })), 401, 'invalid_dpop_proof')
}

/** What no test asks for: a runtime whose engine has the fault shows that the checks on escaped names can fail. */
export const engineReads = 'the engine by itself reads escaped names'

/** Runs every check, one after the other. */
export async function runAll(): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [
    { name: engineReads, problem: engineMisreads() ? 'as the beginning of their spelling' : undefined },
  ]
  for (const { name, run } of checks) {
    try {
      await run()
      outcomes.push({ name, problem: undefined })
    } catch (error) {
      outcomes.push({ name, problem: error instanceof Error ? error.message : String(error) })
    }
  }
  return outcomes
}
