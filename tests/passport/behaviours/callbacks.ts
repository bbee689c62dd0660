import { api, metadata, tenantId, user, type Received, type Row, type Verify } from './row.ts'

type Done = (error: unknown, user?: unknown, info?: unknown) => void
interface Token {
  readonly oid: string
  seen?: number
}

const asUser: Verify = (token: Token, done: Done) => done(null, token)
const ran = ({ ran: times }: Received): string =>
  ['the handler never runs', 'the handler runs once'][times] ?? 'the handler runs twice'
const challenge = (received: Received): string => `\`${received.challenge}\``
const authInfo = ({ authInfo: info }: Received): string =>
  typeof info === 'object' && info !== null ? Object.keys(info).join(', ') || 'empty' : String(info)
const invalid =
  '`Bearer error="invalid_token", error_description="The access token is not valid for this API."`'
const forLog = 'it is a challenge of RFC 6750; `refusalOf` says why'
const noCrash = 'an exception is an error of this request only'

/** What the verify function gives, and what comes of it. */
export const callbacks: readonly Row[] = [
  {
    does: '`done(null, user)`: the user is in `req.user`',
    verify: (token: Token, done: Done) => done(null, { id: token.oid }),
    look: ({ user: found }) => Object.keys(Object(found)).join(),
    was: 'id',
  },
  {
    does: 'the token that it gets is the payload',
    verify: (token: object, done: Done) => done(null, { claims: Object.keys(token).toSorted().join(' ') }),
    send: user({ claims: { region: 'EU' } }),
    look: ({ user: found }) =>
      JSON.stringify(found).includes('region') ? 'with claims of your own' : 'without',
    was: 'with claims of your own',
  },
  {
    does: '`done(null, user, info)`: the info is in `req.authInfo`',
    verify: (token: Token, done: Done) => done(null, token, { scp: 'x' }),
    look: authInfo,
    was: 'scp',
    is: 'scp, identity',
    why: 'it also has the identity',
  },
  {
    does: '`done(null, user)`: `req.authInfo`',
    look: authInfo,
    was: 'empty',
    is: 'identity',
    why: 'it also has the identity',
  },
  {
    does: '`done(null, user, "text")`: `req.authInfo`',
    verify: (token: Token, done: Done) => done(null, token, 'text'),
    look: authInfo,
    was: 'text',
    is: 'identity, message',
    why: 'a string has no members, so it becomes the `message`',
  },
  { does: '`done(null, false)`', verify: (_token: Token, done: Done) => done(null, false), was: 401 },
  { does: '`done(null, null)`', verify: (_token: Token, done: Done) => done(null, null), was: 401 },
  {
    does: '`done(null, false, "text")`: the challenge',
    verify: (_token: Token, done: Done) => done(null, false, 'text'),
    look: challenge,
    was: '`error: invalid_token`',
    is: invalid,
    why: forLog,
  },
  {
    does: 'the same, with `loggingNoPII: false`',
    options: { loggingNoPII: false },
    verify: (_token: Token, done: Done) => done(null, false, 'text'),
    look: challenge,
    was: '`error: invalid_token, error description: text`',
    is: invalid,
    why: 'text for a log is not sent to the caller',
  },
  {
    does: 'a token that is not valid: the challenge',
    send: user({ signWith: 'unknown' }),
    look: challenge,
    was: '`In Strategy.prototype.jwtVerify: We did not receive a token we know how to validate`',
    is: invalid,
    why: forLog,
  },
  { does: '`done(error)`', verify: (_token: Token, done: Done) => done(new Error('x')), was: 500 },
  {
    does: '`done(error, user)`',
    verify: (token: Token, done: Done) => done(new Error('x'), token),
    was: 500,
  },
  {
    does: '`done("route")`, in `app.use`',
    verify: (_token: Token, done: Done) => done('route'),
    was: 200,
    is: 500,
    why: 'for Express\' `next` this text means "continue", so the guard would be skipped',
  },
  {
    does: 'it throws',
    verify: () => {
      throw new Error('x')
    },
    was: 'the process ends',
    is: 500,
    why: noCrash,
  },
  {
    does: 'its promise rejects',
    verify: async () => Promise.reject(new Error('x')),
    was: 'the process ends',
    is: 500,
    why: noCrash,
  },
  {
    does: 'it calls `done` twice',
    verify: (token: Token, done: Done) => {
      done(null, token)
      done(null, token)
    },
    look: ran,
    was: 'the handler runs once',
  },
  {
    does: 'it calls `done` without a user, then with one',
    verify: (token: Token, done: Done) => {
      done(null, false)
      done(null, token)
    },
    look: ran,
    was: 'the handler runs once',
    is: 'the handler never runs',
    why: 'the first call counts',
  },
  {
    does: 'it calls `done` later',
    verify: (token: Token, done: Done) => setImmediate(() => done(null, token)),
    was: 200,
  },
  { does: 'it never calls `done`', verify: () => {}, was: 'no answer' },
  {
    does: '`passReqToCallback: true`: the method of the request',
    options: { passReqToCallback: true },
    verify: (request: { method?: string }, token: Token, done: Done) =>
      done(null, { by: request.method, oid: token.oid }),
    look: ({ user: found }) => Object(found).by,
    was: 'GET',
  },
  {
    does: '`passReqToCallback` is the string "true"',
    options: { passReqToCallback: 'true' },
    was: 200,
    is: 'refused',
    why: 'passport-azure-ad treats it as false',
  },
  {
    does: 'what it writes into the token is gone for the next request',
    verify: (token: Token, done: Done) => {
      token.seen = (token.seen ?? 0) + 1
      done(null, token)
    },
    meanwhile: async () => {},
    look: ({ user: found }) => `seen ${String(Object(found).seen)}`,
    was: 'seen 1',
  },
]

/** The constructor. */
export const construction: readonly Row[] = [
  { does: 'no verify function', verify: undefined, was: 'refused' },
  { does: 'a verify function that is not a function', verify: {} as Verify, was: 'refused' },
  { does: 'no `clientID`', options: { clientID: '' }, was: 'refused' },
  { does: 'no `identityMetadata`', options: { identityMetadata: undefined }, was: 'refused' },
  {
    does: 'metadata over http',
    options: { identityMetadata: metadata(tenantId).replace('https', 'http') },
    was: 'refused',
  },
  {
    does: 'metadata of another host',
    options: {
      identityMetadata: metadata('contoso.com').replace('login.microsoftonline.com', 'login.example.com'),
    },
    was: 401,
    is: 'refused',
    why: 'the tokens of an unknown host are not accepted',
  },
  { does: '`clockSkew` is negative', options: { clockSkew: -1 }, was: 'refused' },
  { does: 'a fractional `clockSkew`', options: { clockSkew: 0.5 }, was: 'refused' },
  { does: '`clockSkew` is a string', options: { clockSkew: '300' }, was: 'refused' },
  {
    does: '`clockSkew: 0`',
    options: { clockSkew: 0 },
    was: 200,
    is: 'refused',
    why: 'passport-azure-ad uses 300 instead',
  },
  {
    does: '`clockSkew: 3600`',
    options: { clockSkew: 3600 },
    was: 200,
    is: 'refused',
    why: 'the limit is 600: an hour doubles the lifetime of a stolen token',
  },
  {
    does: '`proxy`',
    options: (proxy: object) => ({ proxy }),
    was: 200,
    is: 'refused',
    why: "the option is not supported: use your own `fetch`, or Node's `NODE_USE_ENV_PROXY=1`",
  },
  {
    does: 'options of `OIDCStrategy` among them',
    options: { responseType: 'code', redirectUrl: 'https://localhost/' },
    was: 200,
  },
  {
    does: 'an option that does not exist',
    options: { clientId: api },
    was: 200,
    is: 'refused',
    why: 'a typo in a security option must not be silent',
  },
  {
    does: 'an object that is frozen',
    options: Object.freeze({ identityMetadata: metadata(tenantId), clientID: api, loggingLevel: 'error' }),
    was: 'refused',
    is: 200,
    why: 'options are only read',
  },
  { does: 'the name of the strategy is `oauth-bearer`', verify: asUser, was: 200 },
]
