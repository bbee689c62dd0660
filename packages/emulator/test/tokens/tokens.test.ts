import { decodeJwt, decodeProtectedHeader } from 'jose'
import { describe, expect, it } from 'vitest'

import { createEmulator, defaults } from '../../src/index.ts'

const names = (token: string): string[] => Object.keys(decodeJwt(token)).toSorted()

describe('an access token', () => {
  it('of version 2.0 has the claims and the header of a real one', async () => {
    const entra = await createEmulator()
    const token = await entra.issueUserToken()
    expect(names(token)).toStrictEqual(
      'aio aud azp azpacr exp iat iss name nbf oid preferred_username rh scp sub tid uti ver xms_ftd'.split(
        ' ',
      ),
    )
    expect(Object.keys(decodeProtectedHeader(token))).toStrictEqual(['typ', 'alg', 'kid'])
    expect(decodeJwt(token)).toMatchObject({
      aud: defaults.apiClientId,
      iss: `https://login.microsoftonline.com/${defaults.tenantId}/v2.0`,
      scp: 'Orders.Read Orders.Write',
      ver: '2.0',
    })
  })

  it('of version 1.0 has the claims and the header of a real one', async () => {
    const entra = await createEmulator()
    const token = await entra.issueUserToken({ version: '1.0' })
    const claims =
      'acr aio amr appid appidacr aud exp family_name given_name iat ipaddr iss name nbf oid rh scp sub tid'
    expect(names(token)).toStrictEqual([
      ...claims.split(' '),
      ...'unique_name upn uti ver xms_ftd'.split(' '),
    ])
    expect(Object.keys(decodeProtectedHeader(token))).toStrictEqual(['typ', 'alg', 'x5t', 'kid'])
    expect(decodeJwt(token)).toMatchObject({
      aud: `api://${defaults.apiClientId}`,
      iss: `https://sts.windows.net/${defaults.tenantId}/`,
    })
  })

  it('of an app has no idtyp unless the registration asks for it', async () => {
    const plain = await createEmulator()
    const token = await plain.issueAppToken({ roles: [] })
    // The capture of the live service: nothing in it says that it is an app's.
    expect(names(token)).toStrictEqual(
      'aio aud azp azpacr exp iat iss nbf oid rh sub tid uti ver xms_ftd'.split(' '),
    )
    const asking = await createEmulator({ apps: [{ optionalClaims: ['idtyp'] }] })
    expect(decodeJwt(await asking.issueAppToken())).toMatchObject({ idtyp: 'app' })
  })

  it('of a guest says where the guest comes from', async () => {
    const entra = await createEmulator()
    const user = 'bbbbbbbb-0000-4000-8000-000000000001'
    const claims = decodeJwt(await entra.issueUserToken({ version: '1.0', user }))
    expect(claims['idp']).toBe(`https://sts.windows.net/${defaults.otherTenantId}/`)
    expect(claims['upn']).toContain('#EXT#')
    expect(decodeJwt(await entra.issueUserToken({ guestFrom: 'live.com' }))['idp']).toBe('live.com')
  })

  it('of a named user is one of that user’s tenant', async () => {
    const entra = await createEmulator()
    const claims = decodeJwt(await entra.issueUserToken({ user: 'ada@fabrikam.com' }))
    expect(claims).toMatchObject({ tid: defaults.otherTenantId, preferred_username: 'ada@fabrikam.com' })
    const personal = decodeJwt(await entra.issueIdToken({ user: 'alan.turing@outlook.com' }))
    expect(personal['tid']).toBe('9188040d-6c67-4c5b-b112-36a304b66dad')
    await expect(entra.issueUserToken({ tenantId: defaults.b2cTenantId })).rejects.toThrow(/issueB2cToken/)
    await expect(entra.issueUserToken({ user: 'nobody' })).rejects.toThrow(/does not know "nobody"/)
  })

  it('has a subject that differs between two APIs and an object id that does not', async () => {
    const entra = await createEmulator()
    const one = decodeJwt(await entra.issueUserToken())
    const two = decodeJwt(await entra.issueUserToken({ audience: defaults.daemonClientId, scopes: ['x'] }))
    expect(one.sub).not.toBe(two.sub)
    expect(one['oid']).toBe(two['oid'])
  })

  it('takes every claim and header parameter as it is told, and leaves out the undefined ones', async () => {
    const entra = await createEmulator()
    const token = await entra.issueUserToken({
      claims: { tid: undefined, scp: 7 },
      header: { kid: undefined, typ: 'at+jwt' },
    })
    expect(decodeProtectedHeader(token)).toStrictEqual({ typ: 'at+jwt', alg: 'RS256' })
    expect(decodeJwt(token)).not.toHaveProperty('tid')
    expect(decodeJwt(token)['scp']).toBe(7)
  })

  it('is dated five minutes back, and before its end when it is to be expired', async () => {
    const entra = await createEmulator({ now: () => 1_800_000_000_000 })
    expect(decodeJwt(await entra.issueUserToken())).toMatchObject({
      iat: 1_799_999_700,
      nbf: 1_799_999_700,
      exp: 1_800_003_600,
    })
    const { iat = 0, exp = 0 } = decodeJwt(await entra.issueUserToken({ expiresIn: -900 }))
    expect(exp).toBe(1_799_999_100)
    expect(iat).toBeLessThan(exp)
    entra.advance(60)
    expect(decodeJwt(await entra.issueUserToken()).exp).toBe(1_800_003_660)
  })
})
