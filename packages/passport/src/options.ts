import type { Access, Verifier, VerifierOptions } from '@entraguard/core'

/** The options of `createVerifier` that passport-azure-ad has no name for; they may stand beside its own. */
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
  /** The address of the metadata: of one tenant, of `common` or `organizations`, of a B2C tenant, of External ID. */
  readonly identityMetadata: string
  /** The client id of this API. */
  readonly clientID: string
  /** Accepted `aud` values. Default: `clientID`, and `spn:` with it. */
  readonly audience?: string | readonly string[] | null | undefined
  /**
   * Default true: the issuer of the metadata, or one of `issuer`. `false` accepts both versions of tokens, and with
   * `common` every tenant; the issuer is bound to the tenant all the same.
   */
  readonly validateIssuer?: boolean | null | undefined
  /** Accepted issuers, compared exactly. Their tenants are the accepted ones. */
  readonly issuer?: string | readonly string[] | null | undefined
  /** Tokens come from Azure AD B2C. Default false. */
  readonly isB2C?: boolean | null | undefined
  /** The user flow or custom policy whose tokens are accepted. */
  readonly policyName?: string | null | undefined
  /** Accepted scopes: a token needs any of them, and apps, which have none, are refused. */
  readonly scope?: readonly string[] | null | undefined
  /** Seconds, 1 to 600. Default 300. */
  readonly clockSkew?: number | null | undefined
  /** Calls `verify(req, token, done)`. Default false. */
  readonly passReqToCallback?: boolean | null | undefined
  /** No effect: more than one audience is refused. */
  readonly allowMultiAudiencesInToken?: boolean | null | undefined
  /** No effect: nothing is logged. `onEvent` tells what happens. */
  readonly loggingLevel?: 'info' | 'warn' | 'error' | null | undefined
  /** No effect: no token and no claim is ever logged. */
  readonly loggingNoPII?: boolean | null | undefined
  /** Not honoured: give a `fetch` that goes through the proxy, or run Node with `NODE_USE_ENV_PROXY=1`. */
  readonly proxy?: null | undefined
}

/** The options of passport-azure-ad with a verify function that gets the request first. */
export interface IBearerStrategyOptionWithRequest extends IBearerStrategyOption {
  /** `true`: `verify(req, token, done)`. */
  readonly passReqToCallback: boolean
}

/** The new form: everything about tokens is the verifier's. */
export interface VerifierStrategyOptions {
  /** Made by `createVerifier`. */
  readonly verifier: Verifier
  /** Whom the strategy admits. Default: any user and any app that has a permission of this API. */
  readonly access?: Access | undefined
  /** Calls `verify(req, token, done)`. Default false. */
  readonly passReqToCallback?: boolean | undefined
}

/** The new form with a verify function that gets the request first. */
export interface VerifierStrategyOptionsWithRequest extends VerifierStrategyOptions {
  /** `verify(req, token, done)`. */
  readonly passReqToCallback: true
}

/** What options of passport-azure-ad come to. */
export interface Translation {
  /** For `createVerifier`. */
  readonly verifier: VerifierOptions
  /** What a route asks: the option `scope`. Absent: any user or app with a permission. */
  readonly access: Access | undefined
  /** The issuers that `verifier.check` compares, where tenants and versions alone would accept more. */
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
