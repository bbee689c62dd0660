import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

import { createVerifier, type Verifier } from '@entraguard/core'
import { dpop } from '@entraguard/core/pop'
import { createEmulator, type Emulator, type ProofKey } from '@entraguard/emulator'
import type { NextApiRequest, NextApiResponse } from 'next'
import { NextRequest } from 'next/server.js'
import { beforeEach, describe, expect, it } from 'vitest'

import { withEntraGuard, withEntraGuardApi } from '../src/index.ts'

const origin = 'https://api.contoso.com'
const access = { scopes: ['Orders.Read'] } as const

let entra: Emulator
let verifier: Verifier
let key: ProofKey
let token: string

beforeEach(async () => {
  entra = await createEmulator()
  verifier = createVerifier({ ...entra.verifierOptions(), bound: dpop({ origin }) })
  key = await entra.createProofKey()
  token = await entra.issueUserToken({ boundTo: key })
})

type Send = (headers: Readonly<Record<string, string>>) => Promise<Response>

async function inAppRouter(run: (send: Send) => Promise<void>): Promise<void> {
  const GET = withEntraGuard(verifier, access, (_request, user) => Response.json(user.bound))
  await run((headers) => GET(new NextRequest('http://localhost:3000/orders?of=today', { headers }), {}))
}

async function inPages(run: (send: Send) => Promise<void>): Promise<void> {
  const handler = withEntraGuardApi(verifier, access, (_request, response, user) =>
    response.end(JSON.stringify(user.bound)),
  )
  // What Next adds to Node's request and response is not needed here.
  const listener: RequestListener = (request, response) =>
    void handler(request as NextApiRequest, response as NextApiResponse).catch(() => response.destroy())
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  try {
    await run((headers) => fetch(`http://127.0.0.1:${port}/orders?of=today`, { headers }))
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

describe.each([
  ['withEntraGuard', inAppRouter],
  ['withEntraGuardApi', inPages],
] as const)('%s', (_name, serve) => {
  it('takes a bound token from its holder once for each proof, and from nobody else', async () => {
    await serve(async (send) => {
      const asked = { method: 'GET', url: `${origin}/orders`, accessToken: token }
      const thief = await entra.createProofKey()
      const proof = await key.proof(asked)
      const authorization = `DPoP ${token}`
      const good = await send({ authorization, dpop: proof })
      expect(good.status).toBe(200)
      expect(await good.json()).toEqual({ by: 'dpop', thumbprint: key.jkt })
      const refused = [
        { authorization, dpop: proof },
        { authorization },
        { authorization, dpop: await thief.proof(asked) },
        { authorization, dpop: await key.proof({ ...asked, method: 'POST' }) },
        { authorization, dpop: await key.proof({ ...asked, url: `${origin}/whoami` }) },
        { authorization: `Bearer ${token}` },
        { authorization: `DPoP ${await entra.issueUserToken()}`, dpop: await key.proof(asked) },
      ]
      for (const headers of refused) {
        const answer = await send(headers)
        expect(answer.status).toBe(401)
        expect(answer.headers.get('www-authenticate')).toContain('algs="ES256"')
      }
    })
  })
})
