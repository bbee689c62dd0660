import { challengeFor, EntraGuardError, type EntraGuardStatus } from '@entraguard/core'
import { OAuthError, OAuthErrorCode } from '@modelcontextprotocol/server'

/** The classes of SDK 1 that its `requireBearerAuth` tells apart, by identity. */
interface SdkErrors {
  readonly InvalidTokenError: ErrorClass
  readonly InsufficientScopeError: ErrorClass
  readonly TemporarilyUnavailableError: ErrorClass
}

type ErrorClass = new (message: string) => Error

const codes: Readonly<Record<EntraGuardStatus, OAuthErrorCode>> = {
  400: OAuthErrorCode.InvalidToken,
  401: OAuthErrorCode.InvalidToken,
  403: OAuthErrorCode.InsufficientScope,
  503: OAuthErrorCode.TemporarilyUnavailable,
}

const classes = {
  400: 'InvalidTokenError',
  401: 'InvalidTokenError',
  403: 'InsufficientScopeError',
  503: 'TemporarilyUnavailableError',
} as const

interface Runtime {
  readonly getBuiltinModule?: (name: string) => object
}

interface Required {
  readonly exports: SdkErrors
}

/**
 * An application in CommonJS has a copy of its own, with other classes, and has loaded it before anybody calls. It is
 * looked for among what was required: resolving it would need to know where the application is, which a bundle does not.
 */
function requiredSdkErrors(): SdkErrors | undefined {
  const runtime: Runtime | undefined = Reflect.get(globalThis, 'process')
  const node = runtime?.getBuiltinModule?.('node:module')
  const required: Readonly<Record<string, Required>> = node === undefined ? {} : Reflect.get(node, '_cache')
  const file = Object.keys(required).find((name) => requiredFile.test(name))
  return file === undefined ? undefined : required[file]?.exports
}

const requiredFile = /[\\/]@modelcontextprotocol[\\/]sdk[\\/].*[\\/]server[\\/]auth[\\/]errors\.c?js$/

/** SDK 1, where it is installed. The import is written out, so that a bundler takes the copy of the application. */
async function loadSdkErrors(): Promise<SdkErrors | undefined> {
  try {
    return requiredSdkErrors() ?? (await import('@modelcontextprotocol/sdk/server/auth/errors.js'))
  } catch {
    return undefined
  }
}

let sdkErrors: Promise<SdkErrors | undefined> | undefined

/**
 * A refusal as both versions of the SDK understand it: version 2 knows its own errors by a mark that they carry, version
 * 1 by their class. The texts are core's fixed ones; the cause is for logs.
 */
export async function toSdkError(refusal: EntraGuardError): Promise<Error> {
  const { status } = refusal
  const error = new OAuthError(codes[status], challengeFor(refusal).body.error_description)
  const sdk = await (sdkErrors ??= loadSdkErrors())
  if (sdk !== undefined) Object.setPrototypeOf(error, sdk[classes[status]].prototype)
  return Object.defineProperty(error, 'cause', { value: refusal })
}
