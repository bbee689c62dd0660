import { describe } from 'vitest'

import { cases, testCases, type Attempt } from '../support/cases-of-others.ts'
import { clock } from '../support/issuer.ts'
import { origin } from '../support/prover.ts'

/** A proof for an address, and a request for a path at an API with that origin. */
const at = (htu: unknown, url = '/admin', api: string = origin): Attempt => ({
  claims: { htu },
  request: { url },
  dpop: { origin: api },
})

/** A proof that was made so many seconds from now, where it may be so old. */
const made = (seconds: number, maxAge?: number): Attempt => ({
  claims: { iat: clock + seconds },
  ...(maxAge !== undefined && { dpop: { maxAge } }),
})

describe('the address of a proof', () => {
  testCases([
    ...cases('Microsoft', 'accepted', {
      itself: at(`${origin}/admin`),
      'the host in capitals': at('https://API.Contoso.COM/admin'),
      'the scheme in capitals': at('HTTPS://api.contoso.com/admin'),
      'the port of https': at(`${origin}:443/admin`),
      'the port of http': at('http://localhost:80/admin', '/admin', 'http://localhost'),
      'a letter that is encoded': at(`${origin}/a%41`, '/aA'),
      'a fragment': at(`${origin}/admin#frag`),
      'a query in the request': at(`${origin}/admin`, '/admin?q=1'),
      'another query in each': at(`${origin}/admin?foo=bar`, '/admin?other=val'),
      'dots in the proof': at(`${origin}/a/../admin`),
    }),
    ...cases('Microsoft and danielfett/draft-dpop issue 49', 'accepted', {
      'no path, for /': at(origin, '/'),
    }),
    ...cases('Microsoft', 'proof_invalid', {
      'capitals in the request': at(`${origin}/admin`, '/Admin'),
      'capitals in the proof': at(`${origin}/Admin`),
      'a slash at the end of the request': at(`${origin}/admin`, '/admin/'),
      'another port': at(`${origin}:8443/admin`),
      'an encoded slash for a slash': at(`${origin}/%2F`, '//'),
      'another host': at('https://other.example.org/admin'),
    }),
    ...cases('inji/inji-certify pull 1000', 'proof_invalid', {
      'a slash at the end of the proof': at(`${origin}/credential/`, '/credential'),
    }),
    ...cases('MCP', 'proof_invalid', { 'another host and path': at('https://wrong.example.com/mcp') }),
    ...cases('Spring', 'proof_invalid', {
      'another host without a path': at('https://resource2', '/', 'https://resource1'),
    }),
    ...cases('Nimbus', 'proof_invalid', {
      'another host, and the path of it': at('https://example.com/resource', '/userinfo'),
    }),
    ...cases('oidc-provider', 'proof_invalid', { 'a word': at('foo') }),
    ...cases('Auth0', 'proof_invalid', {
      'another path': at(`${origin}/other`),
      'no scheme': at(':://foo.bar?x=1'),
      'colons alone': at('::::://'),
      'a port of six digits': at(`${origin}:999999/admin`),
      'an address of IPv6 without its end': at('http://[2001:db8::1/admin'),
      'a host with a dot at its end': at('https://api.contoso.com./admin'),
    }),
    ...cases('Auth0', 'accepted', {
      'a slash at the end of both': at(`${origin}/resource/?abc=def`, '/resource/'),
      'a port of its own': at('https://api.contoso.com:8443/A/Path?Q=1#F', '/A/Path', `${origin}:8443`),
      'this machine': at('http://localhost:3000/path?debug=true#frag', '/path', 'http://localhost:3000'),
      'this machine by its number': at('http://127.0.0.1:4000/test', '/test', 'http://127.0.0.1:4000'),
      'this machine in IPv6': at('http://[::1]/path?x=1#y', '/path', 'http://[::1]'),
      'another machine in IPv6': at('https://[2001:db8::1]:3000/path', '/path', 'https://[2001:db8::1]:3000'),
      'IPv4 within IPv6': at('https://[::ffff:192.0.2.128]/x', '/x', 'https://[::ffff:c000:280]'),
      punycode: at('https://xn--bcher-kva.de/path', '/path', 'https://xn--bcher-kva.de'),
      'an encoded slash in small letters': at(`${origin}/path%2fto`, '/path%2Fto'),
      'a tilde that is encoded': at(`${origin}/%7Euser/a%2Fb`, '/~user/a%2fb'),
      'bytes that are no ASCII': at(`${origin}/price/%e2%82%ac`, '/price/%E2%82%AC'),
      'dots that are encoded': at(`${origin}/a/%2e%2e/b`, '/b'),
      'two slashes in the proof and in the request': at(`${origin}//double/slash?x=1#y`, '//double/slash'),
      'an address in the path of both': at(
        `${origin}/https://evil.example.com/steal?x=1`,
        '/https://evil.example.com/steal',
      ),
    }),
  ])
})

describe('the address of a proof, where the verdict is another one', () => {
  testCases([
    ...cases(
      'Auth0',
      'proof_invalid',
      {
        'a user and a password in the proof': at('https://user:pass@api.contoso.com/admin'),
        'all at once': at('HTTPS://USER:PASS@API.CONTOSO.COM:443/path/../ADMIN?query=value', '/ADMIN'),
      },
      'RFC 9110 §4.2.4: a user in an address of somebody else is an error',
    ),
    ...cases(
      'Auth0',
      'proof_invalid',
      {
        'a host in Unicode': at('https://bücher.de/weg', '/weg', 'https://xn--bcher-kva.de'),
      },
      'htu is a URI, and RFC 3986 §2 knows ASCII only',
    ),
    ...cases(
      'Auth0',
      'proof_invalid',
      {
        'dots in the request': at(`${origin}/resource/file.txt`, '/path/../resource/./file.txt'),
      },
      'routers read dots in two ways, and RFC 9449 §4.3 leaves it to the server what it brings into one spelling',
    ),
    ...cases(
      'Auth0 (of the request)',
      'accepted',
      {
        'two slashes': at(`${origin}//evil.example.com/steal`, '//evil.example.com/steal'),
        'an address in the path': at(
          `${origin}/https://evil.example.com/steal`,
          '/https://evil.example.com/steal',
        ),
      },
      'the origin is an option, so no path of a request can bring in a host',
    ),
    ...cases(
      'okta/okta-sdk-python issue 541',
      'proof_invalid',
      {
        'a reserved letter that is encoded in one of both': at(`${origin}/users/a%40b`, '/users/a@b'),
      },
      'RFC 3986 §6.2.2.2 decodes only what is not reserved',
    ),
  ])
})

describe('the moment of a proof', () => {
  testCases([
    ...cases('oidc-provider', 'proof_invalid', {
      'five minutes and a second ago': made(-301),
      'in as much time': made(301),
    }),
    ...cases('oidc-provider', 'accepted', { 'a minute ago': made(-60), 'in a minute': made(60) }),
    ...cases('MCP', 'proof_invalid', { '303 seconds ago': made(-303), 'in 303 seconds': made(303) }),
    ...cases('Spring', 'proof_invalid', {
      '65 seconds ago, of 60': made(-65, 60),
      'in 65 seconds, of 60': made(65, 60),
    }),
    ...cases('Microsoft', 'proof_invalid', { '700 seconds ago': made(-700), 'in 700 seconds': made(700) }),
    ...cases('Auth0', 'proof_invalid', {
      '1000 seconds ago': made(-1000),
      'in 1000 seconds': made(1000),
      'a word': { claims: { iat: 'bad' } },
    }),
    ...cases(
      'Microsoft',
      'proof_invalid',
      {
        'good, but exp has passed': { claims: { exp: clock - 3600 } },
        'good, but nbf is in the future': { claims: { nbf: clock + 3600 } },
      },
      'RFC 7519 §4.1.4 and §4.1.5: such a JWT must not be accepted',
    ),
    ...cases('Microsoft', 'accepted', {
      'good, and aud and iss are those of somebody': {
        claims: { aud: 'https://attacker.example', iss: 'https://attacker.example' },
      },
    }),
  ])
})
