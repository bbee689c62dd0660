import type { CloudName } from './clouds.ts'

/** Which form of token: `ver` and everything that goes with it. */
export type TokenVersion = '1.0' | '2.0'

/** Who and what there is in the directories. */
export interface RegistrationOptions {
  /** Without it: Contoso and Fabrikam, and the B2C and External ID tenants of `defaults`. */
  readonly tenants?: readonly TenantOptions[] | undefined
  /** Without it: the orders API and two clients. The first one is the API under test. */
  readonly apps?: readonly AppOptions[] | undefined
  /** Without it: one member in each tenant, and a guest. */
  readonly users?: readonly UserOptions[] | undefined
  /** Default: none. */
  readonly groups?: readonly GroupOptions[] | undefined
  /** Identities that Azure gives to machines. Default: one that is assigned by the system. */
  readonly managedIdentities?: readonly ManagedIdentityOptions[] | undefined
}

/** What the emulator knows at the start. Everything is optional; see `defaults` for what is there without it. */
export interface EmulatorOptions extends RegistrationOptions {
  /** The address of `schema.json`, for editors. It changes nothing. */
  readonly $schema?: string | undefined
  /** What must be proven before a user's token is issued. Default: nothing. */
  readonly conditionalAccess?: readonly ConditionalAccessOptions[] | undefined
  /** Milliseconds since the epoch. The emulator adds what `advance` was given. Default `Date.now`. */
  readonly now?: (() => number) | undefined
}

/** One directory. */
export interface TenantOptions {
  /** A GUID. Default: a random one, or the one of `defaults` for the first tenant. */
  readonly id?: string | undefined
  /** Short name: `contoso` makes the domain `contoso.onmicrosoft.com`, `contoso.b2clogin.com`, `contoso.ciamlogin.com`. */
  readonly name?: string | undefined
  /** More verified domains, such as `contoso.com`. */
  readonly domains?: readonly string[] | undefined
  /** What it is: a directory of employees (`workforce`), Azure AD B2C, or External ID. Default `workforce`. */
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
  /** A GUID. Default: a random one, or the one of `defaults` for the first app. */
  readonly clientId?: string | undefined
  /** What people see on the sign-in page. Default: made up. */
  readonly name?: string | undefined
  /** Home tenant. Default: the first tenant. */
  readonly tenantId?: string | undefined
  /** May other tenants use it? Default false. */
  readonly multiTenant?: boolean | undefined
  /** Application ID URI. Default `api://{clientId}`. */
  readonly appIdUri?: string | undefined
  /**
   * The https address of its client id metadata document, which it may send in the place of its client id. Nothing is
   * fetched: the other members say what stands there. Entra makes an agent identity of such a client, with delegated
   * permissions only (preview).
   */
  readonly clientIdDocument?: string | undefined
  /** Client secret. An app without secret, certificate or federated credential is a public client. */
  readonly secret?: string | undefined
  /** When the secret expires, such as `2030-01-31T00:00:00Z`. Default: never. */
  readonly secretExpiresAt?: string | undefined
  /** Certificates (PEM) whose keys may sign its client assertions. */
  readonly certificates?: readonly string[] | undefined
  /** Workload identities that may act for it. */
  readonly federatedCredentials?: readonly FederatedCredentialOptions[] | undefined
  /**
   * "Allow public client flows": device code, and user name and password, without a credential of the app. Default: true
   * for an app that has no credential, else false.
   */
  readonly publicClientFlows?: boolean | undefined
  /**
   * Where the answers of a sign-in may be sent. `http://localhost/path` stands for every port, as in Entra. A plain
   * string is of every platform at once; say which, and what Entra refuses there is refused here too.
   */
  readonly redirectUris?: readonly (string | RedirectUriOptions)[] | undefined
  /** Where a browser goes when its user signs out elsewhere: a page for a hidden frame. */
  readonly frontChannelLogoutUri?: string | undefined
  /** "Implicit grant and hybrid flows": may the authorization endpoint hand out tokens? Default: neither. */
  readonly implicitGrant?: ImplicitGrantOptions | undefined
  /** Application permissions that it was granted, on any API. Default: all that an API offers. */
  readonly grantedPermissions?: readonly string[] | undefined
  /**
   * Delegated permissions that were consented to for everybody: `Orders.Read`, or `api://…/Orders.Read` for one API
   * only. For the others a person is asked, and nobody can be asked at the token endpoint. Default: all of them.
   */
  readonly grantedScopes?: readonly string[] | undefined
  /** Client ids of the APIs under "API permissions". Default: all. Another one is an invalid resource for it. */
  readonly apiPermissions?: readonly string[] | undefined
  /** "Assignment required": only the people in `assigned`, or with a role of this app, may use it. Default false. */
  readonly assignmentRequired?: boolean | undefined
  /** Object ids or sign-in names of users, object ids of groups. */
  readonly assigned?: readonly string[] | undefined
  /** `groupMembershipClaims`: do its access and ID tokens carry the user's groups? Default false. */
  readonly groupClaims?: boolean | undefined
  /** Delegated permissions that it offers. */
  readonly scopes?: readonly string[] | undefined
  /** App roles that it offers. A plain string is open to users and applications. */
  readonly appRoles?: readonly (string | AppRoleOptions)[] | undefined
  /** `requestedAccessTokenVersion`: which tokens it gets as an API. Default `2.0`. */
  readonly tokenVersion?: TokenVersion | undefined
  /** Optional claims of the access tokens that are for it, such as `idtyp`, `acct`, `xms_cc`, `email`, `auth_time`. */
  readonly optionalClaims?: readonly string[] | undefined
  /** Optional claims of its ID tokens, such as `email`, `upn`, `sid`, `login_hint`, `auth_time`. */
  readonly idTokenClaims?: readonly string[] | undefined
  /** A token lifetime policy: seconds that access tokens for it last. Default: what Entra does. */
  readonly accessTokenLifetime?: number | undefined
  /** Claims of a claims-mapping policy. Tokens are then signed with a key of this app only (`?appid=`). */
  readonly claimsMapping?: Readonly<Record<string, unknown>> | undefined
  /** Was a signing key of this app made for the mapped claims? Without one Entra gives no token: AADSTS50146. Default true. */
  readonly customSigningKey?: boolean | undefined
  /** As a client that proves possession of a key (DPoP). Default: what Entra does with MSAL. */
  readonly dpop?: DpopOptions | undefined
  /** SAML single sign-on on the same registration: its tokens are signed with a key of this app only (`?appid=`). */
  readonly samlSso?: boolean | undefined
}

/**
 * What the token endpoint wants of a client that sends DPoP proofs (RFC 9449). It takes them of every client; MSAL, for
 * one, knows no nonces and has a new key for each renewal.
 */
export interface DpopOptions {
  /** Must a proof repeat a nonce of the token endpoint? Default false. */
  readonly nonce?: boolean | undefined
  /** Is a refresh token of this public client good with the key of its first proof only (RFC 9449 §5)? Default false. */
  readonly boundRefreshTokens?: boolean | undefined
}

/** One redirect URI, and what kind of client waits there. */
export interface RedirectUriOptions {
  /** Where the answer may be sent, exactly; `http://localhost/path` stands for every port. */
  readonly uri: string
  /**
   * `web`: redeems codes with its credential. `spa`: from a page of this origin, with PKCE, and its refresh tokens end
   * after a day. `publicClient`: a desktop or mobile app, which has no credential.
   */
  readonly platform: 'web' | 'spa' | 'publicClient'
}

/** Which tokens the authorization endpoint may hand out by itself. */
export interface ImplicitGrantOptions {
  /** May it hand out ID tokens? Default false. */
  readonly idTokens?: boolean | undefined
  /** May it hand out access tokens? Default false. */
  readonly accessTokens?: boolean | undefined
}

/** One app role. */
export interface AppRoleOptions {
  /** As tokens name it, such as `Orders.Read.All`. */
  readonly value: string
  /** Who may have it: people, applications, or both. */
  readonly allowedMemberTypes: readonly ('User' | 'Application')[]
}

/** A token of another issuer, accepted in the place of a client secret. */
export interface FederatedCredentialOptions {
  /** The `iss` of the token, exactly. */
  readonly issuer: string
  /** The `sub` of the token, exactly. */
  readonly subject: string
  /** Default `api://AzureADTokenExchange`. */
  readonly audience?: string | undefined
  /** The public keys of that issuer: the emulator fetches nothing. Not needed for an issuer that the emulator is itself. */
  readonly keys?: { readonly keys: readonly JsonWebKey[] } | undefined
}

/** One managed identity: who a program on a machine of Azure is. */
export interface ManagedIdentityOptions {
  /** Of its resource. Default: made up. */
  readonly name?: string | undefined
  /** Default: a random one, or the one of `defaults` for the first. */
  readonly clientId?: string | undefined
  /** Of its service principal. Default: made of the client id. */
  readonly objectId?: string | undefined
  /** Its resource in Azure, `/subscriptions/…`. Default: made of the name. */
  readonly resourceId?: string | undefined
  /** Home tenant. Default: the first workforce tenant. */
  readonly tenantId?: string | undefined
  /** `system`: asked for without a name. `user`: asked for by one of its ids. Default: `system` for the first, else `user`. */
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
  /** What people call it. Default: made of its id. */
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
  /** As people write it. Default: made of the sign-in name. */
  readonly name?: string | undefined
  /** Default: the first word of the name. */
  readonly givenName?: string | undefined
  /** Default: the rest of the name. */
  readonly familyName?: string | undefined
  /** Sign-in name, such as `ada@contoso.com`. */
  readonly userPrincipalName: string
  /** An address beside the sign-in name: `mail`, and the claim `email`. */
  readonly email?: string | undefined
  /** For flows that hand a password over. Default: the one of `defaults`. Not a secret. */
  readonly password?: string | undefined
  /** App roles: a token has those of them that its API offers to users. */
  readonly roles?: readonly string[] | undefined
  /** Home tenant of a guest: a GUID, or `live.com` for a personal account. */
  readonly guestFrom?: string | undefined
}

/**
 * One Conditional Access policy: whom it is about, and what it requires of them. It is about the tokens of users, at
 * every flow; a person who picks an account on the sign-in page has done what it requires.
 */
export interface ConditionalAccessOptions {
  /** A GUID, which a claims challenge names. Default: a random one. */
  readonly id?: string | undefined
  /** Object ids or sign-in names. Default: everybody. */
  readonly users?: readonly string[] | undefined
  /** Client ids of the apps that sign somebody in. Default: all. */
  readonly clients?: readonly string[] | undefined
  /** Client ids or Application ID URIs of the APIs that the token is for. Default: all. */
  readonly resources?: readonly string[] | undefined
  /** Authentication contexts, such as `c1`: it is about requests that ask for one of them. Default: about every request. */
  readonly authenticationContexts?: readonly string[] | undefined
  /**
   * `mfa`: AADSTS50076. `mfaRegistration`: AADSTS50079. `signInFrequency`: a sign-in that is newer than the policy,
   * AADSTS70043. `compliantDevice`: AADSTS53000, which nobody can meet here. `block`: AADSTS53003. A context such as
   * `c1`: AADSTS50076 with a claims challenge that asks for it.
   */
  readonly requires:
    | 'mfa'
    | 'mfaRegistration'
    | 'signInFrequency'
    | 'compliantDevice'
    | 'block'
    | `c${number}`
}
