declare const displayOnly: unique symbol
declare const opaque: unique symbol

/**
 * Text for people, never for a decision: it can be changed by its owner or by an administrator of another directory
 * (the "nOAuth" class of attacks). A string at run time; on purpose not assignable to `string` and not comparable
 * with one. Write `String(value)` to show it.
 */
export interface DisplayOnly {
  readonly [displayOnly]: true
  toString(): string
}

/** Internal to Microsoft, without a documented meaning: do not parse it and do not decide on it. */
export interface Opaque {
  readonly [opaque]: true
}

/** Claims of access tokens of Entra ID and External ID, both versions. Unknown claims stay readable as `unknown`. */
export interface EntraClaims {
  readonly [claim: string]: unknown
  /** The API that the token is for. Compared exactly. */
  readonly aud: string
  /** Who issued the token. Compared exactly. */
  readonly iss: string
  /** Seconds since the epoch: end of validity. */
  readonly exp: number
  /** Seconds since the epoch: moment of issue. */
  readonly iat?: number
  /** Seconds since the epoch: begin of validity. */
  readonly nbf?: number
  /** Who the token is about, a different value for each client app. */
  readonly sub: string
  /** The tenant that issued the token, a lower-case GUID. */
  readonly tid: string
  /** The object id of the user or service principal within `tid`. */
  readonly oid?: string
  /** Delegated permissions, separated by spaces; only in tokens for a user. */
  readonly scp?: string
  /** App roles of the user, or application permissions of the app. */
  readonly roles?: readonly string[]
  /** Template ids of directory roles that hold in the whole tenant. */
  readonly wids?: readonly string[]
  /** Groups of the subject: object ids, unless the registration emits names (then do not decide on them). */
  readonly groups?: readonly string[] | string
  /** True when the groups did not fit (implicit flow). */
  readonly hasgroups?: boolean
  /** Points at groups that did not fit. Never followed: the address is retired. */
  readonly _claim_names?: Opaque
  /** Points at groups that did not fit. Never followed: the address is retired. */
  readonly _claim_sources?: Opaque
  /** Another spelling of the same pointer. */
  readonly 'groups:src1'?: Opaque
  /** `app`, `user` or `device`: the kind of subject (optional claim). */
  readonly idtyp?: string
  /** The identity provider of the subject's home; absent means the same as `iss`. */
  readonly idp?: string
  /** Authentication contexts that were satisfied, `c1` to `c99`. */
  readonly acrs?: readonly string[]
  /** How the user signed in: `pwd`, `mfa`, `rsa` and others. */
  readonly amr?: readonly string[]
  /** 0 a member, 1 a guest of the tenant (optional claim). */
  readonly acct?: number
  /** Seconds since the epoch: last interactive sign-in (optional claim). */
  readonly auth_time?: number
  /** Capabilities that the client declared; `cp1` means that it understands claims challenges. */
  readonly xms_cc?: readonly string[]
  /** Unique id of this token, for revocation lists and audit. */
  readonly uti?: string
  /** Session id. */
  readonly sid?: string
  /** Key that a proof-of-possession token is bound to; such tokens are refused. */
  readonly cnf?: Opaque
  /** Internal to Microsoft. */
  readonly aio?: Opaque
  /** Internal to Microsoft. */
  readonly rh?: Opaque
  /** Internal to Microsoft. */
  readonly xms_ftd?: Opaque
  /** Display name of the subject; mutable and not unique. */
  readonly name?: DisplayOnly
  /** Sign-in name; mutable. */
  readonly preferred_username?: DisplayOnly
  /** Sign-in name of v1.0; mutable. */
  readonly unique_name?: DisplayOnly
  /** User principal name; mutable. */
  readonly upn?: DisplayOnly
  /** Address; unverified unless `xms_edov` says so, and mutable even then. */
  readonly email?: DisplayOnly
  /** First name. */
  readonly given_name?: DisplayOnly
  /** Last name. */
  readonly family_name?: DisplayOnly
  /** Nickname. */
  readonly nickname?: DisplayOnly
  /** Verified addresses; still mutable. */
  readonly verified_primary_email?: readonly DisplayOnly[]
  /** Verified addresses; still mutable. */
  readonly verified_secondary_email?: readonly DisplayOnly[]
  /** True when the owner of the address's domain is verified. */
  readonly xms_edov?: boolean
  /** Display name of the client app. */
  readonly app_displayname?: DisplayOnly
  /** Address that the user signed in from. */
  readonly ipaddr?: string
  /** Address of the original client (virtual network). */
  readonly fwd?: string
  /** Virtual network specifier. */
  readonly vnet?: string
  /** Security identifier from an on-premises directory. */
  readonly onprem_sid?: string
  /** Seconds until the password expires; real tokens carry text as well as numbers. */
  readonly pwd_exp?: string | number
  /** Where the user can change the password. */
  readonly pwd_url?: string
  /** Signed in from the corporate network; text or boolean. */
  readonly in_corp?: string | boolean
  /** Country or region of the user. */
  readonly ctry?: string
  /** Country or region of the tenant. */
  readonly tenant_ctry?: string
  /** Region of the resource tenant. */
  readonly tenant_region_scope?: string
  /** Sub-region of the resource tenant, `GCC` or `DOD`. */
  readonly tenant_region_sub_scope?: string
  /** Preferred data location. */
  readonly xms_pdl?: string
  /** Preferred language of the user. */
  readonly xms_pl?: DisplayOnly
  /** Preferred language of the tenant. */
  readonly xms_tpl?: DisplayOnly
  /** Hint for the next sign-in. */
  readonly login_hint?: Opaque
  /** Autopilot device id. */
  readonly ztdid?: string
  /** Object id of the registered device. */
  readonly deviceid?: string
  /** Platform of the device. */
  readonly platf?: string
  /** State of the sign-in, for example `dvc_mngd`. */
  readonly signin_state?: readonly string[]
  /** Azure resource id of a managed identity; holds mutable names. */
  readonly xms_mirid?: string
  /** Azure resource id. */
  readonly xms_az_rid?: string
  /** Agent identities: facets of the actor, integers separated by spaces. */
  readonly xms_act_fct?: string
  /** Agent identities: facets of the subject. */
  readonly xms_sub_fct?: string
  /** Agent identities: facets of the tenant. */
  readonly xms_tnt_fct?: string
  /** Relation of the subject to the tenant, integers separated by spaces. */
  readonly xms_idrel?: string
  /** Agent identities: the blueprint, for audit only. */
  readonly xms_par_app_azp?: string
  /** Internal ids. */
  readonly puid?: Opaque
  readonly altsecid?: Opaque
  readonly home_oid?: Opaque
  readonly home_tid?: Opaque
  readonly home_puid?: Opaque
  /** Internal to Conditional Access. */
  readonly cc?: Opaque
  readonly controls?: Opaque
  readonly capolids?: Opaque
  readonly ca_enf?: Opaque
  /** Reserved names without documentation. */
  readonly trustedfordelegation?: Opaque
  readonly ttr?: Opaque
  readonly tbid?: Opaque
  readonly polids?: Opaque
  readonly enfpolids?: Opaque
  readonly client_id?: Opaque
  readonly scope?: Opaque
}

/** A v1.0 access token: issuer on the `sts` host, client in `appid`, audience usually an App ID URI. */
export interface V1Claims extends EntraClaims {
  readonly ver: '1.0'
  /** The client app. Decide on it for apps only together with the kind of caller. */
  readonly appid?: string
  /** How the client authenticated: `0` not at all, `1` by a secret, `2` by a certificate. */
  readonly appidacr?: string
  /** `1` when the sign-in met ISO/IEC 29115. */
  readonly acr?: string
}

/** A v2.0 access token: issuer on the login host, client in `azp`, audience the client id of the API. */
export interface V2Claims extends EntraClaims {
  readonly ver: '2.0'
  /** The client app. Decide on it for apps only together with the kind of caller. */
  readonly azp?: string
  /** How the client authenticated: `0` not at all, `1` by a secret, `2` by a certificate. */
  readonly azpacr?: string
}

/** An access token of Azure AD B2C. Its `ver` is always 1.0, whatever the endpoint. */
export interface B2cClaims {
  readonly [claim: string]: unknown
  readonly ver: '1.0'
  /** The API that the token is for: a client id. */
  readonly aud: string
  /** The issuer of the tenant; all its policies share it. */
  readonly iss: string
  /** Seconds since the epoch. */
  readonly exp: number
  readonly iat?: number
  readonly nbf?: number
  /** The object id, or a fixed English sentence that points at `oid`. */
  readonly sub: string
  readonly oid?: string
  readonly tid?: string
  /** The client app. */
  readonly azp: string
  /** Permissions, of users and of apps. */
  readonly scp?: string
  /** The policy that issued the token. */
  readonly tfp?: string
  /** The policy, where older policies put it. */
  readonly acr?: string
  /** The identity provider that the user came from, for example `facebook.com`. */
  readonly idp?: string
  /** Echo of what the client sent. */
  readonly nonce?: string
  readonly auth_time?: number
  readonly roles?: readonly string[]
  readonly groups?: readonly string[] | string
  /** Addresses; mutable. */
  readonly emails?: readonly DisplayOnly[]
  readonly email?: DisplayOnly
  readonly name?: DisplayOnly
  readonly given_name?: DisplayOnly
  readonly family_name?: DisplayOnly
  /** True at the first sign-in. */
  readonly newUser?: boolean
  /** A live token of another identity provider: never log it. */
  readonly idp_access_token?: Opaque
  readonly uti?: string
}

/** An ID token: who signed in at a client. It gives no access to anything. */
export interface IdTokenClaims {
  readonly [claim: string]: unknown
  readonly ver: '1.0' | '2.0'
  /** The client id of the application that the user signed in at. */
  readonly aud: string
  readonly iss: string
  /** Seconds since the epoch. */
  readonly exp: number
  /** Seconds since the epoch. */
  readonly iat: number
  readonly nbf?: number
  /** Who signed in, a different value for each client app. */
  readonly sub: string
  readonly oid?: string
  readonly tid?: string
  /** What the client sent with the sign-in request. */
  readonly nonce: string
  /** Seconds since the epoch: last sign-in by hand (optional claim; with `max_age` always). */
  readonly auth_time?: number
  /** App roles of the user at this client. */
  readonly roles?: readonly string[]
  readonly groups?: readonly string[] | string
  readonly idp?: string
  readonly acct?: number
  readonly sid?: string
  readonly uti?: string
  /** Hand it back at sign-out, unread. */
  readonly login_hint?: Opaque
  readonly tfp?: string
  readonly acr?: string
  readonly name?: DisplayOnly
  readonly preferred_username?: DisplayOnly
  readonly unique_name?: DisplayOnly
  readonly upn?: DisplayOnly
  readonly email?: DisplayOnly
  readonly given_name?: DisplayOnly
  readonly family_name?: DisplayOnly
}

/** The claims of an accepted access token, told apart by `ver`; B2C by the identity's `authority`. */
export type AccessTokenClaims = V1Claims | V2Claims | B2cClaims
