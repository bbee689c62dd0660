import { andThen, type Awaitable } from './async/awaitable.ts'
import type { Bound } from './claims/confirmation.ts'
import { EntraGuardError, type DpopChallenge } from './errors/errors.ts'
import type { ProofRequest, ProofSources } from './proof-request.ts'
import type { AcceptedToken } from './token-cache.ts'
import { readScheme, type AuthorizationHeader } from './token/bearer.ts'

/** A token that is bound to a key which its sender has to prove. */
export interface BoundToken {
  readonly token: string
  /** One object for as long as the token is remembered. */
  readonly bound: Bound
  /** The scheme that the token came in, in lower case. */
  readonly scheme: string
  readonly request: ProofRequest
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** How the holder of a bound token proves the key. Created by `dpop` and `mtls` of `@entraguard/core/pop`. */
export interface Binding {
  readonly by: Bound['by']
  /** Refuse tokens that are not bound. */
  readonly required: boolean
  /** The authorization scheme that only such tokens use, in lower case. */
  readonly scheme: 'dpop' | 'mtls_pop'
  /** What DPoP proofs may be signed with. */
  readonly algorithms?: readonly string[] | undefined
  /** Where client certificates come from: `tls`, or the name of a header. */
  readonly certificate?: string | undefined
  /** Resolves when the request proves the key. @throws {EntraGuardError} a code of the step `proof`. */
  prove(token: BoundToken): Promise<void>
}

/** The option `bound` of a verifier: which bound tokens it accepts, and what a refusal says about them. */
export class BoundTokens {
  /** What of `cnf` can be proved. */
  readonly kinds: ReadonlySet<Bound['by']>
  /** The accepted authorization schemes besides Bearer, in lower case. */
  readonly schemes: ReadonlySet<string>
  readonly sources: ProofSources
  readonly #bindings: readonly Binding[]
  readonly #required: boolean

  constructor(bindings: readonly Binding[]) {
    this.#bindings = bindings
    this.#required = bindings.some(({ required }) => required)
    this.kinds = new Set(bindings.map(({ by }) => by))
    this.schemes = new Set(bindings.map(({ scheme }) => scheme))
    this.sources = Object.freeze({
      proof: this.kinds.has('dpop'),
      certificate: bindings.find(({ by }) => by === 'mtls')?.certificate,
    })
  }

  /**
   * Returns the token once the request has proved the key that it is bound to, or unchanged if it is a plain token.
   * `authorization` is the header that it came in; without one (`undefined`), no key can be proved.
   *
   * @throws {EntraGuardError} a code of the step `proof`, or `bound_token_refused`.
   */
  prove(
    accepting: Awaitable<AcceptedToken>,
    authorization: AuthorizationHeader,
    request: ProofRequest | undefined,
    now: () => number,
  ): Awaitable<AcceptedToken> {
    return andThen(accepting, (accepted) => {
      const { identity, token } = accepted
      const { bound } = identity
      const scheme = readScheme(authorization)
      if (bound === undefined) {
        // A plain token in the scheme of bound ones: somebody believes in a protection that is not there.
        if (!this.#required && (scheme === '' || scheme === 'bearer')) return accepted
        throw new EntraGuardError('token_not_bound')
      }
      const binding = this.#bindings.find(({ by }) => by === bound.by)
      // RFC 9449 §7.1: a bound token is never a bearer token. Entra's mutual TLS is: the connection proves the key.
      const fits = scheme === binding?.scheme || (scheme === 'bearer' && bound.by === 'mtls')
      if (binding === undefined || !fits) throw new EntraGuardError('bound_token_refused')
      if (request === undefined)
        throw new EntraGuardError('proof_missing', {
          details: { reason: 'authenticate was not given the request' },
        })
      return binding.prove({ token, bound, scheme, request, now: now() }).then(() => accepted)
    })
  }

  /** Adds to a refusal what the client needs to know about proofs. */
  announce(error: unknown, authorization: AuthorizationHeader): unknown {
    const algorithms = this.#bindings.find(({ by }) => by === 'dpop')?.algorithms
    if (!EntraGuardError.is(error) || error.status === 503 || algorithms === undefined) return error
    const { code, status, hint, details, challenge } = error
    const dpop: DpopChallenge = {
      algorithms,
      used: readScheme(authorization) === 'dpop',
      bearer: !this.#required,
      nonce: challenge.dpop?.nonce,
    }
    const cause = 'cause' in error ? { cause: error.cause } : {}
    return new EntraGuardError(code, { status, hint, details, challenge: { ...challenge, dpop }, ...cause })
  }
}

/** The option `bound`, checked. @throws {TypeError} */
export function readBindings(bound: unknown): BoundTokens | undefined {
  if (bound === undefined) return undefined
  const bindings: readonly unknown[] = Array.isArray(bound) ? bound : [bound]
  if (bindings.length === 0 || !bindings.every(isBinding))
    throw new TypeError(
      'bound must be what dpop({ origin }) or mtls() of @entraguard/core/pop returns, or a list of both',
    )
  if (new Set(bindings.map(({ by }) => by)).size < bindings.length)
    throw new TypeError('bound accepts dpop and mtls at most once each')
  return new BoundTokens(Object.freeze([...bindings]))
}

function isBinding(value: unknown): value is Binding {
  return typeof value === 'object' && value !== null && 'prove' in value && typeof value.prove === 'function'
}
