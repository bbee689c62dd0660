import type { Emulator, ProofKey, ProofOptions } from '@entraguard/emulator'

import type { Served } from '../contract/adapter.ts'

/** The address that clients know. The API listens elsewhere, as behind a proxy. */
export const origin = 'https://api.contoso.com'

export interface World {
  readonly entra: Emulator
  readonly key: ProofKey
  readonly thief: ProofKey
  readonly token: string
  readonly plain: string
  readonly served: Served
  /** What comes before the paths of the API. */
  readonly base: string
}

/** A request as it stands on the wire, and the proof in it. */
export interface Attempt {
  readonly method?: string
  /** The request target; `{base}` is what comes before the paths of the API. Default: the path of the proof. */
  readonly target?: string
  readonly host?: string
  /** In the place of the lines `Authorization` and `DPoP`. */
  readonly headers?: (world: World, proof: string) => readonly string[] | Promise<readonly string[]>
  readonly proof?: Partial<ProofOptions>
}

type Row = readonly [what: string, attempt: Attempt]

export const credentials = ({ token }: World, proof: string): readonly string[] => [
  `Authorization: DPoP ${token}`,
  `DPoP: ${proof}`,
]

/** What a client may do, and still be the one that it proves to be. */
export const accepted: readonly Row[] = [
  ['a proof for the request', {}],
  [
    'the scheme in lower case',
    { headers: ({ token }, proof) => [`Authorization: dpop ${token}`, `dpop: ${proof}`] },
  ],
  ['another Host: the API has its own address', { host: 'evil.example' }],
  ['a query, which no proof names', { target: '{base}/orders?top=1' }],
  ['a query in the proof, too', { proof: { claims: { htu: `${origin}{base}/orders?top=1#row` } } }],
  [
    'the host in capitals, with the port of its scheme',
    { proof: { claims: { htu: 'HTTPS://API.Contoso.COM:443{base}/orders' } } },
  ],
  ['an htu with letters that need no encoding', { proof: { claims: { htu: `${origin}{base}/%6Frders` } } }],
  ['an htu with dots', { proof: { claims: { htu: `${origin}{base}/a/../orders` } } }],
]

/** What somebody does who saw a request, or holds the token alone. */
export const refused: readonly Row[] = [
  ['no proof', { headers: ({ token }) => [`Authorization: DPoP ${token}`] }],
  ['an empty proof', { headers: ({ token }) => [`Authorization: DPoP ${token}`, 'DPoP:'] }],
  [
    'the token as a bearer token',
    { headers: ({ token }, proof) => [`Authorization: Bearer ${token}`, `DPoP: ${proof}`] },
  ],
  [
    'the token as a token of mutual TLS',
    { headers: ({ token }, proof) => [`Authorization: MTLS_POP ${token}`, `DPoP: ${proof}`] },
  ],
  [
    'a plain token as a bound one',
    { headers: ({ plain }, proof) => [`Authorization: DPoP ${plain}`, `DPoP: ${proof}`] },
  ],
  [
    'a proof of another key',
    {
      headers: async (world) =>
        credentials(
          world,
          await world.thief.proof({
            method: 'GET',
            url: `${origin}${world.base}/orders`,
            accessToken: world.token,
          }),
        ),
    },
  ],
  ['a proof for another token', { proof: { accessToken: 'another' } }],
  ['two proofs', { headers: (world, proof) => [...credentials(world, proof), `DPoP: ${proof}`] }],
  [
    'a good proof behind a bad one',
    { headers: (world, proof) => [`DPoP: bad`, ...credentials(world, proof)] },
  ],
  ['two proofs in one line', { headers: (world, proof) => credentials(world, `${proof}, ${proof}`) }],
  ['a proof with a comma at its end', { headers: (world, proof) => credentials(world, `${proof},`) }],
  [
    'a proof under another name',
    { headers: ({ token }, proof) => [`Authorization: DPoP ${token}`, `X-DPoP: ${proof}`] },
  ],
  [
    'a proof in a cookie',
    { headers: ({ token }, proof) => [`Authorization: DPoP ${token}`, `Cookie: DPoP=${proof}`] },
  ],
  [
    'two tokens in one header',
    {
      headers: ({ token, plain }, proof) => [
        `Authorization: DPoP ${token}, Bearer ${plain}`,
        `DPoP: ${proof}`,
      ],
    },
  ],
  [
    'two Authorization headers',
    { headers: (world, proof) => [...credentials(world, proof), `Authorization: DPoP ${world.token}`] },
  ],
  ['a proof for GET as HEAD', { method: 'HEAD' }],
  ['a proof for GET as POST', { method: 'POST' }],
  ['a proof for GET as DELETE', { method: 'DELETE' }],
  ['a proof for HEAD', { proof: { method: 'HEAD' } }],
  [
    'a proof for the method that a header names',
    {
      proof: { method: 'PUT' },
      headers: (world, proof) => [...credentials(world, proof), 'X-HTTP-Method-Override: PUT'],
    },
  ],
  ['a proof for get', { proof: { method: 'get' } }],
  ['a proof for another route', { target: '{base}/whoami' }],
  ['a proof for the whole API', { proof: { url: `${origin}{base}` } }],
  [
    'a proof for the Host that the request names',
    { host: 'evil.example', proof: { url: 'https://evil.example{base}/orders' } },
  ],
  ['a proof for the address of the process', { proof: { url: 'http://127.0.0.1{base}/orders' } }],
  [
    'a proof for the address that headers of a proxy name',
    {
      proof: { url: 'https://evil.example/prefix{base}/orders' },
      headers: (world, proof) => [
        ...credentials(world, proof),
        'X-Forwarded-Host: evil.example',
        'X-Forwarded-Proto: https',
        'X-Forwarded-Prefix: /prefix',
        'Forwarded: host=evil.example;proto=https',
        'X-Original-URL: https://evil.example/prefix{base}/orders',
        'X-Rewrite-URL: https://evil.example/prefix{base}/orders',
      ],
    },
  ],
  ['a proof for plain http', { proof: { url: `${origin.replace('https', 'http')}{base}/orders` } }],
  ['a proof for another port', { proof: { url: `${origin}:8443{base}/orders` } }],
  ['a proof for a host below', { proof: { url: `${origin}.evil.example{base}/orders` } }],
  ['a proof for a host with a dot at its end', { proof: { url: `${origin}.{base}/orders` } }],
  [
    'a proof with a user in its address',
    { proof: { claims: { htu: `https://ada@api.contoso.com{base}/orders` } } },
  ],
  [
    'a proof with a host behind @',
    { proof: { claims: { htu: `https://api.contoso.com@evil.example{base}/orders` } } },
  ],
  ['a proof without a scheme', { proof: { claims: { htu: `//api.contoso.com{base}/orders` } } }],
  ['a proof for a path alone', { proof: { claims: { htu: '{base}/orders' } } }],
  ['a proof with backslashes', { proof: { claims: { htu: `https:\\\\api.contoso.com{base}\\orders` } } }],
  ['a proof with blanks', { proof: { claims: { htu: ` ${origin}{base}/orders` } } }],
  ['a proof for a list of addresses', { proof: { claims: { htu: [`${origin}{base}/orders`] } } }],
  ['a slash at the end of the proof', { proof: { url: `${origin}{base}/orders/` } }],
  ['two slashes in the proof', { proof: { url: `${origin}{base}//orders` } }],
  ['capitals in the path of the proof', { proof: { url: `${origin}{base}/Orders` } }],
  ['an encoded slash in the proof', { proof: { claims: { htu: `${origin}{base}%2Forders` } } }],
  ['a slash at the end of the request', { target: '{base}/orders/' }],
  ['two slashes in the request', { target: '/{base}//orders' }],
  ['capitals in the request', { target: '{base}/ORDERS' }],
  ['an encoded slash in the request', { target: '{base}/whoami%2f..%2forders' }],
  ['a parameter of the path', { target: '{base}/orders;v=1' }],
  ['a proof that is years old', { proof: { claims: { iat: 1 } } }],
  ['a proof of tomorrow', { proof: { claims: { iat: Math.floor(Date.now() / 1000) + 86_400 } } }],
]

/** Paths that name the route of the proof in a roundabout way, or another route in the same way. */
export const roundabout = [
  '{base}/whoami/../orders',
  '{base}/./orders',
  '{base}/whoami/%2e%2E/orders',
  '{base}/whoami/.%2e/orders',
  'http://api.contoso.com{base}/whoami/../orders',
  '{base}/whoami\\..\\orders',
  '{base}/orders/../whoami',
  '{base}/orders/%2e%2e/whoami',
  '/elsewhere/../..{base}/orders',
]
