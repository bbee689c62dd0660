import {
  allOf,
  anyOf,
  authorize,
  b2c,
  challengeFor,
  combineVerifiers,
  createVerifier,
  EntraGuardError,
  externalId,
  toResponse,
  type AppIdentity,
  type EntraGuardErrorCode,
  type EntraGuardStatus,
  type Identity,
  type UserIdentity,
  type V2Claims,
  type Verifier,
  type VerifierEvent,
} from '@entraguard/core'
import { explain, type Explanation } from '@entraguard/core/explain'
import { nodeSignature } from '@entraguard/core/node'
import { dpop, mtls, type DpopOptions } from '@entraguard/core/pop'

import { expectType } from './expect-type.js'

const tenants = '11111111-1111-4111-8111-111111111111'
const audience = ['22222222-2222-4222-8222-222222222222']

export const verifier: Verifier = createVerifier({
  tenants,
  audience,
  signature: nodeSignature,
  check: (identity) => expectType<Identity>()(identity),
  onEvent: (event) => expectType<VerifierEvent>()(event),
})

const proofs: DpopOptions = { origin: 'https://api.contoso.com', replay: { add: () => true }, nonce: true }
export const bound: Verifier = createVerifier({ tenants, audience, bound: [dpop(proofs), mtls()] })

export const migrating: Verifier = combineVerifiers(
  createVerifier({ authority: externalId({ subdomain: 'contoso', tenantId: tenants }), audience }),
  createVerifier({
    authority: b2c({ domain: 'contoso.b2clogin.com', tenantId: tenants, policies: ['B2C_1_susi'] }),
    audience,
  }),
)

export async function callers(header: string | null): Promise<Response> {
  try {
    expectType<UserIdentity>()(await verifier.authenticate(header, { scopes: ['Orders.Read'] }))
    expectType<UserIdentity | AppIdentity>()(await verifier.authenticate(header))

    const identity = await verifier.verify('token')
    expectType<Identity>()(identity)
    expectType<UserIdentity>()(authorize(identity, { scopes: allOf('a', 'b'), mfa: true }))
    expectType<AppIdentity>()(authorize(identity, { appPermissions: ['Orders.Read.All'] }))

    const caller = authorize(identity, anyOf({ scopes: ['a'] }, { appPermissions: ['b'] }))
    expectType<UserIdentity | AppIdentity>()(caller)
    if (caller.kind === 'user') expectType<UserIdentity>()(caller)
    else expectType<AppIdentity>()(caller)

    if (identity.claims.ver === '2.0') expectType<V2Claims>()(identity.claims)
    return new Response(JSON.stringify({ tenant: caller.tenantId, key: caller.key }))
  } catch (error) {
    if (!EntraGuardError.is(error)) throw error
    expectType<EntraGuardErrorCode>()(error.code)
    expectType<EntraGuardStatus>()(challengeFor(error).status)
    return toResponse(error, verifier.challenge)
  }
}

export const why: Promise<Explanation> = explain('token', { verifier })

/** None of this may compile. */
export function mistakes(identity: Identity, other: Identity): void {
  // @ts-expect-error no audience
  createVerifier({ tenants })
  // @ts-expect-error there is no choice of algorithms
  createVerifier({ tenants, audience, algorithms: ['RS256'] })
  // @ts-expect-error proofs are for one address
  dpop({})
  // @ts-expect-error a misspelt key of an access
  authorize(identity, { scope: ['Orders.Read'] })
  // @ts-expect-error an empty list
  authorize(identity, { scopes: [] })
  // @ts-expect-error identities are not changed
  identity.tenantId = other.tenantId
  // @ts-expect-error an app is not a user
  expectType<UserIdentity>()(authorize(identity, { appPermissions: ['Orders.Read.All'] }))
  // @ts-expect-error not everyone has an object id
  expectType<string>()(identity.objectId)
  // @ts-expect-error what came from a token proves nothing before it is verified
  authorize('token', { scopes: ['Orders.Read'] })
}
