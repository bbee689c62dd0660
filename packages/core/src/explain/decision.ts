import type { Access } from '../access/access.ts'
import type { Identity } from '../access/identity.ts'
import type { EntraGuardErrorCode } from '../errors/error-catalogue.ts'
import type { EntraGuardError, EntraGuardErrorDetails } from '../errors/errors.ts'
import { claimCatalogue } from './claim-catalogue.ts'

/** What a decision was about. */
export interface DecisionFacts {
  /** Who called: of an admission, and of a refusal inside a handler. Before that nobody is known to have called. */
  readonly identity?: Identity | undefined
  /** The refusal; absent where somebody was let in. */
  readonly error?: EntraGuardError | undefined
  /** What the route asked. */
  readonly access?: Access | undefined
  /** The clock, in milliseconds since the epoch. Default `Date.now`. */
  readonly now?: (() => number) | undefined
}

/** One decision, as a log may keep it: plain data, a line of JSON. */
export interface Decision {
  /** ISO 8601, in UTC. */
  readonly time: string
  /** Was the caller let in? */
  readonly outcome: 'admitted' | 'refused'
  /** Of a refusal. */
  readonly code?: EntraGuardErrorCode
  /** Of a refusal: 400, 401, 403 or 503. */
  readonly status?: number
  /** Of a refusal: expected and actual values, as the error has them. */
  readonly details?: EntraGuardErrorDetails
  /** Who called: a user, an app, or what is neither for certain. */
  readonly kind?: Identity['kind']
  /** The directory of the caller's token. */
  readonly tenantId?: string
  /** Of the user or the service principal. */
  readonly objectId?: string
  /** The app that called. */
  readonly clientId?: string
  /** `uti`: finds the sign-in in the logs of Entra ID. */
  readonly tokenId?: string
  /** What the route asked, as it was written. */
  readonly access?: Access
  /** The claims that an audit may hold. */
  readonly claims?: Readonly<Record<string, unknown>>
}

/** Of the documented claims those that say something that is true and no text for people. */
const kept: ReadonlySet<string> = new Set(
  claimCatalogue
    .filter(({ where, safety }) => where === 'payload' && safety !== 'display' && safety !== 'opaque')
    .map(({ name }) => name),
)

/**
 * A decision as a log may keep it, who and what by ids: no name, no address, nothing that its owner can change, nothing
 * internal to Microsoft, and no token.
 *
 * Claims that are not documented, as those of a mapping policy, are left out: nobody knows what they hold. It writes
 * nowhere; how long such a log may be kept is for your own rules to say, because ids are personal data, too.
 *
 * @throws {TypeError} without an identity and an error: then nothing was decided.
 *
 * @example
 * ```ts
 * const identity = await verifier.authenticate(header, access)
 * log.write(`${JSON.stringify(decisionOf({ identity, access }))}\n`)
 * ```
 */
export function decisionOf({ identity, error, access, now = Date.now }: DecisionFacts): Decision {
  if (identity === undefined && error === undefined)
    throw new TypeError('decisionOf needs an identity, an error, or both')
  const { code, status, details = {} } = error ?? {}
  return {
    time: new Date(now()).toISOString(),
    outcome: error === undefined ? 'admitted' : 'refused',
    ...(code !== undefined && { code }),
    ...(status !== undefined && { status }),
    ...(Object.keys(details).length > 0 && { details }),
    ...(identity !== undefined && callerOf(identity)),
    ...(access !== undefined && { access }),
  }
}

function callerOf({ kind, tenantId, objectId, clientId, tokenId, claims }: Identity): Partial<Decision> {
  return {
    kind,
    tenantId,
    ...(objectId !== undefined && { objectId }),
    clientId,
    ...(tokenId !== undefined && { tokenId }),
    claims: Object.fromEntries(Object.entries(claims).filter(([name]) => kept.has(name))),
  }
}
