import type { EntraGuardErrorCode, EntraGuardStep } from './error-catalogue.ts'

/** An event of a verifier. No event contains a token or a signature, or anything that identifies a user. */
export type VerifierEvent =
  /** A document was refreshed. `durationMs` is 0 if it came from the shared store. */
  | {
      readonly type: 'document_refreshed'
      readonly document: 'metadata' | 'keys'
      readonly address: string
      readonly source: 'network' | 'store'
      readonly durationMs: number
    }
  /** A document could not be read. After `retryInMs` the next request may try again. */
  | {
      readonly type: 'refresh_failed'
      readonly document: 'metadata' | 'keys'
      readonly address: string
      readonly reason: string
      readonly failures: number
      readonly retryInMs: number
    }
  /** A key id that the previous document did not list, or whose key was replaced. */
  | { readonly type: 'key_added'; readonly kid: string; readonly address: string; readonly replaced: boolean }
  /**
   * A key id that the newest document no longer lists. Its key is trusted until `retainFor` has passed, unless the
   * document lists it in a form that may not be used.
   */
  | { readonly type: 'key_gone'; readonly kid: string; readonly address: string }
  /** The shared store failed, or its entry could not be used; the document was fetched instead. */
  | { readonly type: 'store_failed'; readonly operation: 'get' | 'set'; readonly reason: string }
  /** `authenticate`, `verify` or `verifyIdToken` refused. */
  | { readonly type: 'token_refused'; readonly code: EntraGuardErrorCode; readonly step: EntraGuardStep }
  /**
   * `authenticate` or `verifier.authorize` admitted a caller. `rule` is the index of the alternative of `anyOf` that
   * did, counted from 0, or `undefined` when no access was given. `durationMs` is the time that `authenticate` took,
   * measured with the option `now`; it is `undefined` for `verifier.authorize`, which decides about a caller who was
   * already admitted.
   */
  | (CallerFacts & {
      readonly type: 'caller_admitted'
      readonly rule: number | undefined
      readonly durationMs: number | undefined
    })
  /** `verifier.authorize` refused a caller whose token is valid. */
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
