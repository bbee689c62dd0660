import {
  api,
  metadata,
  otherTenantId,
  stranger,
  tenantId,
  user,
  v1,
  v1Issuer,
  v2Issuer,
  type Row,
} from './row.ts'

const both = [api, `api://${api}`]
const lied = user({ claims: { tid: otherTenantId } })

/** Which tenants, and which versions. */
export const tenants: readonly Row[] = [
  { does: 'metadata of v1.0, and a v1.0 token', options: v1, send: user({ version: '1.0' }), was: 200 },
  { does: 'metadata of v1.0, and a v2.0 token', options: { ...v1, audience: both }, was: 401 },
  {
    does: 'metadata of v2.0, and a v1.0 token',
    options: { audience: both },
    send: user({ version: '1.0' }),
    was: 401,
  },
  { does: 'metadata of a verified domain', options: { identityMetadata: metadata('contoso.com') }, was: 200 },
  { does: 'a token of another tenant', send: stranger, was: 401 },
  {
    does: '`validateIssuer: false`, and a v1.0 token of the tenant',
    options: { validateIssuer: false, audience: both },
    send: user({ version: '1.0' }),
    was: 200,
  },
  {
    does: '`validateIssuer: false`, and a token of another tenant than that of the metadata',
    options: { validateIssuer: false },
    send: stranger,
    was: 200,
    is: 401,
    why: 'all tenants share their keys: nothing else would keep the others out. `common` accepts them',
  },
  {
    does: '`validateIssuer: false`, and a `tid` that is not the tenant of `iss`',
    options: { validateIssuer: false },
    send: lied,
    was: 200,
    is: 401,
    why: 'the issuer is bound to `tid`, always',
  },
  { does: '`issuer` is that of the token', options: { issuer: v2Issuer(tenantId) }, was: 200 },
  {
    does: '`issuer` is a list with it',
    options: { issuer: [v1Issuer(tenantId), v2Issuer(tenantId)] },
    was: 200,
  },
  {
    does: '`issuer` of v1.0, beside metadata of v2.0',
    options: { issuer: v1Issuer(tenantId), audience: both },
    send: user({ version: '1.0' }),
    was: 200,
  },
  {
    does: '`issuer` of another tenant than that of the metadata',
    options: { issuer: v2Issuer(otherTenantId) },
    send: stranger,
    was: 200,
  },
  { does: 'an issuer that is not in `issuer`', options: { issuer: v2Issuer(otherTenantId) }, was: 401 },
  { does: 'an empty `issuer`: that of the metadata', options: { issuer: '' }, was: 200 },
  {
    does: '`issuer` without the slash that v1.0 issuers end in',
    options: { issuer: v1Issuer(tenantId).slice(0, -1) },
    was: 401,
    is: 'refused',
    why: 'no token carries it',
  },
  {
    does: '`issuer` beside `validateIssuer: false`',
    options: { issuer: v2Issuer(otherTenantId), validateIssuer: false },
    was: 200,
    is: 'refused',
    why: 'one of the two is a mistake',
  },
  {
    does: '`validateIssuer` is the text "false"',
    options: { validateIssuer: 'false' },
    was: 200,
    is: 'refused',
    why: 'passport-azure-ad takes it for true',
  },
  {
    does: 'metadata of `organizations`, without `issuer`',
    options: { identityMetadata: metadata('organizations') },
    was: 401,
    is: 'refused',
    why: 'they name no issuer: it would refuse every token',
  },
  {
    does: 'metadata of `organizations`, with `validateIssuer: false`',
    options: { identityMetadata: metadata('organizations'), validateIssuer: false },
    send: stranger,
    was: 200,
  },
  {
    does: 'metadata of `consumers`, and a personal account',
    options: { identityMetadata: metadata('consumers') },
    send: user({ personalAccount: true }),
    was: 200,
  },
]

const common = { identityMetadata: metadata('common') }
const needs = 'a mistake in the program is no fault of the caller: it is an error, and not a 401'

/** The metadata of `common`. */
export const commonRows: readonly Row[] = [
  { does: 'without `issuer` and `tenantIdOrName`', options: common, was: 401, is: 500, why: needs },
  { does: '`tenantIdOrName` is a tenant id', options: common, route: { tenantIdOrName: tenantId }, was: 200 },
  {
    does: '`tenantIdOrName` is a domain',
    options: common,
    route: { tenantIdOrName: 'contoso.com' },
    was: 200,
  },
  {
    does: '`tenantIdOrName`, and a token of another tenant',
    options: common,
    route: { tenantIdOrName: tenantId },
    send: stranger,
    was: 401,
  },
  {
    does: '`tenantIdOrName` beside the metadata of one tenant',
    route: { tenantIdOrName: otherTenantId },
    was: 200,
  },
  {
    does: '`tenantIdOrName` is `organizations`',
    options: common,
    route: { tenantIdOrName: 'organizations' },
    was: 401,
    is: 500,
    why: needs,
  },
  {
    does: '`tenantIdOrName` with a path in it',
    options: common,
    route: { tenantIdOrName: `${otherTenantId}/..` },
    was: 401,
    is: 500,
    why: needs,
  },
  { does: '`issuer`', options: { ...common, issuer: v2Issuer(tenantId) }, was: 200 },
  {
    does: '`issuer`, and a token of another tenant',
    options: { ...common, issuer: [v2Issuer(tenantId)] },
    send: stranger,
    was: 401,
  },
  {
    does: '`issuer` and `tenantIdOrName`, and a token of one that is not in `issuer`',
    options: { ...common, issuer: [v2Issuer(tenantId)] },
    route: { tenantIdOrName: otherTenantId },
    send: stranger,
    was: 401,
  },
  {
    does: '`validateIssuer: false`, and any tenant',
    options: { ...common, validateIssuer: false },
    send: stranger,
    was: 200,
  },
  {
    does: '`validateIssuer: false` and `tenantIdOrName`, and a token of another tenant',
    options: { ...common, validateIssuer: false },
    route: { tenantIdOrName: tenantId },
    send: stranger,
    was: 200,
    is: 401,
    why: 'the route names the tenant',
  },
  {
    does: '`validateIssuer: false`, and a personal account',
    options: { ...common, validateIssuer: false },
    send: user({ personalAccount: true }),
    was: 200,
  },
  {
    does: '`validateIssuer: false`, and a `tid` that is not the tenant of `iss`',
    options: { ...common, validateIssuer: false },
    send: lied,
    was: 200,
    is: 401,
    why: 'the issuer is bound to `tid`, always',
  },
  {
    does: '`validateIssuer: false`, and an issuer that is not Microsoft’s',
    options: { ...common, validateIssuer: false },
    send: user({ claims: { iss: 'https://evil.example/' } }),
    was: 200,
    is: 401,
    why: 'the issuer is bound to `tid`, always',
  },
  {
    does: '`validateIssuer: false`, and an App ID URI that every tenant can register',
    options: { ...common, validateIssuer: false, audience: 'api://orders' },
    send: user({ version: '1.0', audience: 'api://orders' }),
    was: 200,
    is: 'refused',
    why: 'a stranger could register the same and get tokens for it; `allowSharedAudience: true` accepts that',
  },
]
