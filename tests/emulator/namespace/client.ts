// Production code as it stands: no authority host, no known authorities, no fetch, no option of any kind.
import { ClientSecretCredential } from '@azure/identity'
import { ConfidentialClientApplication } from '@azure/msal-node'
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

const audience = apiClientId
const workforce = createVerifier({ tenants: tenantId, audience })
const organizations = createVerifier({ tenants: [tenantId], audience })
const customers = createVerifier({
  audience,
  authority: b2c({
    domain: `${defaults.b2cTenantName}.b2clogin.com`,
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
  }),
)
