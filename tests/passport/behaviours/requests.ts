import type { Emulator } from '@entraguard/emulator'

import { metadata, type Row, type Sent } from './row.ts'

/** A request made of a good token. */
const sent =
  (make: (token: string) => Sent) =>
  async (entra: Emulator): Promise<Sent> =>
    make(await entra.issueUserToken())

const form = (token: string): URLSearchParams => new URLSearchParams({ access_token: token })
const twoTokens = 'with two credentials, other components may have checked the other one'

/** Where a token is. */
export const places: readonly Row[] = [
  {
    does: 'in the header, the scheme in lower case',
    send: sent((token) => ({ authorization: `bearer ${token}` })),
    was: 200,
  },
  {
    does: 'in the header, in another scheme',
    send: sent((token) => ({ authorization: `Token ${token}` })),
    was: 401,
  },
  { does: 'in the header, without a scheme', send: sent((token) => ({ authorization: token })), was: 401 },
  {
    does: 'in the header, after two spaces',
    send: sent((token) => ({ authorization: `Bearer  ${token}` })),
    was: 401,
    is: 200,
    why: 'HTTP allows more than one (RFC 9110)',
  },
  {
    does: 'in the header, followed by more text',
    send: sent((token) => ({ authorization: `Bearer ${token} x` })),
    was: 401,
  },
  {
    does: 'in the first of two headers',
    send: sent((token) => ({ authorization: [`Bearer ${token}`, 'Bearer x'] })),
    was: 200,
    is: 401,
    why: twoTokens,
  },
  { does: 'in a form', send: sent((token) => ({ body: form(token) })), was: 200 },
  { does: 'in a JSON body', send: sent((token) => ({ body: { access_token: token } })), was: 200 },
  { does: 'in the query', send: sent((token) => ({ path: `/?access_token=${token}` })), was: 401 },
  {
    does: 'in the header and in the query',
    send: sent((token) => ({ token, path: '/?access_token=x' })),
    was: 401,
  },
  {
    does: 'in the header, and an empty one in the query',
    send: sent((token) => ({ token, path: '/?access_token=' })),
    was: 200,
  },
  { does: 'in the header and in the body', send: sent((token) => ({ token, body: form(token) })), was: 401 },
  {
    does: 'in the header, and an empty one in the body',
    send: sent((token) => ({ token, body: form('') })),
    was: 200,
  },
  {
    does: 'in the body, beside Basic credentials in the header',
    send: sent((token) => ({ authorization: 'Basic dXNlcjpwYXNz', body: form(token) })),
    was: 200,
  },
  {
    does: 'in the body, beside a DPoP token in the header',
    send: sent((token) => ({ authorization: 'DPoP x', body: form(token) })),
    was: 200,
    is: 401,
    why: twoTokens,
  },
  {
    does: 'in the body, beside the scheme alone in the header',
    send: sent((token) => ({ authorization: 'Bearer', body: form(token) })),
    was: 200,
    is: 401,
    why: twoTokens,
  },
  {
    does: 'in the body, beside a malformed one in the header',
    send: sent((token) => ({ authorization: 'Bearer a b', body: form(token) })),
    was: 200,
    is: 401,
    why: twoTokens,
  },
  {
    does: 'in a list of one in the body',
    send: sent((token) => ({ body: { access_token: [token] } })),
    was: 401,
  },
]

const cannotSay = 'the token cannot be checked; with a 401, clients would discard valid tokens'
const nowhere = (entra: Emulator): Promise<void> => Promise.resolve(entra.goOffline())

/** Keys. */
export const keys: readonly Row[] = [
  {
    does: 'the first token of all, while Microsoft cannot be reached',
    // Of no other row: passport-azure-ad keeps metadata for the whole process.
    options: { identityMetadata: metadata('fabrikam.com') },
    cold: true,
    meanwhile: nowhere,
    was: 401,
    is: 503,
    why: cannotSay,
  },
  {
    does: 'the first token of a new key',
    meanwhile: async (entra) => {
      entra.advance(60)
      await entra.rotateKeys()
    },
    was: 401,
    is: 200,
    why: 'passport-azure-ad caches keys for 30 minutes; here an unknown key causes a request, at most twice a minute',
  },
  {
    does: 'a token of a key that is known, while Microsoft cannot be reached',
    meanwhile: nowhere,
    was: 200,
  },
  {
    does: 'a token of an unknown key, while Microsoft cannot be reached',
    meanwhile: async (entra) => {
      entra.advance(60)
      await nowhere(entra)
    },
    send: async (entra) => ({ token: await entra.issueUserToken({ signWith: 'unknown' }) }),
    was: 401,
    is: 503,
    why: cannotSay,
  },
]
