import { getEventListeners } from 'node:events'

import { createEmulator, defaults, type Emulator } from '@entraguard/emulator'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import {
  anyOf,
  claimsChallenge,
  createVerifier,
  EntraGuardError,
  graphGroups,
  type Access,
  type Fetch,
  type GraphGroupsOptions,
  type Identity,
  type ResolveGroups,
  type Verifier,
} from '../../src/index.ts'
import { outcomeOf } from '../support/outcome.ts'

const ada = 'aaaaaaaa-0000-4000-8000-000000000001'
const graphHost = 'graph.microsoft.com'
const group = (index: number): string => `dddddddd-0000-4000-8000-${String(index).padStart(12, '0')}`
const access: Access = { scopes: ['Orders.Read'], groups: [group(249)] }

let entra: Emulator
/** Requests to Graph, with what they carried. */
let asked: Array<{ readonly url: string; readonly init: RequestInit }>

beforeEach(async () => {
  entra = await createEmulator({
    users: [{ id: ada, name: 'Ada Lovelace', userPrincipalName: 'ada@contoso.com' }],
    groups: Array.from({ length: 250 }, (_, index) => ({
      id: group(index),
      members: ['ada@contoso.com', ...(index === 0 ? [defaults.daemonClientId] : [])],
    })),
  })
  asked = []
})

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const recorded: Fetch = async (url, init) => {
  asked.push({ url, init })
  return entra.fetch(url, init)
}
const getGraphToken = (): Promise<string> =>
  entra.issueAppToken({ audience: `https://${graphHost}`, roles: ['GroupMember.Read.All'] })
const resolver = (options: Partial<GraphGroupsOptions> = {}): ResolveGroups =>
  graphGroups({ getGraphToken, fetch: recorded, now: entra.now, ...options })
const withGroups = (resolveGroups: ResolveGroups): Verifier =>
  createVerifier({ ...entra.verifierOptions(), resolveGroups })

const header = async (options: Parameters<Emulator['issueUserToken']>[0] = {}): Promise<string> =>
  `Bearer ${await entra.issueUserToken({ groups: 'overage', user: ada, ...options })}`
const identityOf = async (): Promise<Identity> =>
  createVerifier(entra.verifierOptions()).verify(await entra.issueUserToken({ groups: 'overage' }))

/** A Graph that a test writes answer by answer. */
function answering(...answers: readonly (Response | (() => Response))[]): Fetch {
  const rest = [...answers]
  return async (url, init) => {
    asked.push({ url, init })
    const answer = rest.shift()
    if (answer === undefined) throw new TypeError('fetch failed')
    return typeof answer === 'function' ? answer() : answer
  }
}
const page = (ids: readonly unknown[], next?: unknown): Response =>
  Response.json({ value: ids, ...(next !== undefined && { '@odata.nextLink': next }) })
const busy = (status: number, retryAfter?: string): Response =>
  new Response('{}', { status, ...(retryAfter !== undefined && { headers: { 'retry-after': retryAfter } }) })
const busyForEver: Fetch = async () => busy(503, '4')
const resolve = async (fetch: Fetch, options: Partial<GraphGroupsOptions> = {}): Promise<readonly string[]> =>
  resolver({ fetch, ...options })(await identityOf(), { graphHost })

/** What an answer was, or why there was none. */
const outcome = (work: Promise<unknown>): Promise<unknown> =>
  work.catch((error: unknown) => (error instanceof Error ? error.message : error))

describe('a user whose groups did not fit into the token', () => {
  it('is admitted by a group that only Microsoft Graph knows, page by page', async () => {
    const caller = await withGroups(resolver()).authenticate(await header(), access)
    expect(caller.groups).toMatchObject({ status: 'complete' })
    expect(caller.groups.status === 'complete' && caller.groups.ids).toHaveLength(250)
    expect(Object.isFrozen(caller.groups)).toBe(true)
    expect(asked.map(({ url, init }) => `${init.method} ${url}`)).toEqual([
      `POST https://${graphHost}/v1.0/users/${ada}/getMemberObjects`,
      `GET https://${graphHost}/v1.0/users/${ada}/getMemberObjects?%24skiptoken=100`,
      `GET https://${graphHost}/v1.0/users/${ada}/getMemberObjects?%24skiptoken=200`,
    ])
  })

  it('is refused by a group that Graph does not name', async () => {
    const work = withGroups(resolver()).authenticate(await header(), {
      scopes: ['Orders.Read'],
      groups: [group(999)],
    })
    expect(await outcomeOf(work)).toBe('group_missing')
  })

  it('is refused with groups_overage where nothing reads groups: closed, not "in none"', async () => {
    const work = createVerifier(entra.verifierOptions()).authenticate(await header(), access)
    expect(await outcomeOf(work)).toBe('groups_overage')
  })

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ['hasgroups', { hasgroups: true }],
    ['groups:src1', { 'groups:src1': { endpoint: 'https://attacker.example/' } }],
    ['_claim_names', { _claim_names: { groups: 'src1' } }],
    ['groups as text', { groups: 'src1', _claim_sources: { src1: {} } }],
    ['hasgroups as text', { hasgroups: 'true' }],
    ['_claim_names as text', { _claim_names: 'groups' }],
    ['a pointer beside some groups', { groups: [group(1)], hasgroups: true }],
  ])('is one by %s', async (_name, claims) => {
    const caller = await withGroups(resolver()).authenticate(await header({ groups: [], claims }), access)
    expect(caller.groups.status).toBe('complete')
  })

  it('is none where the token points elsewhere for another claim', async () => {
    const sources = { _claim_sources: { src1: {} } }
    for (const pointers of [sources, { ...sources, _claim_names: { address: 'src1' } }]) {
      const listed = await header({ groups: [group(249)], claims: pointers })
      const caller = await withGroups(resolver()).authenticate(listed, access)
      expect(caller.groups).toEqual({ status: 'complete', ids: [group(249)] })
    }
    expect(asked).toEqual([])
  })

  it('never has the address of its token called', async () => {
    const claims = {
      _claim_names: { groups: 'src1' },
      _claim_sources: { src1: { endpoint: 'https://attacker.example/steal' } },
    }
    await withGroups(resolver()).authenticate(await header({ claims }), access)
    expect(asked.every(({ url }) => new URL(url).host === graphHost)).toBe(true)
    expect(entra.requests.some(({ url }) => url.includes('attacker'))).toBe(false)
  })

  it('costs no request where the route asks for no groups, the token is complete, or the caller is refused anyway', async () => {
    const verifier = withGroups(resolver())
    await verifier.authenticate(await header(), { scopes: ['Orders.Read'] })
    await verifier.verify((await header()).slice(7))
    await verifier.authenticate(await header({ groups: [group(249)] }), access)
    expect(await outcomeOf(verifier.authenticate(await header({ groups: [group(1)] }), access))).toBe(
      'group_missing',
    )
    expect(await outcomeOf(verifier.authenticate(await header({ scopes: ['Other'] }), access))).toBe(
      'scope_missing',
    )
    const strict: Access = { ...access, clients: [defaults.daemonClientId] }
    expect(await outcomeOf(verifier.authenticate(await header(), strict))).toBe('client_refused')
    expect(asked).toEqual([])
  })

  it('is admitted by the one of several alternatives that asks for the group', async () => {
    const admins: Access = anyOf({ appPermissions: ['Orders.Read.All'] }, access, { scopes: ['Other'] })
    const caller = await withGroups(resolver()).authenticate(await header(), admins)
    expect(caller.groups.status).toBe('complete')
  })

  it('costs no request where another alternative admits the caller', async () => {
    await withGroups(resolver()).authenticate(await header(), anyOf(access, { scopes: ['Orders.Read'] }))
    expect(asked).toEqual([])
  })
})

const appToken = (): Promise<string> =>
  entra.issueAppToken({ clientId: defaults.daemonClientId, claims: { hasgroups: true } })

describe('a service principal', () => {
  it('costs no request on a route that asks for groups, because those bind users', async () => {
    const unreachable = graphGroups({ getGraphToken: () => Promise.reject(new Error('down')) })
    for (const resolveGroups of [resolver(), unreachable]) {
      const caller = await withGroups(resolveGroups).authenticate(`Bearer ${await appToken()}`, {
        scopes: ['Orders.Read'],
        appPermissions: ['Orders.Read.All'],
        groups: [group(0)],
      })
      expect(caller).toMatchObject({ kind: 'app', groups: { status: 'overage' } })
    }
    expect(asked).toEqual([])
  })

  it('is looked up among the service principals by whoever asks', async () => {
    const caller = await createVerifier(entra.verifierOptions()).verify(await appToken())
    expect(await resolver()(caller, { graphHost })).toEqual([group(0)])
    expect(asked.map(({ url }) => new URL(url).pathname)).toEqual([
      `/v1.0/servicePrincipals/${caller.objectId}/getMemberObjects`,
    ])
  })
})

describe('what goes to Microsoft Graph', () => {
  it('is the Graph token, to the host of the metadata, by POST, never redirected', async () => {
    const requests: unknown[] = []
    await resolve(recorded, {
      getGraphToken: async (request) => {
        requests.push({ ...request, identity: request.identity.key, signal: request.signal.aborted })
        return getGraphToken()
      },
    })
    const { id } = entra.directory.firstTenant
    expect(requests).toEqual([{ graphHost, tenantId: id, identity: `${id}.${ada}`, signal: false }])
    const [first] = asked
    expect(first?.init).toMatchObject({ method: 'POST', redirect: 'manual', cache: 'no-store' })
    expect(first?.init.body).toBe('{"securityEnabledOnly":true}')
  })

  it('says that it is JSON where it is, and carries the token on every page', async () => {
    const next = `https://${graphHost}/v1.0/next`
    await resolve(answering(page([group(1)], next), page([])), { getGraphToken: () => 'token' })
    const common = { authorization: 'Bearer token', accept: 'application/json' }
    expect(asked.map(({ init }) => [init.method, init.headers, init.body])).toStrictEqual([
      ['POST', { ...common, 'content-type': 'application/json' }, '{"securityEnabledOnly":true}'],
      ['GET', common, undefined],
    ])
  })

  it('ends with the page whose next one is null', async () => {
    expect(await resolve(answering(page([group(1)], null)))).toEqual([group(1)])
    expect(asked).toHaveLength(1)
  })

  it('goes to the national cloud that the metadata names', async () => {
    const fetch = answering(page([group(1)]))
    await resolver({ fetch })(await identityOf(), { graphHost: 'graph.microsoft.us' })
    expect(new URL(asked[0]?.url ?? '').host).toBe('graph.microsoft.us')
  })

  it.each([
    'https://attacker.example/v1.0/users/x/getMemberObjects',
    'http://graph.microsoft.com/v1.0/next',
    'https://graph.microsoft.com.attacker.example/next',
    'https://graph.microsoft.com:8443/next',
    '//attacker.example/next',
    'not a url',
    7,
    [`https://${graphHost}/v1.0/next`],
  ])('never goes to another host for the next page: %s', async (next) => {
    await expect(resolve(answering(page([group(1)], next), page([])))).rejects.toThrow('another host')
    expect(asked).toHaveLength(1)
  })

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ['an object id that is no GUID', { objectId: '../../v1.0/me' }],
    ['no object id', { objectId: undefined }],
    ['a caller of unknown kind', { kind: 'unknown' }],
  ])('%s makes no address', async (_name, changes) => {
    const identity = { ...(await identityOf()), ...changes } as Identity
    await expect(resolver()(identity, { graphHost })).rejects.toThrow('neither')
    expect(asked).toEqual([])
  })
})

describe('a Graph that is busy, broken or slow', () => {
  it.each([429, 503])('is asked again after %i and the time that it names', async (status) => {
    const identity = await identityOf()
    vi.useFakeTimers()
    const work = resolver({
      getGraphToken: () => 'token',
      fetch: answering(busy(status, '3'), page([group(1)])),
    })(identity, {
      graphHost,
    })
    await vi.advanceTimersByTimeAsync(2900)
    expect(asked).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(200)
    expect(await work).toEqual([group(1)])
  })

  it('is asked again after a date, and after a second where it names nothing sensible', async () => {
    const identity = await identityOf()
    vi.useFakeTimers()
    const date = new Date(Date.now() + 4000).toUTCString()
    const senseless = [undefined, 'soon', '-7', '1e3', '0x10'].map((value) => busy(429, value))
    const fetch = answering(busy(429, date), ...senseless, page([]))
    const work = resolver({ getGraphToken: () => 'token', fetch })(identity, { graphHost })
    await vi.advanceTimersByTimeAsync(9000)
    expect(await work).toEqual([])
  })

  it('is asked again after seconds of several digits, and not before', async () => {
    const identity = await identityOf()
    vi.useFakeTimers()
    const fetch = answering(busy(429, '12'), page([]))
    const work = resolver({ getGraphToken: () => 'token', fetch, timeout: 20 })(identity, { graphHost })
    await vi.advanceTimersByTimeAsync(11_999)
    expect(asked).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(await work).toEqual([])
  })

  it('is not waited for up to the time limit or beyond', async () => {
    const identity = await identityOf()
    vi.useFakeTimers()
    for (const retryAfter of ['10', '3600']) {
      const fetch = answering(busy(429, retryAfter))
      const work = outcome(resolver({ getGraphToken: () => 'token', fetch })(identity, { graphHost }))
      await vi.advanceTimersByTimeAsync(10_100)
      expect(await work).toBe('Microsoft Graph answered with status 429')
    }
    const work = outcome(
      resolver({ getGraphToken: () => 'token', fetch: busyForEver })(identity, { graphHost }),
    )
    await vi.advanceTimersByTimeAsync(10_100)
    expect(await work).toBe('no answer within 10 s')
    expect(vi.getTimerCount()).toBe(0)
  })

  it('that never answers ends with the time limit, as does a token that never comes', async () => {
    const identity = await identityOf()
    vi.useFakeTimers()
    const never = new Promise<never>(() => {})
    const signals: AbortSignal[] = []
    const hanging: Fetch = async (_url, { signal }) => {
      if (signal) signals.push(signal)
      return never
    }
    const works = [
      resolver({ fetch: hanging, timeout: 2, getGraphToken: () => 'token' })(identity, { graphHost }),
      resolver({ timeout: 2, getGraphToken: () => never })(identity, { graphHost }),
    ].map(outcome)
    await vi.advanceTimersByTimeAsync(2100)
    expect(await Promise.all(works)).toEqual(['no answer within 2 s', 'no answer within 2 s'])
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
  })

  it('that is busy is not asked again after the time limit, even by a fetch that does not heed the signal', async () => {
    const identity = await identityOf()
    vi.useFakeTimers()
    const deaf: Fetch = async (url, init) => {
      asked.push({ url, init })
      await new Promise((later) => setTimeout(later, 700))
      return busy(429)
    }
    const work = outcome(
      resolver({ fetch: deaf, timeout: 2, getGraphToken: () => 'token' })(identity, { graphHost }),
    )
    await vi.advanceTimersByTimeAsync(60_000)
    expect(await work).toBe('no answer within 2 s')
    expect(asked).toHaveLength(2)
    expect(vi.getTimerCount()).toBe(0)
  })

  it.each<[string, () => Response, string?]>([
    ['an error', () => new Response('{"error":{}}', { status: 403 }), 'status 403'],
    ['not found', () => new Response('{}', { status: 404 }), 'status 404'],
    [
      'a redirect',
      () => new Response(null, { status: 302, headers: { location: 'https://attacker.example' } }),
      'status 302',
    ],
    ['no JSON', () => new Response('<html>')],
    ['a list', () => Response.json([group(1)]), 'a list of ids'],
    ['null', () => Response.json(null), 'a list of ids'],
    ['no list', () => Response.json({ value: group(1) }), 'a list of ids'],
    ['ids that are no text', () => page([group(249), { id: group(1) }]), 'a list of ids'],
    ['more than a megabyte', () => new Response(`{"value":["${'a'.repeat(1_100_000)}"]}`), 'too large'],
  ])('that answers with %s refuses the request with 503', async (_name, answer, reason = 'not be read') => {
    const work = withGroups(resolver({ fetch: answering(answer) })).authenticate(await header(), access)
    const error: unknown = await work.catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(EntraGuardError)
    expect(error).toMatchObject({
      code: 'check_unavailable',
      status: 503,
      details: { reason: expect.stringMatching(new RegExp(`^the groups could.*${reason}$`)) },
    })
  })

  it('that gives pages for ever is left', async () => {
    const next = `https://${graphHost}/v1.0/next`
    const endless: Fetch = async () => page([group(1)], next)
    await expect(resolve(endless)).rejects.toThrow('too many pages')
  })

  it('is read with one signal, on which listeners do not gather: not by page, and not by wait', async () => {
    const identity = await identityOf()
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const listening: number[] = []
    const next = `https://${graphHost}/v1.0/next`
    const fetch: Fetch = async (_url, { signal }) => {
      listening.push(getEventListeners(signal ?? new EventTarget(), 'abort').length)
      if (listening.length === 60) return page([group(249)])
      return listening.length % 2 === 0 ? busy(429, '0') : page([group(1)], next)
    }
    const work = resolver({ fetch, timeout: 100, getGraphToken: () => 'token' })(identity, { graphHost })
    await vi.advanceTimersByTimeAsync(50_000)
    expect(await work).toHaveLength(31)
    expect(Math.max(...listening)).toBe(0)
  })

  it('leaves no token in the error', async () => {
    const token = 'the-secret-graph-token'
    const error: unknown = await resolve(answering(busy(500)), { getGraphToken: () => token }).catch(
      (thrown: unknown) => thrown,
    )
    expect(String(error)).toContain('500')
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain(token)
  })
})

describe('what is remembered', () => {
  it('is used again for a bounded time, by tenant and object id', async () => {
    const verifier = withGroups(resolver())
    await verifier.authenticate(await header(), access)
    await verifier.authenticate(await header(), access)
    expect(asked).toHaveLength(3)
    entra.advance(299)
    await verifier.authenticate(await header(), access)
    expect(asked).toHaveLength(3)
    entra.advance(1)
    await verifier.authenticate(await header(), access)
    expect(asked).toHaveLength(6)
  })

  it('is one request for callers who come together', async () => {
    const verifier = withGroups(resolver())
    const tokens = await Promise.all(Array.from({ length: 20 }, () => header()))
    await Promise.all(tokens.map((token) => verifier.authenticate(token, access)))
    expect(asked).toHaveLength(3)
  })

  it('is a failure for a moment: an outage costs one lookup a person and not one a request', async () => {
    const fetch = answering(busy(500), page([group(249)]))
    const verifier = withGroups(resolver({ fetch }))
    const outcomes: string[] = []
    for (let request = 0; request < 5; request++)
      outcomes.push(await outcomeOf(verifier.authenticate(await header(), access)))
    expect(outcomes).toEqual(Array.from({ length: 5 }, () => 'check_unavailable'))
    expect(asked).toHaveLength(1)
    await expect(verifier.authenticate(await header(), access)).rejects.toMatchObject({
      details: { reason: 'the groups could not be read: it failed a moment ago' },
    })
    entra.advance(3)
    expect(await outcomeOf(verifier.authenticate(await header(), access))).toBe('accepted')
  })

  it('as a failure says so, with the reason, in an error of its own for each request', async () => {
    const lost = Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND', hostname: graphHost })
    const verifier = withGroups(
      resolver({ fetch: () => Promise.reject(new TypeError('fetch failed', { cause: lost })) }),
    )
    const refusals: EntraGuardError[] = []
    for (let request = 0; request < 3; request++)
      refusals.push(
        await verifier.authenticate(await header(), access).then(
          () => expect.unreachable('it was admitted'),
          (error: EntraGuardError) => error,
        ),
      )
    for (const { code, details } of refusals)
      expect([code, details.reason]).toEqual([
        'check_unavailable',
        `the groups could not be read: ENOTFOUND ${graphHost}`,
      ])
    expect(new Set(refusals.map(({ cause }) => cause)).size).toBe(3)
  })

  it('is no refusal that getGraphToken makes, and nothing of a person for another', async () => {
    const refuses = vi.fn<() => string>(() => {
      throw claimsChallenge('{"access_token":{"acrs":{"essential":true,"value":"c1"}}}')
    })
    const verifier = withGroups(resolver({ getGraphToken: refuses }))
    for (let request = 0; request < 2; request++)
      expect(await outcomeOf(verifier.authenticate(await header(), access))).toBe('claims_required')
    expect(refuses).toHaveBeenCalledTimes(2)
    const resolveGroups = resolver({ fetch: answering(busy(500), page([group(1)])) })
    const identity = await identityOf()
    const other = { ...identity, objectId: group(7), key: `t.${group(7)}` } as Identity
    await expect(resolveGroups(identity, { graphHost })).rejects.toThrow('500')
    expect(await resolveGroups(other, { graphHost })).toEqual([group(1)])
  })

  it('as a failure is bounded like an answer, and no clock makes it live longer', async () => {
    let time = entra.now()
    const fetch: Fetch = async (url, init) => {
      asked.push({ url, init })
      throw new TypeError('fetch failed')
    }
    const resolveGroups = resolver({ fetch, rememberAtMost: 2, now: () => time })
    const identity = await identityOf()
    const person = (index: number): Identity =>
      ({ ...identity, objectId: group(index), key: `t.${group(index)}` }) as Identity
    for (const index of [1, 2, 3, 3, 2, 1])
      await expect(resolveGroups(person(index), { graphHost })).rejects.toThrow(Error)
    expect(asked).toHaveLength(4)
    time -= 3_600_000
    await expect(resolveGroups(person(1), { graphHost })).rejects.toThrow('fetch failed')
  })

  it('never is the answer for another tenant with the same object id, or another cloud', async () => {
    const fetch = answering(page([group(1)]), page([group(2)]), page([group(3)]))
    const resolveGroups = resolver({ fetch })
    const identity = await identityOf()
    const tenantId = '99999999-1111-4111-8111-111111111111'
    const stranger = { ...identity, tenantId, key: `${tenantId}.${identity.objectId}` } as Identity
    expect(await resolveGroups(identity, { graphHost })).toEqual([group(1)])
    expect(await resolveGroups(stranger, { graphHost })).toEqual([group(2)])
    expect(await resolveGroups(identity, { graphHost: 'graph.microsoft.us' })).toEqual([group(3)])
    expect(await resolveGroups(identity, { graphHost })).toEqual([group(1)])
  })

  it('is bounded: the oldest answer goes', async () => {
    const fetch: Fetch = async (url) => {
      asked.push({ url, init: {} })
      return page([group(1)])
    }
    const resolveGroups = resolver({ fetch, rememberAtMost: 2 })
    const identity = await identityOf()
    const person = (index: number): Identity =>
      ({ ...identity, objectId: group(index), key: `t.${group(index)}` }) as Identity
    for (const index of [1, 2, 3, 3, 2, 1]) await resolveGroups(person(index), { graphHost })
    expect(asked.map(({ url }) => url.slice(-19, -17))).toHaveLength(4)
  })

  it('is asked anew at the very moment in which its time is over', async () => {
    let time = 1_790_000_000_000
    const options = { now: () => time, getGraphToken: () => 'token', rememberFor: 5 }
    const fetch = answering(page([group(1)]), page([group(2)]))
    const resolveGroups = resolver({ ...options, fetch })
    const identity = await identityOf()
    const found: string[] = []
    for (const passed of [0, 4999, 1]) {
      time += passed
      found.push(...(await resolveGroups(identity, { graphHost })))
    }
    expect(found).toEqual([group(1), group(1), group(2)])
  })

  it('as a new answer takes the place of the old one, and of nobody else', async () => {
    const identity = await identityOf()
    const person = (index: number): Identity =>
      ({ ...identity, objectId: group(index), key: `t.${group(index)}` }) as Identity
    const fetch = answering(page([group(1)]), busy(500), page([group(2)]))
    const resolveGroups = resolver({ getGraphToken: () => 'token', fetch, rememberAtMost: 2 })
    expect(await resolveGroups(person(1), { graphHost })).toEqual([group(1)])
    await expect(resolveGroups(person(2), { graphHost })).rejects.toThrow('500')
    entra.advance(3)
    expect(await resolveGroups(person(2), { graphHost })).toEqual([group(2)])
    expect(await resolveGroups(person(1), { graphHost })).toEqual([group(1)])
    expect(asked).toHaveLength(3)
  })

  it('where answers are not is a failure still, until Graph answers', async () => {
    let time = 1_790_000_000_000
    const identity = await identityOf()
    const person = (index: number): Identity =>
      ({ ...identity, objectId: group(index), key: `t.${group(index)}` }) as Identity
    const fetch = answering(busy(500), page([]), page([group(1)]), page([group(1)]))
    const resolveGroups = resolver({
      getGraphToken: () => 'token',
      fetch,
      rememberFor: 0,
      rememberAtMost: 1,
      now: () => time,
    })
    await expect(resolveGroups(person(1), { graphHost })).rejects.toThrow('500')
    await resolveGroups(person(2), { graphHost })
    await expect(resolveGroups(person(1), { graphHost })).rejects.toThrow('a moment ago')
    // A clock that goes back and forth must not bring the failure back.
    for (const passed of [-1000, 1000]) {
      time += passed
      expect(await resolveGroups(person(1), { graphHost })).toEqual([group(1)])
    }
    expect(asked).toHaveLength(4)
  })

  it('is not shared by callers who come together in workerd, where one request may not wait for another', async () => {
    vi.stubGlobal('WebSocketPair', function WebSocketPair() {})
    vi.resetModules()
    const inWorkerd = await import('../../src/access/graph-groups.ts')
    const fetch = answering(page([group(1)]), page([group(1)]))
    const resolveGroups = inWorkerd.graphGroups({ getGraphToken: () => 'token', fetch, now: entra.now })
    const identity = await identityOf()
    const work = (): Promise<readonly string[]> => resolveGroups(identity, { graphHost })
    expect(await Promise.all([work(), work()])).toEqual([[group(1)], [group(1)]])
    await work()
    expect(asked.map(({ init }) => 'cache' in init)).toEqual([false, false])
    vi.resetModules()
  })

  it('can be switched off, and a clock that goes back makes nothing live longer', async () => {
    const every = withGroups(resolver({ rememberFor: 0 }))
    await every.authenticate(await header(), access)
    await every.authenticate(await header(), access)
    expect(asked).toHaveLength(6)
    let time = entra.now()
    const resolveGroups = resolver({ fetch: answering(page([]), page([])), now: () => time })
    const identity = await identityOf()
    await resolveGroups(identity, { graphHost })
    time -= 1000
    await resolveGroups(identity, { graphHost })
    expect(asked).toHaveLength(8)
  })
})

describe('graphGroups with wrong options is a TypeError that names the option', () => {
  it.each<[string, unknown, string]>([
    ['no getGraphToken', {}, 'getGraphToken'],
    ['a token for the function', { getGraphToken: 'token' }, 'getGraphToken'],
    ['an unknown option', { getGraphToken, cacheFor: 1 }, 'cacheFor'],
    ['a word for a flag', { getGraphToken, securityEnabledOnly: 'false' }, 'securityEnabledOnly'],
    ['null for a flag', { getGraphToken, securityEnabledOnly: null }, 'securityEnabledOnly'],
    ['a fetch that is none', { getGraphToken, fetch: 5 }, 'fetch'],
    ['null for a fetch', { getGraphToken, fetch: null }, 'fetch'],
    ['a clock that stands', { getGraphToken, now: 5 }, 'now'],
    ['a time that is no number', { getGraphToken, timeout: '5' }, 'timeout'],
    ['no time', { getGraphToken, timeout: 0 }, 'timeout'],
    ['more than two minutes', { getGraphToken, timeout: 120.5 }, 'timeout'],
    ['NaN', { getGraphToken, rememberFor: Number.NaN }, 'rememberFor'],
    ['a time before now', { getGraphToken, rememberFor: -1 }, 'rememberFor'],
    ['more than a day', { getGraphToken, rememberFor: 86_401 }, 'rememberFor'],
    ['nobody remembered', { getGraphToken, rememberAtMost: 0 }, 'rememberAtMost'],
    ['half a person', { getGraphToken, rememberAtMost: 1.5 }, 'rememberAtMost'],
    ['more than a million', { getGraphToken, rememberAtMost: 1_000_001 }, 'rememberAtMost'],
  ])('%s', (_name, options, option) => {
    const create = (): ResolveGroups => graphGroups(options as GraphGroupsOptions)
    expect(create).toThrow(TypeError)
    expect(create).toThrow(option)
  })
})
