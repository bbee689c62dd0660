// #region bound
import { createVerifier } from '@entraguard/core'
import { dpop } from '@entraguard/core/pop'
import { createEmulator } from '@entraguard/emulator'
import { entraGuard } from '@entraguard/hono'
import { Hono } from 'hono'
import { expect, test } from 'vitest'

test('a stolen token is of no use', async () => {
  const entra = await createEmulator()
  const bound = dpop({ origin: 'https://api.contoso.com' })
  const verifier = createVerifier({ ...entra.verifierOptions(), bound })
  const app = new Hono().get('/orders', entraGuard(verifier), (c) => c.json({ of: c.var.identity.key }))

  const [key, thief] = [await entra.createProofKey(), await entra.createProofKey()]
  const accessToken = await entra.issueUserToken({ boundTo: key })
  const request = { method: 'GET', url: 'https://api.contoso.com/orders', accessToken }
  const status = async (proof: string, scheme = 'DPoP'): Promise<number> => {
    const headers = { authorization: `${scheme} ${accessToken}`, dpop: proof }
    return (await app.request(request.url, { headers })).status
  }

  const proof = await key.proof(request)
  expect(await status(proof)).toBe(200)
  expect(await status(proof)).toBe(401) // a proof is good once
  expect(await status(await thief.proof(request))).toBe(401)
  expect(await status(await key.proof(request), 'Bearer')).toBe(401)
  expect(await status(await key.proof({ ...request, claims: { iat: 1 } }))).toBe(401)
})
// #endregion
