import { describe, expect, it } from 'vitest'

import { b2c, type VerifierOptions } from '../../src/index.ts'
import {
  apiId,
  claims,
  clientId,
  clock,
  documents,
  header,
  issue,
  signText,
  tenantId,
  verifierFor,
  type Members,
} from '../support/issuer.ts'
import { outcomeOf } from '../support/outcome.ts'

const outcome = async (changes: Members, options: Partial<VerifierOptions> = {}): Promise<string> =>
  await outcomeOf(verifierFor(options).verify(await issue(changes)))

const almostASecondLater = (): number => clock * 1000 + 999

describe('time', () => {
  it.each([
    [0, 'token_expired'],
    [1, 'accepted'],
    [-1, 'token_expired'],
  ])('a token ends at exactly exp, tolerance included: %i s before is %s', async (before, code) => {
    for (const clockTolerance of [0, 1, 300, 600]) {
      const exp = clock - clockTolerance + before
      expect(await outcome({ exp, nbf: undefined }, { clockTolerance })).toBe(code)
    }
  })

  it('is read in parts of a second', async () => {
    const late = { clockTolerance: 0, now: almostASecondLater }
    expect(await outcome({ exp: clock + 1 }, late)).toBe('accepted')
    expect(await outcome({ exp: clock + 0.5 }, late)).toBe('token_expired')
  })

  it.each(['nbf', 'iat'])('%s may lie in the future by the tolerance and no more', async (claim) => {
    expect(await outcome({ [claim]: clock + 300 })).toBe('accepted')
    expect(await outcome({ [claim]: clock + 301 })).toBe('token_not_yet_valid')
    expect(await outcome({ [claim]: clock + 1 }, { clockTolerance: 0 })).toBe('token_not_yet_valid')
    await expect(verifierFor().verify(await issue({ [claim]: clock + 301 }))).rejects.toMatchObject({
      details: { claim, actual: clock + 301, expected: clock },
    })
  })

  it('of a token may begin when it ends, and not later', async () => {
    const exp = clock + 100
    expect(await outcome({ exp, nbf: exp })).toBe('accepted')
    expect(await outcome({ exp, nbf: exp + 1 })).toBe('claim_invalid')
  })

  it('begins and issue are checked where present, and not required', async () => {
    expect(await outcome({ nbf: undefined, iat: undefined })).toBe('accepted')
    expect(await outcome({ nbf: undefined, iat: undefined }, { maxTokenAge: 60 })).toBe('claim_missing')
  })

  it('of a remembered token is looked at again on every call', async () => {
    let seconds = clock
    const verifier = verifierFor({ now: () => seconds * 1000, clockTolerance: 0, maxTokenAge: 1000 })
    const token = await issue({ iat: clock - 10, nbf: clock - 10, exp: clock + 5000 })
    for (const [later, code] of [
      [0, 'accepted'],
      [989, 'accepted'],
      [990, 'token_too_old'],
      [-11, 'token_not_yet_valid'],
      [10, 'accepted'],
    ] as const) {
      seconds = clock + later
      expect([later, await outcomeOf(verifier.verify(token))]).toEqual([later, code])
    }
  })

  it.each<[number | undefined, number | undefined]>([
    [clock - 10, clock - 1000],
    [clock - 1000, clock - 10],
    [clock - 10, undefined],
    [undefined, clock - 10],
  ])('of a remembered token begins with the later of nbf %s and iat %s', async (nbf, iat) => {
    let seconds = clock
    const verifier = verifierFor({ now: () => seconds * 1000, clockTolerance: 0 })
    const token = await issue({ nbf, iat })
    expect(await outcomeOf(verifier.verify(token))).toBe('accepted')
    seconds = clock - 10
    expect(await outcomeOf(verifier.verify(token))).toBe('accepted')
    seconds = clock - 11
    expect(await outcomeOf(verifier.verify(token))).toBe('token_not_yet_valid')
  })

  it.each([
    ['1e400', 'claim_invalid'],
    ['-1e400', 'claim_invalid'],
    ['1e308', 'accepted'],
    ['"1900000000"', 'claim_invalid'],
    ['[1900000000]', 'claim_invalid'],
    ['{}', 'claim_invalid'],
    ['true', 'claim_invalid'],
    ['null', 'claim_invalid'],
    ['-1', 'token_expired'],
    ['0', 'token_expired'],
  ])('an exp of %s is %s', async (exp, code) => {
    const text = JSON.stringify(claims).replace(`"exp":${String(claims['exp'])}`, `"exp":${exp}`)
    expect(await outcomeOf(verifierFor().verify(await signText(JSON.stringify(header), text)))).toBe(code)
  })

  it('of a clock that gives no time refuses', async () => {
    for (const time of [Number.NaN, Number.POSITIVE_INFINITY, -1, undefined, '1']) {
      expect(await outcome({}, { now: () => time as number })).toBe('keys_unavailable')
    }
  })
})

describe('the audience is compared exactly', () => {
  it.each<[unknown, string]>([
    [apiId, 'accepted'],
    [apiId.toUpperCase(), 'audience_mismatch'],
    [`${apiId}/`, 'audience_mismatch'],
    [` ${apiId}`, 'audience_mismatch'],
    [apiId.slice(0, -1), 'audience_mismatch'],
    [`${apiId}0`, 'audience_mismatch'],
    [`api://${apiId}`, 'audience_mismatch'],
    [`spn:${apiId}`, 'audience_mismatch'],
    ['', 'audience_mismatch'],
    ['*', 'audience_mismatch'],
    ['__proto__', 'audience_mismatch'],
    [[apiId], 'claim_invalid'],
    [[], 'claim_invalid'],
    [{ 0: apiId }, 'claim_invalid'],
    [null, 'claim_invalid'],
    [true, 'claim_invalid'],
  ])('%j: %s', async (aud, code) => {
    expect(await outcome({ aud })).toBe(code)
  })

  it('and every listed one is accepted', async () => {
    const audience = [apiId, `api://${apiId}`, 'https://orders.contoso.com/']
    for (const aud of audience) expect(await outcome({ aud }, { audience })).toBe('accepted')
    expect(await outcome({ aud: 'https://orders.contoso.com' }, { audience })).toBe('audience_mismatch')
  })

  it('a pattern is no pattern', async () => {
    expect(await outcome({ aud: 'api://orders' }, { audience: 'api://.*' })).toBe('audience_mismatch')
    expect(await outcome({ aud: 'api://.*' }, { audience: 'api://.*' })).toBe('accepted')
  })
})

const noFetch = async (): Promise<Response> => {
  throw new Error('nothing may be fetched for such a token')
}

describe('a token of Microsoft Graph', () => {
  it.each(
    (
      'https://graph.microsoft.com https://graph.microsoft.com/ https://graph.microsoft.us https://dod-graph.microsoft.us/ ' +
      'https://microsoftgraph.chinacloudapi.cn https://graph.windows.net/ 00000003-0000-0000-c000-000000000000 ' +
      '00000002-0000-0000-c000-000000000000'
    ).split(' '),
  )('is told by its audience %s, before anything is fetched', async (aud) => {
    expect(await outcome({ aud }, { fetch: noFetch })).toBe('graph_token')
  })

  it('is told by the nonce in its header', async () => {
    for (const nonce of ['x', '', null])
      expect(await outcomeOf(verifierFor().verify(await issue({}, { nonce })))).toBe('graph_token')
  })
})

describe('scopes', () => {
  it.each([
    ['Orders.Read', ['Orders.Read']],
    ['Orders.Read Orders.Write', ['Orders.Read', 'Orders.Write']],
    ['  Orders.Read   Orders.Write ', ['Orders.Read', 'Orders.Write']],
    ['/ Orders.Read', ['Orders.Read']],
    ['Orders.Read\tOrders.Write', ['Orders.Read\tOrders.Write']],
    ['Orders.Read\nOrders.Write', ['Orders.Read\nOrders.Write']],
    ['Orders.Read\u00a0Orders.Write', ['Orders.Read\u00a0Orders.Write']],
    ['Orders.Read,Orders.Write', ['Orders.Read,Orders.Write']],
  ])('in %j are %j', async (scp, scopes) => {
    expect((await verifierFor().verify(await issue({ scp }))).scopes).toEqual(scopes)
  })
})

describe('claims of an undocumented type', () => {
  it('are left out and never refuse, and what they decide is not known', async () => {
    const wrong = {
      acct: '1',
      acrs: 'c1',
      auth_time: 'now',
      email: ['a@example.com'],
      emails: 'x',
      idp: 7,
      name: { first: 'Ada' },
      xms_cc: 'cp1',
      xms_edov: '1',
      xms_idrel: 5,
      signin_state: [1],
      azpacr: 1,
      hasgroups: 'true',
    }
    const identity = await verifierFor().verify(await issue({ ...wrong, custom: { any: 'thing' } }))
    for (const name of Object.keys(wrong)) expect(identity.claims).not.toHaveProperty([name])
    expect(identity.claims['custom']).toEqual({ any: 'thing' })
    expect(identity).toMatchObject({ authenticationContexts: [], groups: { status: 'overage' } })
    expect(identity.guest).toBeUndefined()
    expect(identity.clientAuthentication).toBeUndefined()
    expect(Object.isFrozen(identity.claims)).toBe(true)
  })

  it('of B2C, where a policy writes what it likes, are absent from the fields of the identity and stay in claims', async () => {
    const issuer = `https://contoso.b2clogin.com/${tenantId}/v2.0/`
    const authority = b2c({ domain: 'contoso.b2clogin.com', tenantId, policies: ['B2C_1_susi'] })
    const verifier = verifierFor({ authority, fetch: documents({ issuer }) })
    const ofB2c = { iss: issuer, ver: '1.0', tid: undefined, tfp: 'b2c_1_susi' }
    const rows: ReadonlyArray<readonly [string, unknown]> = [
      ['roles', 'Admin'],
      ['roles', { Admin: true }],
      ['roles', ['Admin', 1]],
      ['roles', null],
      ['wids', 'x'],
      ['amr', 'mfa'],
      ['amr', true],
      ['acrs', 'c1'],
      ['groups', 'Admins'],
      ['groups', 7],
      ['groups', [{ id: 1 }]],
    ]
    for (const [name, value] of rows) {
      const identity = await verifier.verify(await issue({ ...ofB2c, [name]: value }))
      expect(identity).toMatchObject({
        kind: 'user',
        roles: [],
        directoryRoles: [],
        authenticationMethods: [],
        authenticationContexts: [],
        groups: { status: 'absent' },
      })
      expect(identity.claims[name as 'sub']).toEqual(value)
    }
    const listed = await verifier.verify(await issue({ ...ofB2c, roles: ['Admin'], emails: 'a@example.com' }))
    expect(listed.roles).toEqual(['Admin'])
    // What has a type in B2cClaims has that type or is not there.
    expect(listed.claims).not.toHaveProperty('emails')
    const none = await issue({ ...ofB2c, scp: '', roles: 'Admin' })
    await expect(verifier.verify(none)).rejects.toMatchObject({ code: 'permissions_missing' })
  })

  it.each<[string, readonly unknown[], readonly unknown[]]>([
    ['acct', [0, 1.5], ['1', true, [1], null]],
    ['hasgroups', [true, false], ['true', 1, [true], null]],
    ['emails', [[], ['a@example.com']], ['a@example.com', [1], { 0: 'a' }, null]],
    ['idp', ['', 'x'], [1, true, ['x'], null]],
    ['pwd_exp', ['1', 1], [true, ['1'], {}, null]],
    ['in_corp', ['true', true], [1, ['true'], {}, null]],
  ])('are those of no other: %s', async (name, documented, others) => {
    const verifier = verifierFor()
    const claimsOf = async (value: unknown) => (await verifier.verify(await issue({ [name]: value }))).claims
    for (const value of documented) expect(await claimsOf(value)).toHaveProperty([name], value)
    for (const value of others) expect(await claimsOf(value)).not.toHaveProperty([name])
  })

  it('stay where real tokens have two types', async () => {
    for (const values of [
      { pwd_exp: '429923', in_corp: 'true' },
      { pwd_exp: 429_923, in_corp: true },
    ]) {
      expect((await verifierFor().verify(await issue(values))).claims).toMatchObject(values)
    }
  })
})

describe('the client', () => {
  const other = 'dddddddd-1111-4222-8333-444444444444'
  it.each([
    [{ azp: clientId }, 'accepted'],
    [{ azp: undefined, appid: clientId }, 'accepted'],
    [{ azp: clientId, appid: clientId }, 'accepted'],
    [{ azp: clientId, appid: other }, 'claim_invalid'],
    [{ azp: '', appid: clientId }, 'claim_invalid'],
    [{ azp: clientId, appid: 7 }, 'claim_invalid'],
  ])('is named by azp or appid, and where both are there by both: %j', async (changes, expected) => {
    expect(await outcome(changes)).toBe(expected)
  })
})
