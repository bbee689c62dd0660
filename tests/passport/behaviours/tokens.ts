import { api, changed, externalIdTenantId, user, v1, type Row, type Send } from './row.ts'

const expired = (seconds: number): Send => user({ expiresIn: -seconds })
const now = (): number => Math.floor(Date.now() / 1000)

/** What a token has to be. */
export const tokens: readonly Row[] = [
  { does: 'a good v2.0 token of a user', was: 200 },
  {
    does: 'a good v2.0 token of an app',
    send: async (entra) => ({ token: await entra.issueAppToken() }),
    was: 200,
  },
  { does: 'no token', send: () => ({}), was: 401 },
  { does: 'text that is not a token', send: () => ({ token: 'abc' }), was: 401 },
  { does: 'a changed payload', send: async (entra) => changed(entra, 1), was: 401 },
  { does: 'a changed signature', send: async (entra) => changed(entra, 2), was: 401 },
  { does: 'an unpublished key', send: user({ signWith: 'unknown' }), was: 401 },
  {
    does: 'a token without a signature (`alg` is `none`)',
    send: user({ header: { alg: 'none' } }),
    was: 401,
  },
  { does: 'a token signed with HS256', send: user({ header: { alg: 'HS256' } }), was: 401 },
  {
    does: 'a header that requires an extension (`crit`)',
    send: user({ header: { crit: ['x'], x: 1 } }),
    was: 200,
    is: 401,
    why: 'a verifier that does not know the extension must refuse the token (RFC 7515)',
  },
  { does: 'a header without `x5t`', send: user({ header: { x5t: undefined } }), was: 200 },
  {
    does: 'a header without `kid`, in a v1.0 token',
    options: v1,
    send: user({ version: '1.0', header: { kid: undefined } }),
    was: 200,
    is: 401,
    why: 'keys are found by `kid`, which Entra ID always writes',
  },
  {
    does: 'a header with the `typ` of RFC 9068 (`at+jwt`)',
    send: user({ header: { typ: 'at+jwt' } }),
    was: 401,
    is: 200,
    why: 'it says that the token is an access token',
  },
  {
    does: 'a header with another `typ`',
    send: user({ header: { typ: 'dpop+jwt' } }),
    was: 401,
  },
  {
    does: 'an ID token of this client',
    send: async (entra) => ({ token: await entra.issueIdToken({ audience: api }) }),
    was: 200,
    is: 401,
    why: 'an ID token tells a client who signed in, and gives no access',
  },
  {
    does: 'a sender-constrained token (`cnf`)',
    send: user({ claims: { cnf: { kid: 'x' } } }),
    was: 200,
    is: 401,
    why: 'sent as a plain bearer token, it counts as stolen',
  },
  {
    does: 'a token with neither `scp` nor `roles`',
    send: async (entra) => ({ token: await entra.issueAppToken({ roles: [] }) }),
    was: 200,
    is: 401,
    why: 'any app of the tenant can get one; `allowWithoutPermissions: true` accepts it',
  },
  {
    does: 'the same, with `allowWithoutPermissions: true`',
    options: { allowWithoutPermissions: true },
    send: async (entra) => ({ token: await entra.issueAppToken({ roles: [] }) }),
    was: 200,
  },
  {
    does: 'a token that is neither a user’s nor an app’s (no `oid`)',
    send: user({ claims: { oid: undefined } }),
    was: 200,
    is: 401,
    why: 'the caller cannot be identified',
  },
  {
    does: 'a token without `tid`',
    send: user({ claims: { tid: undefined } }),
    was: 200,
    is: 401,
    why: 'the tenant of the caller is unknown',
  },
  {
    does: 'a token of a version that does not exist',
    send: user({ claims: { ver: '3.0' } }),
    was: 200,
    is: 401,
    why: 'the meaning of its claims is unknown',
  },
  {
    does: 'a token whose `scp` is a number, or whose `roles` is a string',
    send: user({ claims: { scp: 1, roles: 'Orders.Admin' } }),
    was: 200,
    is: 401,
    why: 'Entra ID writes neither, and permissions must not be guessed',
  },
  { does: 'a token that expired within the skew', send: expired(120), was: 200 },
  { does: 'a token that expired before', send: expired(400), was: 401 },
  { does: 'a token without `exp`', send: user({ claims: { exp: undefined } }), was: 401 },
  {
    does: 'a token whose `exp` is a string',
    send: user({ claims: { exp: String(now() + 3600) } }),
    was: 401,
  },
  { does: 'a token without `nbf`', send: user({ claims: { nbf: undefined } }), was: 200 },
  { does: 'a token that begins within the skew', send: user({ claims: { nbf: now() + 120 } }), was: 200 },
  { does: 'a token that begins later', send: user({ claims: { nbf: now() + 900 } }), was: 401 },
  {
    does: 'a token that was issued later (`iat`)',
    send: user({ claims: { iat: now() + 900 } }),
    was: 200,
    is: 401,
    why: 'its time of issue is in the future',
  },
  {
    does: '`clockSkew: 60`, and a token that expired two minutes ago',
    options: { clockSkew: 60 },
    send: expired(120),
    was: 401,
  },
  {
    does: '`ignoreExpiration: true`, and an expired token',
    options: { ignoreExpiration: true },
    send: expired(4000),
    was: 200,
    is: 'refused',
    why: 'the option is not documented, and a token that never expires cannot be revoked',
  },
]

const withAudience = (audience: unknown): Send => user({ claims: { aud: audience } })

/** Whom a token is for. */
export const audiences: readonly Row[] = [
  { does: 'no `audience`: the client id', was: 200 },
  { does: 'no `audience`: `spn:` and the client id', send: withAudience(`spn:${api}`), was: 200 },
  { does: 'no `audience`: the Application ID URI', send: withAudience(`api://${api}`), was: 401 },
  { does: '`audience` is that string', options: v1, send: user({ version: '1.0' }), was: 200 },
  {
    does: '`audience` is a list with it',
    options: { ...v1, audience: [api, `api://${api}`] },
    send: user({ version: '1.0' }),
    was: 200,
  },
  {
    does: 'metadata of v2.0, and an `audience` without a client id',
    options: { audience: `api://${api}` },
    was: 401,
    is: 'refused',
    why: 'v2.0 tokens have only the client id as audience, so every token would be refused',
  },
  { does: 'a token for another API', send: withAudience('api://another'), was: 401 },
  {
    does: 'an extra slash',
    options: v1,
    send: user({ version: '1.0', audience: `api://${api}/` }),
    was: 401,
  },
  {
    does: 'a client id in capitals among the options',
    options: { clientID: api.toUpperCase(), audience: '2222222A-2222-4222-8222-22222222222A' },
    send: withAudience('2222222a-2222-4222-8222-22222222222a'),
    was: 401,
    is: 200,
    why: 'GUIDs mean the same in any case; Entra ID writes them in lower case',
  },
  {
    does: 'a list of one audience in the token',
    send: withAudience([api]),
    was: 200,
    is: 401,
    why: 'Entra ID writes a single string',
  },
  {
    does: 'two audiences in the token',
    send: user({ claims: { aud: [api, 'api://another'], azp: api } }),
    was: 401,
  },
  {
    does: 'the same, with `allowMultiAudiencesInToken: true`',
    options: { allowMultiAudiencesInToken: true },
    send: user({ claims: { aud: [api, 'api://another'], azp: api } }),
    was: 401,
  },
  {
    does: 'an empty list as `audience`',
    options: { audience: [] },
    was: 401,
    is: 'refused',
    why: 'every token would be refused',
  },
  {
    does: 'an object as `audience`',
    options: { audience: {} },
    was: 200,
    is: 'refused',
    why: 'passport-azure-ad silently uses the default',
  },
  {
    does: 'External ID',
    options: {
      identityMetadata: `https://contosociam.ciamlogin.com/${externalIdTenantId}/v2.0/.well-known/openid-configuration`,
    },
    send: user({ tenantId: externalIdTenantId }),
    was: 200,
  },
]

/** What a user consented to. */
export const scopes: readonly Row[] = [
  {
    does: 'one of the scopes',
    options: { scope: ['Orders.Read', 'x'] },
    send: user({ scopes: ['Orders.Read'] }),
    was: 200,
  },
  { does: 'none of the scopes', options: { scope: ['Orders.Audit'] }, was: 401 },
  { does: 'a scope in other capitals', options: { scope: ['orders.read'] }, was: 401 },
  {
    does: 'the token of an app, where scopes are asked for',
    options: { scope: ['Orders.Read'] },
    send: async (entra) => ({ token: await entra.issueAppToken({ roles: ['Orders.Read'] }) }),
    was: 401,
  },
  { does: '`scope` is an empty list', options: { scope: [] }, was: 'refused' },
  { does: '`scope` is a string', options: { scope: 'Orders.Read' }, was: 'refused' },
  {
    does: 'a scope in full (`api://…/Orders.Read`) among the options',
    options: { scope: [`api://${api}/Orders.Read`] },
    was: 401,
    is: 'refused',
    why: 'tokens have only the name of a scope, so every token would be refused',
  },
  {
    does: '`scopes` instead of `scope`',
    options: { scopes: ['Orders.Audit'] },
    was: 200,
    is: 'refused',
    why: 'an unknown option is a mistake, and this one would admit everybody',
  },
  {
    does: '`scope` in the options of `passport.authenticate`',
    route: { scope: ['Orders.Audit'] },
    was: 200,
  },
]
