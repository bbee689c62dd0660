import { decodeJwt, decodeProtectedHeader, errors, importX509, jwtVerify, createLocalJWKSet } from 'jose'

import { digest, toBase64url } from '../../values/encoding.ts'
import { isConfidential, type App } from '../../directory/registrations.ts'
import type { World } from '../../world.ts'
import type { FlowAuthority } from '../authority.ts'
import { required } from '../refusal.ts'
import { refusals } from '../refusals.ts'

/** The client of a request, and how it proved who it is. */
export interface Client {
  readonly app: App
  readonly authentication: 'public' | 'secret' | 'certificate'
}

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const TOKEN_EXCHANGE = 'api://AzureADTokenExchange'

interface Credentials {
  readonly clientId: string
  readonly secret: string | undefined
}

/** `client_secret_basic` (RFC 6749 §2.3.1), else the form. */
function readCredentials(form: URLSearchParams, headers: Headers): Credentials {
  const basic = /^basic ([a-z0-9+/=]+)$/i.exec(headers.get('authorization') ?? '')?.[1]
  if (basic === undefined) {
    return { clientId: required(form, 'client_id'), secret: form.get('client_secret') ?? undefined }
  }
  try {
    const [clientId = '', secret = ''] = atob(basic)
      .split(':')
      .map((part) => decodeURIComponent(part.replaceAll('+', ' ')))
    return { clientId, secret }
  } catch {
    throw refusals.credentialMissing()
  }
}

/** The app of that client id, if this authority may use it. */
export function findClient({ directory }: World, clientId: string, authority: FlowAuthority): App {
  const app = directory.apps.find((one) => one.clientId === clientId.toLowerCase())
  const { audience, segment } = authority
  if (app === undefined) throw refusals.appUnknown(clientId, segment)
  if (app.multiTenant) return app
  if (typeof audience === 'string') throw refusals.appOfOneTenant(clientId, segment)
  if (app.tenantId !== audience.id) throw refusals.appUnknown(clientId, segment)
  return app
}

/**
 * Who calls the token endpoint: by secret, by certificate, by the token of another issuer, or as a public client.
 *
 * @param worksWithoutCredential is what the app redeems something that a public client of the same registration began?
 */
export async function authenticateClient(
  world: World,
  form: URLSearchParams,
  headers: Headers,
  authority: FlowAuthority,
  worksWithoutCredential: (app: App) => boolean,
): Promise<Client> {
  const { clientId, secret } = readCredentials(form, headers)
  const app = findClient(world, clientId, authority)
  const assertion = form.get('client_assertion')
  if (!isConfidential(app)) {
    if (secret !== undefined || assertion !== null) throw refusals.clientIsPublic()
    return { app, authentication: 'public' }
  }
  if (assertion !== null) {
    if (form.get('client_assertion_type') !== ASSERTION_TYPE) throw refusals.assertionSignature()
    await verifyAssertion(world, app, assertion, authority)
    return { app, authentication: 'certificate' }
  }
  if (secret === undefined) {
    if (worksWithoutCredential(app)) return { app, authentication: 'public' }
    throw refusals.credentialMissing()
  }
  if (secret !== app.secret) throw refusals.secretInvalid(app.clientId)
  if (app.secretExpiresAt <= world.now()) throw refusals.secretExpired(app.clientId)
  return { app, authentication: 'secret' }
}

async function verifyAssertion(
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

function derOf(pem: string): Uint8Array<ArrayBuffer> {
  const body = /-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----/.exec(pem)?.[1] ?? ''
  return Uint8Array.from(atob(body.replace(/\s/g, '')), (character) => character.charCodeAt(0))
}

/** Older clients, such as MSAL for Python, fill the thumbprint up with `=`, and Entra takes it. */
const unpadded = (value: unknown): unknown => (typeof value === 'string' ? value.replace(/=+$/, '') : value)

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

/** A workload identity: the token of another issuer, matched by issuer, subject and audience. */
async function verifyFederatedAssertion(world: World, app: App, assertion: string): Promise<void> {
  const claims = decodeJwt(assertion)
  const match = app.federatedCredentials.find(
    ({ issuer, subject }) => issuer === claims.iss && subject === claims.sub,
  )
  if (match === undefined) throw refusals.assertionUnmatched()
  const keys = match.keys.keys.flatMap((key) => (key.kty === undefined ? [] : [{ ...key, kty: key.kty }]))
  try {
    await jwtVerify(assertion, createLocalJWKSet({ keys }), {
      audience: match.audience ?? TOKEN_EXCHANGE,
      currentDate: new Date(world.now()),
      clockTolerance: 300,
      requiredClaims: ['exp'],
    })
  } catch (error) {
    throw assertionRefusal(error)
  }
}
