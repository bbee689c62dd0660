import { authorize, b2c, createVerifier, externalId } from '@entraguard/core'
import { createEmulator, defaults } from '@entraguard/emulator'
import { describe, expect, it } from 'vitest'

describe('the verifier and the emulator, written apart from each other', () => {
  it('agree about every kind of access token', async () => {
    const entra = await createEmulator()
    const verifier = createVerifier(entra.verifierOptions())
    for (const version of ['1.0', '2.0'] as const) {
      const user = await verifier.verify(await entra.issueUserToken({ version }))
      expect(authorize(user, { scopes: ['Orders.Read'] })).toMatchObject({ kind: 'user', version })
      const named = await entra.issueAppToken({ version, claims: { idtyp: 'app' } })
      expect(authorize(await verifier.verify(named), { appPermissions: ['Orders.Read.All'] })).toMatchObject({
        kind: 'app',
        version,
      })
    }
    const guest = await verifier.verify(await entra.issueUserToken({ guestFrom: defaults.otherTenantId }))
    expect(guest.guest).toBe(true)
    const overage = await verifier.verify(await entra.issueUserToken({ groups: 'overage' }))
    expect(overage.groups).toStrictEqual({ status: 'overage' })
    const managed = await entra.issueAppToken({ managedIdentity: '/subscriptions/1/resource' })
    expect(await verifier.verify(managed)).toMatchObject({ kind: 'app', clientAuthentication: 'certificate' })
    const agent = await verifier.verify(await entra.issueUserToken({ agent: 'onBehalfOf' }))
    expect(agent.kind).toBe('user')
  })

  it('agree about personal accounts, B2C and External ID', async () => {
    const entra = await createEmulator()
    const base = entra.verifierOptions()
    const consumers = createVerifier({ ...base, tenants: 'consumers' })
    expect(await consumers.verify(await entra.issueUserToken({ personalAccount: true }))).toMatchObject({
      kind: 'user',
    })

    const { audience, fetch, now } = base
    const world = { audience, fetch, now }
    const customers = createVerifier({
      ...world,
      authority: b2c({
        domain: 'contosob2c.b2clogin.com',
        tenantId: defaults.b2cTenantId,
        policies: ['B2C_1_susi', 'B2C_1A_signup_signin'],
      }),
    })
    for (const policy of defaults.b2cPolicies) {
      expect(await customers.verify(await entra.issueB2cToken({ policy }))).toMatchObject({
        authority: 'b2c',
      })
    }
    const external = createVerifier({
      ...world,
      authority: externalId({ subdomain: 'contosociam', tenantId: defaults.externalIdTenantId }),
    })
    const token = await entra.issueUserToken({ tenantId: defaults.externalIdTenantId })
    expect(await external.verify(token)).toMatchObject({ authority: 'externalId' })
  })

  it('agree about the other clouds', async () => {
    for (const cloud of ['usgov', 'china'] as const) {
      const entra = await createEmulator({ tenants: [{ name: 'agency', cloud }] })
      const verifier = createVerifier({ ...entra.verifierOptions(), cloud })
      for (const version of ['1.0', '2.0'] as const) {
        expect(await verifier.verify(await entra.issueUserToken({ version }))).toMatchObject({
          kind: 'user',
          version,
        })
      }
    }
  })

  it('agree about a key of the app’s own', async () => {
    const entra = await createEmulator({ apps: [{ samlSso: true }] })
    const token = await entra.issueUserToken()
    const plain = createVerifier(entra.verifierOptions())
    await expect(plain.verify(token)).rejects.toMatchObject({ code: 'signing_key_not_found' })
    const verifier = createVerifier({ ...entra.verifierOptions(), appId: defaults.apiClientId })
    expect(await verifier.verify(token)).toMatchObject({ kind: 'user' })
  })

  it('agree about what is wrong', async () => {
    const entra = await createEmulator()
    const verifier = createVerifier(entra.verifierOptions())
    const rows: readonly [string, Promise<string>][] = [
      [
        'graph_token',
        entra.issueUserToken({ audience: 'https://graph.microsoft.com', scopes: ['User.Read'] }),
      ],
      ['id_token_refused', entra.issueIdToken({ audience: defaults.apiClientId })],
      ['signing_key_not_found', entra.issueUserToken({ signWith: 'unknown' })],
      ['algorithm_refused', entra.issueUserToken({ header: { alg: 'none' } })],
      ['algorithm_refused', entra.issueUserToken({ header: { alg: 'HS256' } })],
      ['token_expired', entra.issueUserToken({ expiresIn: -301 })],
      ['issuer_unknown', entra.issueUserToken({ tenantId: crypto.randomUUID() })],
      ['audience_mismatch', entra.issueUserToken({ audience: 'api://another' })],
      ['permissions_missing', entra.issueAppToken({ roles: [] })],
    ]
    for (const [code, token] of rows) {
      await expect(verifier.verify(await token)).rejects.toMatchObject({ code })
    }
  })
})
