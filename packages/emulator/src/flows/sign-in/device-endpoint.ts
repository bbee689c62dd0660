import type { User } from '../../directory/registrations.ts'
import { page, userForm } from '../../http/pages.ts'
import { json } from '../../http/responses.ts'
import type { World } from '../../world.ts'
import { usersAt, type FlowAuthority } from '../authority.ts'
import { findClient } from '../client/client-authentication.ts'
import { provenOnPage } from '../client/evidence.ts'
import { delegatedPermissions, readConsentScopes } from '../client/requested-scopes.ts'
import { DEVICE_LIFETIME, newCode, newUserCode, type DeviceGrant } from '../token/grants.ts'
import { required } from '../refusal.ts'

const INTERVAL = 5

/** The v1.0 endpoint has `resource` in the place of `scope`. */
function askedScope(form: URLSearchParams, { version }: FlowAuthority): string {
  return version === '2.0'
    ? required(form, 'scope')
    : `openid profile email offline_access ${required(form, 'resource')}/.default`
}

/** `POST …/devicecode`: a device asks for a code (RFC 8628 §3.1). */
export async function startDevice(
  world: World,
  request: Request,
  authority: FlowAuthority,
): Promise<Response> {
  const form = new URLSearchParams(await request.text())
  const app = findClient(world, required(form, 'client_id'), authority)
  const scope = askedScope(form, authority)
  const requested = readConsentScopes(world, scope, app, authority)
  for (const one of requested) delegatedPermissions(world, app, one)
  const [deviceCode, userCode] = [newCode(), newUserCode()]
  const expiresAt = world.now() + DEVICE_LIFETIME
  const { segment, root } = authority
  world.grants.devices.set(deviceCode, {
    userCode,
    clientId: app.clientId,
    scope,
    resources: requested.map(({ resource }) => resource),
    segment,
    expiresAt,
    state: 'pending',
  })
  const uri = `${root}/oauth2/deviceauth`
  const lasts = DEVICE_LIFETIME / 1000
  return json({
    user_code: userCode,
    device_code: deviceCode,
    verification_uri: uri,
    // The v1.0 endpoint has its own name for it, and numbers as text.
    ...(authority.version === '1.0'
      ? { verification_url: uri, expires_in: String(lasts), interval: String(INTERVAL) }
      : { expires_in: lasts, interval: INTERVAL }),
    message: `To sign in, use a web browser to open the page ${uri} and enter the code ${userCode} to authenticate.`,
  })
}

function findDevice({ grants, now }: World, userCode: string): DeviceGrant | undefined {
  const wanted = userCode.trim().toUpperCase()
  return [...grants.devices.values()].find(
    ({ userCode: code, expiresAt, state }) => code === wanted && expiresAt > now() && state === 'pending',
  )
}

/** Says yes or no for a device that waits. `false` when no device waits with this code. */
export function settleDevice(world: World, userCode: string, answer: User | 'declined'): boolean {
  const device = findDevice(world, userCode)
  const client = device === undefined ? undefined : world.directory.app(device.clientId)
  if (device === undefined || client === undefined) return false
  if (answer === 'declined') {
    device.state = answer
    return true
  }
  const attempt = { user: answer, client, resources: device.resources, authenticationContexts: [] }
  const proofs = provenOnPage(world, attempt, { capabilities: [], authenticationContexts: [], policies: [] })
  device.state = { user: answer, evidence: { proofs, authenticatedAt: world.now() } }
  return true
}

const codeField =
  '<p>Enter the code that your device shows, and pick an account.</p><p><label>Code <input name="code" required autocomplete="off"></label></p>'

/** The page where a person enters the code. */
export async function answerDevicePage(
  world: World,
  request: Request,
  authority: FlowAuthority,
): Promise<Response> {
  const users = usersAt(world, authority)
  const action = `${authority.root}/${authority.path}`
  const form = userForm(action, new URLSearchParams(), users, { before: codeField, cancel: 'Refuse' })
  if (request.method !== 'POST') return page('Sign in on your device', form)
  const sent = new URLSearchParams(await request.text())
  const user = users.find(({ id }) => id === sent.get('user')) ?? 'declined'
  if (!settleDevice(world, sent.get('code') ?? '', user)) return page('That code is not waiting', form, 400)
  return page('Done', '<p>You can close this page and go back to your device.</p>')
}
