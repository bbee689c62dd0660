/**
 * The contract of the adapters: one table of requests (requests.ts) with their answers (answers.ts), run against every
 * adapter that is given a way to serve (adapter.ts). The app is the orders API of the samples, on one base path:
 *
 * - `GET /health`, for everyone: 200 `{ "status": "ok" }`.
 * - `GET /whoami`, for any user or app: 200 `{ "kind": identity.kind, "key": identity.key }`.
 * - `GET /whoami/person`, the same for callers that are no agents, and `GET /whoami/agent` for agents alone.
 * - `GET /orders`, for users with `Orders.Read` or apps with `Orders.Read.All`: 200 `{ "orders": […] }`, a user's own
 *   orders, for an app all of the tenant's.
 * - `POST /orders`, for users with `Orders.Write`: JSON `{ item, quantity }`; 201 with the order and its `id`.
 *
 * Refusals carry core's challenge as it is, without `exposeCode` and without a realm. To plug in an adapter, call
 * `describeAdapter` in a file of its own; hono.test.ts is the shortest example, and runtimes.slow.test.ts shows apps
 * in processes of their own, which find the emulator by their environment.
 */
import { createVerifier } from '@entraguard/core'
import { createEmulator, type Emulator } from '@entraguard/emulator'
import { listen } from '@entraguard/emulator/node'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import type { Adapter, Served } from './adapter.ts'
import { accepted, invalidToken, noToken, notPermitted, unavailable, type Answer } from './answers.ts'
import { describeBoundTokens } from './bound.ts'
import { sendRaw } from './raw-request.ts'
import { expectAnswer, receive, type Received } from './received.ts'
import * as requests from './requests.ts'

export type { Adapter, Served, Setup } from './adapter.ts'

const order = JSON.stringify({ item: 'tea', quantity: 2 })

/** One app with the emulator that it trusts. */
interface Api extends Served {
  readonly entra: Emulator
}

async function start(adapter: Adapter, { offline = false } = {}): Promise<Api> {
  const entra = await createEmulator()
  const verifierOptions = entra.verifierOptions()
  const listening = adapter.runs === 'in another process' ? await listen(entra) : undefined
  if (offline) entra.goOffline()
  const served = await adapter.start({
    verifier: createVerifier(verifierOptions),
    environment: {
      ENTRA_TENANTS: verifierOptions.tenants,
      ENTRA_AUDIENCE: verifierOptions.audience.join(','),
      ENTRA_EMULATOR_URL: listening?.url ?? '',
      ENTRA_MIN_REFRESH_INTERVAL: '1',
    },
  })
  return {
    ...served,
    entra,
    async close() {
      await served.close()
      await listening?.close()
    },
  }
}

async function send(api: Api, row: requests.Row): Promise<Received & { readonly credential: string }> {
  const token = (await row.token?.(api.entra)) ?? ''
  const { method = 'GET', path = '/orders' } = row
  const fromToken = row.token === undefined ? undefined : (value: string) => `Bearer ${value}`
  const authorization = (row.authorization ?? fromToken)?.(token) ?? ''
  const request = new Request(`${api.url}${path.replace('{token}', token)}`, {
    method,
    redirect: 'manual',
    headers: {
      ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
      ...row.headers?.(token),
      ...(authorization === '' ? {} : { authorization }),
    },
    ...(method === 'POST' ? { body: row.body?.(token) ?? order } : {}),
  })
  const received = await receive(await (api.fetch ?? fetch)(request))
  return { ...received, credential: `${token} ${authorization}` }
}

async function expectRow(api: Api, row: requests.Row): Promise<void> {
  const received = await send(api, row)
  expectAnswer(received, row.answer, row.method ?? 'GET', received.credential, requests.scopeOf(row))
}

/** Long enough for unknown key ids to cause another refresh. */
async function passRefreshInterval(adapter: Adapter, { entra }: Api): Promise<void> {
  if (adapter.runs === 'in another process') await new Promise((resolve) => setTimeout(resolve, 1100))
  else entra.advance(31)
}

/** Runs the contract. The first app serves the table, the second one starts while the identity provider is down. */
export function describeAdapter(adapter: Adapter): void {
  describe(adapter.name, () => {
    let api: Api
    beforeAll(async () => {
      api = await start(adapter)
    })
    afterAll(async () => api?.close())

    for (const [title, rows] of [
      ['takes the token from the Authorization header only', requests.headerForms],
      ['accepts', requests.acceptedTokens],
      ['tells nothing about why a token is not valid', requests.refusedTokens],
      ['refuses callers who may not', requests.refusedCallers],
      ['tells agents from everyone else', requests.agents],
      ['guards every method', requests.methods],
    ] as const) {
      describe(title, () => {
        it.each(rows.map((row) => [row.sent, row] as const))('%s', async (_, row) => expectRow(api, row))
      })
    }

    describe('does not lose its guard to another spelling of the path', () => {
      it.each(requests.pathTricks.map((row) => [row.sent, row] as const))('%s', async (path, row) => {
        if (adapter.runs === 'in memory') return await expectRow(api, row)
        const url = new URL(api.url)
        const base = url.pathname === '/' ? '' : url.pathname
        const lines = [`GET ${base}${path} HTTP/1.1`, `Host: ${url.host}`]
        expectAnswer(await sendRaw(url, lines), row.answer, 'GET', '')
      })
    })

    if (adapter.runs !== 'in memory') describeRaw(() => api)
    describeTogether(() => api)
    describeKeys(adapter, () => api)
    describeStartOffline(adapter)
    describeBoundTokens(adapter)
  })
}

function describeRaw(apiOf: () => Api): void {
  it('answers strange requests on the socket with a refusal', async () => {
    const api = apiOf()
    const url = new URL(api.url)
    const base = url.pathname === '/' ? '' : url.pathname
    const valid = await api.entra.issueUserToken()
    const forged = await api.entra.issueUserToken({ signWith: 'unknown' })
    for (const { sent, lines, statuses } of requests.rawRequests) {
      const received = await sendRaw(url, lines(base, url.host, valid, forged))
      expect({ sent, ...received, allowed: statuses.includes(received.status) }).toMatchObject({
        allowed: true,
      })
      expectAnswer(received, { status: statuses }, 'GET', valid)
    }
  })
}

function describeTogether(apiOf: () => Api): void {
  it('does nothing for a refused caller', async () => {
    const api = apiOf()
    const user = crypto.randomUUID()
    const tokenOf = (scopes: string[]) => (entra: Emulator) =>
      entra.issueUserToken({ scopes, claims: { oid: user } })
    const listed = async (): Promise<unknown> =>
      JSON.parse((await send(api, { sent: '', token: tokenOf(['Orders.Read']), answer: accepted })).text)
    await expectRow(api, {
      sent: '',
      method: 'POST',
      token: tokenOf(['Orders.Read']),
      answer: notPermitted('Orders.Write'),
    })
    expect(await listed()).toStrictEqual({ orders: [] })
    await expectRow(api, {
      sent: '',
      method: 'POST',
      token: tokenOf(['Orders.Write']),
      answer: { status: 201 },
    })
    expect(await listed()).toMatchObject({ orders: [{ item: 'tea', quantity: 2 }] })
  })

  it('keeps 1000 concurrent requests of 50 users apart', async () => {
    const api = apiOf()
    const tenant = api.entra.directory.firstTenant.id
    const users = Array.from(
      { length: 50 },
      (_, index) => `aaaaaaaa-0000-4000-8000-${String(index).padStart(12, '1')}`,
    )
    const tokens = await Promise.all(
      users.map((oid, index) =>
        api.entra.issueUserToken({ version: index % 2 === 0 ? '1.0' : '2.0', claims: { oid } }),
      ),
    )
    const answers = await Promise.all(
      Array.from({ length: 1000 }, async (_, index) => {
        const token = tokens[index % 50] ?? ''
        const damaged = `${token.slice(0, -43)}${token.at(-43) === 'A' ? 'B' : 'A'}${token.slice(-42)}`
        // Every tenth is a token of the same user that is not valid: it must fail, and only it.
        const isBad = index % 10 === 9
        const { status, text } = await send(api, {
          sent: '',
          path: '/whoami',
          token: () => (isBad ? damaged : token),
          answer: accepted,
        })
        return isBad ? { status } : { status, identity: JSON.parse(text) as unknown }
      }),
    )
    expect(answers).toStrictEqual(
      answers.map((_, index) =>
        index % 10 === 9
          ? { status: 401 }
          : { status: 200, identity: { kind: 'user', key: `${tenant}.${users[index % 50]}` } },
      ),
    )
  })
}

function describeKeys(adapter: Adapter, apiOf: () => Api): void {
  it('accepts the first token of a new key, and still those of the old one', async () => {
    const api = apiOf()
    await passRefreshInterval(adapter, api)
    const { previousKid } = await api.entra.rotateKeys()
    await expectRow(api, { sent: '', token: (entra) => entra.issueUserToken(), answer: accepted })
    await expectRow(api, {
      sent: '',
      token: (entra) => entra.issueUserToken({ signWith: previousKid }),
      answer: accepted,
    })
  })

  it('serves on with the keys that it knows while the identity provider is down', async () => {
    const api = apiOf()
    await expectRow(api, { sent: '', token: (entra) => entra.issueUserToken(), answer: accepted })
    api.entra.goOffline()
    await passRefreshInterval(adapter, api)
    try {
      for (const [token, answer] of outage) await expectRow(api, { sent: '', token, answer })
      await expectRow(api, { sent: '', answer: noToken })
    } finally {
      api.entra.goOnline()
    }
  })
}

const outage: ReadonlyArray<readonly [(entra: Emulator) => Promise<string>, Answer]> = [
  [(entra) => entra.issueUserToken(), accepted],
  [(entra) => entra.issueAppToken({ version: '1.0' }), accepted],
  [(entra) => entra.issueUserToken({ expiresIn: -3600 }), invalidToken],
  [(entra) => entra.issueUserToken({ scopes: ['Orders.Write'] }), notPermitted('Orders.Read')],
  // Nobody can know whether Microsoft has this key now: not the caller's fault.
  [(entra) => entra.issueUserToken({ signWith: 'unknown' }), unavailable],
]

const userToken = (entra: Emulator): Promise<string> => entra.issueUserToken()

function describeStartOffline(adapter: Adapter): void {
  it('starts while the identity provider is down, says so, and recovers', async () => {
    const api = await start(adapter, { offline: true })
    try {
      await expectRow(api, { sent: '', path: '/health', answer: accepted })
      await expectRow(api, { sent: '', answer: noToken })
      await expectRow(api, { sent: '', token: () => 'not-a-token', answer: invalidToken })
      await expectRow(api, { sent: '', token: userToken, answer: unavailable })
      await expectRow(api, { sent: '', token: userToken, answer: unavailable })
      api.entra.goOnline()
      const recovers = async (): Promise<void> =>
        expectRow(api, { sent: '', token: userToken, answer: accepted })
      if (adapter.runs === 'in another process')
        return await vi.waitFor(recovers, { timeout: 240_000, interval: 250 })
      api.entra.advance(120)
      await recovers()
    } finally {
      await api.close()
    }
  })
}
