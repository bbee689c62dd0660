/**
 * What a claim may be used for.
 *
 * - `protocol`: the verifier checks it, so an application does not have to.
 * - `authorization`: Entra issues it and the caller cannot change it. Access may depend on it.
 * - `context`: true, but only together with other claims. See its meaning.
 * - `audit`: for logs.
 * - `display`: text for people. Its owner or an administrator can change it, so never base access on it.
 * - `opaque`: internal to Microsoft. Do not parse it, and do not base access on it.
 * - `foreign`: not a name that Entra uses in access tokens.
 * - `custom`: not in the catalogue; a claims mapping policy or an extension may have written it.
 */
export type ClaimSafety =
  | 'protocol'
  | 'authorization'
  | 'context'
  | 'audit'
  | 'display'
  | 'opaque'
  | 'foreign'
  | 'custom'

/** One row of the catalogue. A name that ends in `*` stands for every name with that beginning. */
export interface ClaimCatalogueRow {
  readonly name: string
  readonly where: 'header' | 'payload'
  readonly safety: ClaimSafety
  readonly type: string
  /**
   * `1` v1.0, `2` v2.0, `B` Azure AD B2C, `X` External ID; `opt` if the registration must request it as an optional
   * claim.
   */
  readonly versions: string
  readonly meaning: string
}

type Row = readonly [name: string, safety: ClaimSafety, type: string, versions: string, meaning: string]

const header: readonly Row[] = [
  [
    'typ',
    'protocol',
    '"JWT"',
    'all',
    'The kind of token. Entra writes "JWT"; "pop" marks a proof-of-possession token, which is not a bearer token.',
  ],
  [
    'alg',
    'protocol',
    '"RS256"',
    'all',
    'The signature algorithm. Entra signs access tokens with RS256 and nothing else.',
  ],
  [
    'kid',
    'protocol',
    'string',
    'all',
    'The id of the key that signed. The key set (JWKS) of the issuer must list it.',
  ],
  [
    'x5t',
    'protocol',
    'string',
    '1',
    'Thumbprint of the certificate of that key; the same value as kid. v2.0 tokens no longer have it.',
  ],
  [
    'nonce',
    'protocol',
    'string',
    'Microsoft APIs',
    "A mark of tokens for Microsoft's own APIs. Their signature covers a hash of it, so nobody else can check them.",
  ],
]

const core: readonly Row[] = [
  [
    'aud',
    'protocol',
    'string',
    'all',
    'The API that the token is for: its client id in v2.0 tokens, its Application ID URI (or client id) in v1.0 tokens.',
  ],
  [
    'iss',
    'protocol',
    'string',
    'all',
    'Who issued the token. It names the cloud, the tenant and the token version.',
  ],
  ['iat', 'protocol', 'seconds since 1970', 'all', 'When the token was issued.'],
  ['nbf', 'protocol', 'seconds since 1970', 'all', 'When the token becomes valid.'],
  ['exp', 'protocol', 'seconds since 1970', 'all', 'When the token expires.'],
  [
    'idp',
    'audit',
    'string',
    '1 2 B',
    'Where the subject signed in. When it is absent: at the issuer. Another tenant or live.com indicates a guest.',
  ],
  ['aio', 'opaque', 'string', '1 2', 'Internal bookkeeping of Entra.'],
  [
    'acr',
    'context',
    '"0" | "1", or a policy',
    '1 B',
    'In v1.0 tokens "1" when the sign-in met ISO/IEC 29115. In older B2C tokens the name of the policy.',
  ],
  [
    'acrs',
    'authorization',
    'list of strings',
    '1 2 opt',
    'Authentication contexts of Conditional Access that the sign-in satisfied, c1 to c99.',
  ],
  [
    'amr',
    'context',
    'list of strings',
    '1',
    'How the user signed in: pwd, mfa, rsa, fido and others. The list of values is open, and v2.0 tokens seldom have it.',
  ],
  [
    'appid',
    'context',
    'GUID',
    '1',
    'The client application. It names an app as the caller only together with idtyp "app"; otherwise a user acts through it.',
  ],
  [
    'azp',
    'context',
    'GUID',
    '2 B',
    'The client application. It names an app as the caller only together with idtyp "app"; otherwise a user acts through it.',
  ],
  [
    'appidacr',
    'context',
    '"0" | "1" | "2"',
    '1',
    'How the client authenticated: 0 not at all (public client), 1 by a secret, 2 by a certificate.',
  ],
  [
    'azpacr',
    'context',
    '"0" | "1" | "2"',
    '2',
    'How the client authenticated: 0 not at all (public client), 1 by a secret, 2 by a certificate.',
  ],
  [
    'scp',
    'authorization',
    'words separated by spaces',
    'all',
    'Delegated permissions: what the client may do on behalf of the user. Apps without a user have none.',
  ],
  [
    'roles',
    'authorization',
    'list of strings',
    '1 2 X',
    'App roles of the user, or application permissions of the app: look at the kind of caller first.',
  ],
  [
    'wids',
    'authorization',
    'list of GUIDs',
    '1 2',
    'Template ids of directory roles that hold in the whole tenant, for example Global Administrator. Custom roles are not listed.',
  ],
  [
    'groups',
    'authorization',
    'list of GUIDs',
    '1 2 opt',
    'Groups of the subject by object id. Names instead of GUIDs prove nothing: anyone who may create a group chooses its name.',
  ],
  ['hasgroups', 'context', 'true', '1 2', 'There are groups, but they did not fit into the token.'],
  [
    '_claim_names',
    'opaque',
    'object',
    '1 2',
    'Names claims that did not fit into the token, groups above all.',
  ],
  [
    '_claim_sources',
    'opaque',
    'object',
    '1 2',
    'The address that goes with _claim_names. It is retired: ask Microsoft Graph instead, never this address.',
  ],
  [
    'groups:src1',
    'opaque',
    'object',
    '1 2',
    'Another spelling of the same pointer to groups that did not fit.',
  ],
  [
    'sub',
    'authorization',
    'string',
    'all',
    'Who the token is about, a different value for each API. Usable as a key only together with tid.',
  ],
  [
    'oid',
    'authorization',
    'GUID',
    '1 2 B X',
    'Object id of the user or service principal in the tenant tid. A guest has another one in each tenant: use both together.',
  ],
  [
    'tid',
    'authorization',
    'GUID',
    '1 2 X, B opt',
    'The tenant that issued the token. 9188040d-6c67-4c5b-b112-36a304b66dad is that of all personal accounts.',
  ],
  [
    'ver',
    'protocol',
    '"1.0" | "2.0"',
    'all',
    'The token version. The registration of the API decides it, not the endpoint. B2C always writes 1.0.',
  ],
  ['uti', 'audit', 'string', '1 2', 'The id of this one token: for logs and for lists of revoked tokens.'],
  ['rh', 'opaque', 'string', '1 2', 'Internal bookkeeping of Entra.'],
  ['name', 'display', 'string', '1 2 B', 'Display name. Neither unique nor stable.'],
  [
    'preferred_username',
    'display',
    'string',
    '2, 1 opt',
    'Sign-in name. It can change and can be given to someone else.',
  ],
  [
    'unique_name',
    'display',
    'string',
    '1',
    'Sign-in name of v1.0 tokens. It can change; guests with a personal account show "live.com#" and an address.',
  ],
  ['upn', 'display', 'string', '1, 2 opt', 'User principal name. It can change; guests show "#EXT#".'],
  [
    'email',
    'display',
    'string',
    'opt',
    'An email address that may be unverified: an administrator of another tenant can set any address. Basing access on it opens the API to the nOAuth attack.',
  ],
  ['given_name', 'display', 'string', '1, 2 opt', 'First name.'],
  ['family_name', 'display', 'string', '1, 2 opt', 'Last name.'],
  ['nickname', 'display', 'string', '1, 2 opt', 'Nickname.'],
  [
    'ipaddr',
    'audit',
    'string',
    '1, 2 opt',
    'The network address that the user signed in from. Not necessarily that of this request.',
  ],
  [
    'onprem_sid',
    'context',
    'string',
    '1, 2 opt',
    'Security identifier of the user in an on-premises directory.',
  ],
  [
    'pwd_exp',
    'audit',
    'number or text',
    '1, 2 opt',
    'Seconds until the password expires. Real tokens carry it as text, too.',
  ],
  ['pwd_url', 'audit', 'string', '1, 2 opt', 'Where the user can change the password.'],
  ['in_corp', 'context', '"true" or true', '1, 2 opt', 'The sign-in came from the corporate network.'],
  [
    'idtyp',
    'authorization',
    '"app" | "user" | "device"',
    '1 2 opt',
    'The kind of subject. Without the optional claim only apps show it, and not all of them.',
  ],
  [
    'xms_cc',
    'context',
    'list of strings',
    '1 2 opt',
    'The capabilities that the client declared. "cp1": it understands claims challenges.',
  ],
  ['sid', 'audit', 'string', 'opt', 'Session id, for sign-out.'],
]

const optional: readonly Row[] = [
  ['acct', 'authorization', '0 | 1', 'opt', '0 for a member of the tenant, 1 for a guest.'],
  ['auth_time', 'context', 'seconds since 1970', 'opt', 'When the user last signed in interactively.'],
  ['ctry', 'audit', 'string', 'opt', 'Country or region of the user.'],
  ['tenant_ctry', 'audit', 'string', 'opt', 'Country or region of the tenant.'],
  ['fwd', 'audit', 'string', 'opt', 'Address of the original client behind a virtual network.'],
  ['login_hint', 'opaque', 'string', 'opt', 'A hint for the next sign-in or sign-out. Pass it back unread.'],
  ['tenant_region_scope', 'audit', 'string', 'opt', 'Region of the tenant, for example NA or EU.'],
  [
    'tenant_region_sub_scope',
    'audit',
    'string',
    'opt',
    'Sub-region of the tenant: GCC or DOD for United States government tenants.',
  ],
  [
    'verified_primary_email',
    'display',
    'list of strings',
    'opt',
    'Verified main addresses. They can still change hands.',
  ],
  [
    'verified_secondary_email',
    'display',
    'list of strings',
    'opt',
    'Verified other addresses. They can still change hands.',
  ],
  ['vnet', 'context', 'string', 'opt', 'The virtual network that the request came through.'],
  ['xms_edov', 'context', 'boolean', 'opt', 'True when the owner of the domain in email was verified.'],
  ['xms_pdl', 'audit', 'string', 'opt', 'Preferred data location.'],
  ['xms_pl', 'display', 'string', 'opt', 'Preferred language of the user.'],
  ['xms_tpl', 'display', 'string', 'opt', 'Preferred language of the tenant.'],
  ['ztdid', 'audit', 'string', 'opt', 'Device id of Windows Autopilot.'],
  ['deviceid', 'context', 'GUID', 'opt', 'Object id of the registered device.'],
  ['platf', 'audit', 'string', 'opt', 'Platform of the device.'],
  [
    'signin_state',
    'context',
    'list of strings',
    'opt',
    'State of the sign-in, for example a managed device or "keep me signed in".',
  ],
  ['puid', 'opaque', 'string', 'opt', 'Internal id of the user.'],
  ['altsecid', 'opaque', 'string', 'opt', 'Internal alternative id of the user.'],
  ['home_oid', 'opaque', 'string', 'opt', 'Internal: object id in the home tenant.'],
  ['home_tid', 'opaque', 'string', 'opt', 'Internal: the home tenant.'],
  ['home_puid', 'opaque', 'string', 'opt', 'Internal id of the user in the home tenant.'],
  [
    'cnf',
    'protocol',
    'object',
    'opt',
    'Binds the token to a key, whose possession the sender must prove. Such a token must not pass as a plain bearer token.',
  ],
  [
    'xms_mirid',
    'audit',
    'string',
    'opt',
    'Azure resource id of the managed identity that calls. It contains names that can be reused.',
  ],
  ['xms_az_rid', 'audit', 'string', 'opt', 'Azure resource id of the resource that the caller runs on.'],
  [
    'app_displayname',
    'display',
    'string',
    'opt',
    'Display name of the client application. Anyone can give an application the same name.',
  ],
  ['client_id', 'foreign', 'string', 'opt', 'A name of RFC 9068. Entra names the client in azp or appid.'],
  ['scope', 'foreign', 'string', 'opt', 'A name of RFC 9068. Entra writes delegated permissions into scp.'],
  [
    'extn.*',
    'display',
    'any',
    'opt',
    'A directory extension attribute. Anyone who may write the attribute decides its value.',
  ],
  ['xms_ftd', 'opaque', 'string', 'opt', 'Internal to Microsoft, without documentation.'],
  ['xms_*', 'opaque', 'any', 'opt', 'Internal to Microsoft, without documentation.'],
  [
    'xms_act_fct',
    'context',
    'numbers separated by spaces',
    'opt',
    'Facets of the actor. 11 stands for an agent identity, 13 for the user account of an agent.',
  ],
  [
    'xms_sub_fct',
    'context',
    'numbers separated by spaces',
    'opt',
    'Facets of the subject. 11 stands for an agent identity, 13 for the user account of an agent.',
  ],
  ['xms_tnt_fct', 'context', 'numbers separated by spaces', 'opt', 'Facets of the tenant.'],
  [
    'xms_idrel',
    'context',
    'numbers separated by spaces',
    'opt',
    'How the subject relates to the tenant: 1 a member, 5 a guest, 7 a service principal, and others.',
  ],
  [
    'xms_par_app_azp',
    'audit',
    'GUID',
    'opt',
    'The blueprint that an agent identity was made from. Its presence marks an agent. Its value is for logs and says nothing about permissions.',
  ],
  ['cc', 'opaque', 'any', 'opt', 'Internal to Conditional Access.'],
  ['controls', 'opaque', 'any', 'opt', 'Internal to Conditional Access.'],
  ['capolids', 'opaque', 'any', 'opt', 'Internal to Conditional Access: ids of policies.'],
  ['ca_enf', 'opaque', 'any', 'opt', 'Internal to Conditional Access.'],
  ['trustedfordelegation', 'opaque', 'any', 'opt', 'A reserved name without documentation.'],
  ['ttr', 'opaque', 'any', 'opt', 'A reserved name without documentation.'],
  ['bk_*', 'opaque', 'any', 'opt', 'Reserved names without documentation.'],
  ['tbid', 'opaque', 'any', 'opt', 'A reserved name without documentation.'],
  ['polids', 'opaque', 'any', 'opt', 'A reserved name without documentation.'],
  ['enfpolids', 'opaque', 'any', 'opt', 'A reserved name without documentation.'],
]

const b2c: readonly Row[] = [
  [
    'tfp',
    'authorization',
    'string',
    'B',
    'The user flow or custom policy that issued the token. All policies of a tenant share one issuer: this tells them apart.',
  ],
  ['emails', 'display', 'list of strings', 'B', 'Addresses of the user. They can change.'],
  ['newUser', 'audit', 'boolean', 'B', 'True at the first sign-in.'],
  [
    'idp_access_token',
    'opaque',
    'string',
    'B',
    'A live token of another identity provider. Its value is not shown, because anyone who has it can use it.',
  ],
  [
    'extension_*',
    'display',
    'any',
    'B',
    'A custom attribute of the B2C directory. The user may be able to write it.',
  ],
]

/** Payload claims that mark an ID token. They are not in the catalogue, because no access token has them. */
const idTokenOnly: readonly Row[] = [
  [
    'nonce',
    'protocol',
    'string',
    'ID tokens, B',
    'What the client sent with its sign-in request. It marks an ID token; B2C repeats it in access tokens, too.',
  ],
  [
    'c_hash',
    'protocol',
    'string',
    'ID tokens',
    'Hash of the authorization code that came with this ID token.',
  ],
  ['at_hash', 'protocol', 'string', 'ID tokens', 'Hash of the access token that came with this ID token.'],
]

function rows(where: 'header' | 'payload', list: readonly Row[]): readonly ClaimCatalogueRow[] {
  return list.map(([name, safety, type, versions, meaning]) =>
    Object.freeze({ name, where, safety, type, versions, meaning }),
  )
}

/**
 * Every claim that Microsoft documents for access tokens of Entra ID, External ID and B2C, and those found in live
 * tokens.
 */
export const claimCatalogue: readonly ClaimCatalogueRow[] = Object.freeze([
  ...rows('header', header),
  ...rows('payload', [...core, ...optional, ...b2c]),
])

const known = [...claimCatalogue, ...rows('payload', idTokenOnly)]
const byName = new Map(known.map((row) => [`${row.where} ${row.name}`, row]))
const byPrefix = known
  .filter(({ name }) => name.endsWith('*'))
  .map((row) => ({ row, prefix: row.name.slice(0, -1) }))

/** The row for a name, exact before prefix; `undefined` for an undocumented name. */
export function catalogueRow(where: 'header' | 'payload', name: string): ClaimCatalogueRow | undefined {
  const exact = byName.get(`${where} ${name}`)
  if (exact !== undefined || where === 'header') return exact
  return byPrefix.find(({ prefix }) => name.startsWith(prefix))?.row
}
