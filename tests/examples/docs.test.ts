import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

import { createVerifier, EntraGuardError } from '@entraguard/core'
import { nodeSignature } from '@entraguard/core/node'
import { createEmulator } from '@entraguard/emulator'
import { expect, test, vi } from 'vitest'

import { deciding, describe, untranslated } from './authorization.ts'
import { consentAddress, count, decide, mayAudit, mayTransfer, server, sizeOf } from './docs.ts'
import { handler, verifier as onLambda } from './lambda.ts'

const codeOf = (work: () => unknown): string | undefined => {
  try {
    work()
    return undefined
  } catch (error) {
    return EntraGuardError.is(error) ? error.code : String(error)
  }
}

test('the address for an administrator names this application and comes back with its state', () => {
  const { searchParams } = new URL(consentAddress('one of a kind'))
  expect(searchParams.get('client_id')).toBe('22222222-2222-4222-8222-222222222222')
  expect(searchParams.get('state')).toBe('one of a kind')
})

test('the plain Node server of the documentation answers with a challenge', async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const call = (headers: Record<string, string>): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}/`, { headers })
  const without = await call({})
  const malformed = await call({ authorization: 'Bearer x' })
  expect([without.status, without.headers.get('www-authenticate')]).toEqual([
    401,
    'Bearer scope="api://22222222-2222-4222-8222-222222222222/Orders.Read"',
  ])
  expect(without.headers.get('content-type')).toBe('application/json')
  expect([malformed.status, malformed.headers.get('www-authenticate')]).toEqual([
    401,
    expect.stringContaining('invalid_token'),
  ])
  server.close()
})

test('the decisions of the documentation refuse an identity that fits only some of them', async () => {
  const entra = await createEmulator()
  const identity = await createVerifier({ ...entra.verifierOptions(), onEvent: count }).verify(
    await entra.issueUserToken({ scopes: ['Orders.Read'] }),
  )
  const refusal: unknown = (() => {
    try {
      return decide(identity)
    } catch (error) {
      return error
    }
  })()
  expect(EntraGuardError.is(refusal) && refusal.code).toBe('caller_refused')
})

test('an overage is neither a membership nor none', async () => {
  const entra = await createEmulator()
  const verifier = createVerifier(entra.verifierOptions())
  const member = await verifier.verify(
    await entra.issueUserToken({ groups: ['88888888-8888-4888-8888-888888888888'] }),
  )
  const lost = await verifier.verify(await entra.issueUserToken({ groups: 'overage' }))
  const none = await verifier.verify(await entra.issueUserToken())
  expect([member, lost, none].map(sizeOf)).toEqual(['1 groups', 'overage', 'absent'])
  expect([member, lost, none].map((identity) => codeOf(() => mayAudit(identity)))).toEqual([
    undefined,
    'groups_overage',
    'group_missing',
  ])
})

test('a transfer needs the authentication context c1', async () => {
  const entra = await createEmulator()
  const verifier = createVerifier(entra.verifierOptions())
  const codeWith = async (authenticationContexts: string[]): Promise<string | undefined> => {
    const token = await entra.issueUserToken({ scopes: ['Transfers.Write'], authenticationContexts })
    const identity = await verifier.verify(token)
    return codeOf(() => mayTransfer(identity))
  }
  expect(await codeWith([])).toBe('auth_context_required')
  expect(await codeWith(['c1'])).toBeUndefined()
})

test('access may depend on what Entra ID says of rights, and on nothing that people write', () => {
  for (const name of ['roles', 'scp', 'wids']) expect([name, deciding.has(name)]).toEqual([name, true])
  for (const name of ['email', 'name', 'upn', 'aio'])
    expect([name, deciding.has(name)]).toEqual([name, false])
})

test('findings are listed for those who translate them, and accesses tell whom they admit', () => {
  expect(untranslated).toContain('wrong_audience')
  expect(untranslated).not.toContain('expired')
  expect(describe({ scopes: ['a'], appPermissions: ['b'] })).toBe('users and applications')
  expect(describe({ scopes: ['a'] }, { appPermissions: ['b'] })).toBe('nobody')
})

test('the signature check of node:crypto gives the same verdicts', async () => {
  const entra = await createEmulator()
  const verifier = createVerifier(entra.verifierOptions()).with({ signature: nodeSignature })
  const token = await entra.issueUserToken()
  expect((await verifier.verify(token)).kind).toBe('user')
  const broken = `${token.slice(0, -43)}${token.at(-43) === 'A' ? 'B' : 'A'}${token.slice(-42)}`
  await expect(verifier.verify(broken)).rejects.toMatchObject({ code: 'signature_invalid' })
  expect(onLambda.audience).toEqual(['22222222-2222-4222-8222-222222222222'])
})

test('the Lambda of the documentation lets a user in and answers others with a challenge', async () => {
  const entra = await createEmulator()
  vi.stubGlobal('fetch', entra.fetch)
  const authorization = `Bearer ${await entra.issueUserToken({ scopes: ['Orders.Read'] })}`
  expect(await handler({ headers: { authorization } })).toMatchObject({ statusCode: 200 })
  expect(await handler({ headers: {} })).toMatchObject({
    statusCode: 401,
    headers: { 'www-authenticate': 'Bearer scope="Orders.Read"', 'content-type': 'application/json' },
  })
  expect(await handler({ headers: { authorization: `${authorization},${authorization}` } })).toMatchObject({
    statusCode: 400,
  })
  vi.unstubAllGlobals()
})
