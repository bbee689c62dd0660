import type { Emulator } from '@entraguard/emulator'

import {
  accepted,
  created,
  invalidToken,
  malformedRequest,
  noToken,
  notPermitted,
  otherScheme,
  withoutToken,
  type Answer,
} from './answers.ts'

/** One request and what has to come back. */
export interface Row {
  /** A title: `sent → status`. */
  readonly sent: string
  /** Default `GET`. */
  readonly method?: string
  /** Default `/orders`. */
  readonly path?: string
  readonly token?: (entra: Emulator) => string | Promise<string>
  /** The whole header, made of the token. Default `Bearer {token}`, where there is a token. */
  readonly authorization?: (token: string) => string
  readonly headers?: (token: string) => Readonly<Record<string, string>>
  readonly body?: (token: string) => string
  readonly answer: Answer
}

const reader = (entra: Emulator): Promise<string> => entra.issueUserToken({ scopes: ['Orders.Read'] })
const forged = (entra: Emulator): Promise<string> => entra.issueUserToken({ signWith: 'unknown' })
const orders = '/orders'

/** How the token is sent. */
export const headerForms: readonly Row[] = [
  { sent: 'no Authorization header', answer: noToken },
  { sent: 'an empty Authorization header', authorization: () => '', answer: noToken },
  {
    sent: 'the scheme in lower case',
    token: reader,
    authorization: (token) => `bearer ${token}`,
    answer: accepted,
  },
  {
    sent: 'the scheme in mixed case',
    token: reader,
    authorization: (token) => `bEaReR ${token}`,
    answer: accepted,
  },
  { sent: 'two spaces', token: reader, authorization: (token) => `Bearer  ${token}`, answer: accepted },
  {
    sent: 'a space at the end',
    token: reader,
    authorization: (token) => `Bearer ${token} `,
    answer: accepted,
  },
  { sent: 'the scheme alone', authorization: () => 'Bearer', answer: malformedRequest },
  { sent: 'a token without a scheme', token: reader, authorization: (token) => token, answer: noToken },
  { sent: 'another scheme', token: reader, authorization: (token) => `foo ${token}`, answer: noToken },
  {
    sent: 'a token in the scheme DPoP',
    token: reader,
    authorization: (token) => `DPoP ${token}`,
    answer: otherScheme,
  },
  {
    sent: 'a token in the scheme PoP, in lower case',
    token: reader,
    authorization: (token) => `pop ${token}`,
    answer: otherScheme,
  },
  {
    sent: 'a token in the scheme MTLS_POP',
    token: reader,
    authorization: (token) => `MTLS_POP ${token}`,
    answer: otherScheme,
  },
  {
    sent: 'a tab after the scheme',
    token: reader,
    authorization: (token) => `Bearer\t${token}`,
    answer: malformedRequest,
  },
  {
    sent: 'a space and a tab after the scheme',
    token: reader,
    authorization: (token) => `Bearer \t${token}`,
    answer: malformedRequest,
  },
  { sent: 'Negotiate credentials', authorization: () => 'Negotiate YII=', answer: noToken },
  { sent: 'Basic credentials', authorization: () => 'Basic dXNlcjpwYXNz', answer: noToken },
  {
    sent: 'a colon after the scheme',
    token: reader,
    authorization: (token) => `Bearer: ${token}`,
    answer: noToken,
  },
  {
    sent: 'the scheme twice',
    token: reader,
    authorization: (token) => `Bearer Bearer ${token}`,
    answer: malformedRequest,
  },
  {
    sent: 'a quoted token',
    token: reader,
    authorization: (token) => `Bearer "${token}"`,
    answer: invalidToken,
  },
  {
    sent: 'a forged and a valid token joined by a comma',
    token: async (entra) => `${await forged(entra)}, Bearer ${await reader(entra)}`,
    answer: malformedRequest,
  },
  {
    sent: 'a valid and a forged token joined by a comma',
    token: async (entra) => `${await reader(entra)}, Bearer ${await forged(entra)}`,
    answer: malformedRequest,
  },
  { sent: 'the text "undefined"', authorization: () => 'Bearer undefined', answer: invalidToken },
  { sent: 'the text "null"', authorization: () => 'Bearer null', answer: invalidToken },
  {
    sent: 'Base64 of a token',
    token: reader,
    authorization: (token) => `Bearer ${btoa(token)}`,
    answer: invalidToken,
  },
  { sent: 'bytes that are not ASCII', authorization: () => 'Bearer ÿþ', answer: invalidToken },
  {
    sent: 'a token in the query',
    path: '/orders?access_token={token}',
    token: reader,
    authorization: () => '',
    answer: noToken,
  },
  {
    sent: 'a forged token in the query and a valid one in the header',
    path: '/orders?access_token=eyJhbGciOiJub25lIn0.e30.',
    token: reader,
    answer: accepted,
  },
  {
    sent: 'a token in a form',
    method: 'POST',
    token: reader,
    authorization: () => '',
    headers: () => ({ 'content-type': 'application/x-www-form-urlencoded' }),
    body: (token) => `access_token=${token}`,
    answer: noToken,
  },
  {
    sent: 'a token in a cookie',
    token: reader,
    authorization: () => '',
    headers: (token) => ({ cookie: `access_token=${token}; token=${token}` }),
    answer: noToken,
  },
  {
    sent: 'headers by which gateways tell who is signed in',
    token: reader,
    authorization: () => '',
    headers: (token) => ({
      'x-ms-client-principal': btoa('{"auth_typ":"aad","claims":[]}'),
      'x-ms-token-aad-access-token': token,
      'x-forwarded-access-token': token,
      'x-forwarded-authorization': `Bearer ${token}`,
    }),
    answer: noToken,
  },
  {
    sent: 'headers that name another path or method',
    headers: () => ({
      'x-original-url': '/health',
      'x-rewrite-url': '/health',
      'x-http-method-override': 'OPTIONS',
    }),
    answer: noToken,
  },
  {
    sent: "Next's header of its own middleware requests",
    headers: () => ({ 'x-middleware-subrequest': 'middleware:middleware:middleware:middleware:middleware' }),
    answer: noToken,
  },
  {
    sent: 'headers of a server component request',
    headers: () => ({ rsc: '1', 'next-router-state-tree': '%5B%5D' }),
    // Next sends a client without the matching query to the address with it.
    answer: { status: [307, 400, 401, 404] },
  },
  {
    sent: 'the header of a Next data request',
    headers: () => ({ 'x-nextjs-data': '1' }),
    answer: { status: [400, 401, 404] },
  },
]

/** A token, changed where an attacker changes it. */
async function tampered(entra: Emulator): Promise<string> {
  const [header = '', payload = '', signature = ''] = (await reader(entra)).split('.')
  const claims = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))) as Record<
    string,
    unknown
  >
  const changed = btoa(JSON.stringify({ ...claims, scp: 'Orders.Read Orders.Write' }))
  return [header, changed.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', ''), signature].join('.')
}

async function otherSignature(entra: Emulator): Promise<string> {
  const token = await reader(entra)
  const at = token.lastIndexOf('.') + 10
  return `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`
}

async function unsigned(entra: Emulator): Promise<string> {
  const [, payload = ''] = (await reader(entra)).split('.')
  return `${btoa('{"alg":"none","typ":"JWT"}').replaceAll('=', '')}.${payload}.`
}

/** Tokens that this API accepts. */
export const acceptedTokens: readonly Row[] = [
  {
    sent: 'a v2.0 token of a user with the scope',
    token: (entra) => entra.issueUserToken({ version: '2.0', scopes: ['Orders.Read'] }),
    answer: accepted,
  },
  {
    sent: 'a v1.0 token of a user with the scope',
    token: (entra) => entra.issueUserToken({ version: '1.0', scopes: ['Orders.Read'] }),
    answer: accepted,
  },
  {
    sent: 'a v2.0 token of an app with the permission',
    token: (entra) => entra.issueAppToken({ version: '2.0', roles: ['Orders.Read.All'] }),
    answer: accepted,
  },
  {
    sent: 'a v1.0 token of an app with the permission',
    token: (entra) => entra.issueAppToken({ version: '1.0', roles: ['Orders.Read.All'] }),
    answer: accepted,
  },
  {
    sent: 'a token that expired within the tolerance',
    token: (entra) => entra.issueUserToken({ expiresIn: -60 }),
    answer: accepted,
  },
  {
    sent: 'a token with claims that nobody knows',
    token: (entra) => entra.issueUserToken({ claims: { constructor: 'x', toJSON: 1, name: '"\r\n' } }),
    answer: accepted,
  },
  {
    sent: 'any user on a route for any caller',
    path: '/whoami',
    token: (entra) => entra.issueUserToken({ scopes: ['Orders.Write'] }),
    answer: accepted,
  },
  {
    sent: 'any app on a route for any caller',
    path: '/whoami',
    token: (entra) => entra.issueAppToken({ roles: ['Orders.Write.All'] }),
    answer: accepted,
  },
  {
    sent: 'a user who may write',
    method: 'POST',
    token: (entra) => entra.issueUserToken({ scopes: ['Orders.Write'] }),
    answer: created,
  },
  { sent: 'no token on a public route', path: '/health', answer: accepted },
  {
    sent: 'a bad token on a public route',
    path: '/health',
    authorization: () => 'Bearer bad',
    answer: { status: 200 },
  },
]

/** Tokens that are not valid here. Whatever is wrong with them, the answer is the same. */
export const refusedTokens: readonly Row[] = [
  { sent: 'a text that is no JWT', token: () => 'not-a-token', answer: invalidToken },
  { sent: 'five segments', token: () => 'e30.e30.e30.e30.e30', answer: invalidToken },
  {
    sent: 'an expired token',
    token: (entra) => entra.issueUserToken({ expiresIn: -3600 }),
    answer: invalidToken,
  },
  {
    sent: 'a token of the future',
    token: (entra) => entra.issueUserToken({ claims: { nbf: Math.floor(entra.now() / 1000) + 3000 } }),
    answer: invalidToken,
  },
  {
    sent: 'a token for another API',
    token: (entra) => entra.issueUserToken({ audience: 'api://77777777-7777-4777-8777-777777777777' }),
    answer: invalidToken,
  },
  {
    sent: 'an audience with a quotation mark',
    token: (entra) => entra.issueUserToken({ audience: 'a"b' }),
    answer: invalidToken,
  },
  {
    sent: 'a token for Microsoft Graph',
    token: (entra) => entra.issueUserToken({ audience: '00000003-0000-0000-c000-000000000000' }),
    answer: invalidToken,
  },
  {
    sent: 'a token of another tenant',
    token: (entra) => entra.issueUserToken({ tenantId: '99999999-9999-4999-8999-999999999999' }),
    answer: invalidToken,
  },
  {
    sent: 'a token of a tenant that does not exist',
    token: (entra) => entra.issueUserToken({ tenantId: '12345678-1234-4234-8234-123456789012' }),
    answer: invalidToken,
  },
  { sent: 'a token signed by a key that nobody published', token: forged, answer: invalidToken },
  { sent: 'a token whose payload was changed', token: tampered, answer: invalidToken },
  { sent: 'a token whose signature was changed', token: otherSignature, answer: invalidToken },
  { sent: 'a token without a signature (alg none)', token: unsigned, answer: invalidToken },
  {
    sent: 'a token signed with PS256',
    token: (entra) => entra.issueUserToken({ header: { alg: 'PS256' } }),
    answer: invalidToken,
  },
  {
    sent: 'a token signed with HS256',
    token: (entra) => entra.issueUserToken({ header: { alg: 'HS256' } }),
    answer: invalidToken,
  },
  {
    sent: 'a token that demands an extension',
    token: (entra) => entra.issueUserToken({ header: { crit: ['exp'] } }),
    answer: invalidToken,
  },
  {
    sent: 'a token of another type',
    token: (entra) => entra.issueUserToken({ header: { typ: 'pop' } }),
    answer: invalidToken,
  },
  {
    sent: 'a token that is bound to a key',
    token: (entra) => entra.issueUserToken({ claims: { cnf: { kid: 'x' } } }),
    answer: invalidToken,
  },
  {
    sent: 'a token without exp',
    token: (entra) => entra.issueUserToken({ claims: { exp: undefined } }),
    answer: invalidToken,
  },
  {
    sent: 'a token whose tid is not the tenant of its issuer',
    token: (entra) => entra.issueUserToken({ claims: { tid: '99999999-9999-4999-8999-999999999999' } }),
    answer: invalidToken,
  },
  {
    sent: "an app's token with a scope",
    token: (entra) => entra.issueAppToken({ claims: { idtyp: 'app', scp: 'Orders.Read' } }),
    answer: invalidToken,
  },
  { sent: 'an ID token', token: (entra) => entra.issueIdToken(), answer: invalidToken },
  { sent: 'a token of Azure AD B2C', token: (entra) => entra.issueB2cToken(), answer: invalidToken },
]

/** Valid tokens of callers who may not do this. */
export const refusedCallers: readonly Row[] = [
  {
    sent: 'a user without the scope to read',
    token: (entra) => entra.issueUserToken({ scopes: ['Orders.Write'] }),
    answer: notPermitted('Orders.Read'),
  },
  {
    sent: 'a user without the scope to write',
    method: 'POST',
    token: reader,
    answer: notPermitted('Orders.Write'),
  },
  {
    sent: 'a scope in another case',
    token: (entra) => entra.issueUserToken({ scopes: ['orders.read'] }),
    answer: notPermitted('Orders.Read'),
  },
  {
    sent: "a user whose role is called like an app's permission",
    token: (entra) => entra.issueUserToken({ scopes: ['Other'], roles: ['Orders.Read.All', 'Orders.Read'] }),
    answer: notPermitted('Orders.Read'),
  },
  {
    sent: 'an app without the permission',
    token: (entra) => entra.issueAppToken({ roles: ['Orders.Write.All'] }),
    answer: notPermitted(),
  },
  {
    sent: "an app whose permission is called like a user's scope",
    token: (entra) => entra.issueAppToken({ roles: ['Orders.Read'] }),
    answer: notPermitted(),
  },
  {
    sent: 'an app on a route for users',
    method: 'POST',
    token: (entra) => entra.issueAppToken({ roles: ['Orders.Write', 'Orders.Write.All'] }),
    answer: notPermitted(),
  },
  {
    sent: 'a caller of an unknown kind',
    token: (entra) => entra.issueUserToken({ claims: { oid: undefined } }),
    answer: notPermitted(),
  },
  {
    sent: 'a caller of an unknown kind on a route for any caller',
    path: '/whoami',
    token: (entra) => entra.issueUserToken({ claims: { oid: undefined } }),
    answer: notPermitted(),
  },
  {
    sent: 'an app without any permission',
    path: '/whoami',
    token: (entra) => entra.issueAppToken({ roles: [] }),
    answer: notPermitted(),
  },
]

/** Never a success: these methods have no route, or must not get around one. */
const noRoute: Answer = { status: [400, 401, 404, 405, 501] }

const agentTokens: ReadonlyArray<readonly [string, NonNullable<Row['token']>]> = [
  [
    'an agent that acts by itself',
    (entra) => entra.issueAppToken({ agent: true, roles: ['Orders.Read.All'] }),
  ],
  ['an agent that acts for a person', (entra) => entra.issueUserToken({ agent: 'onBehalfOf' })],
  ['an agent with a user account of its own', (entra) => entra.issueUserToken({ agent: 'userAccount' })],
]
const otherTokens: ReadonlyArray<readonly [string, NonNullable<Row['token']>]> = [
  ['a person', reader],
  ['an app', (entra) => entra.issueAppToken({ roles: ['Orders.Read.All'] })],
  [
    'a person whose token has other facets',
    (entra) => entra.issueUserToken({ claims: { xms_act_fct: '3 9', xms_sub_fct: '1 3 111' } }),
  ],
]

/** Routes for anybody but agents, and for agents alone. */
export const agents: readonly Row[] = [
  ...agentTokens.flatMap(([sent, token]) => [
    { sent: `${sent}, on a route that admits all`, path: '/whoami', token, answer: accepted },
    { sent: `${sent}, on a route for agents`, path: '/whoami/agent', token, answer: accepted },
    {
      sent: `${sent}, on a route that refuses agents`,
      path: '/whoami/person',
      token,
      answer: notPermitted(),
    },
  ]),
  ...otherTokens.flatMap(([sent, token]) => [
    { sent: `${sent}, on a route that refuses agents`, path: '/whoami/person', token, answer: accepted },
    { sent: `${sent}, on a route for agents`, path: '/whoami/agent', token, answer: notPermitted() },
  ]),
  { sent: 'no token, on a route for agents', path: '/whoami/agent', answer: noToken },
]

/** What users need for a route, as tokens name it. */
export function scopeOf({ method = 'GET', path = '/orders' }: Row): string | undefined {
  if (!/^\/orders(?:\?|$)/.test(path)) return undefined
  return method === 'POST' ? 'Orders.Write' : 'Orders.Read'
}

/** Methods. */
export const methods: readonly Row[] = [
  { sent: 'HEAD without a token', method: 'HEAD', answer: { status: 401, challenge: withoutToken } },
  { sent: 'HEAD with a token', method: 'HEAD', token: reader, answer: accepted },
  { sent: 'PURGE without a token', method: 'PURGE', answer: noRoute },
  { sent: 'PUT without a token', method: 'PUT', answer: noRoute },
  { sent: 'DELETE without a token', method: 'DELETE', answer: noRoute },
  // Some frameworks answer it themselves with the methods of the path: a preflight never carries a token.
  { sent: 'OPTIONS without a token', method: 'OPTIONS', answer: { status: [200, 204, 400, 401, 404, 405] } },
  { sent: 'POST without a token', method: 'POST', answer: noToken },
]

const elsewhere: Answer = { status: [301, 302, 307, 308, 400, 401, 403, 404, 405] }

/** Paths that a router may read in another way than a guard. Without a token, and never the orders. */
export const pathTricks: readonly Row[] = [
  '//orders',
  '/./orders',
  '/health/../orders',
  '/health/..%2forders',
  '/health%2f..%2forders',
  '/%6frders',
  '/%256frders',
  '/orders/',
  '/orders//',
  '/orders/.',
  '/orders;x=1',
  '/health;/../orders',
  '/health\\..\\orders',
  '/orders%00',
  '/orders%20',
  '/orders%2f',
  '/orders.json',
  '/ORDERS',
  '/orders?path=/health',
  '/orders#/health',
].map((path) => ({ sent: path, path, answer: elsewhere }))

/** Written to the socket as it is, after the base path; `fetch` cannot send these. */
export const rawRequests: ReadonlyArray<{
  readonly sent: string
  readonly lines: (base: string, host: string, valid: string, forged: string) => readonly string[]
  readonly statuses: readonly number[]
}> = [
  {
    sent: 'two Authorization headers, a forged and a valid token',
    lines: (base, host, valid, other) => [
      `GET ${base}${orders} HTTP/1.1`,
      `Host: ${host}`,
      `Authorization: Bearer ${other}`,
      `Authorization: Bearer ${valid}`,
    ],
    statuses: [400, 401],
  },
  {
    sent: 'two Authorization headers, the first of another scheme',
    lines: (base, host, valid) => [
      `GET ${base}${orders} HTTP/1.1`,
      `Host: ${host}`,
      'Authorization: Basic dXNlcjpwYXNz',
      `Authorization: Bearer ${valid}`,
    ],
    statuses: [400, 401],
  },
  {
    sent: 'an absolute address as the target',
    lines: (base, host) => [`GET http://${host}${base}${orders} HTTP/1.1`, `Host: ${host}`],
    // Next takes the two slashes for a path to be corrected.
    statuses: [308, 400, 401, 404],
  },
  {
    sent: 'TRACE',
    lines: (base, host) => [`TRACE ${base}${orders} HTTP/1.1`, `Host: ${host}`],
    statuses: [0, 400, 401, 404, 405, 500, 501],
  },
  {
    sent: 'an unknown method',
    lines: (base, host) => [`get ${base}${orders} HTTP/1.1`, `Host: ${host}`],
    statuses: [0, 400, 401, 404, 405, 500, 501],
  },
]
