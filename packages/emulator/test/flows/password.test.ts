import { beforeEach, describe, expect, it } from 'vitest'

import { createEmulator, defaults, type Emulator } from '../../src/index.ts'
import { verified } from '../support.ts'
import { ADA, askToken, authorityRoot, codes } from './caller.ts'

const { apiClientId: api, webClientId: web, daemonClientId: daemon, secret, password } = defaults

let entra: Emulator

beforeEach(async () => {
  entra = await createEmulator()
})

const form = {
  grant_type: 'password',
  client_id: web,
  scope: `openid offline_access api://${api}/Orders.Read`,
  username: 'ADA@contoso.com',
  password,
}

describe('a password', () => {
  it('is enough for a public client, and for one that proves itself', async () => {
    const answer = await askToken(entra, form)
    expect(await verified(entra, String(answer['access_token']))).toMatchObject({
      oid: ADA,
      azp: web,
      azpacr: '0',
    })
    const renewed = {
      grant_type: 'refresh_token',
      client_id: web,
      refresh_token: String(answer['refresh_token']),
    }
    expect((await askToken(entra, renewed)).status).toBe(200)
    const confidential = await askToken(entra, { ...form, client_id: daemon, client_secret: secret })
    expect(await verified(entra, String(confidential['access_token']))).toMatchObject({ azpacr: '1' })
  })

  it('is refused where Entra refuses it', async () => {
    const rows: readonly [Record<string, string>, string, number][] = [
      [{ password: 'wrong' }, 'invalid_grant', 50126],
      [{ username: 'nobody@contoso.com' }, 'invalid_grant', 50034],
      [{ username: 'ada@fabrikam.com' }, 'invalid_grant', 50034],
      [{ username: 'grace_fabrikam.com#EXT#@contoso.onmicrosoft.com' }, 'invalid_grant', 50126],
      [{ username: '' }, 'invalid_request', 900144],
      [{ client_id: daemon }, 'invalid_client', 7000218],
    ]
    for (const [members, error, code] of rows) {
      expect(codes(await askToken(entra, { ...form, ...members }))).toEqual([error, code])
    }
    for (const tenant of ['common', 'consumers']) {
      const root = authorityRoot(tenant)
      expect(codes(await askToken(entra, form, { root }))).toEqual(['invalid_request', 9001023])
    }
    expect((await askToken(entra, form, { root: authorityRoot('organizations') })).status).toBe(200)
  })

  it('of an app with a secret needs none of it where the registration allows public client flows', async () => {
    entra = await createEmulator({ apps: [{ clientId: api, secret, publicClientFlows: true }] })
    const own = { ...form, client_id: api, scope: `${api}/.default` }
    expect((await askToken(entra, own)).status).toBe(200)
  })
})

const realm = async (name: string): Promise<unknown> => {
  const answer = await entra.fetch(
    `https://login.microsoftonline.com/common/userrealm/${name}?api-version=1.0`,
  )
  return ((await answer.json()) as { account_type: string }).account_type
}

describe('the realm of a user', () => {
  it('is Entra’s own for a verified domain, and nobody’s for another', async () => {
    expect(await realm('ada%40contoso.com')).toBe('Managed')
    expect(await realm('somebody@example.com')).toBe('Unknown')
    expect(await realm('%E0%A4%A')).toBe('Unknown')
  })
})

describe('a device', () => {
  it('of an app with a secret gets its token with the secret, or where public client flows are allowed', async () => {
    const flow = async (clientId: string, more: Record<string, string> = {}): Promise<readonly unknown[]> => {
      const body = new URLSearchParams({ client_id: clientId, scope: `api://${api}/Orders.Read` })
      const started = await entra.fetch(`${authorityRoot(defaults.tenantId)}/devicecode`, {
        method: 'POST',
        body,
      })
      const device = (await started.json()) as { user_code: string; device_code: string }
      entra.settleDevice(device.user_code, ADA)
      const grant = { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', client_id: clientId }
      const answer = await askToken(entra, { ...grant, device_code: device.device_code, ...more })
      return [answer.status, codes(answer)[1]]
    }
    expect(await flow(daemon)).toEqual([401, 7000218])
    expect(await flow(daemon, { client_secret: secret })).toEqual([200, undefined])
    entra = await createEmulator({
      apps: [{ clientId: api }, { clientId: daemon, secret, publicClientFlows: true }],
    })
    expect(await flow(daemon)).toEqual([200, undefined])
  })
})
