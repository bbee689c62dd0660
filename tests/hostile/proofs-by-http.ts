import { createVerifier, type Verifier } from '@entraguard/core'
import { dpop } from '@entraguard/core/pop'
import { createEmulator } from '@entraguard/emulator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { Adapter } from '../contract/adapter.ts'
import { sendRaw } from '../contract/raw-request.ts'
import type { Received } from '../contract/received.ts'
import {
  accepted,
  credentials,
  origin,
  refused,
  roundabout,
  type Attempt,
  type World,
} from './proof-cases.ts'

function fill<T>(value: T, base: string): T {
  return JSON.parse(JSON.stringify(value).replaceAll('{base}', base)) as T
}

async function send(
  world: World,
  { method = 'GET', target, host, headers, proof = {} }: Attempt,
): Promise<Received> {
  const { base, served, token } = world
  const about = { method: 'GET', url: `${origin}${base}/orders`, accessToken: token, ...fill(proof, base) }
  const lines = await (headers ?? credentials)(world, await world.key.proof(about))
  const url = new URL(served.url)
  return sendRaw(url, [
    `${method} ${(target ?? '{base}/orders').replaceAll('{base}', base)} HTTP/1.1`,
    `Host: ${host ?? url.host}`,
    ...lines.map((line) => line.replaceAll('{base}', base)),
  ])
}

const isSuccess = ({ status }: Received): boolean => status >= 200 && status < 400

/** Requests with proofs, as bytes, against an app in this process that listens. */
export function describeProofs(adapter: Adapter): void {
  describe(`proofs by HTTP: ${adapter.name}`, () => {
    let world: World
    beforeAll(async () => {
      const entra = await createEmulator()
      const key = await entra.createProofKey()
      const verifier: Verifier = createVerifier({ ...entra.verifierOptions(), bound: dpop({ origin }) })
      const environment = {
        ENTRA_TENANTS: entra.verifierOptions().tenants,
        ENTRA_AUDIENCE: verifier.audience.join(','),
        ENTRA_EMULATOR_URL: '',
      }
      const served = await adapter.start({ verifier, environment })
      const scopes = ['Orders.Read', 'Orders.Write']
      world = {
        entra,
        key,
        thief: await entra.createProofKey(),
        token: await entra.issueUserToken({ scopes, boundTo: key }),
        plain: await entra.issueUserToken({ scopes }),
        served,
        base: new URL(served.url).pathname.replace(/\/$/, ''),
      }
    })
    afterAll(async () => world?.served.close())

    it.each(accepted)('%s passes', async (_what, attempt) => {
      expect((await send(world, attempt)).status).toBe(200)
    })

    it.each(refused)('%s does not pass', async (_what, attempt) => {
      // The same request without the one thing that is wrong.
      expect((await send(world, {})).status).toBe(200)
      const answer = await send(world, attempt)
      expect([answer.status, isSuccess(answer)]).toEqual([answer.status, false])
      expect(answer.text).not.toContain('tea')
    })

    it.each(roundabout)('the path %s leads to the route of the proof or nowhere', async (target) => {
      const answer = await send(world, { target })
      // Where the framework follows the dots before it looks for a route, it is the same request.
      const served = /"(orders|kind)":/.exec(answer.text)?.[1]
      expect(isSuccess(answer) ? served : answer.status).toBeOneOf(['orders', 400, 401, 404])
    })

    it('a caller who proved the key but may not is told so, whatever asks twice', async () => {
      const { entra, key, base } = world
      const accessToken = await entra.issueUserToken({ scopes: ['Orders.Write'], boundTo: key })
      const proof = await key.proof({ method: 'GET', url: `${origin}${base}/orders`, accessToken })
      const headers = (): readonly string[] => credentials({ ...world, token: accessToken }, proof)
      const answer = await send(world, { headers })
      expect(answer.status).toBe(403)
      expect(answer.headers.get('www-authenticate')).toContain('error="insufficient_scope"')
    })

    it('a whole address in the request passes where the framework knows the route, and decides nothing', async () => {
      const whole = { target: 'http://evil.example{base}/orders' }
      expect([200, 404]).toContain((await send(world, whole)).status)
      const proof = { url: 'http://evil.example{base}/orders' }
      expect(isSuccess(await send(world, { ...whole, proof }))).toBe(false)
    })

    it('a proof passes once, whatever of the request is another', async () => {
      const { entra: _, key, token, base } = world
      const proof = await key.proof({ method: 'GET', url: `${origin}${base}/orders`, accessToken: token })
      const headers = (): readonly string[] => credentials(world, proof)
      const first = await send(world, { headers })
      const again = { headers, target: '{base}/orders?again', host: 'evil.example' }
      const [second, third] = [await send(world, { headers }), await send(world, again)]
      expect([first.status, second.status, third.status]).toEqual([200, 401, 401])
      expect(second.headers.get('www-authenticate')).toMatch(/^DPoP error="invalid_dpop_proof"/)
    })

    it('of twenty at the same moment one passes', async () => {
      const { key, token, base } = world
      const proof = await key.proof({ method: 'GET', url: `${origin}${base}/orders`, accessToken: token })
      const headers = (): readonly string[] => credentials(world, proof)
      const answers = await Promise.all(Array.from({ length: 20 }, () => send(world, { headers })))
      expect(answers.filter(isSuccess)).toHaveLength(1)
    })

    it('a refused request uses no proof up', async () => {
      const { key, token, base } = world
      const proof = await key.proof({ method: 'GET', url: `${origin}${base}/orders`, accessToken: token })
      const headers = (): readonly string[] => credentials(world, proof)
      expect(isSuccess(await send(world, { headers, method: 'POST' }))).toBe(false)
      expect((await send(world, { headers })).status).toBe(200)
    })
  })
}
