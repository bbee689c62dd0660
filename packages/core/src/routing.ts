import type { AuthorityRule } from './authority/authority.ts'
import { isGuid } from './authority/clouds.ts'
import { member } from './token/strict-json.ts'
import { markOf, type AcceptedToken } from './token-cache.ts'
import { parseToken } from './token/token.ts'
import type { Verifier } from './verifier-interface.ts'
import type { VerifierFlow } from './verifier.ts'

/** What {@link combineVerifiers} needs to know about a verifier besides its methods. */
export interface VerifierPart {
  readonly verifier: Verifier
  readonly flow: Pick<VerifierFlow, 'find' | 'recall' | 'verify' | 'authenticate'>
  readonly rule: AuthorityRule
  readonly maxTokenLength: number
}

export interface Destination {
  readonly part: VerifierPart
  /** The token as the part accepted it before. */
  readonly found: AcceptedToken | undefined
}

/**
 * Decides which part a token goes to: the part that has seen it, otherwise the part that accepts the issuer that the
 * token claims.
 */
export class Routing {
  readonly #parts: readonly VerifierPart[]
  readonly #longest: number
  readonly #seenBy: Map<number, VerifierPart> = new Map()

  constructor(parts: readonly VerifierPart[]) {
    this.#parts = parts
    this.#longest = Math.max(...parts.map(({ maxTokenLength }) => maxTokenLength))
  }

  /** `undefined` for what belongs to no part. */
  find(token: unknown): Destination | undefined {
    if (typeof token !== 'string') return undefined
    return this.findSeen(token) ?? this.#findByIssuer(token)
  }

  /**
   * A token that was seen before goes to the part that accepted it; neither its content nor the other parts are looked
   * at.
   */
  findSeen(token: string): (Destination & { readonly found: AcceptedToken }) | undefined {
    const mark = markOf(token)
    const before = this.#seenBy.get(mark)
    const found = before?.flow.find(token)
    if (before !== undefined && found !== undefined) return { part: before, found }
    for (const part of this.#parts) {
      const accepted = part.flow.find(token)
      if (accepted === undefined) continue
      if (this.#seenBy.size >= maxMarks) this.#seenBy.clear()
      this.#seenBy.set(mark, part)
      return { part, found: accepted }
    }
    return undefined
  }

  /** The part that accepts an issuer. */
  partOf(issuer: string): VerifierPart | undefined {
    return this.#parts.find(({ rule }) => rule.issuers.some((pattern) => matches(pattern, issuer)))
  }

  #findByIssuer(token: string): Destination | undefined {
    const issuer = issuerOf(token, this.#longest)
    const part = issuer === undefined ? undefined : this.partOf(issuer)
    return part === undefined ? undefined : { part, found: undefined }
  }
}

const maxMarks = 10_000

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

/** @throws {TypeError} when two parts could accept the same issuer, because then the order would decide. */
export function refuseOverlap(parts: readonly VerifierPart[]): void {
  const taken: string[] = []
  for (const { rule } of parts) {
    for (const pattern of rule.issuers) {
      const other = taken.find(
        (known) => known === pattern || matches(known, pattern) || matches(pattern, known),
      )
      if (other !== undefined) {
        throw new TypeError(
          `combineVerifiers: two parts accept the issuer "${pattern.length > other.length ? pattern : other}", so the order would decide. ` +
            'Give each part different tenants, by their ids. (The public and the US Government cloud share the issuer of v1.0 tokens.)',
        )
      }
    }
    taken.push(...rule.issuers)
  }
}
