// Production code as it stands: no authority host, no known authorities, no fetch, no option of any kind.
import { ClientSecretCredential } from '@azure/identity'
import { ConfidentialClientApplication, PublicClientApplication } from '@azure/msal-node'
import { b2c, createVerifier, externalId } from '@entraguard/core'
import { defaults } from '@entraguard/emulator'

const { tenantId, apiClientId, daemonClientId, secret } = defaults
const { userToken, b2cToken, externalToken } = JSON.parse(process.env['TOKENS'] ?? '{}') as Record<
  string,
  string
>
const scope = `api://${apiClientId}/.default`

const daemon = new ConfidentialClientApplication({
  auth: {
    clientId: daemonClientId,
    clientSecret: secret,
    authority: `https://login.microsoftonline.com/${tenantId}`,
  },
})
const byMsal = await daemon.acquireTokenByClientCredential({ scopes: [scope] })
const byIdentity = await new ClientSecretCredential(tenantId, daemonClientId, secret).getToken(scope)

const api = new ConfidentialClientApplication({
  auth: {
    clientId: apiClientId,
    clientSecret: secret,
    authority: `https://login.microsoftonline.com/${tenantId}`,
  },
})
const forGraph = await api.acquireTokenOnBehalfOf({
  oboAssertion: userToken ?? '',
  scopes: ['https://graph.microsoft.com/User.Read'],
})
const me = (await (
  await fetch('https://graph.microsoft.com/v1.0/me', {
    headers: { authorization: `Bearer ${forGraph?.accessToken}` },
  })
).json()) as { displayName: string }

/** Signs a user in at an authority of customers, as a web app does, and gives the access token. */
async function signIn(authority: string, user: string): Promise<string> {
  const redirectUri = 'http://localhost:3000/callback'
  const scopes = [`api://${apiClientId}/Orders.Read`]
  const web = new PublicClientApplication({
    auth: { clientId: defaults.webClientId, authority, knownAuthorities: [new URL(authority).host] },
  })
  const page = new URL(await web.getAuthCodeUrl({ scopes, redirectUri }))
  const body = new URLSearchParams([...page.searchParams, ['user', user]])
  const answer = await fetch(page.origin + page.pathname, { method: 'POST', body, redirect: 'manual' })
  const code = new URL(answer.headers.get('location') ?? '').searchParams.get('code') ?? ''
  return (await web.acquireTokenByCode({ code, scopes, redirectUri })).accessToken
}

const b2cHost = `${defaults.b2cTenantName}.b2clogin.com`
const b2cUser = await signIn(
  `https://${b2cHost}/${defaults.b2cTenantName}.onmicrosoft.com/B2C_1_susi`,
  'aaaaaaaa-0000-4000-8000-000000000003',
)
// By its GUID: with the name alone MSAL refuses the issuer, which has the GUID (MSAL.js issue 8592).
const externalUser = await signIn(
  `https://${defaults.externalIdTenantName}.ciamlogin.com/${defaults.externalIdTenantId}`,
  'aaaaaaaa-0000-4000-8000-000000000004',
)

const audience = apiClientId
const workforce = createVerifier({ tenants: tenantId, audience })
const organizations = createVerifier({ tenants: [tenantId], audience })
const customers = createVerifier({
  audience,
  authority: b2c({
    domain: b2cHost,
    tenantId: defaults.b2cTenantId,
    policies: [...defaults.b2cPolicies],
  }),
})
const external = createVerifier({
  audience,
  authority: externalId({ subdomain: defaults.externalIdTenantName, tenantId: defaults.externalIdTenantId }),
})

process.stdout.write(
  JSON.stringify({
    msal: (await workforce.verify(byMsal?.accessToken ?? '')).clientId,
    identity: (await workforce.verify(byIdentity.token)).clientId,
    user: (await workforce.verify(userToken ?? '')).kind,
    organizations: (await organizations.verify(userToken ?? '')).kind,
    b2c: (await customers.verify(b2cToken ?? '')).authority,
    externalId: (await external.verify(externalToken ?? '')).authority,
    graph: me.displayName,
    b2cSignIn: (await customers.verify(b2cUser)).scopes,
    externalIdSignIn: (await external.verify(externalUser)).scopes,
  }),
)
