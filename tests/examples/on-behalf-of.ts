import { ConfidentialClientApplication } from '@azure/msal-node'

/**
 * A client for calling another API in the name of the user who called this one. Against the emulator
 * (`listen(entra, { https: { directory } })`), give its address as the authority, name it a known one, and start
 * Node with `NODE_EXTRA_CA_CERTS={directory}/ca.pem`. Everything else is as in production.
 */
export function createMiddleTier(settings: {
  readonly clientId: string
  readonly clientSecret: string
  readonly tenantId: string
  /** `https://login.microsoftonline.com`, or the emulator: `https://localhost:8443`. */
  readonly authorityHost: string
}): (userToken: string, scopes: string[], claims?: string) => Promise<string> {
  const { clientId, clientSecret, tenantId, authorityHost } = settings
  const client = new ConfidentialClientApplication({
    auth: {
      clientId,
      clientSecret,
      authority: `${authorityHost}/${tenantId}`,
      knownAuthorities: [new URL(authorityHost).host],
      clientCapabilities: ['CP1'], // other APIs may answer with claims challenges
    },
  })
  return async (userToken, scopes, claims) => {
    const request = { oboAssertion: userToken, scopes, ...(claims !== undefined && { claims }) }
    const answer = await client.acquireTokenOnBehalfOf(request)
    if (answer === null) throw new Error('No token came back')
    return answer.accessToken
  }
}
