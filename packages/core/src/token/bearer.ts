import { EntraGuardError } from '../errors/errors.ts'

/** The value of the `Authorization` header, or all its values if the server keeps them apart. */
export type AuthorizationHeader = string | readonly string[] | null | undefined

/**
 * Reads the token from the value of an `Authorization` header (RFC 6750 §2.1).
 *
 * Returns the credential unchanged and does not look inside; `verify` does that. Tokens in a query string or a form
 * body are never read.
 *
 * @throws {EntraGuardError} `token_missing` without a header or with another scheme; `scheme_refused` for a scheme of
 * bound tokens (DPoP, PoP, MTLS_POP); `request_malformed` for a scheme without a token, for two headers, and for white
 * space inside the credential.
 *
 * @example
 * ```ts
 * const token = readBearerToken(request.headers.get('authorization'))
 * ```
 */
export function readBearerToken(authorization: string | readonly string[] | null | undefined): string {
  const credential = readCredential(authorization)
  requireOneCredential(credential)
  return credential
}

/**
 * {@link readBearerToken} without its last rule, {@link requireOneCredential}: who knows the credential from before
 * need not read it again.
 */
export function readCredential(authorization: AuthorizationHeader): string {
  const header = oneHeader(authorization)
  // RFC 9110 §11.1: the scheme is case-insensitive.
  if (header?.slice(0, 6).toLowerCase() !== 'bearer') throw otherScheme(header)
  return readAfterScheme(header, 6)
}

/** {@link readCredential}, in one of `schemes` (in lower case) or as a bearer token. */
export function readCredentialIn(authorization: AuthorizationHeader, schemes: ReadonlySet<string>): string {
  const header = oneHeader(authorization)
  const scheme = schemeOf(header)
  return header !== undefined && schemes.has(scheme)
    ? readAfterScheme(header, scheme.length)
    : readCredential(header)
}

/** The token in whatever scheme a token may come in. @throws {EntraGuardError} as {@link readCredential}. */
export function readAnyCredential(authorization: AuthorizationHeader): string {
  return readCredentialIn(authorization, boundSchemes)
}

/** The scheme of a header with one credential, in lower case; empty for any other header, and without one. */
export function readScheme(authorization: AuthorizationHeader): string {
  try {
    return schemeOf(oneHeader(authorization))
  } catch {
    return ''
  }
}

function readAfterScheme(header: string, length: number): string {
  if (header.length === length)
    throw new EntraGuardError('request_malformed', { details: { reason: 'scheme without token' } })
  // RFC 9110 §11.4: spaces only. A proxy that takes no tab for the end of the scheme would not see a token here.
  if (header.charCodeAt(length) === tab)
    throw new EntraGuardError('request_malformed', { details: { reason: 'a tab after the scheme' } })
  if (header.charCodeAt(length) !== space) throw new EntraGuardError('token_missing')
  let start = length + 1
  let end = header.length
  while (start < end && header.charCodeAt(start) === space) start++
  while (end > start && isBlank(header.charCodeAt(end - 1))) end--
  const token = header.slice(start, end)
  if (token === '')
    throw new EntraGuardError('request_malformed', { details: { reason: 'scheme without token' } })
  return token
}

/**
 * The credential of a header as nearly every client writes it, unread: what is in it decides only whether it was accepted
 * before. `undefined` for any other form, {@link readCredential} is for those.
 */
export function credentialAsWritten(authorization: AuthorizationHeader): string | undefined {
  return typeof authorization === 'string' && authorization.startsWith('Bearer ')
    ? authorization.slice(7)
    : undefined
}

/**
 * The schemes of tokens that are bound to a key: RFC 9449 and those of Microsoft's clients. Whoever sends one has a
 * token, and is not helped by "send a token".
 */
const boundSchemes: ReadonlySet<string> = new Set(['dpop', 'pop', 'mtls_pop'])

function otherScheme(header: string | undefined): EntraGuardError {
  return new EntraGuardError(boundSchemes.has(schemeOf(header)) ? 'scheme_refused' : 'token_missing')
}

/** In lower case; no more of it than the longest that is known. */
function schemeOf(header: string | undefined): string {
  const [scheme = ''] = header?.slice(0, 20).split(/[ \t]/) ?? []
  return scheme.toLowerCase()
}

/** Two credentials joined by a proxy read "a, Bearer b": choosing one of them would let a caller smuggle the other. */
export function requireOneCredential(credential: string): void {
  if (/\s/.test(credential)) {
    throw new EntraGuardError('request_malformed', {
      details: { reason: 'white space inside the credential' },
    })
  }
}

/**
 * Returns the `Authorization` header of a Node request, for {@link readBearerToken} and `authenticate`. If the client
 * sent several, it returns all of them; otherwise it returns the only one, even if middleware set it.
 *
 * Of two headers, Node keeps the first, while a proxy may have checked the last. Only the raw headers show that there
 * were two.
 *
 * @example
 * ```ts
 * const identity = await verifier.authenticate(authorizationOf(request), { scopes: ['Orders.Read'] })
 * ```
 */
export function authorizationOf(request: {
  readonly headers: { readonly authorization?: string | undefined }
  readonly rawHeaders?: readonly string[] | undefined
}): string | readonly string[] | undefined {
  const { headers, rawHeaders = [] } = request
  let sent = 0
  for (let index = 0; index < rawHeaders.length; index += 2) if (isAuthorization(rawHeaders[index])) sent++
  if (sent <= 1) return headers.authorization
  return rawHeaders.flatMap((name, index) =>
    index % 2 === 0 && isAuthorization(name) ? [rawHeaders[index + 1] ?? ''] : [],
  )
}

function isAuthorization(name: string | undefined): boolean {
  // The length, and how clients write it, save the lower-casing, which is most of what this costs.
  return (
    name?.length === 13 &&
    (name === 'Authorization' || name === 'authorization' || name.toLowerCase() === 'authorization')
  )
}

function oneHeader(authorization: AuthorizationHeader): string | undefined {
  if (authorization === null || authorization === undefined) return undefined
  if (typeof authorization === 'string') return withoutLeadingBlanks(authorization)
  // Callers without types pass anything.
  const [only, ...others]: readonly unknown[] = Array.isArray(authorization) ? authorization : [authorization]
  if (Array.isArray(authorization) && authorization.length === 0) return undefined
  if (others.length > 0 || typeof only !== 'string') {
    throw new EntraGuardError('request_malformed', {
      details: { reason: 'more than one Authorization header' },
    })
  }
  return withoutLeadingBlanks(only)
}

const space = 0x20
const tab = 0x09

function isBlank(character: number): boolean {
  return character === space || character === tab
}

/**
 * Optional white space around a field value (RFC 9110 §5.6.3) is not part of it; most servers have already removed it.
 */
function withoutLeadingBlanks(value: string): string {
  let start = 0
  while (isBlank(value.charCodeAt(start))) start++
  return start === 0 ? value : value.slice(start)
}
