/** A kind of token that the playground offers: what the emulator is asked for, and what is done to the token then. */
export interface TokenKind {
  readonly name: string
  /** What the APIs should say, for the reader. */
  readonly expect: string
  /** The body of `POST /__emulator/token`. */
  readonly options: Readonly<Record<string, unknown>>
  readonly isForged?: true
}

export const tokenKinds = {
  'v2-user': {
    name: 'User, v2.0',
    expect: 'Accepted.',
    options: { kind: 'user', version: '2.0', scopes: ['Orders.Read'] },
  },
  'v1-user': {
    name: 'User, v1.0',
    expect: 'Accepted: one setting takes both versions.',
    options: { kind: 'user', version: '1.0', scopes: ['Orders.Read'] },
  },
  app: { name: 'App', expect: 'Accepted.', options: { kind: 'app', roles: ['Orders.Read.All'] } },
  guest: {
    name: 'Guest of another tenant',
    expect: 'Accepted: the route does not refuse guests.',
    options: { kind: 'user', guestFrom: '99999999-9999-4999-8999-999999999999' },
  },
  overage: {
    name: 'User with too many groups',
    expect: 'Accepted: the route does not ask for groups.',
    options: { kind: 'user', groups: 'overage' },
  },
  b2c: { name: 'Azure AD B2C', expect: 'Refused: another authority.', options: { kind: 'b2c' } },
  expired: { name: 'Expired', expect: 'Refused.', options: { kind: 'user', expiresIn: -3600 } },
  audience: {
    name: 'For another API',
    expect: 'Refused.',
    options: { kind: 'user', audience: 'api://77777777-7777-4777-8777-777777777777' },
  },
  saml: {
    name: 'Signed with the SAML key of the app',
    expect: 'Refused: the option appId is missing.',
    options: { kind: 'user', signWith: 'app' },
  },
  graph: {
    name: 'Like one for Microsoft Graph',
    expect: 'Refused.',
    options: { kind: 'user', audience: '00000003-0000-0000-c000-000000000000', header: { nonce: 'x' } },
  },
  forged: {
    name: 'Forged',
    expect: 'Refused: a scope was added after it was signed.',
    options: { kind: 'user', scopes: ['Orders.Read'] },
    isForged: true,
  },
} as const satisfies Readonly<Record<string, TokenKind>>

export type TokenKindId = keyof typeof tokenKinds

export const isTokenKind = (id: unknown): id is TokenKindId =>
  typeof id === 'string' && Object.hasOwn(tokenKinds, id)

/** The token with a scope more, under the signature of before. */
export function forge(token: string): string {
  const [header = '', payload = '', signature = ''] = token.split('.')
  const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString())
  const changed = JSON.stringify({ ...Object(claims), scp: 'Orders.Read Orders.Write' })
  return [header, Buffer.from(changed).toString('base64url'), signature].join('.')
}
