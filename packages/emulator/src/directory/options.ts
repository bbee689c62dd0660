import type { CloudName } from './clouds.ts'

/** The token version: `ver` and everything that depends on it. */
export type TokenVersion = '1.0' | '2.0'

/** The content of the directories: tenants, apps, users, groups and managed identities. */
export interface RegistrationOptions {
  /** Default: Contoso and Fabrikam, and the B2C and External ID tenants of `defaults`. */
  readonly tenants?: readonly TenantOptions[] | undefined
  /** Default: the orders API and its clients. The first app is the API under test. */
  readonly apps?: readonly AppOptions[] | undefined
  /** Default: one member in each tenant, and a guest. */
  readonly users?: readonly UserOptions[] | undefined
  /** Default: none. */
  readonly groups?: readonly GroupOptions[] | undefined
  /** Identities that Azure gives to resources. Default: one system-assigned identity. */
  readonly managedIdentities?: readonly ManagedIdentityOptions[] | undefined
}

/** Options of `createEmulator`. All are optional; see `defaults` for what exists without them. */
export interface EmulatorOptions extends RegistrationOptions {
  /** The URL of `schema.json`, for editors. It has no effect. */
  readonly $schema?: string | undefined
  /** Conditional Access policies: what must be proven before a user's token is issued. Default: none. */
  readonly conditionalAccess?: readonly ConditionalAccessOptions[] | undefined
  /** The clock, in milliseconds since the epoch. The emulator adds what was passed to `advance`. Default `Date.now`. */
  readonly now?: (() => number) | undefined
}

/** One directory. */
export interface TenantOptions {
  /** The tenant id, a GUID. Default: a random one; for the first tenant, that of `defaults`. */
  readonly id?: string | undefined
  /** Short name: `contoso` leads to `contoso.onmicrosoft.com`, `contoso.b2clogin.com` or `contoso.ciamlogin.com`. */
  readonly name?: string | undefined
  /** More verified domains, such as `contoso.com`. */
  readonly domains?: readonly string[] | undefined
  /** The kind of tenant: a directory of employees (`workforce`), Azure AD B2C, or External ID. Default `workforce`. */
  readonly kind?: 'workforce' | 'b2c' | 'externalId' | undefined
  /** The cloud of a workforce tenant. Default `public`. */
  readonly cloud?: CloudName | undefined
  /** A custom host name of a B2C or External ID tenant, such as `login.contoso.com`. */
  readonly host?: string | undefined
  /** The policies of a B2C tenant: `B2C_1_…` is a user flow, `B2C_1A_…` a custom policy. */
  readonly policies?: readonly (string | PolicyOptions)[] | undefined
}

/** One B2C user flow or custom policy. */
export interface PolicyOptions {
  /** Such as `B2C_1_susi` or `B2C_1A_signup_signin`. */
  readonly name: string
  /** `tenant`: `https://{host}/{tenantId}/v2.0/`. `policy`: `https://{host}/tfp/{tenantId}/{policy}/v2.0/`. Default `tenant`. */
  readonly issuer?: 'tenant' | 'policy' | undefined
  /** The claim that names the policy. Default `tfp`. */
  readonly policyClaim?: 'tfp' | 'acr' | undefined
}

/** One app registration. */
export interface AppOptions {
  /** The client id, a GUID. Default: a random one; for the first app, that of `defaults`. */
  readonly clientId?: string | undefined
  /** The name on the sign-in page. Default: a generated name. */
  readonly name?: string | undefined
  /** Home tenant. Default: the first tenant. */
  readonly tenantId?: string | undefined
  /** Whether other tenants may use it. Default false. */
  readonly multiTenant?: boolean | undefined
  /** Application ID URI. Default `api://{clientId}`. */
  readonly appIdUri?: string | undefined
  /**
   * The https URL of its client id metadata document, which it may send in place of its client id. Nothing is fetched:
   * the other members stand for the content of the document. Entra turns such a client into an agent identity with
   * delegated permissions only (preview).
   */
  readonly clientIdDocument?: string | undefined
  /** Client secret. An app without secret, certificate or federated credential is a public client. */
  readonly secret?: string | undefined
  /** When the secret expires, such as `2030-01-31T00:00:00Z`. Default: never. */
  readonly secretExpiresAt?: string | undefined
  /** Certificates (PEM) whose keys may sign its client assertions. */
  readonly certificates?: readonly string[] | undefined
  /** Workload identities that may authenticate as this app. */
  readonly federatedCredentials?: readonly FederatedCredentialOptions[] | undefined
  /**
   * "Allow public client flows": device code, and user name and password, without a credential of the app. Default:
   * true for an app without a credential, otherwise false.
   */
  readonly publicClientFlows?: boolean | undefined
  /**
   * Where the responses of a sign-in may be sent. `http://localhost/path` stands for every port, as in Entra. A plain
   * string belongs to every platform at once. If you name the platform, whatever Entra refuses for that platform is
   * refused here too.
   */
  readonly redirectUris?: readonly (string | RedirectUriOptions)[] | undefined
  /** The front-channel logout URL: a page that is loaded in a hidden frame when the user signs out elsewhere. */
  readonly frontChannelLogoutUri?: string | undefined
  /** "Implicit grant and hybrid flows": which tokens the authorization endpoint may issue. Default: none. */
  readonly implicitGrant?: ImplicitGrantOptions | undefined
  /** Application permissions that it was granted, on any API. Default: all that an API offers. */
  readonly grantedPermissions?: readonly string[] | undefined
  /**
   * Delegated permissions with admin consent: `Orders.Read`, or `api://…/Orders.Read` for one API only. All others need
   * the consent of the user, which the token endpoint cannot ask for. Default: all of them.
   */
  readonly grantedScopes?: readonly string[] | undefined
  /**
   * Client ids of the APIs under "API permissions". Default: all. Requests for any other API fail with an invalid
   * resource.
   */
  readonly apiPermissions?: readonly string[] | undefined
  /** "Assignment required": only people in `assigned`, or with a role of this app, may use it. Default false. */
  readonly assignmentRequired?: boolean | undefined
  /** Object ids or sign-in names of users, object ids of groups. */
  readonly assigned?: readonly string[] | undefined
  /** `groupMembershipClaims`: whether its access and ID tokens carry the user's groups. Default false. */
  readonly groupClaims?: boolean | undefined
  /** Delegated permissions that it offers. */
  readonly scopes?: readonly string[] | undefined
  /** App roles that it offers. A plain string is open to users and applications. */
  readonly appRoles?: readonly (string | AppRoleOptions)[] | undefined
  /** `requestedAccessTokenVersion`: the version of the access tokens for this API. Default `2.0`. */
  readonly tokenVersion?: TokenVersion | undefined
  /** Optional claims of access tokens for this API, such as `idtyp`, `acct`, `xms_cc`, `email`, `auth_time`. */
  readonly optionalClaims?: readonly string[] | undefined
  /** Optional claims of its ID tokens, such as `email`, `upn`, `sid`, `login_hint`, `auth_time`. */
  readonly idTokenClaims?: readonly string[] | undefined
  /** A token lifetime policy: the lifetime of access tokens for this API, in seconds. Default: as in Entra. */
  readonly accessTokenLifetime?: number | undefined
  /** Claims of a claims mapping policy. Tokens are then signed with the app's own key (`?appid=`). */
  readonly claimsMapping?: Readonly<Record<string, unknown>> | undefined
  /**
   * Whether the app has its own signing key for mapped claims. Without one Entra issues no token: AADSTS50146. Default
   * true.
   */
  readonly customSigningKey?: boolean | undefined
  /** How the app behaves as a DPoP client. Default: as Entra behaves with MSAL. */
  readonly dpop?: DpopOptions | undefined
  /** SAML single sign-on on the same registration: its tokens are signed with the app's own key (`?appid=`). */
  readonly samlSso?: boolean | undefined
}

/**
 * What the token endpoint requires of a client that sends DPoP proofs (RFC 9449). It accepts proofs from every client.
 * MSAL, for example, supports no nonces and uses a new key for each renewal.
 */
export interface DpopOptions {
  /** Whether a proof must repeat a nonce of the token endpoint. Default false. */
  readonly nonce?: boolean | undefined
  /**
   * Whether a refresh token of this public client is bound to the key of its first proof (RFC 9449 §5). Default false.
   */
  readonly boundRefreshTokens?: boolean | undefined
}

/** One redirect URI and its platform. */
export interface RedirectUriOptions {
  /** The URI, which is compared exactly; `http://localhost/path` stands for every port. */
  readonly uri: string
  /**
   * `web`: redeems codes with its credential. `spa`: redeems them from a page of this origin, with PKCE, and its
   * refresh tokens expire after a day. `publicClient`: a desktop or mobile app without a credential.
   */
  readonly platform: 'web' | 'spa' | 'publicClient'
}

/** The tokens that the authorization endpoint may issue itself. */
export interface ImplicitGrantOptions {
  /** Whether it may issue ID tokens. Default false. */
  readonly idTokens?: boolean | undefined
  /** Whether it may issue access tokens. Default false. */
  readonly accessTokens?: boolean | undefined
}

/** One app role. */
export interface AppRoleOptions {
  /** The value in tokens, such as `Orders.Read.All`. */
  readonly value: string
  /** Who may be assigned the role: users, applications, or both. */
  readonly allowedMemberTypes: readonly ('User' | 'Application')[]
}

/** A token of another issuer, accepted in place of a client secret. */
export interface FederatedCredentialOptions {
  /** The `iss` of the token, exactly. */
  readonly issuer: string
  /** The `sub` of the token, exactly. */
  readonly subject: string
  /** Default `api://AzureADTokenExchange`. */
  readonly audience?: string | undefined
  /**
   * The public keys of that issuer, because the emulator fetches nothing. Not needed if the issuer is the emulator
   * itself.
   */
  readonly keys?: { readonly keys: readonly JsonWebKey[] } | undefined
}

/** One managed identity: the identity of a program that runs on an Azure resource. */
export interface ManagedIdentityOptions {
  /** The name of its resource. Default: a generated name. */
  readonly name?: string | undefined
  /** The client id. Default: a random one; for the first managed identity, that of `defaults`. */
  readonly clientId?: string | undefined
  /** The object id of its service principal. Default: derived from the client id. */
  readonly objectId?: string | undefined
  /** The id of its Azure resource, `/subscriptions/…`. Default: derived from the name. */
  readonly resourceId?: string | undefined
  /** Home tenant. Default: the first workforce tenant. */
  readonly tenantId?: string | undefined
  /**
   * `system`: requested without an id. `user`: requested by one of its ids. Default: `system` for the first, `user` for
   * all others.
   */
  readonly assignedBy?: 'system' | 'user' | undefined
  /** Application permissions that it was granted, on any API. Default: all that an API offers. */
  readonly grantedPermissions?: readonly string[] | undefined
}

/** One security group. */
export interface GroupOptions {
  /** Object id, a GUID. Default: a random one. */
  readonly id?: string | undefined
  /** Its tenant. Default: the first workforce tenant. */
  readonly tenantId?: string | undefined
  /** The display name. Default: derived from the id. */
  readonly name?: string | undefined
  /** Object ids or sign-in names of users, client ids of apps, object ids of other groups. */
  readonly members?: readonly string[] | undefined
}

/** One person in one directory. */
export interface UserOptions {
  /** Object id, a GUID. Default: a random one. */
  readonly id?: string | undefined
  /** Their tenant. Default: the first workforce tenant. */
  readonly tenantId?: string | undefined
  /** The display name. Default: derived from the sign-in name. */
  readonly name?: string | undefined
  /** Default: the first word of the name. */
  readonly givenName?: string | undefined
  /** Default: the rest of the name. */
  readonly familyName?: string | undefined
  /** Sign-in name, such as `ada@contoso.com`. */
  readonly userPrincipalName: string
  /** An email address besides the sign-in name: `mail`, and the claim `email`. */
  readonly email?: string | undefined
  /** The password for flows that send one. Default: that of `defaults`. Not a secret. */
  readonly password?: string | undefined
  /** App roles. A token carries those that its API offers to users. */
  readonly roles?: readonly string[] | undefined
  /** Home tenant of a guest: a GUID, or `live.com` for a personal account. */
  readonly guestFrom?: string | undefined
}

/**
 * One Conditional Access policy: whom it applies to, and what it requires. It applies to tokens of users, in every
 * flow. Picking an account on the sign-in page satisfies it.
 */
export interface ConditionalAccessOptions {
  /** The id of the policy, a GUID, which a claims challenge names. Default: a random one. */
  readonly id?: string | undefined
  /** Object ids or sign-in names. Default: everybody. */
  readonly users?: readonly string[] | undefined
  /** Client ids of the apps that sign users in. Default: all. */
  readonly clients?: readonly string[] | undefined
  /** Client ids or Application ID URIs of the APIs that the token is for. Default: all. */
  readonly resources?: readonly string[] | undefined
  /** Authentication contexts, such as `c1`: it applies only to requests for one of them. Default: to every request. */
  readonly authenticationContexts?: readonly string[] | undefined
  /**
   * What it requires, and how Entra refuses without it. `mfa`: AADSTS50076. `mfaRegistration`: AADSTS50079.
   * `signInFrequency`: a sign-in that is newer than the policy, AADSTS70043. `compliantDevice`: AADSTS53000, which
   * cannot be satisfied here. `block`: AADSTS53003. A context such as `c1`: AADSTS50076 with a claims challenge for it.
   */
  readonly requires:
    | 'mfa'
    | 'mfaRegistration'
    | 'signInFrequency'
    | 'compliantDevice'
    | 'block'
    | `c${number}`
}
