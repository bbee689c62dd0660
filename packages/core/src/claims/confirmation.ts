import { invalid } from './claim-values.ts'
import { EntraGuardError } from '../errors/errors.ts'
import { decodeBase64url, isAscii } from '../token/base64url.ts'
import { isJsonObject, member, type JsonObject } from '../token/strict-json.ts'

/** The key that a token is bound to. Nobody without that key may use the token. */
export interface Bound {
  /**
   * How the caller proved possession of the key: with a DPoP proof (RFC 9449), or with a client certificate in mutual
   * TLS (RFC 8705).
   */
  readonly by: 'dpop' | 'mtls'
  /**
   * The key, in base64url: the JWK thumbprint of the DPoP key (`cnf.jkt`, RFC 7638), or the SHA-256 of the client
   * certificate (`cnf["x5t#S256"]`).
   */
  readonly thumbprint: string
}

/** The members of `cnf` that name a key, and how its holder proves it; `undefined` for those that nothing here can check. */
const methods: ReadonlyMap<string, Bound['by'] | undefined> = new Map([
  ['jkt', 'dpop'],
  ['x5t#S256', 'mtls'],
  // RFC 7800 and RFC 9203. Entra's signed HTTP requests have `kid`.
  ['jwk', undefined],
  ['jwe', undefined],
  ['kid', undefined],
  ['jku', undefined],
  ['osc', undefined],
])

/**
 * What the `cnf` of a token binds it to (RFC 7800 §3.1).
 *
 * @throws {EntraGuardError} `bound_token_refused` if the key is proved in a way that is not in `accepted`, or in more
 * than one way; `claim_invalid` for a malformed thumbprint.
 */
export function readConfirmation(payload: JsonObject, accepted: ReadonlySet<Bound['by']> | undefined): Bound {
  const confirmation = member(payload, 'cnf')
  // RFC 7800: whoever holds a bound token must prove the key. As a bearer token it would be a downgrade.
  if (accepted === undefined || !isJsonObject(confirmation)) throw new EntraGuardError('bound_token_refused')
  const [name = '', ...others] = Object.keys(confirmation).filter((key) => methods.has(key))
  const by = others.length > 0 ? undefined : methods.get(name)
  if (by === undefined || !accepted.has(by)) throw new EntraGuardError('bound_token_refused')
  const thumbprint = member(confirmation, name)
  if (!isSha256(thumbprint)) throw invalid(`cnf.${name}`, thumbprint, 'a SHA-256 in base64url')
  return Object.freeze({ by, thumbprint })
}

function isSha256(value: unknown): value is string {
  return typeof value === 'string' && isAscii(value) && decodeBase64url(value)?.length === 32
}
