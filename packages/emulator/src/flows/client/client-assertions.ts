import {
  createLocalJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  errors,
  importX509,
  jwtVerify,
  type JWTPayload,
} from 'jose'

import { tokenExchangeNames } from '../../directory/azure-resources.ts'
import type { FederatedCredentialOptions } from '../../directory/options.ts'
import type { App } from '../../directory/registrations.ts'
import { readOwnToken } from '../../tokens/own-token.ts'
import { derOf, digest, toBase64url } from '../../values/encoding.ts'
import type { World } from '../../world.ts'
import type { FlowAuthority } from '../authority.ts'
import { refusals } from '../refusals.ts'

/** The client proves itself with a token: one that it signed with its certificate, or one of another issuer. */
export async function verifyAssertion(
  world: World,
  app: App,
  assertion: string,
  authority: FlowAuthority,
): Promise<void> {
  const claims = readAssertion(assertion)
  await (claims.iss === app.clientId
    ? verifyCertificateAssertion(world, app, assertion, authority)
    : verifyFederatedAssertion(world, app, assertion))
}

function readAssertion(assertion: string): { readonly iss?: string } {
  try {
    return decodeJwt(assertion)
  } catch {
    throw refusals.assertionSignature()
  }
}

/** jose's own reasons, in Entra's words. */
function assertionRefusal(error: unknown): Error {
  if (error instanceof errors.JWTExpired) return refusals.assertionExpired()
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'aud') return refusals.assertionAudience()
    return error.claim === 'sub' ? refusals.assertionSubject() : refusals.assertionExpired()
  }
  return refusals.assertionSignature()
}

/** Older clients, such as MSAL for Python, fill the thumbprint up with one `=`, and Entra takes it. */
const unpadded = (value: unknown): unknown => (typeof value === 'string' ? value.replace(/=$/, '') : value)

async function findCertificate(app: App, assertion: string): Promise<string> {
  const header = decodeProtectedHeader(assertion)
  for (const pem of app.certificates) {
    const der = derOf(pem)
    const [sha1, sha256] = await Promise.all([digest('SHA-1', der), digest('SHA-256', der)])
    const isNamed =
      unpadded(header['x5t#S256']) === toBase64url(sha256) || unpadded(header.x5t) === toBase64url(sha1)
    if (isNamed) return pem
  }
  throw refusals.assertionSignature()
}

/** RFC 7523 §3 as Entra reads it: the client signs for itself with a registered certificate. */
async function verifyCertificateAssertion(
  world: World,
  app: App,
  assertion: string,
  { root, cloud, audience }: FlowAuthority,
): Promise<void> {
  try {
    const alg = decodeProtectedHeader(assertion).alg === 'PS256' ? 'PS256' : 'RS256'
    const key = await importX509(await findCertificate(app, assertion), alg)
    const tenant = typeof audience === 'string' ? audience : audience.id
    const real = `https://${cloud.loginHost}/${tenant}`
    await jwtVerify(assertion, key, {
      algorithms: [alg],
      audience: [root, real].flatMap((base) => [
        `${base}/oauth2/v2.0/token`,
        `${base}/oauth2/token`,
        `${base}/v2.0`,
      ]),
      subject: app.clientId,
      currentDate: new Date(world.now()),
      clockTolerance: 300,
      requiredClaims: ['exp'],
    })
  } catch (error) {
    throw assertionRefusal(error)
  }
}

interface Workload {
  readonly issuer: string
  readonly subject: string
  readonly audiences: readonly string[]
  readonly keys: FederatedCredentialOptions['keys']
}

/** The credential that the token is of; without one, the first thing that no credential of the app has. */
function findWorkload({ federatedCredentials }: App, { iss, sub, aud }: JWTPayload): Workload {
  const ofIssuer = federatedCredentials.filter(({ issuer }) => issuer === iss)
  if (ofIssuer.length === 0) throw refusals.assertionUnmatched('issuer', String(iss))
  // Exactly, in upper and lower case too.
  const ofSubject = ofIssuer.filter(({ subject }) => subject === sub)
  if (ofSubject.length === 0) throw refusals.assertionUnmatched('subject', String(sub))
  const candidates = ofSubject.map(({ issuer, subject, audience, keys }) => ({
    issuer,
    subject,
    // Two names of one audience: a credential says the address, and the token of a managed identity its client id.
    audiences:
      audience === undefined || tokenExchangeNames.includes(audience) ? tokenExchangeNames : [audience],
    keys,
  }))
  const match = candidates.find(({ audiences }) =>
    [aud].flat().some((one) => audiences.includes(String(one))),
  )
  if (match === undefined) throw refusals.assertionUnmatched('audience', String(aud))
  return match
}

/** A workload identity: the token of another issuer, or of a managed identity, matched by issuer, subject, audience. */
async function verifyFederatedAssertion(world: World, app: App, assertion: string): Promise<void> {
  const { keys, audiences } = findWorkload(app, decodeJwt(assertion))
  if (keys === undefined) {
    const claims = await readOwnToken(world, assertion)
    if (claims === 'signature') throw refusals.assertionSignature()
    if (claims === 'expired') throw refusals.assertionExpired()
    return
  }
  const usable = keys.keys.flatMap((key) => (key.kty === undefined ? [] : [{ ...key, kty: key.kty }]))
  try {
    await jwtVerify(assertion, createLocalJWKSet({ keys: usable }), {
      audience: [...audiences],
      currentDate: new Date(world.now()),
      clockTolerance: 300,
      requiredClaims: ['exp'],
    })
  } catch (error) {
    throw assertionRefusal(error)
  }
}
