import {
  authorize,
  createVerifier,
  type Access,
  type AppIdentity,
  type Verifier,
  type VerifierOptions,
} from '@entraguard/core'

// #region verifier
export const options: VerifierOptions = {
  tenants: '11111111-1111-4111-8111-111111111111', // yours
  audience: ['22222222-2222-4222-8222-222222222222', 'api://22222222-2222-4222-8222-222222222222'],
  // These callers have no role of your API. From now on every route has to name its callers.
  allowWithoutPermissions: true,
}
export const verifier = createVerifier(options)

/** What a route for each of them asks. */
export const callers = {
  eventGrid: {
    appPermissions: ['AzureEventGridSecureWebhookSubscriber'],
    clients: ['4962773b-9cdb-44cf-a8bf-237846a00ab7'],
  },
  authenticationExtensions: { callers: ['app'], clients: ['99045fe1-7639-4a75-9d4a-577b6ca3810f'] },
  marketplace: { callers: ['app'], clients: ['20e940b3-4c77-4b0b-9a53-9e16a1b010a7'] },
  graphNotifications: { callers: ['app'], clients: ['0bf30f3b-4a52-48df-9a82-234910c4a086'] },
} as const satisfies Record<string, Access>
// #endregion

// #region graph
/** Graph puts its tokens into the body, one for each app and tenant. Every one has to be good. */
export async function checkNotifications(
  checks: Verifier,
  body: { readonly validationTokens?: readonly string[] },
): Promise<AppIdentity[]> {
  const identities = await Promise.all((body.validationTokens ?? []).map((token) => checks.verify(token)))
  return identities.map((identity) => authorize(identity, callers.graphNotifications))
}
// #endregion
