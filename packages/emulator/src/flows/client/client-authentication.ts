import { isConfidential, type App } from '../../directory/registrations.ts'
import type { World } from '../../world.ts'
import type { FlowAuthority } from '../authority.ts'
import { required } from '../refusal.ts'
import { refusals } from '../refusals.ts'
import { verifyAssertion } from './client-assertions.ts'

/** The client of a request, and how it proved who it is. */
export interface Client {
  readonly app: App
  readonly authentication: 'public' | 'secret' | 'certificate'
}

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

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
  const app = directory.apps.find(
    (one) => one.clientId === clientId.toLowerCase() || one.clientIdDocument === clientId,
  )
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
