import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { createVerifier, EntraGuardError, type Verifier } from '@entraguard/core'
import { createEmulator, type Emulator } from '@entraguard/emulator'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'

import { createRevocations, type Revocations } from './revocation.ts'

let entra: Emulator
let server: ChildProcess
let redis: Redis
let revocations: Revocations
let verifier: Verifier
const folder = mkdtempSync(path.join(tmpdir(), 'entraguard-revocation-'))

beforeAll(async () => {
  entra = await createEmulator({ apps: [{ optionalClaims: ['xms_cc'] }, {}] })
  const socket = path.join(folder, 'redis.sock')
  server = spawn('redis-server', ['--port', '0', '--unixsocket', socket, '--save', '', '--dir', folder], {
    stdio: 'ignore',
  })
  await once(server, 'spawn')
  redis = new Redis({ path: socket, retryStrategy: () => 50, maxRetriesPerRequest: 100 })
  redis.on('error', () => {}) // until the server listens
  await redis.ping()
})

beforeEach(async () => {
  await redis.flushall()
  revocations = createRevocations(redis)
  verifier = createVerifier({ ...entra.verifierOptions(), check: revocations.check })
})

afterAll(async () => {
  redis.disconnect()
  server.kill('SIGKILL')
  await once(server, 'exit')
  rmSync(folder, { recursive: true, force: true })
})

async function outcome(token: string): Promise<{ code: string; status?: number; nbf?: string }> {
  try {
    await verifier.verify(token)
    return { code: 'accepted' }
  } catch (error) {
    if (!EntraGuardError.is(error)) throw error
    const nbf = /"value":"(\d+)"/.exec(error.challenge.claims ?? '')?.[1]
    return { code: error.code, status: error.status, ...(nbf !== undefined && { nbf }) }
  }
}

it('one token is refused from the next request on, also where it is remembered; others of the same user are not', async () => {
  const [stolen, other] = [await entra.issueUserToken(), await entra.issueUserToken()]
  const identity = await verifier.verify(stolen)
  await revocations.revokeToken(identity)
  expect(await outcome(stolen)).toEqual({ code: 'check_failed', status: 403 })
  expect(await outcome(other)).toEqual({ code: 'accepted' })
})

it('everything of a user that was issued before a moment is refused, and the client is asked for newer', async () => {
  const [capable, plain] = [
    await entra.issueUserToken({ capabilities: ['cp1'] }),
    await entra.issueUserToken(),
  ]
  const { key, issuedAt = 0 } = await verifier.verify(plain)
  await revocations.revokeIssuedBefore(key ?? '', issuedAt + 1)
  expect(await outcome(capable)).toEqual({ code: 'claims_required', status: 401, nbf: String(issuedAt + 1) })
  expect(await outcome(plain)).toMatchObject({ code: 'claims_required', status: 403 })
  expect(await outcome(await entra.issueAppToken())).toEqual({ code: 'accepted' })
  expect(await outcome(await entra.issueUserToken({ claims: { iat: issuedAt + 1 } }))).toEqual({
    code: 'accepted',
  })
})

it('an earlier moment does not take back a later one, and a token without a time counts as old', async () => {
  const token = await entra.issueUserToken()
  const { key = '', issuedAt = 0 } = await verifier.verify(token)
  await revocations.revokeIssuedBefore(key, issuedAt + 1)
  await revocations.revokeIssuedBefore(key, issuedAt - 100)
  expect(await outcome(token)).toMatchObject({ code: 'claims_required' })
  await redis.flushall()
  await revocations.revokeIssuedBefore('everybody', issuedAt - 100)
  expect(await outcome(token)).toEqual({ code: 'accepted' })
  expect(await outcome(await entra.issueUserToken({ claims: { iat: undefined } }))).toMatchObject({
    code: 'claims_required',
  })
})

it('what no longer matters is forgotten', async () => {
  const time = Math.floor(Date.now() / 1000)
  await revocations.revokeToken({ tokenId: 'old', expiresAt: time - 7200 })
  await revocations.revokeIssuedBefore('old', time - 30 * 3600)
  expect([await redis.zcard('revoked:tokens'), await redis.zcard('revoked:since')]).toEqual([0, 0])
})

it('a Redis that fails closes the API with 503', async () => {
  const token = await entra.issueUserToken()
  await verifier.verify(token)
  await redis.set('revoked:since', 'not a sorted set')
  expect(await outcome(token)).toEqual({ code: 'check_unavailable', status: 503 })
})
