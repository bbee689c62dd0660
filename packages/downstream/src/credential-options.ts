import { isRecord, isText, rejectUnknown } from './option-values.ts'

/** A value, or a function that returns the current one, for credentials that are rotated. */
export type Current<T> = T | (() => T | Promise<T>)

/** A certificate, like `clientCertificate` of MSAL. */
export interface Certificate {
  /** SHA-256, hexadecimal. */
  readonly thumbprintSha256: string
  /** PEM. */
  readonly privateKey: string
  /** The certificate itself (PEM), for registrations that trust by subject name and issuer. */
  readonly x5c?: string | undefined
}

/** How this API authenticates to Entra ID. */
export type Credential =
  | { readonly secret: Current<string> }
  | { readonly certificate: Current<Certificate> }
  | {
      /** Returns a federated credential, of a workload identity or a managed identity. Called for every exchange. */
      readonly assertion: () => string | Promise<string>
    }

/** Checks and copies the credential. @throws {TypeError} */
export function readCredential(credential: Credential): Credential {
  const kinds = ['secret', 'certificate', 'assertion']
  const [kind = '', ...more] = isRecord(credential) ? Object.keys(credential) : []
  if (!kinds.includes(kind) || more.length > 0)
    throw new TypeError('credential must be one of { secret }, { certificate } and { assertion }')
  if ('assertion' in credential && typeof credential.assertion !== 'function')
    throw new TypeError('credential.assertion must be a function: assertions are valid for minutes')
  if ('secret' in credential && typeof credential.secret !== 'function' && !isText(credential.secret))
    throw new TypeError('credential.secret must be a non-empty string, or a function that returns one')
  if ('certificate' in credential && typeof credential.certificate !== 'function')
    return Object.freeze({ certificate: readCertificate(credential.certificate) })
  return Object.freeze({ ...credential })
}

/** Checks and copies a certificate. @throws {TypeError} */
export function readCertificate(certificate: Certificate): Certificate {
  const what = 'credential.certificate'
  if (!isRecord(certificate))
    throw new TypeError(`${what} must be an object: { thumbprintSha256, privateKey }`)
  rejectUnknown(what, certificate, ['thumbprintSha256', 'privateKey', 'x5c'])
  const { thumbprintSha256, privateKey, x5c } = certificate
  if (typeof thumbprintSha256 !== 'string' || !/^[0-9a-f]{64}$/i.test(thumbprintSha256))
    throw new TypeError(`${what}.thumbprintSha256 must be 64 hexadecimal digits`)
  if (typeof privateKey !== 'string' || !privateKey.includes('PRIVATE KEY-----'))
    throw new TypeError(`${what}.privateKey must be a private key as PEM`)
  // MSAL takes any other text for no certificate, and sends none.
  if (x5c !== undefined && (typeof x5c !== 'string' || !x5c.includes('-----BEGIN CERTIFICATE-----')))
    throw new TypeError(`${what}.x5c must be a certificate as PEM`)
  return Object.freeze({ thumbprintSha256, privateKey, x5c })
}
