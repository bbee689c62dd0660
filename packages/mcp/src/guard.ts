import {
  requireIdentity,
  type Access,
  type ChallengeOptions,
  type ProofRequest,
  type Verifier,
} from '@entraguard/core'

import type { Admission, ServerFacts } from './admission.ts'
import { readDocuments, type Documents } from './documents.ts'
import { readOptions, type GuardSettings, type McpGuardOptions } from './guard-options.ts'

/** What differs for one request, beside its credential. */
export interface Asking extends Pick<Admission, 'answers'> {
  /** What proves the key of a token that is bound to one. */
  readonly request?: ProofRequest | undefined
  readonly waitUntil?: ((work: Promise<unknown>) => void) | undefined
}

/** What the parts of a guard share. */
export interface Guard<A extends Access> {
  readonly verifier: Verifier
  readonly settings: GuardSettings<A>
  readonly documents: Documents
  readonly challenge: ChallengeOptions
  readonly facts: ServerFacts
  /** The gate. @throws {EntraGuardError} */
  admit(authorization: string | readonly string[] | null | undefined, asking: Asking): Promise<Admission>
}

/** @throws {TypeError} */
export function makeGuard<A extends Access>(verifier: Verifier, options: McpGuardOptions<A>): Guard<A> {
  const settings = readOptions(verifier, options)
  const documents = readDocuments(verifier, options, settings)
  const { access: gate, scopePrefix } = settings
  return {
    verifier,
    settings,
    documents,
    challenge: { ...verifier.challenge, scopePrefix, resourceMetadata: documents.address },
    facts: { resource: options.resource, metadataAddress: documents.address },
    async admit(authorization, { answers, waitUntil, request }) {
      const identity = await requireIdentity<Access>(verifier, authorization, gate, { waitUntil, request })
      return {
        verifier,
        gate,
        scopePrefix,
        answers,
        identity,
        // The verifier has taken it: one scheme, spaces, one token.
        authorization: String(authorization).trim().replace(/ +/, ' '),
        request,
      }
    },
  }
}
