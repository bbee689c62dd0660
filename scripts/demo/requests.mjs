/** How a token is made: by the emulator's own endpoints, and changed here where an attacker would change it. */
const user = (options = {}) => ({ kind: 'user', ...options })
const app = (options = {}) => ({ kind: 'app', ...options })

const API = '22222222-2222-4222-8222-222222222222'
const OTHER_TENANT = '99999999-9999-4999-8999-999999999999'
const OTHER_API = 'api://77777777-7777-4777-8777-777777777777'

function tamper(token) {
  const [header, payload, signature] = token.split('.')
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
  claims.scp = 'Orders.Read Orders.Write'
  return [header, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.')
}

function unsigned(token) {
  const header = Buffer.from(JSON.stringify({ alg: 'none', typ: 'JWT' })).toString('base64url')
  return `${header}.${token.split('.')[1]}.`
}

const get = { method: 'GET', path: '/orders' }
const post = { method: 'POST', path: '/orders' }

/**
 * What is sent and what has to come back. A row is one request: `token` is what the emulator is asked for, `change`
 * what is done to it then, `authorization` a whole header instead. `code` is the error code, `undefined` for a success.
 */
export const requests = [
  { sent: 'no token, public route', ...get, path: '/health', status: 200 },
  {
    sent: 'v2.0 user, Orders.Read',
    ...get,
    token: user({ version: '2.0', scopes: ['Orders.Read'] }),
    status: 200,
  },
  {
    sent: 'v1.0 user, Orders.Read',
    ...get,
    token: user({ version: '1.0', scopes: ['Orders.Read'] }),
    status: 200,
  },
  { sent: 'app, Orders.Read.All', ...get, token: app({ roles: ['Orders.Read.All'] }), status: 200 },
  { sent: 'user, Orders.Write', ...post, token: user({ scopes: ['Orders.Write'] }), status: 201 },
  { sent: 'no token', ...get, status: 401, code: 'token_missing' },
  { sent: 'not a JWT', ...get, authorization: 'Bearer not-a-token', status: 401, code: 'token_malformed' },
  { sent: 'the scheme alone', ...get, authorization: 'Bearer', status: 400, code: 'request_malformed' },
  {
    sent: 'alg none, no signature',
    ...get,
    token: user(),
    change: unsigned,
    status: 401,
    code: 'algorithm_refused',
  },
  {
    sent: 'expired an hour ago',
    ...get,
    token: user({ expiresIn: -3600 }),
    status: 401,
    code: 'token_expired',
  },
  {
    sent: 'for another API',
    ...get,
    token: user({ audience: OTHER_API }),
    status: 401,
    code: 'audience_mismatch',
  },
  {
    sent: 'of another tenant',
    ...get,
    token: user({ tenantId: OTHER_TENANT }),
    status: 401,
    code: 'issuer_unknown',
  },
  {
    sent: 'payload changed',
    ...get,
    token: user({ scopes: ['Orders.Read'] }),
    change: tamper,
    status: 401,
    code: 'signature_invalid',
  },
  {
    sent: 'an ID token',
    ...get,
    token: { kind: 'id', audience: API },
    status: 401,
    code: 'id_token_refused',
  },
  {
    sent: 'user without the scope',
    ...post,
    token: user({ scopes: ['Orders.Read'] }),
    status: 403,
    code: 'scope_missing',
  },
  {
    sent: 'app without the permission',
    ...get,
    token: app({ roles: ['Orders.Write.All'] }),
    status: 403,
    code: 'app_permission_missing',
  },
  {
    sent: 'app on a route for users',
    ...post,
    token: app({ roles: ['Orders.Read.All'] }),
    status: 403,
    code: 'caller_refused',
  },
  { rotate: true, sent: 'user, signed by the new key', ...get, token: user(), status: 200 },
  { sent: 'user, signed by the old key', ...get, token: user({ signWith: 'previous' }), status: 200 },
  {
    sent: 'a key that nobody published',
    ...get,
    token: user({ signWith: 'unknown' }),
    status: 401,
    code: 'signing_key_not_found',
  },
]
