import type { Access, Verifier, VerifierOptions } from '@entraguard/core'

/** The options of `createVerifier` that passport-azure-ad does not have. They may be added to its own. */
export type MoreOptions = Pick<
  VerifierOptions,
  | 'allowSharedAudience'
  | 'allowWithoutPermissions'
  | 'challenge'
  | 'check'
  | 'cloud'
  | 'fetch'
  | 'guests'
  | 'keys'
  | 'maxTokenAge'
  | 'maxTokenLength'
  | 'now'
  | 'onEvent'
  | 'resolveGroups'
  | 'signature'
  | 'store'
  | 'storeSecret'
  | 'tokenCache'
>

/** The options of passport-azure-ad's `BearerStrategy`. `null` counts as absent, as there. */
export interface IBearerStrategyOption extends MoreOptions {
  /**
   * The URL of the metadata: that of one tenant, of `common` or `organizations`, of a B2C tenant, or of External ID.
   */
  readonly identityMetadata: string
  /** The client id of this API. */
  readonly clientID: string
  /** Accepted `aud` values. Default: `clientID` and `spn:{clientID}`. */
  readonly audience?: string | readonly string[] | null | undefined
  /**
   * `true` accepts the issuer of the metadata, or those of `issuer`. `false` accepts both token versions and, with
   * `common`, every tenant; the issuer must still match the tenant of the token. Default true.
   */
  readonly validateIssuer?: boolean | null | undefined
  /** Accepted issuers, compared exactly. Their tenants are the accepted ones. */
  readonly issuer?: string | readonly string[] | null | undefined
  /** Whether tokens come from Azure AD B2C. Default false. */
  readonly isB2C?: boolean | null | undefined
  /** The user flow or custom policy whose tokens are accepted. */
  readonly policyName?: string | null | undefined
  /** Accepted scopes. A token needs one of them. Apps are refused, because they have no scopes. */
  readonly scope?: readonly string[] | null | undefined
  /** The tolerance for clock differences in seconds, 1 to 600. Default 300. */
  readonly clockSkew?: number | null | undefined
  /** Calls `verify(req, token, done)`. Default false. */
  readonly passReqToCallback?: boolean | null | undefined
  /** No effect: a token with more than one audience is refused. */
  readonly allowMultiAudiencesInToken?: boolean | null | undefined
  /** No effect: nothing is logged. Use `onEvent` to see what happens. */
  readonly loggingLevel?: 'info' | 'warn' | 'error' | null | undefined
  /** No effect: no token and no claim is ever logged. */
  readonly loggingNoPII?: boolean | null | undefined
  /** Not supported: pass a `fetch` that uses the proxy, or run Node with `NODE_USE_ENV_PROXY=1`. */
  readonly proxy?: null | undefined
}

/** The options of passport-azure-ad with a verify function whose first argument is the request. */
export interface IBearerStrategyOptionWithRequest extends IBearerStrategyOption {
  /** `true`: `verify(req, token, done)`. */
  readonly passReqToCallback: boolean
}

/** The new form of the options, in which the verifier decides everything about tokens. */
export interface VerifierStrategyOptions {
  /** A verifier from `createVerifier`. */
  readonly verifier: Verifier
  /** Whom the strategy admits. Default: every user and app with any permission of this API. */
  readonly access?: Access | undefined
  /** Calls `verify(req, token, done)`. Default false. */
  readonly passReqToCallback?: boolean | undefined
}

/** The new form with a verify function whose first argument is the request. */
export interface VerifierStrategyOptionsWithRequest extends VerifierStrategyOptions {
  /** `verify(req, token, done)`. */
  readonly passReqToCallback: true
}

/** The result of {@link translateOptions}. */
export interface Translation {
  /** Options for `createVerifier`. */
  readonly verifier: VerifierOptions
  /** The access that corresponds to the option `scope`. Absent: every user and app with any permission. */
  readonly access: Access | undefined
  /** The issuers that `verifier.check` compares, if tenants and versions alone would accept more. */
  readonly issuers: readonly string[] | undefined
}

/** Names that an options object of passport-azure-ad may have. */
export const legacyNames: ReadonlySet<string> = new Set(
  (
    'identityMetadata clientID audience validateIssuer issuer isB2C policyName scope clockSkew passReqToCallback ' +
    'allowMultiAudiencesInToken loggingLevel loggingNoPII proxy ignoreExpiration _isCommonEndpoint'
  ).split(' '),
)

/** Names of `createVerifier` that may stand beside them. */
export const moreNames: ReadonlySet<string> = new Set(
  (
    'allowSharedAudience allowWithoutPermissions challenge check cloud fetch guests keys maxTokenAge maxTokenLength ' +
    'now onEvent resolveGroups signature store storeSecret tokenCache'
  ).split(' '),
)

/** Names of `OIDCStrategy`: many applications keep one object for both. */
export const oidcNames: ReadonlySet<string> = new Set(
  (
    'responseType responseMode redirectUrl allowHttpForRedirectUrl clientSecret thumbprint privatePEMKey jweKeyStore ' +
    'nonceLifetime nonceMaxAmount useCookieInsteadOfSession cookieEncryptionKeys cookieSameSite cookieDomain sessionKey'
  ).split(' '),
)
