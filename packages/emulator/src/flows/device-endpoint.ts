import type { User } from '../directory/registrations.ts'
import { json } from '../http/responses.ts'
import type { World } from '../world.ts'
import { usersAt, type FlowAuthority } from './authority.ts'
import { findClient } from './client-authentication.ts'
import { DEVICE_LIFETIME, newCode, newUserCode, type DeviceGrant } from './grants.ts'
import { page, userForm } from '../http/pages.ts'
import { required } from './refusal.ts'
import { delegatedPermissions, readScopes } from './requested-scopes.ts'

const INTERVAL = 5

/** `POST …/devicecode`: a device asks for a code (RFC 8628 §3.1). */
export async function startDevice(
  world: World,
  request: Request,
  authority: FlowAuthority,
): Promise<Response> {
  const form = new URLSearchParams(await request.text())
  const app = findClient(world, required(form, 'client_id'), authority)
  const scope = required(form, 'scope')
  delegatedPermissions(app, readScopes(world, scope, authority.segment))
  const [deviceCode, userCode] = [newCode(), newUserCode()]
  const expiresAt = world.now() + DEVICE_LIFETIME
  const { segment, root } = authority
  world.grants.devices.set(deviceCode, {
    userCode,
    clientId: app.clientId,
    scope,
    segment,
    expiresAt,
    state: 'pending',
  })
  const uri = `${root}/oauth2/deviceauth`
  return json({
    user_code: userCode,
    device_code: deviceCode,
    verification_uri: uri,
    expires_in: DEVICE_LIFETIME / 1000,
    interval: INTERVAL,
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
  if (device === undefined) return false
  device.state = answer
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
