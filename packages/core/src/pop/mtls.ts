import { certificateThumbprint, readCertificate } from './certificate.ts'
import { invalidProof } from './refusal.ts'
import type { Binding, BoundToken } from '../bound-tokens.ts'
import { flag, rejectUnknown, shown } from '../options/option-values.ts'

/** Options of {@link mtls}. They are copied. */
export interface MtlsOptions {
  /** Refuses plain bearer tokens. Default false. */
  readonly required?: boolean | undefined
  /**
   * The header in which a proxy passes on the client certificate, such as `X-ARR-ClientCert`. Set it only behind a
   * proxy that terminates the TLS connections of all callers and removes this header from what they send. Anyone who
   * can bypass the proxy can write any certificate there, and needs no key. Default: the certificate of the TLS
   * connection of this process, from Node.
   */
  readonly header?: string | undefined
}

/**
 * Makes a verifier accept access tokens that are bound to a client certificate by mutual TLS (RFC 8705): pass the
 * result as the option `bound`. Experimental: no such token from Microsoft's live service has been seen yet.
 *
 * The TLS handshake proves the key; this compares the certificate with the one that the token names. It does not check
 * who issued the certificate or whether it has expired, because the token names exactly one. A Node server must request
 * the certificate (`requestCert: true, rejectUnauthorized: false`).
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
    throw new TypeError('mtls: header cannot be "tls"; leave header out to use the TLS connection')
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
