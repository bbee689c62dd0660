import type { KeyState, Status } from '../emulator-api.ts'

/** A kind of token: what the emulator is asked for, and what is done to the token then. */
export interface TokenKind {
  readonly name: string
  /** What an API says to it, for the reader. */
  readonly expect: string
  /** The body of `POST /__emulator/token`, for what is there at the moment. */
  readonly options: (there: There) => Readonly<Record<string, unknown>>
  readonly isForged?: true
  /** Needs a key that has been rotated away; one is, when there is none yet. */
  readonly needsRotation?: true
}

/** What an emulator has at the moment. */
export interface There {
  readonly status: Status
  readonly keys: readonly KeyState[]
}

/** Of this kind, or nobody's: the emulator then issues for a tenant that it does not know. */
const tenantOf = ({ status }: There, kind: 'externalId' | 'workforce', index = 0): string =>
  status.tenants.filter((tenant) => tenant.kind === kind)[index]?.id ?? crypto.randomUUID()

/** The newest of the keys that signed once. */
export const rotatedKey = (keys: readonly KeyState[]): KeyState | undefined =>
  keys.findLast(({ signs, ring }) => !signs && ring === 'public')

/** The thumbprint of RFC 7638, section 3.1: nobody here has that key. */
const someKey = 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs'

const graph = '00000003-0000-0000-c000-000000000000'

const accepted = {
  user: { name: 'User', expect: 'A person, with every scope of the API.', options: () => ({ kind: 'user' }) },
  app: {
    name: 'App',
    expect: 'A program by itself, with every application permission of the API.',
    options: () => ({ kind: 'app' }),
  },
  guest: {
    name: 'Guest',
    expect: 'A person whose home is another tenant. A route may refuse guests.',
    options: (there) => ({ kind: 'user', guestFrom: tenantOf(there, 'workforce', 1) }),
  },
  v1: {
    name: 'User, v1.0',
    expect: 'The older form: another issuer, other claims. One setting accepts both.',
    options: () => ({ kind: 'user', version: '1.0' }),
  },
  overage: {
    name: 'Too many groups',
    expect:
      'A person in more groups than a token can hold. A route that asks for groups has to look them up.',
    options: () => ({ kind: 'user', groups: 'overage' }),
  },
  identity: {
    name: 'Managed identity',
    expect: 'A program on a machine of Azure.',
    options: () => ({
      kind: 'app',
      managedIdentity:
        '/subscriptions/00000000-0000-4000-8000-000000000001/resourcegroups/orders/providers/Microsoft.Compute/virtualMachines/orders-vm',
    }),
  },
  agent: {
    name: 'Agent, for a user',
    expect: 'An agent identity that acts for a person. A route may refuse agents.',
    options: () => ({ kind: 'user', agent: 'onBehalfOf' }),
  },
} as const satisfies Readonly<Record<string, TokenKind>>

const elsewhere = {
  b2c: {
    name: 'Azure AD B2C',
    expect: 'Accepted by an API with authority: b2c(…), refused by others.',
    options: () => ({ kind: 'b2c' }),
  },
  external: {
    name: 'External ID',
    expect: 'Accepted by an API with authority: externalId(…), refused by others.',
    options: (there) => ({ kind: 'user', tenantId: tenantOf(there, 'externalId') }),
  },
  tenant: {
    name: 'Another tenant',
    expect: 'Accepted only where tenants names it.',
    options: (there) => ({ kind: 'user', tenantId: tenantOf(there, 'workforce', 1) }),
  },
} as const satisfies Readonly<Record<string, TokenKind>>

const refused = {
  expired: {
    name: 'Expired',
    expect: 'token_expired: it was good until an hour ago.',
    options: () => ({ kind: 'user', expiresIn: -3600 }),
  },
  audience: {
    name: 'Wrong audience',
    expect: 'audience_mismatch: it is for another API.',
    options: () => ({ kind: 'user', audience: 'api://88888888-8888-4888-8888-888888888888' }),
  },
  id: {
    name: 'ID token',
    expect: 'id_token_refused: it is for the client, which must not send it.',
    options: () => ({ kind: 'id' }),
  },
  graph: {
    name: 'For Microsoft Graph',
    expect: 'graph_token: nobody but Graph can check its signature.',
    options: () => ({ kind: 'user', audience: graph, header: { nonce: 'x' } }),
  },
  forged: {
    name: 'Forged',
    expect: 'signature_invalid: a scope was added after it was signed.',
    options: () => ({ kind: 'user' }),
    isForged: true,
  },
  unknown: {
    name: 'Unknown key',
    expect: 'signing_key_not_found: signed with a key that no document lists.',
    options: () => ({ kind: 'user', signWith: 'unknown' }),
  },
  appKey: {
    name: 'Key of the app',
    expect:
      'signing_key_not_found: signed with the SAML key of the app. An API with appId set reads that key too.',
    options: () => ({ kind: 'user', signWith: 'app' }),
  },
  bound: {
    name: 'Bound to a key',
    expect: 'bound_token_refused, or proof_missing by an API that checks proofs: it is no bearer token.',
    options: () => ({ kind: 'user', boundTo: { jkt: someKey } }),
  },
  rotated: {
    name: 'Rotated key',
    expect: 'Signed with the key of before. Accepted while the documents list it; retire it in Traffic.',
    options: ({ keys }) => ({ kind: 'user', signWith: rotatedKey(keys)?.kid }),
    needsRotation: true,
  },
  none: {
    name: 'No signature',
    expect: 'algorithm_refused: alg is none.',
    options: () => ({ kind: 'user', header: { alg: 'none' } }),
  },
  early: {
    name: 'Not valid yet',
    expect: 'token_not_yet_valid: it begins in an hour.',
    options: ({ status }) => ({
      kind: 'user',
      claims: { nbf: Math.floor(status.now / 1000) + 3600, exp: Math.floor(status.now / 1000) + 7200 },
    }),
  },
  bare: {
    name: 'No permission',
    expect: 'permissions_missing: any app of the tenant can get one like it.',
    options: () => ({ kind: 'app', roles: [] }),
  },
} as const satisfies Readonly<Record<string, TokenKind>>

export const tokenKinds = { ...accepted, ...elsewhere, ...refused } as const

export type TokenKindId = keyof typeof tokenKinds

export const isTokenKind = (id: string): id is TokenKindId => Object.hasOwn(tokenKinds, id)

const idsOf = (kinds: object): readonly TokenKindId[] => Object.keys(kinds).filter(isTokenKind)

/** As they are offered. */
export const groups: ReadonlyArray<{
  readonly id: 'good' | 'elsewhere' | 'bad'
  readonly title: string
  readonly kinds: readonly TokenKindId[]
}> = [
  { id: 'good', title: 'An API accepts', kinds: idsOf(accepted) },
  { id: 'elsewhere', title: 'From elsewhere', kinds: idsOf(elsewhere) },
  { id: 'bad', title: 'An API refuses', kinds: idsOf(refused) },
]
