// Measures for the section `downstream`, in a process of its own with --expose-gc. Tells its parent a `Measured`.
import { ConfidentialClientApplication, type INetworkModule } from '@azure/msal-node'
import type { UserIdentity } from '@entraguard/core'
import { createVerifier } from '@entraguard/core'
import { onBehalfOf, type Downstream } from '@entraguard/downstream'
import { createEmulator, defaults } from '@entraguard/emulator'

import { median } from './measure.ts'

const scopes = ['api://invoices/.default']
const secret = 'emulator-only-secret'

/** What came out, for one number of users. */
export interface Hits {
  readonly users: number
  /** Microseconds. */
  readonly ours: number
  /** Microseconds; absent where filling MSAL's cache would take minutes. */
  readonly msal?: number
  /** Bytes of the heap, the token among them. */
  readonly perEntry: number
}

export interface Measured {
  readonly hits: readonly Hits[]
  /** Exchanges for a hundred requests of one user at once. */
  readonly together: number
  readonly togetherMsal: number
}

interface Caller {
  readonly identity: UserIdentity
  readonly token: string
}

/** Callers whose tokens differ in the user, of the length of real ones. */
async function callers(count: number): Promise<readonly Caller[]> {
  const entra = await createEmulator()
  const token = await entra.issueUserToken({ scopes: ['Orders.Read'] })
  const template = await createVerifier(entra.verifierOptions()).authenticate(`Bearer ${token}`, {
    scopes: ['Orders.Read'],
  })
  const [header, payload = '', signature] = token.split('.')
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object
  return Array.from({ length: count }, (_, index) => {
    const oid = `aaaaaaaa-0000-4000-8000-${String(index).padStart(12, '0')}`
    const body = encode({ ...claims, oid, sub: oid })
    return {
      identity: {
        ...template,
        objectId: oid,
        subject: oid,
        key: `${template.tenantId}.${oid}`,
      } as UserIdentity,
      token: `${header}.${body}.${signature}`,
    }
  })
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/**
 * A token endpoint that answers at once: with a token of 1.5 kB, and with what MSAL makes an account of. Nothing is
 * signed: what is measured is how tokens are kept.
 */
class Endpoint {
  exchanges = 0

  answer(body: string): Record<string, unknown> {
    const assertion = new URLSearchParams(body).get('assertion') ?? ''
    const claims = JSON.parse(Buffer.from(assertion.split('.')[1] ?? '', 'base64url').toString()) as {
      oid: string
      tid: string
    }
    const { oid, tid } = claims
    const idToken = {
      aud: defaults.apiClientId,
      oid,
      tid,
      sub: oid,
      preferred_username: `${oid}@contoso.com`,
    }
    return {
      token_type: 'Bearer',
      expires_in: 3600,
      access_token: `token.${this.exchanges++}.${'x'.repeat(1500)}`,
      id_token: `${encode({ alg: 'none' })}.${encode(idToken)}.`,
      client_info: encode({ uid: oid, utid: tid }),
      scope: scopes.join(' '),
    }
  }
}

function makeOurs(places: number): { readonly downstream: Downstream; readonly endpoint: Endpoint } {
  const endpoint = new Endpoint()
  const downstream = onBehalfOf({
    clientId: defaults.apiClientId,
    credential: { secret },
    cacheSize: places * 2,
    fetch: async (input, init) => Response.json(endpoint.answer(await new Request(input, init).text())),
  })
  return { downstream, endpoint }
}

function makeMsal(): { readonly client: ConfidentialClientApplication; readonly endpoint: Endpoint } {
  const endpoint = new Endpoint()
  const networkClient: INetworkModule = {
    sendGetRequestAsync: () => Promise.reject(new Error('not asked')),
    sendPostRequestAsync: async (_, options) => ({
      headers: {},
      status: 200,
      body: endpoint.answer(options?.body ?? '') as never,
    }),
  }
  const authority = `https://login.microsoftonline.com/${defaults.tenantId}`
  const client = new ConfidentialClientApplication({
    auth: { clientId: defaults.apiClientId, clientSecret: secret, authority },
    system: { networkClient },
  })
  return { client, endpoint }
}

/**
 * Microseconds of one hit, the median of several rounds over a thousand users that are spread over all of them. No more:
 * a server has the token that it hashes at hand, and those of a hundred thousand users do not fit into the processor.
 */
async function cost(
  users: readonly Caller[],
  calls: number,
  endpoint: Endpoint,
  call: (user: Caller) => Promise<unknown>,
): Promise<number> {
  const before = endpoint.exchanges
  const step = Math.max(1, Math.floor(users.length / 1000))
  const asked = users.filter((_, index) => index % step === 0)
  const rounds: number[] = []
  for (let round = 0; round < 7; round++) {
    const begin = performance.now()
    for (let index = 0; index < calls; index++) {
      const user = asked[(index * 7919) % asked.length]
      if (user !== undefined) await call(user)
    }
    rounds.push(((performance.now() - begin) * 1000) / calls)
  }
  if (endpoint.exchanges !== before) throw new Error('what was to be a hit made an exchange')
  return median(rounds.slice(2))
}

async function msalHit(users: readonly Caller[], calls: number): Promise<number> {
  const { client, endpoint } = makeMsal()
  const ask = ({ token }: Caller): Promise<unknown> =>
    client.acquireTokenOnBehalfOf({ oboAssertion: token, scopes })
  for (const user of users) await ask(user)
  return await cost(users, calls, endpoint, ask)
}

function heap(): number {
  globalThis.gc?.()
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

async function hitsOf(users: readonly Caller[], isQuick: boolean): Promise<Hits> {
  const before = heap()
  const { downstream, endpoint } = makeOurs(users.length)
  const ask = ({ identity, token }: Caller): Promise<unknown> =>
    downstream.tokenFor(identity, `Bearer ${token}`, scopes)
  for (const user of users) await ask(user)
  const perEntry = (heap() - before) / users.length
  const ours = await cost(users, isQuick ? 2000 : 20_000, endpoint, ask)
  const count = users.length
  return {
    users: count,
    ours,
    perEntry,
    ...(count <= 1000 && { msal: await msalHit(users, count === 1 ? 2000 : 50) }),
  }
}

/** Exchanges for a hundred requests of one user at once. */
async function togetherOf(endpoint: Endpoint, ask: () => Promise<unknown>): Promise<number> {
  await Promise.all(Array.from({ length: 100 }, ask))
  return endpoint.exchanges
}

async function measureAll(isQuick: boolean): Promise<Measured> {
  const counts = isQuick ? [1, 1000] : [1, 1000, 100_000]
  const all = await callers(counts.at(-1) ?? 1)
  const hits: Hits[] = []
  for (const count of counts) hits.push(await hitsOf(all.slice(0, count), isQuick))
  const [one] = all
  if (one === undefined) throw new Error('there is nobody')
  const ours = makeOurs(1)
  const msal = makeMsal()
  return {
    hits,
    together: await togetherOf(ours.endpoint, () =>
      ours.downstream.tokenFor(one.identity, `Bearer ${one.token}`, scopes),
    ),
    togetherMsal: await togetherOf(msal.endpoint, () =>
      msal.client.acquireTokenOnBehalfOf({ oboAssertion: one.token, scopes }),
    ),
  }
}

process.send?.(await measureAll(process.argv.includes('--quick')))
process.disconnect?.()
