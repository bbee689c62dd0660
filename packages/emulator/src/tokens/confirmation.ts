import type { TokenMembers } from '../keys/sign.ts'
import { derOf, digest, isThumbprint, toBase64url } from '../values/encoding.ts'
import type { BoundTo } from './token-options.ts'

/** The claim `cnf` (RFC 7800) of a token that is bound to something. */
export async function confirmationOf(boundTo: BoundTo | undefined): Promise<TokenMembers | undefined> {
  if (boundTo === undefined) return undefined
  if ('jkt' in boundTo) {
    if (!isThumbprint(boundTo.jkt)) throw new TypeError('boundTo.jkt must be the thumbprint of a key')
    return { jkt: boundTo.jkt }
  }
  const der = derOf(boundTo.certificate)
  if (der.length === 0) throw new TypeError('boundTo.certificate must be a certificate in PEM')
  return { 'x5t#S256': toBase64url(await digest('SHA-256', der)) }
}
