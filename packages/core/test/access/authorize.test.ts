import { createEmulator, type Emulator } from '@entraguard/emulator'
import { beforeAll, describe, expect, it } from 'vitest'

import {
  b2c,
  combineVerifiers,
  admittedCallers,
  allOf,
  anyOf,
  authorize,
  compileAccess,
  createVerifier,
  EntraGuardError,
  type Access,
  type Identity,
  type Verifier,
} from '../../src/index.ts'
import { rows } from '../support/fixture.ts'
import { outcomeOf, outcomeOfCall } from '../support/outcome.ts'
import { issueBound, popVerifier, prove, withProof } from '../support/prover.ts'

const group = 'dddddddd-0000-4000-8000-000000000001'
const otherGroup = 'dddddddd-0000-4000-8000-000000000002'
const webClient = '33333333-3333-4333-8333-333333333333'
const other = '99999999-0000-4000-8000-000000000009'

let entra: Emulator
let verifier: Verifier

beforeAll(async () => {
  entra = await createEmulator()
  verifier = createVerifier({ ...entra.verifierOptions(), allowWithoutPermissions: true })
})

type UserOptions = Parameters<Emulator['issueUserToken']>[0]
type AppOptions = Parameters<Emulator['issueAppToken']>[0]

const user = async (options: UserOptions = {}): Promise<Identity> =>
  verifier.verify(await entra.issueUserToken({ scopes: ['Orders.Read'], ...options }))
const app = async (options: AppOptions = {}): Promise<Identity> =>
  verifier.verify(await entra.issueAppToken({ roles: ['Orders.Read.All'], ...options }))

const decide = (identity: Identity, access: Access): string =>
  outcomeOfCall(() => authorize(identity, access))

/** The refusal itself. */
function refusal(identity: Identity, access: Access): EntraGuardError {
  try {
    authorize(identity, access)
  } catch (error) {
    if (EntraGuardError.is(error)) return error
    throw error
  }
  throw new Error('it was admitted')
}

const detailsOf = async (access: Access, options: UserOptions = {}): Promise<unknown> =>
  refusal(await user(options), access).details

interface ScopeRoleRow {
  readonly id: string
  readonly required: { readonly scopes?: [string]; readonly appPermissions?: [string] } | null
  readonly claims: Readonly<Record<string, unknown>>
  readonly ours: boolean
}

describe("the verdict table of Microsoft's own scope and role rules", () => {
  it.each(rows<ScopeRoleRow>('scope-role-cases.json'))('$id', async ({ required, claims, ours }) => {
    const strict = createVerifier(entra.verifierOptions())
    // A row names only the claims that matter. One with `scp` is a user's, one with application permissions an app's.
    const isUser = required === null || required.scopes !== undefined
    const base = isUser ? { claims: { scp: undefined, ...claims } } : { roles: [], claims }
    const token = isUser ? await entra.issueUserToken(base) : await entra.issueAppToken(base)
    const header = `Bearer ${token}`
    const outcome = await outcomeOf(
      required === null ? strict.authenticate(header) : strict.authenticate(header, required),
    )
    expect(outcome === 'accepted').toBe(ours)
  })
})

describe('which kind of caller is admitted', () => {
  it("never lets a user's role pass for a permission of an app", async () => {
    const identity = await user({ roles: ['Orders.Read.All'] })
    expect(decide(identity, { appPermissions: ['Orders.Read.All'] })).toBe('caller_refused')
    expect(decide(identity, { callers: ['app'] })).toBe('caller_refused')
  })

  it('never lets an app pass where scopes are asked, whatever its roles are called', async () => {
    const identity = await app({ roles: ['Orders.Read'] })
    expect(decide(identity, { scopes: ['Orders.Read'] })).toBe('caller_refused')
    expect(decide(identity, { scopes: ['Orders.Read'], roles: ['Orders.Read'] })).toBe('caller_refused')
    expect(decide(identity, { callers: ['user'] })).toBe('caller_refused')
  })

  it('admits by callers without asking for a permission', async () => {
    expect(decide(await user(), { callers: ['user'] })).toBe('accepted')
    expect(decide(await app({ roles: [] }), { callers: ['app'] })).toBe('accepted')
    expect(decide(await user(), { callers: ['app', 'user'] })).toBe('accepted')
  })

  it('never admits what is neither surely a user nor surely an app', async () => {
    const shapes: UserOptions[] = [
      { scopes: [], roles: ['Orders.Read.All'] },
      { claims: { oid: undefined } },
      { claims: { idtyp: 'device' } },
      { claims: { idtyp: 'APP' } },
    ]
    const accesses: Access[] = [
      { scopes: ['Orders.Read'] },
      { appPermissions: ['Orders.Read.All'] },
      { callers: ['user', 'app'] },
      anyOf({ callers: ['user'] }, { callers: ['app'] }),
    ]
    for (const shape of shapes) {
      const identity = await user(shape)
      expect(identity.kind).toBe('unknown')
      for (const access of accesses) expect(decide(identity, access)).toBe('caller_refused')
      const header = `Bearer ${await entra.issueUserToken({ scopes: ['Orders.Read'], ...shape })}`
      expect(await outcomeOf(verifier.authenticate(header))).toBe('caller_refused')
    }
  })

  it('says, also where no access is asked, which kinds are admitted and that it is none of them', async () => {
    const header = `Bearer ${await entra.issueUserToken({ claims: { oid: undefined } })}`
    await expect(verifier.authenticate(header)).rejects.toMatchObject({
      details: { expected: ['user', 'app'], actual: 'unknown' },
    })
  })

  it('gives the identity itself, so that nothing is copied or lost', async () => {
    const identity = await user()
    expect(authorize(identity, { scopes: ['Orders.Read'] })).toBe(identity)
  })
})

describe('scopes and application permissions', () => {
  it('asks for any one of a list', async () => {
    expect(decide(await user(), { scopes: ['Orders.Write', 'Orders.Read'] })).toBe('accepted')
    expect(decide(await user(), { scopes: ['Orders.Write'] })).toBe('scope_missing')
    expect(decide(await app(), { appPermissions: ['Orders.Write.All', 'Orders.Read.All'] })).toBe('accepted')
    expect(decide(await app(), { appPermissions: ['Orders.Write.All'] })).toBe('app_permission_missing')
  })

  it('asks for every one of allOf', async () => {
    const both = await user({ scopes: ['Orders.Write', 'Orders.Read'] })
    expect(decide(both, { scopes: allOf('Orders.Read', 'Orders.Write') })).toBe('accepted')
    expect(decide(await user(), { scopes: allOf('Orders.Read', 'Orders.Write') })).toBe('scope_missing')
    expect(decide(await app(), { appPermissions: allOf('Orders.Read.All', 'Orders.Write.All') })).toBe(
      'app_permission_missing',
    )
  })

  it.each(['orders.read', 'Orders', 'Orders.Read.All', 'Orders.Read\u200b', 'Orders.Rea\u0501'])(
    'compares exactly: the scope %j is not Orders.Read',
    async (scope) => {
      expect(decide(await user({ scopes: [scope] }), { scopes: ['Orders.Read'] })).toBe('scope_missing')
    },
  )

  it('binds users and apps each to their own list where both are admitted', async () => {
    const access: Access = { scopes: ['Orders.Read'], appPermissions: ['Orders.Read.All'] }
    expect(decide(await user(), access)).toBe('accepted')
    expect(decide(await app(), access)).toBe('accepted')
    expect(decide(await user({ scopes: ['Other'], roles: ['Orders.Read.All'] }), access)).toBe(
      'scope_missing',
    )
    expect(decide(await app({ roles: ['Orders.Read'] }), access)).toBe('app_permission_missing')
  })

  it('names the scopes that would have been enough, from the route', async () => {
    const error = refusal(await user(), { scopes: ['Orders.Write', 'Orders.Admin'] })
    expect(error.status).toBe(403)
    expect(error.challenge.scopes).toEqual(['Orders.Write', 'Orders.Admin'])
  })

  it('reads the application permissions of a B2C app from scp, for the clients that are named as apps', async () => {
    const { directory } = entra
    const tenant = directory.tenants.find(({ kind }) => kind === 'b2c')
    const token = await entra.issueB2cToken({ clientId: webClient, scopes: ['Orders.Read.All'] })
    const make = (appClients: string[]): Verifier =>
      createVerifier({
        authority: b2c({
          domain: `${tenant?.name}.b2clogin.com`,
          tenantId: tenant?.id ?? '',
          policies: [tenant?.policies[0]?.name ?? ''],
          appClients,
        }),
        audience: directory.firstApp.clientId,
        fetch: entra.fetch,
        now: entra.now,
      })
    const access: Access = { appPermissions: ['Orders.Read.All'] }
    expect(decide(await make([webClient]).verify(token), access)).toBe('accepted')
    expect(decide(await make([]).verify(token), access)).toBe('caller_refused')
    expect(decide(await make([webClient]).verify(token), { scopes: ['Orders.Read.All'] })).toBe(
      'caller_refused',
    )
    // The version of its tokens is 1.0, and yet they name the client as those of version 2.0 do.
    expect(refusal(await make([webClient]).verify(token), { ...access, clients: [other] }).details).toEqual({
      claim: 'azp',
      expected: [other],
      actual: webClient,
    })
  })
})

describe('what binds users only', () => {
  const scopes = ['Orders.Read'] as const

  it('roles', async () => {
    expect(decide(await user({ roles: ['Admin'] }), { scopes, roles: ['Admin', 'Owner'] })).toBe('accepted')
    expect(decide(await user(), { scopes, roles: ['Admin'] })).toBe('role_missing')
    expect(decide(await user({ roles: ['Admin'] }), { scopes, roles: allOf('Admin', 'Owner') })).toBe(
      'role_missing',
    )
  })

  it('directory roles', async () => {
    const administrator = '62e90394-69f5-4237-9190-012177145e10'
    expect(
      decide(await user({ directoryRoles: [administrator] }), { scopes, directoryRoles: [administrator] }),
    ).toBe('accepted')
    expect(decide(await user(), { scopes, directoryRoles: [administrator] })).toBe('role_missing')
  })

  it('groups, and an overage is not the same as none', async () => {
    expect(decide(await user({ groups: [group] }), { scopes, groups: [group] })).toBe('accepted')
    expect(decide(await user({ groups: [otherGroup] }), { scopes, groups: [group] })).toBe('group_missing')
    expect(decide(await user(), { scopes, groups: [group] })).toBe('group_missing')
    expect(decide(await user({ groups: 'overage' }), { scopes, groups: [group] })).toBe('groups_overage')
    expect(decide(await user({ groups: 'overage' }), { scopes })).toBe('accepted')
  })

  it('multifactor authentication, which "wiaormfa" does not prove and v2.0 tokens do not tell', async () => {
    const v1 = (methods: string[]): Promise<Identity> =>
      user({ version: '1.0', authenticationMethods: methods })
    expect(decide(await v1(['pwd', 'mfa']), { scopes, mfa: true })).toBe('accepted')
    expect(decide(await v1(['ngcmfa']), { scopes, mfa: true })).toBe('accepted')
    expect(decide(await v1(['pwd', 'wiaormfa']), { scopes, mfa: true })).toBe('mfa_required')
    expect(decide(await v1(['pwd']), { scopes, mfa: true })).toBe('mfa_required')
    const error = refusal(await user({ version: '2.0' }), { scopes, mfa: true })
    expect(error.code).toBe('mfa_required')
    expect(error.hint).toContain('authContext')
  })

  it('guests, and tokens that do not tell', async () => {
    expect(decide(await user(), { scopes, guests: 'refuse' })).toBe('accepted')
    expect(decide(await user({ guestFrom: other }), { scopes, guests: 'refuse' })).toBe('guest_refused')
    expect(decide(await user({ guestFrom: 'live.com' }), { scopes, guests: 'refuse' })).toBe('guest_refused')
    expect(decide(await user({ claims: { acct: 1 } }), { scopes, guests: 'refuse' })).toBe('guest_refused')
    expect(decide(await user({ claims: { acct: 1 } }), { scopes })).toBe('accepted')
  })

  it('guests, where acct, xms_idrel or idp come in another form than documented', async () => {
    const home = `https://sts.windows.net/${other}/`
    for (const claims of [{ acct: '1' }, { acct: true }, { acct: '0' }, { xms_idrel: [5] }, { idp: [home] }])
      expect(decide(await user({ claims }), { scopes, guests: 'refuse' })).toBe('guest_refused')
  })

  it('an authentication context, by one name or a list', async () => {
    const identity = await user({ authenticationContexts: ['c1', 'c3'] })
    expect(decide(identity, { scopes, authContext: 'c1' })).toBe('accepted')
    expect(decide(identity, { scopes, authContext: ['c2', 'c3'] })).toBe('accepted')
    expect(decide(identity, { scopes, authContext: 'c2' })).toBe('auth_context_required')
    expect(refusal(identity, { scopes, authContext: allOf('c1', 'c2') }).challenge.claims).toBe(
      '{"access_token":{"acrs":{"essential":true,"value":"c2"}}}',
    )
  })

  it('and lets apps pass that are admitted by the same access', async () => {
    const access: Access = {
      scopes,
      appPermissions: ['Orders.Read.All'],
      roles: ['Admin'],
      groups: [group],
      mfa: true,
      guests: 'refuse',
      authContext: 'c1',
    }
    expect(decide(await app(), access)).toBe('accepted')
  })
})

describe('what binds users and apps', () => {
  it('clients', async () => {
    const access: Access = { callers: ['user', 'app'], clients: [webClient] }
    expect(decide(await user({ clientId: webClient }), access)).toBe('accepted')
    expect(decide(await user({ clientId: other }), access)).toBe('client_refused')
    expect(decide(await app({ clientId: webClient }), access)).toBe('accepted')
    expect(decide(await app({ clientId: webClient, version: '1.0' }), access)).toBe('accepted')
    expect(decide(await app({ clientId: other }), access)).toBe('client_refused')
  })

  it('how the client authenticated; a token that does not tell is refused', async () => {
    const access: Access = { callers: ['app'], clientAuthentication: ['certificate'] }
    expect(decide(await app({ clientAuthentication: 'certificate' }), access)).toBe('accepted')
    expect(decide(await app({ clientAuthentication: 'secret' }), access)).toBe('client_refused')
    expect(decide(await app({ claims: { azpacr: undefined } }), access)).toBe('client_refused')
    expect(decide(await app({ claims: { azpacr: 2 } }), access)).toBe('client_refused')
    expect(
      decide(await user({ clientAuthentication: 'public' }), {
        callers: ['user'],
        clientAuthentication: 'secret',
      }),
    ).toBe('client_refused')
    for (const way of ['public', 'secret', 'certificate'] as const)
      expect(decide(await app({ clientAuthentication: way }), { ...access, clientAuthentication: way })).toBe(
        'accepted',
      )
  })

  it('principals by object id', async () => {
    const identity = await user()
    expect(decide(identity, { callers: ['user'], principals: [identity.objectId ?? ''] })).toBe('accepted')
    expect(decide(identity, { callers: ['user'], principals: [other] })).toBe('caller_refused')
  })

  it('a token that is bound to a key, and a caller who proved to hold it', async () => {
    const token = await issueBound()
    const access: Access = { callers: ['user', 'app'], bound: true }
    const holder = await popVerifier().authenticate(`DPoP ${token}`, access, withProof(prove(token)))
    expect(decide(holder, access)).toBe('accepted')
    expect(decide(await user(), access)).toBe('token_not_bound')
    expect(decide(await app(), access)).toBe('token_not_bound')
  })
})

describe('alternatives', () => {
  const access: Access = anyOf(
    { scopes: ['Orders.Write'], roles: ['Orders.Admin'] },
    { appPermissions: ['Orders.Write.All'], clients: [webClient] },
  )

  it('admit a caller that any one of them admits, with all that this one asks', async () => {
    expect(decide(await user({ scopes: ['Orders.Write'], roles: ['Orders.Admin'] }), access)).toBe('accepted')
    expect(decide(await app({ roles: ['Orders.Write.All'], clientId: webClient }), access)).toBe('accepted')
  })

  it('never put together half of one and half of another', async () => {
    expect(decide(await user({ scopes: ['Orders.Write'] }), access)).toBe('role_missing')
    expect(decide(await app({ roles: ['Orders.Write.All'], clientId: other }), access)).toBe('client_refused')
    expect(
      decide(await user({ scopes: ['Orders.Read'], roles: ['Orders.Admin', 'Orders.Write.All'] }), access),
    ).toBe('scope_missing')
  })

  it('tell about the one that was meant for this kind of caller', async () => {
    const appFirst = anyOf({ appPermissions: ['a'] }, { scopes: ['b'] })
    expect(decide(await user(), appFirst)).toBe('scope_missing')
    expect(decide(await app(), appFirst)).toBe('app_permission_missing')
    expect(decide(await user(), anyOf({ appPermissions: ['a'] }, { callers: ['app'] }))).toBe(
      'caller_refused',
    )
  })
})

describe('a mistake in an access is a TypeError, before any caller is asked', () => {
  const nobody: Array<[string, unknown]> = [
    ['nothing', {}],
    ['roles alone, which could be those of a user or an app', { roles: ['Admin'] }],
    ['groups alone', { groups: [group] }],
    ['a client alone', { clients: [webClient] }],
    ['mfa alone', { mfa: true }],
  ]
  const malformed: Array<[string, unknown]> = [
    ['an empty list of scopes', { scopes: [] }],
    ['an empty list beside a good one', { scopes: ['a'], roles: [] }],
    ['an empty allOf', { scopes: { allOf: [] } }],
    ['an empty string', { scopes: [''] }],
    ['two scopes in one string, which no token matches', { scopes: ['Orders.Read Orders.Write'] }],
    ['a quote in a scope, which stands in a header', { scopes: ['a"b'] }],
    ['a string for a list', { scopes: 'Orders.Read' }],
    ['something else than strings', { scopes: [1] }],
    ['undefined inside a list', { scopes: [undefined] }],
    ['a group by its name', { scopes: ['a'], groups: ['Administrators'] }],
    [
      'the pairwise id of a user as a principal',
      { callers: ['user'], principals: ['pAiRwIsE_sUbJeCt-000000000000000000000000000'] },
    ],
    ['an authentication context of another form', { scopes: ['a'], authContext: 'C1' }],
    ['c0', { scopes: ['a'], authContext: 'c0' }],
    ['c100', { scopes: ['a'], authContext: ['c100'] }],
    ['a letter in place of the second digit', { scopes: ['a'], authContext: 'c1x' }],
    ['something in front of an authentication context', { scopes: ['a'], authContext: 'acrs:c1' }],
    ['null for a list', { scopes: null }],
    ['all of several clients, of which a token has one', { callers: ['user'], clients: allOf(webClient) }],
    ['mfa: false', { scopes: ['a'], mfa: false }],
    ['guests: "allow"', { scopes: ['a'], guests: 'allow' }],
    ['bound: false', { scopes: ['a'], bound: false }],
    ['no callers', { callers: [] }],
    ['no callers beside scopes', { scopes: ['a'], callers: [] }],
    ['a kind of caller that is in no list', { scopes: ['a'], callers: 'user' }],
    ['an unknown kind of caller', { callers: ['unknown'] }],
    ['an unknown kind of caller beside a known one', { callers: ['user', 'unknown'] }],
    ['a way to authenticate that does not exist', { scopes: ['a'], clientAuthentication: 'password' }],
    ['a misspelt key', { scope: ['Orders.Read'] }],
    ['a misspelt key beside a good one', { scopes: ['a'], role: ['Admin'] }],
    ['what binds users where only apps are admitted', { appPermissions: ['a'], roles: ['Admin'] }],
    ['no alternatives', { anyOf: [] }],
    ['an alternative that admits nobody', { anyOf: [{ scopes: ['a'] }, {}] }],
    ['an alternative that is nothing', { anyOf: [undefined] }],
    ['an alternative that is null', { anyOf: [null] }],
    ['alternatives inside alternatives', { anyOf: [{ anyOf: [{ scopes: ['a'] }] }] }],
    ['a condition beside the alternatives, where nobody reads it', { anyOf: [{ scopes: ['a'] }], mfa: true }],
    ['nothing at all', undefined],
    ['null', null],
    ['a string', 'Orders.Read'],
    ['a list', ['Orders.Read']],
    ['an inherited key', Object.create({ scopes: ['a'] })],
    ['an unknown key', { scopes: ['a'], role: ['Admin'] }],
  ]

  it.each([undefined, null, 'user', Promise.resolve({ kind: 'user' })])(
    'what is no identity, such as the promise of one: %j',
    async (identity) => {
      const none = identity as unknown as Identity
      const access = { callers: ['user'] } as const
      const combined = combineVerifiers(verifier, createVerifier({ tenants: other, audience: other }))
      for (const decider of [{ authorize }, verifier, combined])
        expect(() => decider.authorize(none, access)).toThrow(
          new TypeError('authorize needs an identity: await what verify or authenticate returns'),
        )
    },
  )

  it.each([...nobody, ...malformed])('%s', async (_name, access) => {
    // Admitted by what is left of most of them, if the mistake went unseen.
    const identity = await user({ scopes: ['a'], roles: ['Admin'], version: '1.0' })
    expect(() => authorize(identity, access as Access)).toThrow(/^(?:unknown )?(?:access|anyOf)\b/)
    expect(() => authorize(identity, access as Access)).toThrow(TypeError)
  })

  it('a list of scopes in place of an access is told the form of one', async () => {
    const identity = await user({ scopes: ['Orders.Read'] })
    expect(() => authorize(identity, ['Orders.Read'] as unknown as Access)).toThrow(
      '{ scopes: ["Orders.Read"] }',
    )
  })

  it.each([
    ['authContext', 'c0', '"c1" to "c99"'],
    ['clientAuthentication', 'password', '"public", "secret" and "certificate"'],
  ])('is answered with what fits: %s: %j', (key, value, fitting) => {
    const access = { callers: ['user'], [key]: value } as unknown as Access
    expect(() => compileAccess(access)).toThrow(fitting)
  })

  it.each(nobody)(
    'authenticate says so with the first request, whatever that carries: %s',
    async (_name, access) => {
      await expect(verifier.authenticate(null, access as Access)).rejects.toThrow(TypeError)
    },
  )

  it.each(nobody)('says what is missing where nobody is admitted: %s', (_name, access) => {
    expect(() => authorize({ kind: 'user' } as Identity, access as Access)).toThrow(/admits nobody/)
  })

  it('an access is copied when it is first used: changing it later changes nothing', async () => {
    const identity = await user()
    const access = { scopes: ['Orders.Write'] as [string, ...string[]] }
    expect(decide(identity, access)).toBe('scope_missing')
    access.scopes.push('Orders.Read')
    expect(decide(identity, access)).toBe('scope_missing')
  })

  it('compiled has what it asks for and nothing else', () => {
    expect(compileAccess({ scopes: ['Orders.Read'] })).toStrictEqual([
      {
        admits: ['user'],
        mfa: false,
        refusesGuests: false,
        needsBound: false,
        scopes: { all: false, values: ['Orders.Read'] },
      },
    ])
  })

  it('a polluted prototype widens no access', async () => {
    const identity = await app({ roles: [] })
    Object.assign(Object.prototype, { callers: ['app'] })
    try {
      expect(() => authorize(identity, { scopes: ['Orders.Read'] })).toThrow(TypeError)
    } finally {
      Reflect.deleteProperty(Object.prototype, 'callers')
    }
    expect(decide(identity, { scopes: ['Orders.Read'] })).toBe('caller_refused')
  })
})

describe('every code of the step is 403 and tells the log the claim, what was asked and what came', () => {
  const scopes = ['Orders.Read'] as const
  const own = async (): Promise<Identity> =>
    await user({ roles: ['Reader'], groups: [group], version: '1.0', authenticationMethods: ['pwd'] })
  it.each<[string, Access, string, unknown, unknown]>([
    ['scope_missing', { scopes: ['Other'] }, 'scp', ['Other'], ['Orders.Read']],
    ['role_missing', { scopes, roles: ['Admin'] }, 'roles', ['Admin'], ['Reader']],
    ['role_missing', { scopes, directoryRoles: [other] }, 'wids', [other], []],
    ['group_missing', { scopes, groups: [other] }, 'groups', [other], [group]],
    ['client_refused', { scopes, clients: [other] }, 'appid', [other], webClient],
    [
      'client_refused',
      { scopes, clientAuthentication: 'certificate' },
      'appidacr',
      ['certificate'],
      'public',
    ],
    ['mfa_required', { scopes, mfa: true }, 'amr', ['mfa', 'ngcmfa'], ['pwd']],
    ['auth_context_required', { scopes, authContext: 'c1' }, 'acrs', ['c1'], []],
    ['caller_refused', { scopes, principals: [other] }, 'oid', [other], expect.any(String)],
  ])('%s %j', async (code, access, claim, expected, actual) => {
    const error = refusal(await own(), access)
    expect(error).toMatchObject({ code, step: 'authorize', status: 403 })
    expect(error.details).toEqual({ claim, expected, actual })
    expect(error.hint).not.toBe('')
  })

  it('of a v2.0 token by the names of its version, of what it does not tell as unknown', async () => {
    expect(await detailsOf({ scopes, clients: [other] })).toMatchObject({ claim: 'azp' })
    const silent = { claims: { azpacr: undefined } }
    expect(await detailsOf({ scopes, clientAuthentication: 'secret' }, silent)).toMatchObject({
      claim: 'azpacr',
      actual: 'unknown',
    })
    const guests = { scopes, guests: 'refuse' } as const
    expect(await detailsOf(guests, { claims: { acct: '1' } })).toEqual({
      claim: 'acct',
      expected: 'member',
      actual: 'unknown',
    })
    expect(await detailsOf(guests, { claims: { acct: 1 } })).toMatchObject({ actual: 'guest' })
  })

  it('of a user in no group by an empty list', async () => {
    expect(await detailsOf({ scopes, groups: [other] })).toEqual({
      claim: 'groups',
      expected: [other],
      actual: [],
    })
  })

  it('of an app by the claim that holds its permissions', async () => {
    const error = refusal(await app({ roles: ['Orders.Write.All'] }), { appPermissions: ['Orders.Read.All'] })
    expect(error.details).toEqual({
      claim: 'roles',
      expected: ['Orders.Read.All'],
      actual: ['Orders.Write.All'],
    })
  })

  it('of many values twenty, in one line each', async () => {
    const roles = Array.from({ length: 25 }, (_, index) => `role\n${index} ${'x'.repeat(300)}`)
    const { actual } = refusal(await user({ roles }), { scopes, roles: ['Admin'] }).details
    expect(actual).toHaveLength(21)
    expect((actual as readonly string[]).at(-1)).toBe('… 5 more')
    expect(JSON.stringify(actual).length).toBeLessThan(5000)
    expect(JSON.stringify(actual)).not.toContain('\\n')
  })
})

describe('the callers that several accesses admit together', () => {
  const users = { scopes: ['Orders.Read'] } as const
  const apps = { appPermissions: ['Orders.Read.All'] } as const
  it.each<[readonly Access[], readonly string[]]>([
    [[], ['user', 'app']],
    [[users], ['user']],
    [[apps], ['app']],
    [[{ ...users, ...apps }], ['user', 'app']],
    [[{ ...users, ...apps }, { callers: ['user'] }], ['user']],
    [[anyOf(users, apps), apps], ['app']],
    [[users, apps], []],
    [[{ callers: ['user'] }, { callers: ['app'] }], []],
  ])('%j: %j', (accesses, kinds) => {
    expect(admittedCallers(accesses)).toStrictEqual(kinds)
  })
  it('are a TypeError when one is written wrongly', () => {
    expect(() => admittedCallers([users, { roles: ['Orders.Admin'] }])).toThrow(TypeError)
  })
})
