import { confirmationOf } from './confirmation.ts'
import { chooseKey, finishToken, timesOf } from './finish-token.ts'
import { b2cIssuer } from '../directory/issuers.ts'
import { choosePrincipal, servicePrincipalId } from '../directory/principals.ts'
import { findPolicy } from '../directory/policies.ts'
import { b2cRing } from '../keys/signing-keys.ts'
import type { Policy, Tenant, User } from '../directory/registrations.ts'
import type { TokenMembers } from '../keys/sign.ts'
import type { IdTokenRequest } from './id-token.ts'
import type { B2cTokenOptions, TokenOptions } from './token-options.ts'
import type { World } from '../world.ts'

interface Flow {
  readonly tenant: Tenant
  readonly policy: Policy
}

function findFlow({ directory }: World, tenantId: string | undefined, policyName: string | undefined): Flow {
  const tenant = directory.tenants.find(
    ({ id, kind }) => kind === 'b2c' && (tenantId === undefined || id === tenantId),
  )
  if (tenant === undefined) throw new TypeError('tenantId: the emulator has no such B2C tenant')
  const policy = policyName === undefined ? tenant.policies[0] : findPolicy(tenant, policyName)
  if (policy === undefined) throw new TypeError('policy: the tenant has no such policy')
  return { tenant, policy }
}

const userClaims = (user: User): TokenMembers => ({
  sub: user.id,
  oid: user.id,
  name: user.name,
  given_name: user.givenName,
  family_name: user.familyName,
  emails: [user.email ?? user.userPrincipalName],
})

async function issue(world: World, flow: Flow, claims: TokenMembers, options: TokenOptions): Promise<string> {
  const { tenant, policy } = flow
  const key = await chooseKey(world, options, b2cRing(policy))
  const policyValue = policy.policyClaim === 'acr' ? policy.name.toLowerCase() : policy.name
  return finishToken(
    key,
    {
      iss: b2cIssuer(tenant, policy),
      ...timesOf(options, world.now()),
      ...claims,
      [policy.policyClaim]: policyValue,
      ver: '1.0',
    },
    options,
  )
}

/** An access token of an Azure AD B2C policy. `ver` is always `1.0`, `tid` is not there. */
export async function issueB2cToken(world: World, given: B2cTokenOptions = {}): Promise<string> {
  const options = world.hooks.tokenOptions('access', given)
  const { directory } = world
  const flow = findFlow(world, options.tenantId, options.policy)
  const { audience, nonce } = options
  const app = (audience === undefined ? undefined : directory.app(audience)) ?? directory.firstApp
  const scopes = options.scopes ?? app.scopes
  const clientId = options.clientId ?? directory.apps[1]?.clientId ?? app.clientId
  // Client credentials: B2C puts an application's permissions into `scp` as well, and the token names no person.
  const subject =
    options.application === true
      ? { sub: await servicePrincipalId(flow.tenant.id, clientId) }
      : userClaims(choosePrincipal(directory, flow.tenant.id, options.user))
  const scp = scopes.length === 0 ? undefined : scopes.join(' ')
  const cnf = await confirmationOf(options.boundTo)
  return issue(
    world,
    flow,
    { aud: audience ?? app.clientId, ...subject, nonce, scp, azp: clientId, cnf },
    options,
  )
}

/** An ID token of an Azure AD B2C policy. */
export async function issueB2cIdToken(
  world: World,
  given: IdTokenRequest & Pick<B2cTokenOptions, 'policy'>,
): Promise<string> {
  const options = world.hooks.tokenOptions('id', given)
  const flow = findFlow(world, options.tenantId, options.policy)
  const user = choosePrincipal(world.directory, flow.tenant.id, options.user)
  const aud = options.audience ?? world.directory.firstApp.clientId
  const { seenIssuer = (issuer) => issuer, nonce, codeHash, accessTokenHash } = options
  const hashes = { c_hash: codeHash, at_hash: accessTokenHash }
  const iss = seenIssuer(b2cIssuer(flow.tenant, flow.policy))
  return issue(world, flow, { aud, ...userClaims(user), nonce, ...hashes, iss }, options)
}
