import type { EntraGuardErrorCode } from '@entraguard/core'

/** The page that every warning names. */
export const page = 'https://github.com/entraguard/entraguard/blob/main/docs/coming-from-passport-azure-ad.md'

/** What is said of an option that does not do what it did, or of a token that passport-azure-ad accepted. */
const texts = {
  validateIssuer:
    'validateIssuer: false no longer turns the check off: the issuer must be that of the tenant in "tid", and of the tenant in identityMetadata if it names one',
  allowMultiAudiencesInToken:
    'allowMultiAudiencesInToken has no effect: a token with more than one audience is refused, as passport-azure-ad refuses it in the end too',
  loggingNoPII:
    'loggingNoPII: false has no effect: no token and no claim is ever logged; use onEvent to see what happens',
  scope:
    'scope in the options of passport.authenticate has no effect, here as in passport-azure-ad: set it in the options of the strategy',
  oidc: 'options of OIDCStrategy have no effect on a BearerStrategy',
  permissions:
    'a token with neither scp nor roles was refused, which passport-azure-ad accepts: any app in the tenant can get one. To accept such tokens, set allowWithoutPermissions: true',
  policy:
    'a token of another B2C policy was refused, which passport-azure-ad accepts: only those of policyName are accepted',
  idToken: 'an ID token was refused, which passport-azure-ad accepts: clients must send an access token',
  unavailable:
    'metadata or keys could not be fetched: the answer is 503, where passport-azure-ad answers 401 to a caller who did nothing wrong',
  late: 'a verify function failed after it had called done: the first outcome counts',
} as const

export type Warning = keyof typeof texts

const said = new Set<Warning>()

/** Says it once a process, by `process.emitWarning`: nothing of a token or an option is in it. */
export function warnOnce(warning: Warning): void {
  if (said.has(warning)) return
  said.add(warning)
  process.emitWarning(`${texts[warning]}. See ${page}`, {
    type: 'EntraGuardWarning',
    code: `ENTRAGUARD_PASSPORT_${warning.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase()}`,
  })
}

const refusals: { readonly [Code in EntraGuardErrorCode]?: Warning } = {
  permissions_missing: 'permissions',
  policy_refused: 'policy',
  id_token_refused: 'idToken',
  metadata_unavailable: 'unavailable',
  metadata_invalid: 'unavailable',
  keys_unavailable: 'unavailable',
}

/** Says why a request is refused that passport-azure-ad would have let through, or answered otherwise. */
export function warnOfRefusal(code: EntraGuardErrorCode): void {
  const warning = refusals[code]
  if (warning !== undefined) warnOnce(warning)
}
