import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { createEmulator, type Emulator } from '@entraguard/emulator'
import type { JWK } from 'jose'

import type { Facts } from './portable.ts'

export interface Workload extends Facts {
  readonly tokens: readonly string[]
  /** The key set over plain HTTP on loopback, for contestants that fetch it. */
  readonly keysUrl: string
  readonly emulator: Emulator
  readonly close: () => void
}

/** A v2.0 user token of about 1.5 kB: 20 claims, 4 roles, 3 scopes; each with an id of its own. */
export async function createWorkload(count: number, groups = 0): Promise<Workload> {
  const emulator = await createEmulator()
  const options = emulator.verifierOptions()
  const tenantId = String(options.tenants)
  const claims = (index: number): Record<string, unknown> => ({
    uti: `bench${index}`,
    preferred_username: `user${index}@contoso.example`,
    name: `Benchmark User ${index}`,
    email: `user${index}@contoso.example`,
    xms_cc: ['cp1'],
  })
  const groupIds = Array.from({ length: groups }, () => crypto.randomUUID())
  const tokens: string[] = []
  for (let index = 0; index < count; index++) {
    tokens.push(
      await emulator.issueUserToken({
        version: '2.0',
        scopes: ['Orders.Read', 'Orders.Write', 'Orders.Delete'],
        roles: ['Orders.Admin', 'Orders.Viewer', 'Invoices.Admin', 'Invoices.Viewer'],
        claims: claims(index),
        expiresIn: 24 * 3600,
        ...(groups > 0 && { groups: groupIds }),
      }),
    )
  }
  const [first = ''] = tokens
  const { kid } = decode(first, 0) as { kid: string }
  const { iss, aud } = decode(first, 1) as { iss: string; aud: string }
  const keysAddress = `https://login.microsoftonline.com/${tenantId}/discovery/v2.0/keys`
  const jwks = (await (await emulator.fetch(keysAddress)).json()) as { keys: JWK[] }
  const jwk = jwks.keys.find((key) => key.kid === kid)
  if (jwk === undefined) throw new Error('the emulator does not publish the key that it signs with')
  const body = JSON.stringify(jwks)
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(body)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    tokens,
    issuer: iss,
    audience: aud,
    tenantId,
    jwks,
    jwk,
    keysUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`,
    fetch: async (url, init) => await emulator.fetch(url, init),
    emulator,
    close: () => server.close(),
  }
}

function decode(token: string, part: number): unknown {
  return JSON.parse(Buffer.from(token.split('.')[part] ?? '', 'base64url').toString())
}
