import type { DisplayOnly, Opaque } from './claim-safety.ts'

/**
 * Claims of Entra ID and External ID access tokens, in both versions. Claims without a documented type can be read as
 * `unknown`.
 */
export interface EntraClaims {
  readonly [claim: string]: unknown
  /** A directory extension. Anyone who may write the attribute decides the claim. */
  readonly [extension: `extn.${string}`]: DisplayOnly
  /** Internal to Microsoft, except for those that are documented below. */
  readonly [internal: `xms_${string}`]: unknown
  /** Reserved names without documentation. */
  readonly [reserved: `bk_${string}`]: Opaque
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
  /** The subject of the token. The value differs from API to API. */
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
  /** Groups of the subject: object ids, unless the registration emits names. Do not base access on names. */
  readonly groups?: readonly string[] | string
  /** True when the groups did not fit (implicit flow). */
  readonly hasgroups?: boolean
  /** Points at groups that did not fit. Never followed: the address is retired. */
  readonly _claim_names?: Opaque
  /** Points at groups that did not fit. Never followed: the address is retired. */
  readonly _claim_sources?: Opaque
  /** The same pointer in another spelling. */
  readonly 'groups:src1'?: Opaque
  /** `app`, `user` or `device`: the kind of subject (optional claim). */
  readonly idtyp?: string
  /** The identity provider of the subject's home directory. When it is absent, the issuer itself. */
  readonly idp?: string
  /** Authentication contexts that were satisfied, `c1` to `c99`. */
  readonly acrs?: readonly string[]
  /** How the user signed in: `pwd`, `mfa`, `rsa` and others. */
  readonly amr?: readonly string[]
  /** `0` for a member of the tenant, `1` for a guest (optional claim). */
  readonly acct?: number
  /** Seconds since the epoch: last interactive sign-in (optional claim). */
  readonly auth_time?: number
  /** Capabilities that the client declared; `cp1` means that it understands claims challenges. */
  readonly xms_cc?: readonly string[]
  /** Unique id of this token, for revocation lists and audit. */
  readonly uti?: string
  /** Session id. */
  readonly sid?: string
  /** The key that the token is bound to. `identity.bound` gives it, if the option `bound` accepts such tokens. */
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
  /** User principal name; mutable. */
  readonly upn?: DisplayOnly
  /** Email address. Unverified unless `xms_edov` says otherwise, and mutable even then. */
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
  /** IP address that the user signed in from. */
  readonly ipaddr?: string
  /** IP address of the original client (virtual network). */
  readonly fwd?: string
  /** Virtual network specifier. */
  readonly vnet?: string
  /** Security identifier from an on-premises directory. */
  readonly onprem_sid?: string
  /** Seconds until the password expires; real tokens carry text as well as numbers. */
  readonly pwd_exp?: string | number
  /** Where the user can change the password. */
  readonly pwd_url?: string
  /** Whether the sign-in came from the corporate network; text or boolean. */
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
  /** Azure resource id of a managed identity. It consists of names that can be reused. */
  readonly xms_mirid?: string
  /** Azure resource id. */
  readonly xms_az_rid?: string
  /** Facets of the actor, integers separated by spaces; 11 is an agent identity. `identity.agent` interprets them. */
  readonly xms_act_fct?: string
  /** Facets of the subject; 11 stands for an agent identity, 13 for the user account of an agent. */
  readonly xms_sub_fct?: string
  /** Facets of the tenant. */
  readonly xms_tnt_fct?: string
  /** Relation of the subject to the tenant, integers separated by spaces. */
  readonly xms_idrel?: string
  /** The blueprint of an agent identity. Its presence marks an agent; its value is for audit only. */
  readonly xms_par_app_azp?: string
  /** Internal id of a user. */
  readonly puid?: Opaque
  /** Internal id of a user from another directory. */
  readonly altsecid?: Opaque
  /** Internal id of the object in its home tenant. */
  readonly home_oid?: Opaque
  /** Internal id of the home tenant. */
  readonly home_tid?: Opaque
  /** Internal id of the user in the home tenant. */
  readonly home_puid?: Opaque
  /** Internal to Conditional Access. */
  readonly cc?: Opaque
  /** Internal to Conditional Access. */
  readonly controls?: Opaque
  /** Internal to Conditional Access. */
  readonly capolids?: Opaque
  /** Internal to Conditional Access. */
  readonly ca_enf?: Opaque
  /** Reserved, without documentation. */
  readonly trustedfordelegation?: Opaque
  /** Reserved, without documentation. */
  readonly ttr?: Opaque
  /** Reserved, without documentation. */
  readonly tbid?: Opaque
  /** Reserved, without documentation. */
  readonly polids?: Opaque
  /** Reserved, without documentation. */
  readonly enfpolids?: Opaque
  /** A name of RFC 9068 that Entra ID does not use: the client is in `azp` or `appid`. */
  readonly client_id?: Opaque
  /** A name of RFC 9068 that Entra ID does not use: permissions are in `scp`. */
  readonly scope?: Opaque
}
