import { ClientSecretCredential } from '@azure/identity'
import {
  admittedCallers,
  createVerifier,
  graphGroups,
  toResponse,
  withScopes,
  type Access,
  type EntraGuardError,
  type IdTokenIdentity,
  type Verifier,
} from '@entraguard/core'
import { claimCatalogue, explain, findingIds, type FindingId } from '@entraguard/core/explain'

const tenantId = '11111111-1111-4111-8111-111111111111'
const clientId = '22222222-2222-4222-8222-222222222222'

// #region graph-groups
/** The API's own application, with the permission User.Read.All in Microsoft Graph. */
export function withGroups(clientSecret: string): Verifier {
  const credential = new ClientSecretCredential(tenantId, clientId, clientSecret)
  const resolveGroups = graphGroups({
    getGraphToken: async ({ graphHost, signal: abortSignal }) =>
      (await credential.getToken(`https://${graphHost}/.default`, { abortSignal })).token,
  })
  return createVerifier({ tenants: tenantId, audience: clientId, resolveGroups })
}
// #endregion

// #region id-token
interface SignInAnswer {
  readonly id_token: string
  readonly code: string
}

/** What the browser posted to the redirect address (`response_type=code id_token`, `response_mode=form_post`). */
export async function signedIn(
  verifier: Verifier,
  form: SignInAnswer,
  session: { readonly nonce: string },
): Promise<IdTokenIdentity> {
  return await verifier.verifyIdToken(form.id_token, { clientId, nonce: session.nonce, code: form.code })
}
// #endregion

// #region explain
export async function tell(verifier: Verifier, token: string): Promise<void> {
  console.log(explain(token).text) // makes no request and verifies nothing

  const { verdict, findings } = await explain(token, { verifier })
  const [cause] = findings
  if (verdict?.accepted === false) console.log(verdict.code, cause?.seen, cause?.advice, cause?.link)
}
// #endregion

// #region deciding
/** The claims that access may depend on. */
export const deciding: ReadonlySet<string> = new Set(
  claimCatalogue
    .filter(({ where, safety }) => where === 'payload' && safety === 'authorization')
    .map(({ name }) => name),
)
// #endregion

// #region translate
const german: Partial<Record<FindingId, string>> = {
  expired: 'Das Token ist abgelaufen.',
  graph_token: 'Das Token ist für Microsoft Graph, nicht für diese API.',
}

/** For a test of the translation: what nobody has translated yet. */
export const untranslated = findingIds.filter((id) => german[id] === undefined)
// #endregion

// #region describe
/** What a route admits, for a list of routes or an OpenAPI document. */
export const describe = (...accesses: Access[]): string =>
  admittedCallers(accesses)
    .map((kind) => (kind === 'user' ? 'users' : 'applications'))
    .join(' and ') || 'nobody'
// #endregion

// #region all-scopes
/** For a route that several accesses hold for, each of which must admit: the client learns what all of them ask. */
export const refuseForAll = (
  error: EntraGuardError,
  accesses: readonly Access[],
  { challenge }: Verifier,
): Response => toResponse(withScopes(error, accesses), challenge)
// #endregion
