import { certificateThumbprint, readCertificate } from './certificate.ts'
import { invalidProof } from './refusal.ts'
import type { Binding, BoundToken } from '../bound-tokens.ts'
import { flag, rejectUnknown, shown } from '../options/option-values.ts'

/** Where the client certificate of a request comes from. Everything is copied. */
export interface MtlsOptions {
  /** Refuse plain bearer tokens. Default false. */
  readonly required?: boolean | undefined
  /**
   * The header in which a proxy tells the client certificate, such as `X-ARR-ClientCert`. Only behind a proxy that ends the
   * TLS connections of all callers and takes away what they send under this name: whoever reaches the API past it writes
   * there what he likes, and needs no key. Default: the TLS connection of this process, which Node tells.
   */
  readonly header?: string | undefined
}

/**
 * Takes access tokens that are bound to a client certificate by mutual TLS (RFC 8705), for the option `bound` of a
 * verifier. Experimental: no such token of the live service of Microsoft has been seen yet.
 *
 * The connection proves the key; here the certificate is compared with the one that the token names. Who issued the
 * certificate, and whether it has expired, is not looked at: the token names exactly one. A server of Node has to ask for it
 * (`requestCert: true, rejectUnauthorized: false`).
 *
 * @throws {TypeError} for options that are unknown or malformed.
 * @see https://www.rfc-editor.org/rfc/rfc8705#section-3
 *
 * @example
 * ```ts
 * const verifier = createVerifier({ tenants, audience, bound: mtls() })
 * ```
 */
export function mtls(options: MtlsOptions = {}): Binding {
  rejectUnknown('option of mtls', options, new Set(['required', 'header']))
  const { required, header } = options
  // RFC 9110 §5.1
  if (header !== undefined && (typeof header !== 'string' || !/^[\w!#$%&'*+.^`|~-]+$/.test(header)))
    throw new TypeError(`mtls: header must be the name of a header, not ${shown(header)}`)
  // Among the sources of proofs this word means the connection.
  if (header?.toLowerCase() === 'tls')
    throw new TypeError('mtls: header cannot be "tls"; leave it out for the connection')
  return Object.freeze<Binding>({
    by: 'mtls',
    scheme: 'mtls_pop',
    required: flag('required', required),
    certificate: header === undefined ? 'tls' : header.toLowerCase(),
    prove: checkCertificate,
  })
}

async function checkCertificate({ bound, request }: BoundToken): Promise<void> {
  const thumbprint = await certificateThumbprint(readCertificate(request))
  if (thumbprint !== bound.thumbprint)
    throw invalidProof('the client certificate is not the one that the token is bound to')
}
