import { ConfidentialClientApplication, type INetworkModule } from '@azure/msal-node'
import type { UserIdentity } from '@entraguard/core'
import { createVerifier } from '@entraguard/core'
import { onBehalfOf, type Downstream } from '@entraguard/downstream'
import { createEmulator, defaults } from '@entraguard/emulator'

import { median } from './measure.ts'
import { format, target, type Section } from './report.ts'

const scopes = ['api://invoices/.default']
const secret = 'emulator-only-secret'

interface Caller {
  readonly identity: UserIdentity
  readonly token: string
}

/** The answer of a token endpoint, without a signature: what is measured is how tokens are kept. */
function answer(number: number): Record<string, unknown> {
  const filler = 'x'.repeat(1500)
  return { token_type: 'Bearer', expires_in: 3600, access_token: `token.${number}.${filler}` }
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
    const body = Buffer.from(JSON.stringify({ ...claims, oid, sub: oid })).toString('base64url')
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

async function fill(users: readonly Caller[]): Promise<{ downstream: Downstream; exchanges: () => number }> {
  let exchanges = 0
  const downstream = onBehalfOf({
    clientId: defaults.apiClientId,
    credential: { secret },
    cacheSize: users.length * 2,
    fetch: async () => Response.json(answer(exchanges++)),
  })
  for (const { identity, token } of users) await downstream.tokenFor(identity, `Bearer ${token}`, scopes)
  return { downstream, exchanges: () => exchanges }
}

/** Microseconds of one call, the median of several rounds over users that are spread over all of them. */
async function cost(
  users: readonly Caller[],
  calls: number,
  call: (user: Caller) => Promise<unknown>,
): Promise<number> {
  const rounds: number[] = []
  for (let round = 0; round < 7; round++) {
    const begin = performance.now()
    for (let index = 0; index < calls; index++) {
      const user = users[(index * 7919) % users.length]
      if (user !== undefined) await call(user)
    }
    rounds.push(((performance.now() - begin) * 1000) / calls)
  }
  return median(rounds.slice(2))
}

async function msalHit(users: readonly Caller[], calls: number): Promise<number> {
  let number = 0
  const networkClient: INetworkModule = {
    sendGetRequestAsync: () => Promise.reject(new Error('not asked')),
    sendPostRequestAsync: async () => ({ headers: {}, status: 200, body: answer(number++) as never }),
  }
  const client = new ConfidentialClientApplication({
    auth: {
      clientId: defaults.apiClientId,
      clientSecret: secret,
      authority: `https://login.microsoftonline.com/${defaults.tenantId}`,
    },
    system: { networkClient },
  })
  const ask = ({ token }: Caller): Promise<unknown> =>
    client.acquireTokenOnBehalfOf({ oboAssertion: token, scopes })
  for (const user of users) await ask(user)
  return await cost(users, calls, ask)
}

/** What a call for the user costs when the token of the other API is there, as the number of users grows. */
export async function downstreamSection(quick: boolean): Promise<Section> {
  const counts = quick ? [1, 1000] : [1, 1000, 100_000]
  const all = await callers(counts.at(-1) ?? 1)
  const rows: Array<readonly string[]> = []
  const hits: number[] = []
  for (const count of counts) {
    const users = all.slice(0, count)
    globalThis.gc?.()
    const before = process.memoryUsage().heapUsed
    const { downstream } = await fill(users)
    globalThis.gc?.()
    const perEntry = (process.memoryUsage().heapUsed - before) / count
    const ours = await cost(users, quick ? 2000 : 10_000, ({ identity, token }) =>
      downstream.tokenFor(identity, `Bearer ${token}`, scopes),
    )
    hits.push(ours)
    // Filling its cache with more takes minutes: every token that comes is compared with all that are there.
    const msal = count <= 1000 ? await msalHit(users, count === 1 ? 1000 : 50) : Number.NaN
    rows.push([
      count.toLocaleString('en'),
      format(ours),
      Number.isNaN(msal) ? '–' : format(msal),
      count === 1 ? '–' : format(perEntry / 1000),
    ])
  }
  const [one] = all
  let together = Number.NaN
  if (one !== undefined) {
    const { downstream, exchanges } = await fill([])
    await Promise.all(
      Array.from({ length: 100 }, () => downstream.tokenFor(one.identity, `Bearer ${one.token}`, scopes)),
    )
    together = exchanges()
  }
  const worst = Math.max(...hits)
  return {
    title: 'Calling the next API: a token that is there already',
    text: '`tokenFor` of `@entraguard/downstream` beside `acquireTokenOnBehalfOf` of the same `@azure/msal-node`, whose own cache looks through all users. The token endpoint answers at once with a fixed token: what is measured is how tokens are kept. Memory is what an entry takes with its token of 1.5 kB.',
    head: ['users', 'µs a hit', 'µs with MSAL alone', 'kB an entry'],
    rows,
    targets: [
      target('a hit, however many users', '≤ 20 µs', `${format(worst)} µs at the worst`, worst <= 20),
      target('100 requests of one user at once', '1 exchange', `${together}`, together === 1),
    ],
  }
}
