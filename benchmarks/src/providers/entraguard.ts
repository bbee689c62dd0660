import { createEmulator, defaults } from '@entraguard/emulator'
import { listen } from '@entraguard/emulator/node'

import { redirectUri, serve } from './provider.ts'

const { url } = await listen(await createEmulator())
const tenant = `${url}/${defaults.tenantId}`
serve({
  authorizeUrl: `${tenant}/oauth2/v2.0/authorize`,
  tokenUrl: `${tenant}/oauth2/v2.0/token`,
  keysUrl: `${tenant}/discovery/v2.0/keys`,
  clientId: defaults.webClientId,
  redirectUri,
  scope: `openid api://${defaults.apiClientId}/Orders.Read`,
})
