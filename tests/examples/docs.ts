import { createServer } from 'node:http'

import {
  adminConsentUrl,
  allOf,
  anyOf,
  authorizationOf,
  authorize,
  b2c,
  combineVerifiers,
  createVerifier,
  EntraGuardError,
  externalId,
  refuse,
  writeRefusal,
  type Identity,
  type VerifierEvent,
} from '@entraguard/core'

const tenantId = '11111111-1111-4111-8111-111111111111'
const clientId = '22222222-2222-4222-8222-222222222222'
const governmentTenantId = '99999999-9999-4999-8999-999999999999'
const billingClientId = '33333333-3333-4333-8333-333333333333'
const onboarded = new Set([tenantId])

// #region one-tenant
export const ours = createVerifier({
  tenants: tenantId, // or a verified domain: 'contoso.com'
  audience: [clientId, `api://${clientId}`],
})
// #endregion

// #region several-tenants
export const customers = createVerifier({
  tenants: async (tenant) => onboarded.has(tenant), // asked on every call, after the signature was checked
  audience: clientId,
})
// #endregion

// #region admin-consent
export const consentAddress = (state: string): string =>
  adminConsentUrl({
    clientId,
    scopes: [`api://${clientId}/.default`], // everything that the registration asks for
    redirectUri: 'https://app.contoso.com/onboarded',
    state, // random, and kept in the session
  })
// #endregion

// #region clouds
export const government = createVerifier({ cloud: 'usgov', tenants: tenantId, audience: clientId })
export const sovereign = createVerifier({ cloud: 'bleu', tenants: tenantId, audience: clientId })
export const another = createVerifier({
  cloud: { loginHost: 'login.cloud.example', v1IssuerHost: 'sts.cloud.example' },
  tenants: tenantId,
  audience: clientId,
})
// #endregion

// #region two-clouds
export const bothClouds = combineVerifiers(
  createVerifier({ tenants: tenantId, audience: clientId }),
  createVerifier({ cloud: 'usgov', tenants: governmentTenantId, audience: clientId }),
)
// #endregion

// #region b2c
export const consumers = createVerifier({
  authority: b2c({ domain: 'contoso.b2clogin.com', tenantId, policies: ['B2C_1_signupsignin'] }),
  audience: clientId,
})
// #endregion

// #region external-id
export const external = createVerifier({
  authority: externalId({ subdomain: 'contoso', tenantId }),
  audience: clientId,
})
// #endregion

// #region combine
export const migration = combineVerifiers(consumers, external)
// #endregion

// #region app-id
export const withOwnKey = createVerifier({ tenants: tenantId, audience: clientId, appId: clientId })
// #endregion

// #region access
export function decide(identity: Identity): void {
  const reader = authorize(identity, { scopes: ['Orders.Read'] }) // a user
  const daemon = authorize(identity, { appPermissions: ['Orders.Read.All'] }) // an app
  const both = authorize(identity, { scopes: allOf('Orders.Read', 'Invoices.Read') }) // a user with both scopes
  const admin = authorize(
    identity,
    anyOf(
      { scopes: ['Orders.Write'], roles: ['Orders.Admin'], guests: 'refuse' },
      { appPermissions: ['Orders.Write.All'], clients: [billingClientId] },
    ),
  )
  console.log(reader.key, daemon.clientId, both.scopes, admin.kind)
}
// #endregion

// #region check
const blocked = new Set<string>()

export const withCheck = createVerifier({
  tenants: tenantId,
  audience: clientId,
  check: (identity) => {
    if (identity.key !== undefined && blocked.has(identity.key)) throw refuse('the account is blocked here')
  },
})
// #endregion

// #region node-http
export const server = createServer((request, response) => {
  // Every header of that name: Node keeps only the first of several in `headers`.
  ours.authenticate(authorizationOf(request), { scopes: ['Orders.Read'] }).then(
    (user) =>
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ hello: user.objectId })),
    (error: unknown) => {
      if (!EntraGuardError.is(error)) return response.writeHead(500).end()
      return writeRefusal(response, error, ours.challenge)
    },
  )
})
// #endregion

// #region events
const counters = new Map<string, number>()

export function count(event: VerifierEvent): void {
  const name = event.type === 'token_refused' ? `refused.${event.code}` : event.type
  counters.set(name, (counters.get(name) ?? 0) + 1)
  if (event.type === 'refresh_failed')
    console.warn(`${event.document} failed: ${event.reason}, ${event.failures} in a row`)
}

export const observed = createVerifier({ tenants: tenantId, audience: clientId, onEvent: count })
// #endregion

// #region custom-domain
export const withCustomDomain = createVerifier({
  authority: externalId({ subdomain: 'contoso', tenantId, domain: 'login.contoso.com' }),
  audience: clientId,
})
// #endregion

// #region b2c-apps
export const withDaemons = createVerifier({
  authority: b2c({
    domain: 'login.contoso.com', // a custom domain, or contoso.b2clogin.com
    tenantId,
    policies: ['B2C_1_signupsignin', 'B2C_1A_passwordless'],
    appClients: [billingClientId], // applications without a user: in B2C nothing in the token tells
  }),
  audience: clientId,
})
// #endregion

// #region conditional-access
export function mayTransfer(identity: Identity): void {
  authorize(identity, { scopes: ['Transfers.Write'], authContext: 'c1' })
}
// #endregion

// #region groups
export function mayAudit(identity: Identity): void {
  authorize(identity, { scopes: ['Orders.Read'], groups: ['88888888-8888-4888-8888-888888888888'] })
}

export const sizeOf = ({ groups }: Identity): string =>
  groups.status === 'complete' ? `${groups.ids.length} groups` : groups.status // 'overage' is not 'absent'
// #endregion
