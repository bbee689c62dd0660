import { request as httpRequest } from 'node:http'

import { decodeJwt } from 'jose'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { createEmulator, defaults, emulatorFetch, type Emulator } from '../../src/index.ts'
import { listen, type Listening } from '../../src/node.ts'

const METADATA = `https://login.microsoftonline.com/${defaults.tenantId}/v2.0/.well-known/openid-configuration`

let entra: Emulator
let server: Listening

beforeEach(async () => {
  entra = await createEmulator()
  server = await listen(entra)
})

afterEach(async () => {
  vi.unstubAllEnvs()
  await server.close()
})

const post = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${server.url}/__emulator/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })

/** `fetch` sets the Host header itself, an attacker's page does not have to ask. */
function statusWithHost(host: string, path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    httpRequest(server.url, { path, headers: { host } }, (answer) => {
      answer.resume()
      resolve(answer.statusCode)
    })
      .on('error', reject)
      .end()
  })
}

describe('emulatorFetch', () => {
  it('takes Microsoft’s host names to the emulator, which answers with the real addresses', async () => {
    const reach = emulatorFetch(server.url)
    const document = (await (await reach(METADATA)).json()) as Record<string, string>
    expect(document).toStrictEqual(await (await entra.fetch(METADATA)).json())
    const keys = await (await reach(document['jwks_uri'] ?? '')).json()
    expect(keys).toStrictEqual(await (await entra.fetch(document['jwks_uri'] ?? '')).json())
    const b2c = `https://contosob2c.b2clogin.com/${defaults.b2cTenantId}/B2C_1_susi/v2.0/.well-known/openid-configuration`
    expect(await (await reach(b2c)).json()).toStrictEqual(await (await entra.fetch(b2c)).json())
  })

  it('accepts loopback addresses only', () => {
    for (const address of [
      'http://192.168.0.1:8080',
      'https://login.microsoftonline.com',
      'http://localhost.example.com',
      'http://127.0.0.1.example.com',
      'http://127.0.0.1@example.com',
      'http://0.0.0.0:8080',
      'ftp://127.0.0.1',
    ]) {
      expect(() => emulatorFetch(address)).toThrow(TypeError)
    }
    for (const address of ['http://localhost:1', 'http://127.8.0.1', 'https://[::1]:8443']) {
      expect(emulatorFetch(address)).toBeTypeOf('function')
    }
  })

  it('does not run in production, also when production begins later', async () => {
    const reach = emulatorFetch(server.url)
    vi.stubEnv('NODE_ENV', 'production')
    expect(() => emulatorFetch(server.url)).toThrow(/production/)
    await expect(reach(METADATA)).rejects.toThrow(/production/)
    expect(entra.requests).toStrictEqual([])
  })

  it('takes no other host anywhere', async () => {
    const reach = emulatorFetch(server.url)
    for (const url of ['https://example.com/', METADATA.replace('https', 'http'), server.url]) {
      await expect(reach(url)).rejects.toThrow(TypeError)
    }
    expect(entra.requests).toStrictEqual([])
  })

  it('finds nobody while the emulator is offline', async () => {
    const reach = emulatorFetch(server.url)
    entra.goOffline()
    await expect(reach(METADATA)).rejects.toThrow(TypeError)
    await expect(reach(METADATA)).rejects.toThrow(`No emulator answers at ${server.url}`)
    entra.goOnline()
    expect((await reach(METADATA)).status).toBe(200)
    const asked = { method: 'GET', url: METADATA }
    expect(entra.requests).toStrictEqual([asked, asked, asked])
  })

  it('hands on what is no failure of the network as it is', async () => {
    const bailout = new Error('Next ends a prerender')
    const reach = emulatorFetch(server.url, { fetch: () => Promise.reject(bailout) })
    await expect(reach(METADATA)).rejects.toBe(bailout)
    await expect(emulatorFetch(server.url)(METADATA, { signal: AbortSignal.abort() })).rejects.toThrow(
      /abort/,
    )
  })
})

describe('the control endpoints', () => {
  it('mint every kind of token', async () => {
    const tokens = await Promise.all(
      ['user', 'app', 'b2c', 'id'].map(
        async (kind) => (await (await post('token', { kind })).json()) as { token: string },
      ),
    )
    expect(tokens.map(({ token }) => decodeJwt(token)['ver'])).toStrictEqual(['2.0', '2.0', '1.0', '2.0'])
    const answer = await post('token', { version: '1.0', scopes: ['A'], claims: { upn: null, extra: 1 } })
    const claims = decodeJwt(((await answer.json()) as { token: string }).token)
    expect(claims).toMatchObject({ ver: '1.0', scp: 'A', extra: 1 })
    expect(claims).not.toHaveProperty('upn')
  })

  it('say which option is wrong', async () => {
    const answer = await post('token', { scopes: 'Orders.Read' })
    expect([answer.status, await answer.json()]).toStrictEqual([
      400,
      { error: 'scopes must be a list of strings' },
    ])
    expect((await post('token', { constructor: 1 })).status).toBe(400)
    expect((await post('nothing', {})).status).toBe(404)
  })

  it('rotate, retire, move the clock, and go offline and online without dying themselves', async () => {
    const { kid, previousKid } = (await (await post('rotate', {})).json()) as Record<string, string>
    expect(kid).not.toBe(previousKid)
    expect((await post('retire', { kid: previousKid })).status).toBe(200)
    const before = entra.now()
    await post('advance', { seconds: 3600 })
    expect(entra.now() - before).toBeGreaterThanOrEqual(3_600_000)
    await post('offline', {})
    await expect(fetch(`${server.url}/common/discovery/keys`)).rejects.toThrow(TypeError)
    await post('online', {})
    expect((await fetch(`${server.url}/common/discovery/keys`)).status).toBe(200)
    expect(await (await fetch(`${server.url}/__emulator/requests`)).json()).toHaveLength(2)
  })

  it('refuse what another web site sends', async () => {
    expect((await post('token', {}, { origin: 'https://evil.example' })).status).toBe(403)
    expect((await post('token', {}, { origin: 'null' })).status).toBe(403)
    expect((await post('token', {}, { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    expect((await post('token', {}, { 'content-type': 'text/plain' })).status).toBe(415)
    expect((await post('token', {}, { origin: server.url })).status).toBe(200)
  })

  it('refuse a host name that was made to resolve to this machine', async () => {
    expect(await statusWithHost('evil.example', '/__emulator/requests')).toBe(403)
    expect(await statusWithHost('evil.example', '/common/discovery/keys')).toBe(403)
    expect(await statusWithHost('login.microsoftonline.com', '/common/discovery/keys')).toBe(200)
    expect(await statusWithHost('login.microsoftonline.com', '/__emulator/requests')).toBe(404)
  })

  it('refuse it also where the path or the whole address names this machine', async () => {
    const { host } = new URL(server.url)
    for (const path of [`//${host}/?kind=user`, '//localhost/__emulator/requests', `/\\${host}/?kind=user`]) {
      expect([path, await statusWithHost('evil.example', path)]).toStrictEqual([path, 403])
    }
    expect(await statusWithHost('evil.example', `http://${host}/?kind=user`)).toBe(400)
    expect(await statusWithHost(host, `//${host}/__emulator/status`)).not.toBe(200)
  })

  it('answer a request that cannot be read, or is too large, with a refusal and not with a failure', async () => {
    expect(await statusWithHost('a b', '/')).toBe(400)
    expect(await statusWithHost('evil.example@127.0.0.1', '/?kind=user')).toBe(400)
    expect((await post('token', { claims: { large: 'x'.repeat(1_100_000) } })).status).toBe(413)
  })
})

describe('without emulatorFetch', () => {
  it('documents name the real issuer and lead back to the emulator', async () => {
    const document = (await (
      await fetch(`${server.url}/${defaults.tenantId}/v2.0/.well-known/openid-configuration`)
    ).json()) as Record<string, string>
    expect(document['issuer']).toBe(`https://login.microsoftonline.com/${defaults.tenantId}/v2.0`)
    expect(document['token_endpoint']).toBe(`${server.url}/${defaults.tenantId}/oauth2/v2.0/token`)
    expect((await fetch(document['jwks_uri'] ?? '')).status).toBe(200)
  })

  it('another host is the first segment of the path', async () => {
    const path = `contosob2c.b2clogin.com/${defaults.b2cTenantId}/B2C_1_susi/v2.0/.well-known/openid-configuration`
    const document = (await (await fetch(`${server.url}/${path}`)).json()) as Record<string, string>
    expect(document['issuer']).toBe(`https://contosob2c.b2clogin.com/${defaults.b2cTenantId}/v2.0/`)
    expect((await fetch(document['jwks_uri'] ?? '')).status).toBe(200)
  })
})
