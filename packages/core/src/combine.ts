import { credentialAsWritten, readAnyCredential, type AuthorizationHeader } from './token/bearer.ts'
import { requireAnIdentity } from './access/authorize.ts'
import type { ChallengeOptions } from './errors/challenge.ts'
import { EntraGuardError } from './errors/errors.ts'
import { joinHealth } from './keys/health.ts'
import type { ProofSources } from './proof-request.ts'
import { registerRecall } from './recall.ts'
import { refuseOverlap, Routing, type VerifierPart } from './routing.ts'
import type { Verifier } from './verifier-interface.ts'

const partsOf = new WeakMap<Verifier, readonly VerifierPart[]>()

/** Registers a verifier, so that it can become a part. */
export function registerParts(verifier: Verifier, parts: readonly VerifierPart[]): Verifier {
  partsOf.set(verifier, parts)
  return verifier
}

/**
 * Combines several verifiers into one, for an API that accepts tokens of different authorities: for example B2C and
 * External ID during a migration. The issuer decides which verifier a token goes to. That verifier applies its own
 * audience, tenants, keys, checks and events; the others never see the token.
 *
 * `challenge` is that of the first verifier. `with` throws: change the individual verifiers and combine them again.
 *
 * @throws {TypeError} when two of the verifiers could accept the same issuer, because then their order would decide;
 * and for a verifier that `createVerifier` did not create.
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
  const [first] = parts
  if (first === undefined) throw new TypeError('combineVerifiers needs at least one verifier')
  refuseOverlap(parts)
  return registerParts(buildCombined(parts, first), parts)
}

function buildCombined(parts: readonly VerifierPart[], first: VerifierPart): Verifier {
  const routing = new Routing(parts)
  // The first part refuses what belongs to none, so that malformed tokens and Graph tokens keep their codes.
  const refuse = <T>(work: Promise<T>): Promise<T> => refuseByAll(work, parts)
  const combined: Verifier = {
    verify: (accessToken, context) => {
      const to = routing.find(accessToken)
      return to === undefined
        ? refuse(first.verifier.verify(accessToken, context))
        : to.part.flow.verify(accessToken, context, to.found)
    },
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- one implementation for both overloads
    authenticate: ((authorization, access, context) => {
      const to = routing.find(tokenOf(authorization))
      return to === undefined
        ? refuse(first.flow.authenticate(authorization, access, context))
        : to.part.flow.authenticate(authorization, access, context, to.found)
    }) satisfies VerifierPart['flow']['authenticate'] as Verifier['authenticate'],
    verifyIdToken: (idToken, options, context) => {
      const to = routing.find(idToken)
      return to === undefined
        ? refuse(first.verifier.verifyIdToken(idToken, options, context))
        : to.part.verifier.verifyIdToken(idToken, options, context)
    },
    prefetch: async (context) => {
      await Promise.all(parts.map(({ verifier }) => verifier.prefetch(context)))
    },
    forgetKeys: async (context) => {
      await Promise.all(parts.map(({ verifier }) => verifier.forgetKeys(context)))
    },
    keys: () => Object.freeze(parts.flatMap(({ verifier }) => verifier.keys())),
    health: () => joinHealth(parts.flatMap(({ verifier }) => verifier.health().authorities)),
    authorize: (identity, access) =>
      (routing.partOf(requireAnIdentity(identity).claims.iss) ?? first).verifier.authorize(identity, access),
    with: () => {
      throw new TypeError('combined verifiers have no with(): call it on the parts, then combine the results')
    },
    challenge: challengeOf(parts, first),
    bound: joinSources(parts),
    audience: Object.freeze([...new Set(parts.flatMap(({ verifier }) => verifier.audience))]),
  }
  return registerRecall(combined, (authorization, access, context) => {
    const to = routing.findSeen(credentialAsWritten(authorization) ?? '')
    return to?.part.flow.recall(authorization, access, context, to.found)
  })
}

/** The challenge of the first part. If the parts differ in the scope prefix, each refusal carries its own. */
function challengeOf(parts: readonly VerifierPart[], first: VerifierPart): ChallengeOptions {
  const { scopePrefix, ...others } = first.verifier.challenge
  const agree = parts.every(({ verifier }) => verifier.challenge.scopePrefix === scopePrefix)
  return Object.freeze({ ...others, ...(agree && { scopePrefix }) })
}

/** What any part needs. @throws {TypeError} where client certificates of two parts come from unlike places. */
function joinSources(parts: readonly VerifierPart[]): ProofSources | undefined {
  const all = parts.flatMap(({ verifier: { bound } }) => (bound === undefined ? [] : [bound]))
  const [certificate, other] = new Set(all.flatMap((one) => one.certificate ?? []))
  if (other !== undefined)
    throw new TypeError('combineVerifiers: the parts take client certificates from different places')
  return all.length === 0 ? undefined : Object.freeze({ proof: all.some(({ proof }) => proof), certificate })
}

/** Adds the issuers of all parts to the refusal of one part. */
async function refuseByAll<T>(work: Promise<T>, parts: readonly VerifierPart[]): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (!EntraGuardError.is(error) || error.code !== 'issuer_unknown') throw error
    const expected = parts.flatMap(({ rule }) => rule.issuers).slice(0, 10)
    const { details, challenge } = error
    throw new EntraGuardError('issuer_unknown', { details: { ...details, expected }, challenge })
  }
}

/** The credential, or nothing where the header is refused anyway: by the part, with its own event. */
function tokenOf(authorization: AuthorizationHeader): string | undefined {
  try {
    return readAnyCredential(authorization)
  } catch {
    return undefined
  }
}
