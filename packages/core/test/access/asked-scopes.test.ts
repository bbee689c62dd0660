import { createEmulator, defaults, type Emulator } from '@entraguard/emulator'
import { beforeEach, describe, expect, it } from 'vitest'

import {
  allOf,
  anyOf,
  authorize,
  b2c,
  challengeFor,
  combineVerifiers,
  createVerifier,
  EntraGuardError,
  revoked,
  withScopes,
  type Access,
  type AnyOf,
  type Identity,
  type Verifier,
  type VerifierOptions,
} from '../../src/index.ts'

const clientId = '22222222-2222-4222-8222-222222222222'
const read: Access = { scopes: ['Orders.Read'] }

let entra: Emulator

beforeEach(async () => {
  entra = await createEmulator({ apps: [{ optionalClaims: ['xms_cc'] }, {}] })
})

const make = (options: Partial<VerifierOptions> = {}): Verifier =>
  createVerifier({ ...entra.verifierOptions(), ...options })

async function refusalOf(work: Promise<unknown>): Promise<EntraGuardError> {
  const error: unknown = await work.catch((reason: unknown) => reason)
  if (EntraGuardError.is(error)) return error
  throw error
}

function revokeAll(identity: Identity): never {
  throw revoked(1, identity)
}

/** The `WWW-Authenticate` of a request, as every adapter makes it. */
async function challengeOf(verifier: Verifier, access?: Access, token?: string): Promise<string> {
  const header = token === undefined ? undefined : `Bearer ${token}`
  const error = await refusalOf(verifier.authenticate(header, access))
  return challengeFor(error, verifier.challenge).headers['www-authenticate'] ?? ''
}

/** What a client reads out of it. */
const scopeOf = async (verifier: Verifier, access?: Access, token?: string): Promise<string | undefined> =>
  /(?:^Bearer |, )scope="([^"]*)"/.exec(await challengeOf(verifier, access, token))?.[1]

describe('a scope in a challenge', () => {
  it.each<[string, Partial<VerifierOptions>, string]>([
    [
      'the Application ID URI, where there is one',
      { audience: [clientId, 'api://orders'] },
      'api://orders/Orders.Read',
    ],
    [
      'an https Application ID URI too',
      { audience: 'https://orders.contoso.com' },
      'https://orders.contoso.com/Orders.Read',
    ],
    [
      'the Application ID URI as it is, slash and all',
      { audience: 'api://orders/' },
      'api://orders//Orders.Read',
    ],
    ['nothing without an Application ID URI', { audience: clientId }, 'Orders.Read'],
    [
      'nothing where several could be meant',
      { audience: ['api://orders', 'https://orders.contoso.com'] },
      'Orders.Read',
    ],
    ['nothing for one that cannot stand in a scope', { audience: 'api://bücher' }, 'Orders.Read'],
    ['nothing for another form of the client id', { audience: `spn:${clientId}` }, 'Orders.Read'],
    [
      'what the option says',
      { challenge: { scopePrefix: 'https://contoso.onmicrosoft.com/orders/' } },
      'https://contoso.onmicrosoft.com/orders/Orders.Read',
    ],
    ['nothing where the option says so', { challenge: { scopePrefix: '' } }, 'Orders.Read'],
  ])('has in front of it %s', async (_name, options, scope) => {
    const verifier = make(options)
    expect(await scopeOf(verifier, read)).toBe(scope)
    const { audience } = options
    const issued = audience === undefined ? {} : { audience: String([audience].flat().at(-1)) }
    const token = await entra.issueUserToken({ scopes: ['Other'], ...issued })
    expect(await scopeOf(verifier, read, token)).toBe(scope)
  })

  it('follows the audience of another policy over the same keys', async () => {
    const verifier = make().with({ audience: 'api://invoices' })
    expect(await scopeOf(verifier, read)).toBe('api://invoices/Orders.Read')
  })

  it.each([1, 'two words', 'quo"te', 'back\\slash', 'Zürich/', 'line\n'])(
    'cannot have %j in front of it: that throws at construction',
    (scopePrefix) => {
      expect(() => make({ challenge: { scopePrefix: scopePrefix as string } })).toThrow(
        /challenge\.scopePrefix/,
      )
    },
  )

  it('has no prefix in the error, which is for programs and logs', async () => {
    const token = await entra.issueUserToken({ scopes: ['Other'] })
    const error = await refusalOf(make().authenticate(`Bearer ${token}`, read))
    expect(error.challenge.scopes).toEqual(['Orders.Read'])
    expect(error.details.expected).toEqual(['Orders.Read'])
  })
})

const prefix = `api://${clientId}/`

describe('a 401', () => {
  it('without a token names the scopes that the route asks of users, and no error', async () => {
    expect(await challengeOf(make(), read)).toBe(`Bearer scope="${prefix}Orders.Read"`)
    expect(await challengeOf(make({ challenge: { realm: 'orders' } }), read)).toBe(
      `Bearer realm="orders", scope="${prefix}Orders.Read"`,
    )
  })

  it('for a token that is not valid names them too, whatever is wrong with it', async () => {
    const verifier = make()
    const tokens = [
      'no-token',
      await entra.issueUserToken({ expiresIn: -3600 }),
      await entra.issueUserToken({ audience: 'api://other' }),
      await entra.issueUserToken({ signWith: 'unknown' }),
      await entra.issueIdToken(),
    ]
    const challenges = await Promise.all(tokens.map((token) => challengeOf(verifier, read, token)))
    expect(new Set(challenges)).toEqual(
      new Set([
        `Bearer error="invalid_token", error_description="The access token is not valid for this API.", scope="${prefix}Orders.Read"`,
      ]),
    )
  })

  it.each<[string, Access | undefined, string | undefined]>([
    ['nothing where any caller may', undefined, undefined],
    ['nothing where only apps may', { appPermissions: ['Orders.Read.All'] }, undefined],
    ['nothing where users need no scope', { callers: ['user'] }, undefined],
    ['what users need where apps may too', { ...read, appPermissions: ['Orders.Read.All'] }, 'Orders.Read'],
    ['every scope of allOf', { scopes: allOf('Orders.Read', 'Invoices.Read') }, 'Orders.Read Invoices.Read'],
    [
      'the first alternative that users have',
      anyOf({ appPermissions: ['All'] }, read, { scopes: ['Orders.Admin'] }),
      'Orders.Read',
    ],
  ])('names %s', async (_name, access, names) => {
    const expected = names?.split(' ').map((name) => `${prefix}${name}`)
    expect(await scopeOf(make(), access)).toBe(expected?.join(' '))
  })

  it('of requests that wait for one check names to each what its own route asks', async () => {
    const verifier = make()
    const token = await entra.issueUserToken({ expiresIn: -3600 })
    const asked = await Promise.all(
      ['Orders.Read', 'Orders.Write', 'Orders.Delete'].map((scope) =>
        scopeOf(verifier, { scopes: [scope] }, token),
      ),
    )
    expect(asked).toEqual([`${prefix}Orders.Read`, `${prefix}Orders.Write`, `${prefix}Orders.Delete`])
  })

  it('keeps what it said: code, status, hint, details and cause', async () => {
    const cause = new Error('the reason')
    const thrown = new EntraGuardError('token_expired', { hint: 'own', details: { reason: 'own' }, cause })
    const check = (): never => {
      throw thrown
    }
    const token = await entra.issueUserToken()
    const error = await refusalOf(make({ check }).authenticate(`Bearer ${token}`, read))
    expect(error).toMatchObject({
      code: 'token_expired',
      status: 401,
      hint: 'own',
      details: { reason: 'own' },
    })
    expect(error.cause).toBe(cause)
    expect(thrown.challenge.scopes).toBeUndefined()
  })

  it('with a claims challenge stays in the form that clients of Microsoft read', async () => {
    const token = await entra.issueUserToken({ capabilities: ['cp1'] })
    const challenge = await challengeOf(make({ check: revokeAll }), read, token)
    expect(challenge).toMatch(
      /^Bearer realm="", authorization_uri="[^"]+", error="insufficient_claims", claims="[^"]+"$/,
    )
  })
})

describe('no other refusal names scopes', () => {
  it.each<[string, Access, (entra: Emulator) => Promise<string> | string]>([
    ['a malformed header', read, () => 'one two'],
    [
      'a role that is missing',
      { ...read, roles: ['Admin'] },
      () => entra.issueUserToken({ scopes: ['Orders.Read'] }),
    ],
    ['a permission that an app lacks', { ...read, appPermissions: ['All'] }, () => entra.issueAppToken()],
    ['a kind of caller that may not', { appPermissions: ['All'] }, () => entra.issueUserToken()],
  ])('%s', async (_name, access, issue) => {
    expect(await challengeOf(make(), access, await issue(entra))).not.toContain('scope=')
  })
})

describe('withScopes', () => {
  const write: Access = { scopes: ['Orders.Write'] }

  it('names what all accesses of a route ask, once each', async () => {
    const missing = new EntraGuardError('token_missing')
    expect(withScopes(missing, [read, write, { callers: ['user'] }, read]).challenge.scopes).toEqual([
      'Orders.Read',
      'Orders.Write',
    ])
  })

  it('names with a missing scope also those that the token has: a client asks for exactly what is named', async () => {
    const token = await entra.issueUserToken({ scopes: ['Orders.Read'] })
    const error = await refusalOf(make().authenticate(`Bearer ${token}`, write))
    expect(withScopes(error, [read, write]).challenge.scopes).toEqual(['Orders.Read', 'Orders.Write'])
  })

  it('keeps to the alternative that refused', async () => {
    const identity = await make().verify(await entra.issueUserToken({ scopes: ['Other'] }))
    const access: AnyOf = anyOf({ callers: ['app'] }, write, { scopes: ['Orders.Admin'] })
    const error = await refusalOf((async () => authorize(identity, access))())
    expect(withScopes(error, [read, access]).challenge.scopes).toEqual(['Orders.Read', 'Orders.Write'])
    const people: Access = { scopes: allOf('Orders.Write', 'Orders.Share'), agents: 'refuse' }
    const apart: AnyOf = anyOf({ scopes: ['Orders.Agents'], agents: 'only' }, people)
    const other = await refusalOf((async () => authorize(identity, apart))())
    expect(withScopes(other, [read, apart]).challenge.scopes).toEqual([
      'Orders.Read',
      'Orders.Write',
      'Orders.Share',
    ])
  })

  it('keeps what stands before the scopes, where a verifier refused', async () => {
    const error = await refusalOf(make().authenticate(undefined, read))
    const { scopes, scopePrefix } = withScopes(error, [read, write]).challenge
    expect({ scopes, scopePrefix }).toEqual({ scopes: ['Orders.Read', 'Orders.Write'], scopePrefix: prefix })
  })

  it('gives a claims challenge with 401 as it came', async () => {
    const token = await entra.issueUserToken({ capabilities: ['cp1'] })
    const error = revoked(1, await make().verify(token))
    expect(error.status).toBe(401)
    expect(withScopes(error, [read])).toBe(error)
  })

  it.each(['keys_unavailable', 'request_malformed', 'role_missing', 'claims_required'] as const)(
    'gives %s as it came',
    (code) => {
      const error = new EntraGuardError(code)
      expect(withScopes(error, [read])).toBe(error)
    },
  )

  it('gives a refusal as it came where no access asks for scopes', () => {
    const error = new EntraGuardError('token_missing')
    expect(withScopes(error, [{ callers: ['user'] }])).toBe(error)
    expect(withScopes(error, [])).toBe(error)
  })
})

describe('combined verifiers', () => {
  it('name each scope as the part that refused has it', async () => {
    const { fetch, now } = entra
    const workforce = make()
    const policies = [entra.directory.tenants.find(({ kind }) => kind === 'b2c')?.policies[0]?.name ?? '']
    const consumer = createVerifier({
      fetch,
      now,
      authority: b2c({
        domain: `${defaults.b2cTenantName}.b2clogin.com`,
        tenantId: defaults.b2cTenantId,
        policies,
      }),
      audience: clientId,
      challenge: { scopePrefix: 'https://contoso.onmicrosoft.com/orders/' },
    })
    const combined = combineVerifiers(workforce, consumer)
    expect(combined.challenge.scopePrefix).toBeUndefined()
    const user = await entra.issueUserToken({ scopes: ['Other'] })
    expect(await scopeOf(combined, read, user)).toBe(`${prefix}Orders.Read`)
    const customer = await entra.issueB2cToken({ scopes: ['Other'] })
    expect(await scopeOf(combined, read, customer)).toBe('https://contoso.onmicrosoft.com/orders/Orders.Read')
    // Nobody knows whose a request without a token is: it is sent to the first.
    expect(await scopeOf(combined, read)).toBe(`${prefix}Orders.Read`)
    const stranger = await entra.issueUserToken({ tenantId: defaults.externalIdTenantId })
    expect(await scopeOf(combined, read, stranger)).toBe(`${prefix}Orders.Read`)
  })
})
