import { chooseKey, finishToken, timesOf } from './finish-token.ts'
import { b2cIssuer } from './documents.ts'
import { choosePrincipal } from './principals.ts'
import { b2cRing, findPolicy } from './policies.ts'
import type { B2cTokenOptions } from './token-options.ts'
import type { World } from './world.ts'

/** An access token of an Azure AD B2C policy. `ver` is always `1.0`, `tid` is not there. */
export async function issueB2cToken(world: World, options: B2cTokenOptions = {}): Promise<string> {
  const { directory } = world
  const { tenantId } = options
  const tenant = directory.tenants.find(
    ({ id, kind }) => kind === 'b2c' && (tenantId === undefined || id === tenantId),
  )
  if (tenant === undefined) throw new TypeError('tenantId: the emulator has no such B2C tenant')
  const policy = options.policy === undefined ? tenant.policies[0] : findPolicy(tenant, options.policy)
  if (policy === undefined) throw new TypeError('policy: the tenant has no such policy')
  const app = directory.firstApp
  const user = choosePrincipal(directory, tenant.id, options.user)
  const scopes = options.scopes ?? app.scopes
  const key = await chooseKey(world, options, b2cRing(policy))
  return finishToken(
    key,
    {
      iss: b2cIssuer(tenant, policy),
      ...timesOf(options, world.now()),
      aud: options.audience ?? app.clientId,
      sub: user.id,
      oid: user.id,
      name: user.name,
      given_name: user.givenName,
      family_name: user.familyName,
      emails: [user.email ?? user.userPrincipalName],
      nonce: options.nonce,
      [policy.policyClaim]: policy.policyClaim === 'acr' ? policy.name.toLowerCase() : policy.name,
      scp: scopes.length === 0 ? undefined : scopes.join(' '),
      azp: options.clientId ?? directory.apps[1]?.clientId ?? app.clientId,
      ver: '1.0',
    },
    options,
  )
}
