// #region daemon
import { ConfidentialClientApplication } from '@azure/msal-node'

const authorityHost = process.env.ENTRA_AUTHORITY_HOST ?? 'https://login.microsoftonline.com'

const client = new ConfidentialClientApplication({
  auth: {
    clientId: '44444444-4444-4444-8444-444444444444',
    clientSecret: process.env.CLIENT_SECRET ?? 'emulator-only-secret',
    authority: `${authorityHost}/11111111-1111-4111-8111-111111111111`,
    knownAuthorities: [new URL(authorityHost).host],
  },
})

/** A token of the program itself. MSAL keeps it, and asks for another one before it ends. */
export async function tokenOfTheProgram(): Promise<string> {
  const answer = await client.acquireTokenByClientCredential({
    scopes: ['api://22222222-2222-4222-8222-222222222222/.default'],
  })
  if (answer === null) throw new Error('No token came back')
  return answer.accessToken
}
// #endregion
