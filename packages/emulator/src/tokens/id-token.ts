import { chooseKey, finishToken, timesOf } from './finish-token.ts'
import { randomBase64url } from '../values/encoding.ts'
import { issuerFor, issuingTenant, ringFor } from './issuing-tenant.ts'
import { choosePrincipal, guestName, pairwiseSubject } from '../directory/principals.ts'
import type { IdTokenOptions } from './token-options.ts'
import type { World } from '../world.ts'

/** An ID token: about a user, for a client. An API must refuse it. */
export async function issueIdToken(world: World, options: IdTokenOptions = {}): Promise<string> {
  const { directory } = world
  const audience = options.audience ?? directory.apps[1]?.clientId ?? directory.firstApp.clientId
  const version = options.version ?? '2.0'
  const tenant = issuingTenant(directory, options)
  const user = choosePrincipal(directory, tenant.id, options.user)
  const names =
    version === '1.0'
      ? {
          family_name: user.familyName,
          given_name: user.givenName,
          unique_name: guestName(user),
          upn: user.userPrincipalName,
        }
      : { preferred_username: guestName(user) }
  const client = directory.app(audience)
  const ring = client?.ownKey === true ? (`app:${client.clientId}` as const) : ringFor(tenant)
  const key = await chooseKey(world, options, ring)
  return finishToken(
    key,
    {
      aud: audience,
      iss: issuerFor(tenant, version),
      ...timesOf(options, world.now()),
      aio: `A${randomBase64url(60)}`,
      at_hash: options.accessTokenHash,
      c_hash: options.codeHash,
      name: user.name,
      nonce: options.nonce ?? randomBase64url(18),
      oid: user.id,
      ...names,
      rh: `1.${randomBase64url(24)}AA.`,
      sub: await pairwiseSubject(tenant.id, user.id, audience),
      tid: tenant.id,
      uti: `${randomBase64url(15)}AA`,
      ver: version,
    },
    options,
    version === '1.0' ? { x5t: key.kid } : {},
  )
}
