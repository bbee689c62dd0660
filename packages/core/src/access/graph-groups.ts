import { isGuid } from '../authority/clouds.ts'
import { within, type Fetch } from '../documents/fetch-document.ts'
import { KnownProblem } from '../errors/reason.ts'
import { readPages } from './graph-pages.ts'
import type { Identity } from './identity.ts'
import { finite, rejectUnknown, wholeNumber } from '../options/option-values.ts'
import type { ResolveGroups } from './overage.ts'
import { RememberedGroups } from './remembered-groups.ts'

/** What `getGraphToken` is asked for. */
export interface GraphTokenRequest {
  /**
   * `graph.microsoft.com`, or the host of a national cloud. The scope of the token is `https://{graphHost}/.default`.
   */
  readonly graphHost: string
  /** The tenant whose directory is read. Request the token from the authority of this tenant. */
  readonly tenantId: string
  readonly identity: Identity
  /** Aborted when the time limit is reached. */
  readonly signal: AbortSignal
}

/** Options of {@link graphGroups}. Times are in seconds. */
export interface GraphGroupsOptions {
  /**
   * Returns an access token for Microsoft Graph. It is called for every lookup, so it should cache tokens, as MSAL
   * does.
   */
  readonly getGraphToken: (request: GraphTokenRequest) => string | Promise<string>
  /** Read security groups only. Default true; `false` adds Microsoft 365 groups, directory roles and administrative units. */
  readonly securityEnabledOnly?: boolean | undefined
  /** The time limit for the whole lookup: the Graph token, all pages, and the waits that Graph asks for. Default 10. */
  readonly timeout?: number | undefined
  /**
   * How long an answer is reused. A removal from a group takes effect only after this time. 0 switches reuse off.
   * Default 300. A failure is always remembered for 3 seconds.
   */
  readonly rememberFor?: number | undefined
  /** For how many identities answers are kept. Default 1000. */
  readonly rememberAtMost?: number | undefined
  readonly fetch?: Fetch | undefined
  /** The clock, in milliseconds since the epoch. */
  readonly now?: (() => number) | undefined
}

const names: ReadonlySet<string> = new Set(
  'getGraphToken securityEnabledOnly timeout rememberFor rememberAtMost fetch now'.split(' '),
)

/**
 * Creates a `resolveGroups` that reads the groups of users and service principals from Microsoft Graph
 * (`getMemberObjects`, which includes nested groups) when they did not fit into the token.
 *
 * The address is built from the verifier's metadata and `oid`; the address in the token is never called. A failure
 * never counts as "in no group": the request is refused with 503 `check_unavailable`. The Graph token needs the
 * application permission `User.Read.All`, and `Application.Read.All` for service principals.
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
    throw new TypeError('graphGroups needs getGraphToken, which returns a token for Microsoft Graph')
  if (typeof securityEnabledOnly !== 'boolean')
    throw new TypeError('graphGroups: securityEnabledOnly must be true or false')
  const timeout = finite('timeout', options.timeout ?? 10, 0.001, 120)
  const rememberFor = finite('rememberFor', options.rememberFor ?? 300, 0, 86_400) * 1000
  const rememberAtMost = wholeNumber('rememberAtMost', options.rememberAtMost ?? 1000, 1, 1_000_000)
  for (const name of ['fetch', 'now'] as const) {
    if (options[name] !== undefined && typeof options[name] !== 'function')
      throw new TypeError(`graphGroups: ${name} must be a function`)
  }
  const fetch: Fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init))
  const body = JSON.stringify({ securityEnabledOnly })
  const remembered = new RememberedGroups(rememberFor, rememberAtMost, now)

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

  return async (identity, { graphHost }) =>
    await remembered.get(`${graphHost} ${identity.kind} ${identity.key}`, async () =>
      read(identity, graphHost),
    )
}
