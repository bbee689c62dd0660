import type { Client } from './flows.ts'
import { client as authJs } from './with/auth-js.ts'
import { client as azureIdentity } from './with/azure-identity.ts'
import { client as betterAuth } from './with/better-auth.ts'
import { client as mcpClient } from './with/mcp-client.ts'
import { client as msalBrowser } from './with/msal-browser.ts'
import { client as msalNode } from './with/msal-node.ts'
import { client as oauth4webapi } from './with/oauth4webapi.ts'
import { client as oidcClientTs } from './with/oidc-client-ts.ts'
import { client as openidClient } from './with/openid-client.ts'
import { client as passportAzureAd } from './with/passport-azure-ad.ts'
import { client as pythonMsal } from './with/python-msal.ts'

/** Every client of the table, in its order. */
export const clients: readonly Client[] = [
  msalNode,
  msalBrowser,
  azureIdentity,
  pythonMsal,
  openidClient,
  oauth4webapi,
  oidcClientTs,
  authJs,
  betterAuth,
  passportAzureAd,
  mcpClient,
]
