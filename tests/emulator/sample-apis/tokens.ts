// Tokens as real services get them, by Microsoft's own clients over HTTPS, with their documented options only.
import { ClientSecretCredential } from '@azure/identity'
import { ConfidentialClientApplication, PublicClientApplication } from '@azure/msal-node'
import { defaults } from '@entraguard/emulator'

import { createMiddleTier } from '../../examples/on-behalf-of.ts'

const { tenantId, apiClientId, webClientId, daemonClientId, secret } = defaults
const { MIDDLE_TIER: middleTier = '', AUTHORITY_HOST: authorityHost = '' } = process.env
const common = { authority: `${authorityHost}/${tenantId}`, knownAuthorities: [new URL(authorityHost).host] }
const orders = `api://${apiClientId}`

const daemon = new ConfidentialClientApplication({
  auth: { ...common, clientId: daemonClientId, clientSecret: secret },
})
const byMsal = await daemon.acquireTokenByClientCredential({ scopes: [`${orders}/.default`] })
const credential = new ClientSecretCredential(tenantId, daemonClientId, secret, {
  authorityHost,
  disableInstanceDiscovery: true,
})
const byIdentity = await credential.getToken(`${orders}/.default`)

const web = new PublicClientApplication({ auth: { ...common, clientId: webClientId } })
const redirectUri = 'http://localhost:3000/callback'

async function signIn(scopes: string[]): Promise<string> {
  const page = new URL(await web.getAuthCodeUrl({ scopes, redirectUri }))
  const body = new URLSearchParams([...page.searchParams, ['user', 'aaaaaaaa-0000-4000-8000-000000000001']])
  const answer = await fetch(page.origin + page.pathname, { method: 'POST', body, redirect: 'manual' })
  const code = new URL(answer.headers.get('location') ?? '').searchParams.get('code') ?? ''
  return (await web.acquireTokenByCode({ code, scopes, redirectUri })).accessToken
}

// The user signs in to one service, which calls the orders API in the user's name.
const forMiddleTier = await signIn([`api://${middleTier}/access_as_user`])
const onBehalfOf = createMiddleTier({ clientId: middleTier, clientSecret: secret, tenantId, authorityHost })

process.stdout.write(
  JSON.stringify({
    daemonByMsal: byMsal?.accessToken,
    daemonByIdentity: byIdentity.token,
    reader: await signIn([`${orders}/Orders.Read`]),
    readerOnBehalfOf: await onBehalfOf(forMiddleTier, [`${orders}/Orders.Read`]),
    // Meant for the service in the middle: the orders API must refuse it.
    forAnotherApi: forMiddleTier,
  }),
)
