import type { EntraGuardErrorCode, EntraGuardStep } from './error-catalogue.ts'

/** What a verifier tells about itself. No event holds a token or a signature, nor anything that says who a user is. */
export type VerifierEvent =
  /** A document was read afresh. `durationMs` is 0 for one from the shared store. */
  | {
      readonly type: 'document_refreshed'
      readonly document: 'metadata' | 'keys'
      readonly address: string
      readonly source: 'network' | 'store'
      readonly durationMs: number
    }
  /** A document could not be read. `retryInMs` says when the next request may try again. */
  | {
      readonly type: 'refresh_failed'
      readonly document: 'metadata' | 'keys'
      readonly address: string
      readonly reason: string
      readonly failures: number
      readonly retryInMs: number
    }
  /** A key id that the document before did not list, or whose key was replaced by another. */
  | { readonly type: 'key_added'; readonly kid: string; readonly address: string; readonly replaced: boolean }
  /**
   * A key id that the newest document no longer lists. Its key is trusted until `retainFor` has passed, unless the
   * document lists it in a form that may not be used.
   */
  | { readonly type: 'key_gone'; readonly kid: string; readonly address: string }
  /** The shared store failed, or held what may not be used; the document was fetched instead. */
  | { readonly type: 'store_failed'; readonly operation: 'get' | 'set'; readonly reason: string }
  /** `authenticate`, `verify` or `verifyIdToken` refused. */
  | { readonly type: 'token_refused'; readonly code: EntraGuardErrorCode; readonly step: EntraGuardStep }
  /**
   * `authenticate` or `verifier.authorize` let a caller in. `rule` says by which alternative of `anyOf`, counted from 0;
   * it is `undefined` where no access was given. `durationMs` is the time that `authenticate` took, by the option `now`;
   * `undefined` for `verifier.authorize`, which decides about a caller who was let in before.
   */
  | (CallerFacts & {
      readonly type: 'caller_admitted'
      readonly rule: number | undefined
      readonly durationMs: number | undefined
    })
  /** `verifier.authorize` refused a caller whose token is good. */
  | (CallerFacts & { readonly type: 'caller_refused'; readonly code: EntraGuardErrorCode })

/** Who called, as far as an event says it: the app, not the person. */
interface CallerFacts {
  readonly kind: 'user' | 'app' | 'unknown'
  readonly clientId: string
  readonly tenantId: string
}

export type EmitEvent = (event: VerifierEvent) => void

/** Makes a handler safe to call anywhere: one that throws or rejects changes nothing. */
export function eventEmitter(handler: ((event: VerifierEvent) => unknown) | undefined): EmitEvent {
  if (handler === undefined) return () => {}
  return (event) => {
    try {
      const result = handler(Object.freeze(event))
      // Whatever it gives that may reject later, which would end the process.
      if (result !== undefined) Promise.resolve(result).catch(() => {})
    } catch {
      // An observer must not decide about a request.
    }
  }
}
