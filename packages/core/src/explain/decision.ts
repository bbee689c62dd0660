import type { Access } from '../access/access.ts'
import type { Identity } from '../access/identity.ts'
import type { EntraGuardErrorCode } from '../errors/error-catalogue.ts'
import {
  loggable,
  loggableList,
  type EntraGuardError,
  type EntraGuardErrorDetails,
} from '../errors/errors.ts'
import { claimCatalogue } from './claim-catalogue.ts'

/** What {@link decisionOf} describes. */
export interface DecisionFacts {
  /** The caller, if a caller was admitted or was refused inside a handler. Before that, no caller is known. */
  readonly identity?: Identity | undefined
  /** The refusal; absent if the caller was admitted. */
  readonly error?: EntraGuardError | undefined
  /** What the route required. */
  readonly access?: Access | undefined
  /** The clock, in milliseconds since the epoch. Default `Date.now`. */
  readonly now?: (() => number) | undefined
}

/** One decision, as a log may keep it: plain data, a line of JSON. */
export interface Decision {
  /** ISO 8601, in UTC. */
  readonly time: string
  /** Whether the caller was admitted. */
  readonly outcome: 'admitted' | 'refused'
  /** Of a refusal. */
  readonly code?: EntraGuardErrorCode
  /** Of a refusal: 400, 401, 403 or 503. */
  readonly status?: number
  /** Of a refusal: expected and actual values, as the error has them. */
  readonly details?: EntraGuardErrorDetails
  /** The caller: a user, an app, or `unknown` if the token proves neither. */
  readonly kind?: Identity['kind']
  /** The directory of the caller's token. */
  readonly tenantId?: string
  /** The object id of the user or the service principal. */
  readonly objectId?: string
  /** The app that called. */
  readonly clientId?: string
  /** `uti`: finds the sign-in in the logs of Entra ID. */
  readonly tokenId?: string
  /** What the route required, as it was written. */
  readonly access?: Access
  /** The claims that an audit log may contain. */
  readonly claims?: Readonly<Record<string, unknown>>
}

/** Of the documented claims those that say something that is true and no text for people. */
const kept: ReadonlySet<string> = new Set(
  claimCatalogue
    .filter(({ where, safety }) => where === 'payload' && safety !== 'display' && safety !== 'opaque')
    .map(({ name }) => name),
)

/**
 * Returns one decision in a form that an audit log may keep. Callers and applications appear by their ids. It contains
 * no name or email address of a person, nothing that its owner can change, nothing internal to Microsoft, and no token.
 * Texts are cut after 200 characters and lists after 20 entries, as in the details of an error.
 *
 * Undocumented claims, for example those of a claims mapping policy, are left out, because their content is unknown.
 * This function writes nothing. How long you may keep such a log depends on your own rules: ids are personal data too.
 *
 * @throws {TypeError} when neither an identity nor an error is given, because then nothing was decided.
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
  const known = Object.entries(claims).filter(([name]) => kept.has(name))
  return {
    kind,
    tenantId,
    ...(objectId !== undefined && { objectId }),
    clientId,
    ...(tokenId !== undefined && { tokenId: String(loggable(tokenId)) }),
    claims: Object.fromEntries(known.map(([name, value]) => [name, shortened(value)])),
  }
}

/** As in the details of a refusal: an administrator chooses the names of groups, and as many as there are. */
const shortened = (value: unknown): unknown => (Array.isArray(value) ? loggableList(value) : loggable(value))
