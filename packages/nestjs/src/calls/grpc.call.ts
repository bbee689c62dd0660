import { Logger, type ExecutionContext } from '@nestjs/common'

/** As far as it matters here, what a method of gRPC is called with when it handles the whole call itself. */
interface GrpcCall {
  readonly sendMetadata: unknown
  emit(event: 'error', status: { readonly code: number; readonly details: string }): unknown
}

const permissionDenied = { code: 7, details: 'Forbidden resource' }
const internal = { code: 13, details: 'Internal server error' }

/** The call that is passed to a handler with `@GrpcStreamCall`. Only its handler ends it. */
export function wholeCallOf(context: ExecutionContext): GrpcCall | undefined {
  const first: unknown = context.getArgByIndex(0)
  return isWholeCall(first) ? first : undefined
}

/** The data of a message may have the same names; functions it has none. */
const isWholeCall = (value: unknown): value is GrpcCall =>
  typeof value === 'object' &&
  value !== null &&
  'sendMetadata' in value &&
  'emit' in value &&
  typeof value.emit === 'function'

/**
 * Resolves with true for an admitted caller. A refused call is ended here, and the promise then never settles: the
 * handler, which would end the call, does not run, and nobody could receive a failure.
 */
export async function endUnlessAdmitted(call: GrpcCall, deciding: Promise<boolean>): Promise<boolean> {
  const status = await deciding.then(
    (isAdmitted) => (isAdmitted ? undefined : permissionDenied),
    (error: unknown) => {
      new Logger('EntraGuard').error(error)
      return internal
    },
  )
  if (status === undefined) return true
  call.emit('error', status)
  return new Promise(() => undefined)
}
