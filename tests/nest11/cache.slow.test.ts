import 'reflect-metadata'

import { createVerifier } from '@entraguard/core'
import { createEmulator } from '@entraguard/emulator'
import { EntraGuardModule } from '@entraguard/nestjs'
import { Test } from '@nestjs/testing'
import { expect, onTestFinished, test } from 'vitest'

import { CachedModule } from './cache.ts'

async function start() {
  const entra = await createEmulator()
  const verifier = createVerifier(entra.verifierOptions())
  const module = await Test.createTestingModule({
    imports: [EntraGuardModule.forRoot({ verifier }), CachedModule],
  }).compile()
  const app = module.createNestApplication({ logger: false })
  await app.listen(0, '127.0.0.1')
  onTestFinished(async () => app.close())
  const url = await app.getUrl()
  const call = async (path: string, scopes: string[] = ['Orders.Read'], oid?: string): Promise<Response> => {
    const token = await entra.issueUserToken({ scopes, ...(oid !== undefined && { claims: { oid } }) })
    return await fetch(`${url}/${path}`, { headers: { authorization: `Bearer ${token}` } })
  }
  return { call, url }
}
const grace = 'bbbbbbbb-0000-4000-8000-00000000cafe'
const bodyOf = async (response: Promise<Response>) =>
  (await response).json() as Promise<{ of: string; made: number }>

test('the CacheInterceptor of Nest hands one caller what was made for another', async () => {
  const { call } = await start()
  const ada = await bodyOf(call('shared'))
  expect(await bodyOf(call('shared', ['Orders.Read'], grace))).toEqual(ada)
})

test('a cache for each caller does not, and the guard is asked whatever the cache holds', async () => {
  const { call, url } = await start()
  const ada = await bodyOf(call('own'))
  expect(await bodyOf(call('own'))).toEqual(ada)
  expect((await bodyOf(call('own', ['Orders.Read'], grace))).of).toContain(grace)
  expect((await call('own', ['Orders.Write'])).status).toBe(403)
  const refused = await fetch(`${url}/own`)
  expect([refused.status, refused.headers.get('cache-control')]).toEqual([401, 'no-store'])
})
