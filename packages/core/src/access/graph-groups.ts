import { onAbort } from '../async/abortable.ts'
import { isGuid } from '../authority/clouds.ts'
import { isWorkerd, readText, within, type Fetch } from '../documents/fetch-document.ts'
import { parseUrl } from '../errors/parse-url.ts'
import { EntraGuardError } from '../errors/errors.ts'
import { KnownProblem } from '../errors/reason.ts'
import type { Identity } from './identity.ts'
import { finite, rejectUnknown, wholeNumber } from '../options/option-values.ts'
import type { ResolveGroups } from './overage.ts'
import { isJsonObject, parseJson } from '../token/strict-json.ts'

/** What a Graph token is needed for. */
export interface GraphTokenRequest {
  /** `graph.microsoft.com`, or the host of the national cloud; the scope of the token is `https://{graphHost}/.default`. */
  readonly graphHost: string
  /** The tenant whose directory is read: ask its own authority for the token. */
  readonly tenantId: string
  readonly identity: Identity
  /** Ends with the time limit. */
  readonly signal: AbortSignal
}

/** Times in seconds. */
export interface GraphGroupsOptions {
  /** Gives an access token for Microsoft Graph; it should keep tokens itself, as MSAL does. */
  readonly getGraphToken: (request: GraphTokenRequest) => string | Promise<string>
  /** Read security groups only. Default true; `false` adds Microsoft 365 groups, directory roles and administrative units. */
  readonly securityEnabledOnly?: boolean | undefined
  /** For everything: the Graph token, all pages, and the waits that Graph asks for. Default 10. */
  readonly timeout?: number | undefined
  /**
   * How long an answer is used again; a removal from a group is noticed that late. 0 never. Default 300. A failure counts
   * for 3 seconds, whatever this says.
   */
  readonly rememberFor?: number | undefined
  /** How many identities are remembered. Default 1000. */
  readonly rememberAtMost?: number | undefined
  readonly fetch?: Fetch | undefined
  /** The clock, in milliseconds since the epoch. */
  readonly now?: (() => number) | undefined
}

const names: ReadonlySet<string> = new Set(
  'getGraphToken securityEnabledOnly timeout rememberFor rememberAtMost fetch now'.split(' '),
)

/** More pages than the largest answer of Graph needs. */
const maxPages = 200

/**
 * Makes a `resolveGroups` that reads the groups of users and service principals from Microsoft Graph
 * (`getMemberObjects`, nested groups included), where a token could not hold them.
 *
 * The address is made of the verifier's metadata and `oid`; the one in the token is never called. A failure is never
 * "in no group": the request is refused with 503 `check_unavailable`. The token needs the application permission
 * `User.Read.All`, and `Application.Read.All` for service principals.
 *
 * @throws {TypeError} for options that are missing, unknown or malformed.
 * @see https://learn.microsoft.com/graph/api/directoryobject-getmemberobjects
 *
 * @example
 * ```ts
 * const resolveGroups = graphGroups({
 *   getGraphToken: async ({ graphHost }) => (await credential.getToken(`https://${graphHost}/.default`)).token,
 * })
 * createVerifier({ tenants, audience, resolveGroups })
 * ```
 */
export function graphGroups(options: GraphGroupsOptions): ResolveGroups {
  rejectUnknown('graphGroups option', options, names)
  const { getGraphToken, securityEnabledOnly = true, now = () => Date.now() } = options
  if (typeof getGraphToken !== 'function')
    throw new TypeError('graphGroups needs getGraphToken, which gives a token for Microsoft Graph')
  const timeout = finite('timeout', options.timeout ?? 10, 0.001, 120)
  const rememberFor = finite('rememberFor', options.rememberFor ?? 300, 0, 86_400) * 1000
  const rememberAtMost = wholeNumber('rememberAtMost', options.rememberAtMost ?? 1000, 1, 1_000_000)
  const fetch: Fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init))
  const body = JSON.stringify({ securityEnabledOnly })
  const remembered = new Map<string, Remembered>()
  const pending = new Map<string, Promise<readonly string[]>>()

  async function read(identity: Identity, graphHost: string): Promise<readonly string[]> {
    const { kind, objectId, tenantId } = identity
    if (kind === 'unknown' || !isGuid(String(objectId).toLowerCase()))
      throw new KnownProblem('neither a user nor a service principal')
    const collection = kind === 'user' ? 'users' : 'servicePrincipals'
    const controller = new AbortController()
    const { signal } = controller
    return await within(timeout, async () => {
      const token = await getGraphToken({ graphHost, tenantId, identity, signal })
      const ask = { fetch, token, body, timeout, signal }
      return await readPages(ask, `https://${graphHost}/v1.0/${collection}/${objectId}/getMemberObjects`)
    }).finally(() => controller.abort())
  }

  async function readAndRemember(
    identity: Identity,
    graphHost: string,
    key: string,
  ): Promise<readonly string[]> {
    const at = now()
    try {
      const ids = await read(identity, graphHost)
      if (rememberFor > 0) remember(key, { ids, from: at, until: at + rememberFor })
      else remembered.delete(key)
      return ids
    } catch (failure) {
      // A refusal that getGraphToken makes is an answer for this request, not a failure.
      if (!EntraGuardError.is(failure)) {
        const failedAt = now()
        remember(key, { failure, from: failedAt, until: failedAt + failureFor })
      }
      throw failure
    }
  }

  function remember(key: string, entry: Remembered): void {
    remembered.delete(key)
    for (const oldest of remembered.keys()) {
      if (remembered.size < rememberAtMost) break
      remembered.delete(oldest)
    }
    remembered.set(key, entry)
  }

  return async (identity, { graphHost }) => {
    const key = `${graphHost} ${identity.kind} ${identity.key}`
    const known = remembered.get(key)
    const at = now()
    // A clock that went back must not make an answer live longer.
    if (known !== undefined && at >= known.from && at < known.until) return idsOf(known)
    const running = pending.get(key)
    if (running !== undefined) return await running
    const work = readAndRemember(identity, graphHost, key)
    if (isWorkerd) return await work
    pending.set(key, work)
    return await work.finally(() => pending.delete(key))
  }
}

/**
 * Milliseconds for which a failure is remembered: an outage of Graph costs one lookup a person in that time and not one a
 * request, each of which could take the whole time limit. Shorter than the `Retry-After` that the caller gets.
 */
const failureFor = 3000

interface Remembered {
  readonly ids?: readonly string[]
  readonly failure?: unknown
  /** Milliseconds since the epoch. */
  readonly from: number
  readonly until: number
}

function idsOf({ ids, failure }: Remembered): readonly string[] {
  // A new error for each request, because what one adds to it must not show up in another.
  if (ids === undefined) throw new KnownProblem('it failed a moment ago', { cause: failure })
  return ids
}

interface Ask {
  readonly fetch: Fetch
  readonly token: string
  readonly body: string
  readonly timeout: number
  readonly signal: AbortSignal
}

async function readPages(ask: Ask, first: string): Promise<readonly string[]> {
  const ids: string[] = []
  let address: string | undefined = first
  for (let pages = 0; address !== undefined; pages++) {
    if (pages === maxPages) throw new KnownProblem('Microsoft Graph gave too many pages')
    const page: unknown = parseJson(await readPage(ask, address, pages === 0 ? 'POST' : 'GET'))
    const value = isJsonObject(page) ? page['value'] : undefined
    if (!isJsonObject(page) || !Array.isArray(value) || !value.every((id) => typeof id === 'string'))
      throw new KnownProblem('Microsoft Graph gave something else than a list of ids')
    for (const id of value) ids.push(id)
    address = nextPage(page['@odata.nextLink'], first)
  }
  return Object.freeze(ids)
}

/** The Graph token goes with every request: it must never leave the host that it was asked for. */
function nextPage(link: unknown, first: string): string | undefined {
  if (link === undefined || link === null) return undefined
  const url = typeof link === 'string' ? parseUrl(link) : undefined
  if (url?.origin !== new URL(first).origin) throw new KnownProblem('the next page is on another host')
  return url.href
}

async function readPage(ask: Ask, address: string, method: 'POST' | 'GET'): Promise<string> {
  const { fetch, token, body, timeout, signal } = ask
  for (;;) {
    // After the time limit nobody waits for an answer, and an injected fetch may not heed the signal.
    signal.throwIfAborted()
    const response = await fetch(address, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/json',
        ...(method === 'POST' && { 'content-type': 'application/json' }),
      },
      ...(method === 'POST' && { body }),
      redirect: 'manual',
      signal,
      ...(!isWorkerd && { cache: 'no-store' as const }),
    })
    if (response.status === 200) return await readText(response, signal)
    await response.body?.cancel()
    const isBusy = response.status === 429 || response.status === 503
    const wait = isBusy ? retryAfter(response) : 0
    if (!isBusy || wait > timeout)
      throw new KnownProblem(`Microsoft Graph answered with status ${response.status}`)
    await pause(wait, signal)
  }
}

/** Seconds; RFC 9110 §10.2.3 allows a date too. One where the header is missing or says nothing. */
function retryAfter(response: Response): number {
  const value = response.headers.get('retry-after') ?? ''
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000
  return seconds > 1 ? seconds : 1
}

/** Ends early when the time is over. */
async function pause(seconds: number, signal: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  let callOff: (() => void) | undefined
  await new Promise<void>((resolve) => {
    timer = setTimeout(resolve, seconds * 1000)
    callOff = onAbort(signal, resolve)
  })
  clearTimeout(timer)
  callOff?.()
}
