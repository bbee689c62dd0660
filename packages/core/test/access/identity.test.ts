import { describe, expect, it } from 'vitest'

import { b2c, type Identity } from '../../src/index.ts'
import {
  claims,
  clientId,
  documents,
  issue,
  objectId,
  tenantId,
  verifierFor,
  type Members,
} from '../support/issuer.ts'

const identityOf = async (changes: Members): Promise<Identity> =>
  await verifierFor({ allowWithoutPermissions: true }).verify(await issue(changes))

describe('the kind of caller', () => {
  const sameSubject = { sub: objectId, oid: objectId }

  it.each<[string, Members, Identity['kind']]>([
    ['a scope', {}, 'user'],
    ['idtyp user', { idtyp: 'user' }, 'user'],
    ['idtyp user without a scope', { idtyp: 'user', scp: undefined }, 'user'],
    ['idtyp user where oid is sub', { idtyp: 'user', scp: undefined, ...sameSubject }, 'user'],
    ['idtyp app', { idtyp: 'app', scp: undefined }, 'app'],
    ['idtyp app with the empty scope', { idtyp: 'app', scp: '/' }, 'app'],
    ['idtyp device', { idtyp: 'device' }, 'unknown'],
    ['a list as idtyp', { idtyp: ['device'] }, 'unknown'],
    ['a list with user as idtyp', { idtyp: ['user'] }, 'unknown'],
    ['null as idtyp', { idtyp: null }, 'unknown'],
    ['null as idtyp where oid is sub', { idtyp: null, scp: undefined, ...sameSubject }, 'unknown'],
    ['true as idtyp', { idtyp: true }, 'unknown'],
    ['an idtyp of the future', { idtyp: 'robot', scp: undefined, ...sameSubject }, 'unknown'],
    ['idtyp in capitals', { idtyp: 'APP', scp: undefined, ...sameSubject }, 'unknown'],
    ['no scope, and oid is sub', { scp: undefined, ...sameSubject }, 'app'],
    ['an empty scope, and oid is sub', { scp: '', ...sameSubject }, 'app'],
    ['a slash, and oid is sub', { scp: '/', ...sameSubject }, 'app'],
    ['a scope, though oid is sub', sameSubject, 'user'],
    ['no scope, and oid is not sub', { scp: undefined, roles: ['Orders.Read.All'] }, 'unknown'],
    ['no oid', { oid: undefined }, 'unknown'],
    ['no oid, and an object id as sub', { oid: undefined, sub: objectId }, 'unknown'],
    [
      'no oid and no scope, and an object id as sub',
      { oid: undefined, scp: undefined, sub: objectId },
      'unknown',
    ],
    ['no oid, with idtyp user', { oid: undefined, idtyp: 'user' }, 'unknown'],
    ['no oid, with idtyp app', { oid: undefined, idtyp: 'app', scp: undefined }, 'unknown'],
  ])('%s', async (_what, changes, kind) => {
    expect((await identityOf(changes)).kind).toBe(kind)
  })

  it('unknown is admitted by nothing', async () => {
    const header = `Bearer ${await issue({ oid: undefined })}`
    await expect(verifierFor().authenticate(header)).rejects.toMatchObject({ code: 'caller_refused' })
    await expect(verifierFor().authenticate(header, { scopes: ['Orders.Read'] })).rejects.toMatchObject({
      code: 'caller_refused',
    })
  })
})

describe('the kind of caller in B2C', () => {
  const issuer = `https://contoso.b2clogin.com/${tenantId}/v2.0/`
  const parts = { domain: 'contoso.b2clogin.com', tenantId, policies: ['B2C_1_susi'] }
  const literal = 'Not supported currently. Use oid claim.'
  const guid = '99999999-9999-4999-8999-999999999999'

  const b2cIdentity = async (changes: Members, appClients: readonly string[] = []): Promise<Identity> =>
    await verifierFor({
      authority: b2c({ ...parts, appClients }),
      fetch: documents({ issuer }),
      allowWithoutPermissions: true,
    }).verify(await issue({ iss: issuer, ver: '1.0', tid: undefined, tfp: 'b2c_1_susi', ...changes }))

  it.each<[string, Members, readonly string[], Identity['kind'], string | undefined]>([
    ['oid and a scope', {}, [], 'user', objectId],
    ['the object id in sub', { oid: undefined, sub: guid }, [], 'user', guid],
    ['oid before sub', { sub: guid }, [], 'user', objectId],
    ['oid beside the literal', { sub: literal }, [], 'user', objectId],
    ['the literal and no oid', { sub: literal, oid: undefined }, [], 'unknown', undefined],
    ['a sub that is no id, and no oid', { oid: undefined }, [], 'unknown', undefined],
    ['no scope', { scp: undefined }, [], 'unknown', objectId],
    ['a client that is an app', {}, [clientId], 'app', objectId],
    [
      'a client that is an app, without oid',
      { oid: undefined, sub: literal },
      [clientId],
      'unknown',
      undefined,
    ],
    ['idtyp, which B2C does not write', { idtyp: 'app' }, [], 'user', objectId],
  ])('%s', async (_what, changes, appClients, kind, id) => {
    expect(await b2cIdentity(changes, appClients)).toMatchObject({ kind, authority: 'b2c', tenantId })
    expect((await b2cIdentity(changes, appClients)).objectId).toBe(id)
  })
})

const sts = (id: string): string => `https://sts.windows.net/${id}/`

describe('guests', () => {
  const home = '775527ff-9a37-4307-8b3d-cc311f58d925'

  it.each<[string, Members, boolean | undefined]>([
    ['nothing', {}, false],
    ['acct 0', { acct: 0, idp: sts(home), xms_idrel: '5' }, false],
    ['acct 1', { acct: 1, xms_idrel: '1' }, true],
    ['xms_idrel with 5', { xms_idrel: '7 5', idp: sts(tenantId) }, true],
    ['xms_idrel with 1', { xms_idrel: '1 11', idp: sts(home) }, false],
    ['xms_idrel with 3', { xms_idrel: '3', idp: 'live.com' }, false],
    ['xms_idrel of something else', { xms_idrel: '7 10 15', idp: sts(home) }, true],
    ['xms_idrel with 15, which is not 5', { xms_idrel: '15' }, false],
    ['idp of the own tenant, on the other host', { idp: sts(tenantId) }, false],
    [
      'idp of the own tenant, as v2.0 issuer',
      { idp: `https://login.microsoftonline.com/${tenantId}/v2.0` },
      false,
    ],
    ['idp of the own tenant, in capitals', { idp: sts(tenantId.toUpperCase()) }, false],
    ['idp of another tenant', { idp: sts(home) }, true],
    ['idp without a tenant', { idp: 'live.com' }, undefined],
    ['idp of another kind', { idp: 'https://accounts.google.com' }, undefined],
    ['acct as text', { acct: '1' }, undefined],
    ['acct 0 as text', { acct: '0' }, undefined],
    ['acct true', { acct: true }, undefined],
    ['acct null', { acct: null }, undefined],
    ['acct in a list', { acct: [1] }, undefined],
    ['an acct that nobody documented', { acct: 2 }, undefined],
    ['acct as text, beside a member by xms_idrel', { acct: '1', xms_idrel: '1' }, undefined],
    ['xms_idrel as a number', { xms_idrel: 5 }, undefined],
    ['xms_idrel in a list', { xms_idrel: ['5'] }, undefined],
    [
      'xms_idrel in a list, beside an idp of the own tenant',
      { xms_idrel: ['5'], idp: sts(tenantId) },
      undefined,
    ],
    ['idp in a list', { idp: [sts(home)] }, undefined],
    ['idp in a list, of the own tenant', { idp: [sts(tenantId)] }, undefined],
    ['idp null', { idp: null }, undefined],
  ])('%s', async (_what, changes, guest) => {
    expect((await identityOf(changes)).guest).toBe(guest)
  })
})

describe('an identity', () => {
  it('has every documented field', async () => {
    const groups = ['11111111-1111-4111-8111-111111111111']
    const changes = { roles: ['Orders.Admin'], wids: ['x'], groups, amr: ['pwd'], acrs: ['c1'], azpacr: '2' }
    const { claims: kept, ...identity } = await identityOf(changes)
    expect(identity).toEqual({
      kind: 'user',
      authority: 'entraId',
      loginHost: 'login.microsoftonline.com',
      tenantId,
      objectId,
      subject: claims['sub'],
      key: `${tenantId}.${objectId}`,
      subjectKey: `${tenantId}.${String(claims['sub'])}`,
      clientId,
      clientAuthentication: 'certificate',
      scopes: ['Orders.Read', 'Orders.Write'],
      roles: ['Orders.Admin'],
      directoryRoles: ['x'],
      groups: { status: 'complete', ids: groups },
      authenticationMethods: ['pwd'],
      authenticationContexts: ['c1'],
      guest: false,
      tokenId: 'unique',
      issuedAt: claims['iat'],
      expiresAt: claims['exp'],
      version: '2.0',
    })
    expect(kept).toEqual({ ...claims, ...changes })
  })

  it('without an object id has no key to store data under, though sub be one', async () => {
    const { key, objectId: id, subjectKey } = await identityOf({ oid: undefined, sub: objectId })
    expect([key, id, subjectKey]).toEqual([undefined, undefined, `${tenantId}.${objectId}`])
  })

  it.each(['', 7, ['unique'], null])('has no token id where uti is %j', async (uti) => {
    expect((await identityOf({ uti })).tokenId).toBeUndefined()
  })

  it('keeps only ids among the groups, and never mistakes too many for none', async () => {
    const id = 'ABCDEF00-1111-4111-8111-111111111111'
    const overage = { status: 'overage' }
    for (const [changes, groups] of [
      [{ groups: ['Admins', id, ''] }, { status: 'complete', ids: [id] }],
      [{ groups: [] }, { status: 'complete', ids: [] }],
      [
        {
          _claim_names: { groups: 'src1' },
          _claim_sources: { src1: { endpoint: 'https://graph.windows.net/x' } },
        },
        overage,
      ],
      [{ groups: 'src1', _claim_sources: {} }, overage],
      [{ hasgroups: true }, overage],
      [{ 'groups:src1': {} }, overage],
      [{ groups: [id], _claim_names: { groups: 'src1' } }, overage],
      [{ hasgroups: false }, { status: 'absent' }],
      [{ _claim_names: { other: 'src1' } }, { status: 'absent' }],
      [{ hasgroups: 'true' }, overage],
      [{ hasgroups: 1, groups: [id] }, overage],
      [{ _claim_names: 'groups' }, overage],
      [{ _claim_names: ['groups'] }, overage],
    ] as const) {
      expect((await identityOf(changes)).groups).toEqual(groups)
    }
  })

  it.each([
    ['0', 'public'],
    ['1', 'secret'],
    ['2', 'certificate'],
    ['3', undefined],
    [2, undefined],
    [['2'], undefined],
    [null, undefined],
  ])('tells how the client authenticated: %s is %s', async (value, method) => {
    expect((await identityOf({ azpacr: value })).clientAuthentication).toBe(method)
    const v1 = { azpacr: undefined, azp: undefined, appid: clientId, appidacr: value }
    const identity = await identityOf({ ...v1, ver: '1.0', iss: `https://sts.windows.net/${tenantId}/` })
    expect(identity.clientAuthentication).toBe(method)
  })

  it('cannot be changed by one handler for the next request', async () => {
    const identity = await identityOf({ roles: ['Orders.Read'], nested: { list: [{ a: 1 }] } })
    const changes: ReadonlyArray<() => unknown> = [
      () => ((identity as { kind: string }).kind = 'app'),
      () => (identity.roles as string[]).push('Admin'),
      () => (identity.scopes as string[]).push('Admin'),
      () => ((identity.claims as Record<string, unknown>)['scp'] = 'Admin'),
      () => ((identity.claims['nested'] as { list: Array<{ a: number }> }).list[0]!.a = 2),
      () => ((identity.groups as { status: string }).status = 'complete'),
    ]
    for (const change of changes) expect(change).toThrow(TypeError)
  })
})
