import type { Access } from './access.ts'
import type { AuthorityRule } from './authority.ts'
import { readCredential, type AuthorizationHeader } from './bearer.ts'
import { isGuid } from './clouds.ts'
import { EntraGuardError } from './errors.ts'
import type { Identity } from './identity.ts'
import { member } from './strict-json.ts'
import type { AcceptedToken } from './token-cache.ts'
import { parseToken } from './token.ts'
import type { Verifier, VerifyContext } from './verifier-interface.ts'

/** What {@link combineVerifiers} needs to know of a verifier beside its methods. */
export interface VerifierPart {
  readonly verifier: Verifier
  readonly rule: AuthorityRule
  readonly maxTokenLength: number
  /** The token as this verifier accepted it, while it has it in memory. */
  readonly find: (token: string) => AcceptedToken | undefined
  /** The methods of {@link verifier}, for a token that was found already. */
  readonly verify: (
    accessToken: string,
    context: VerifyContext | undefined,
    found: AcceptedToken | undefined,
  ) => Promise<Identity>
  readonly authenticate: (
    authorization: AuthorizationHeader,
    access: Access | undefined,
    context: VerifyContext | undefined,
    found: AcceptedToken | undefined,
  ) => Promise<Identity>
}

const partsOf = new WeakMap<Verifier, readonly VerifierPart[]>()

/** Makes a verifier known, so that it can become a part. */
export function registerParts(verifier: Verifier, parts: readonly VerifierPart[]): Verifier {
  partsOf.set(verifier, parts)
  return verifier
}

/**
 * Makes one verifier of several, for an API that takes tokens of unlike authorities: B2C and External ID during a
 * migration, say. The issuer decides which part a token goes to; that part applies its own audience, tenants, keys,
 * checks and events, and no other part sees the token.
 *
 * `challenge` is that of the first part. `with` throws: change the parts and combine them again.
 *
 * @throws {TypeError} when two parts could accept the same issuer, because then the order would decide; and for a
 * part that `createVerifier` did not make.
 *
 * @example
 * ```ts
 * const verifier = combineVerifiers(
 *   createVerifier({ authority: b2c({ domain, tenantId, policies }), audience }),
 *   createVerifier({ authority: externalId({ subdomain, tenantId: newTenantId }), audience: newAudience }),
 * )
 * ```
 */
export function combineVerifiers(...verifiers: readonly [Verifier, ...Verifier[]]): Verifier {
  const parts = verifiers.flatMap((verifier) => {
    const known = partsOf.get(verifier)
    if (known === undefined)
      throw new TypeError(
        'combineVerifiers needs verifiers that createVerifier made in this copy of the package',
      )
    return known
  })
  const first = requireFirst(parts)
  refuseOverlap(parts)
  const issuers = parts.flatMap(({ rule }) => rule.issuers)
  const longest = Math.max(...parts.map(({ maxTokenLength }) => maxTokenLength))

  const seenBy = new Map<number, VerifierPart>()

  /** A token that was seen goes where it was accepted, without a look at the other parts and at what is in it. */
  function findSeen(token: string): Destination | undefined {
    const mark = markOf(token)
    const before = seenBy.get(mark)
    const found = before?.find(token)
    if (before !== undefined && found !== undefined) return { part: before, found }
    for (const part of parts) {
      const accepted = part.find(token)
      if (accepted === undefined) continue
      if (seenBy.size >= maxMarks) seenBy.clear()
      seenBy.set(mark, part)
      return { part, found: accepted }
    }
    return undefined
  }

  function destinationOf(token: unknown): Destination | undefined {
    if (typeof token !== 'string') return undefined
    const seen = findSeen(token)
    if (seen !== undefined) return seen
    const issuer = issuerOf(token, longest)
    const accepts = ({ rule }: VerifierPart): boolean =>
      issuer !== undefined && rule.issuers.some((pattern) => matches(pattern, issuer))
    const part = parts.find(accepts)
    return part === undefined ? undefined : { part, found: undefined }
  }

  /** The first part refuses what belongs to none, so that malformed tokens and Graph tokens keep their codes. */
  async function refuse<T>(work: Promise<T>): Promise<T> {
    try {
      return await work
    } catch (error) {
      if (!EntraGuardError.is(error) || error.code !== 'issuer_unknown') throw error
      throw new EntraGuardError('issuer_unknown', {
        details: { ...error.details, expected: issuers.slice(0, 10) },
      })
    }
  }

  const verify: VerifierPart['verify'] = (accessToken, context) => {
    const to = destinationOf(accessToken)
    return to === undefined
      ? refuse(first.verify(accessToken, context, undefined))
      : to.part.verify(accessToken, context, to.found)
  }
  const authenticate: VerifierPart['authenticate'] = (authorization, access, context) => {
    const to = destinationOf(tokenOf(authorization))
    return to === undefined
      ? refuse(first.authenticate(authorization, access, context, undefined))
      : to.part.authenticate(authorization, access, context, to.found)
  }
  const verifyIdToken: Verifier['verifyIdToken'] = (idToken, options, context) => {
    const part = destinationOf(idToken)?.part
    return part === undefined
      ? refuse(first.verifier.verifyIdToken(idToken, options, context))
      : part.verifier.verifyIdToken(idToken, options, context)
  }

  const combined = Object.freeze<Verifier>({
    verify: (accessToken, context) => verify(accessToken, context, undefined),
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- one implementation for both overloads
    authenticate: authenticate as Verifier['authenticate'],
    verifyIdToken,
    prefetch: async (context) => {
      await Promise.all(parts.map(({ verifier }) => verifier.prefetch(context)))
    },
    forgetKeys: async (context) => {
      await Promise.all(parts.map(({ verifier }) => verifier.forgetKeys(context)))
    },
    keys: () => Object.freeze(parts.flatMap(({ verifier }) => verifier.keys())),
    with: () => {
      throw new TypeError('with() of combined verifiers: call it on the parts, then combine what they give')
    },
    challenge: first.verifier.challenge,
    audience: Object.freeze([...new Set(parts.flatMap(({ verifier }) => verifier.audience))]),
  })
  return registerParts(combined, parts)
}

function requireFirst(parts: readonly VerifierPart[]): VerifierPart {
  const [first] = parts
  if (first === undefined) throw new TypeError('combineVerifiers needs at least one verifier')
  return first
}

interface Destination {
  readonly part: VerifierPart
  readonly found: AcceptedToken | undefined
}

/**
 * A number out of the end of the signature, which tells tokens apart well enough for a guess: the part confirms it by
 * the whole token. No text, because a slice of the token would keep it in memory.
 */
function markOf(token: string): number {
  let mark = 0
  for (let index = token.length - 6; index < token.length; index++)
    mark = (mark * 31 + token.charCodeAt(index)) | 0
  return mark
}

const maxMarks = 10_000

/** The credential, or nothing where the header is refused anyway: by the part, with its own event. */
function tokenOf(authorization: AuthorizationHeader): string | undefined {
  try {
    return readCredential(authorization)
  } catch {
    return undefined
  }
}

/** The issuer that a token claims: it only chooses who refuses or checks it. */
function issuerOf(token: string, maxLength: number): string | undefined {
  try {
    const issuer = member(parseToken(token, maxLength).payload, 'iss')
    return typeof issuer === 'string' ? issuer : undefined
  } catch {
    return undefined
  }
}

const anyTenant = '{tenantid}'

/** True for an issuer that fits a pattern of {@link AuthorityRule.issuers}. */
function matches(pattern: string, issuer: string): boolean {
  if (pattern.endsWith('*')) return issuer.startsWith(pattern.slice(0, -1))
  const start = pattern.indexOf(anyTenant)
  if (start === -1) return pattern === issuer
  const prefix = pattern.slice(0, start)
  const suffix = pattern.slice(start + anyTenant.length)
  const fits = issuer.startsWith(prefix) && issuer.endsWith(suffix)
  return fits && isGuid(issuer.slice(prefix.length, issuer.length - suffix.length))
}

function refuseOverlap(parts: readonly VerifierPart[]): void {
  const taken: string[] = []
  for (const { rule } of parts) {
    for (const pattern of rule.issuers) {
      const other = taken.find(
        (known) => known === pattern || matches(known, pattern) || matches(pattern, known),
      )
      if (other !== undefined) {
        throw new TypeError(
          `combineVerifiers: two parts accept the issuer "${pattern.length > other.length ? pattern : other}", so the order would decide. ` +
            'Give each part other tenants, by their ids. (The public and the US Government cloud share the issuer of v1.0 tokens.)',
        )
      }
    }
    taken.push(...rule.issuers)
  }
}
