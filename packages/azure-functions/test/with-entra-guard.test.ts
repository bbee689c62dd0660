import { HttpRequest, InvocationContext, type HttpHandler, type HttpResponseInit } from '@azure/functions'
import {
  authorize,
  createVerifier,
  EntraGuardError,
  type AppIdentity,
  type UserIdentity,
  type Verifier,
} from '@entraguard/core'
import { createEmulator } from '@entraguard/emulator'
import { describe, expect, expectTypeOf, it } from 'vitest'

import { explainAppService } from '../src/app-service.ts'
import { withEntraGuard, type GuardedHandler } from '../src/index.ts'

const entra = await createEmulator()
const verifier = createVerifier(entra.verifierOptions())
const reader = await entra.issueUserToken({ scopes: ['Orders.Read'] })
const writer = await entra.issueUserToken({ scopes: ['Orders.Write'] })
const daemon = await entra.issueAppToken({ roles: ['Orders.Read.All'] })
const readOrders = { scopes: ['Orders.Read'] } as const
const elsewhere: GuardedHandler<AppIdentity> = (_request, app) => ({ body: app.clientId })

async function call(handler: HttpHandler, headers: Record<string, string> = {}): Promise<HttpResponseInit> {
  const request = new HttpRequest({ method: 'GET', url: 'https://orders.example/api/orders', headers })
  return await handler(request, new InvocationContext({ functionName: 'orders' }))
}

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })

describe('a guarded function', () => {
  it('runs for a caller that the access admits, and for nobody else', async () => {
    let ran = 0
    const handler = withEntraGuard(verifier, readOrders, (_request, user) => {
      ran++
      return { jsonBody: { of: user.key } }
    })
    expect(await call(handler)).toMatchObject({
      status: 401,
      headers: {
        'www-authenticate': 'Bearer scope="api://22222222-2222-4222-8222-222222222222/Orders.Read"',
      },
      jsonBody: { error: 'unauthorized' },
    })
    expect((await call(handler, bearer(writer))).status).toBe(403)
    expect((await call(handler, bearer(daemon))).status).toBe(403)
    const damaged = `${reader.slice(0, -43)}${reader.at(-43) === 'A' ? 'B' : 'A'}${reader.slice(-42)}`
    expect((await call(handler, bearer(damaged))).status).toBe(401)
    expect((await call(handler, bearer(`${reader}, Bearer x`))).status).toBe(400)
    expect(ran).toBe(0)
    const { key } = await verifier.authenticate(`Bearer ${reader}`)
    expect(await call(handler, bearer(reader))).toEqual({ jsonBody: { of: key } })
  })

  it('knows the request, the caller and the context, each of its type', async () => {
    const handler = withEntraGuard(verifier, undefined, (request, identity, context) => {
      expectTypeOf(identity).toEqualTypeOf<UserIdentity | AppIdentity>()
      return { body: `${request.method} ${identity.kind} ${context.functionName}` }
    })
    expect(await call(handler, bearer(daemon))).toEqual({ body: 'GET app orders' })
    withEntraGuard(verifier, readOrders, (_request, user) => {
      expectTypeOf(user.kind).toEqualTypeOf<'user'>()
      return {}
    })
    expect(withEntraGuard(verifier, { appPermissions: ['All'] }, elsewhere)).toBeTypeOf('function')
  })

  it('answers a refusal that the handler throws, and passes other errors on', async () => {
    const strict = withEntraGuard(verifier, undefined, (_request, caller) => ({
      body: authorize(caller, readOrders).key,
    }))
    expect((await call(strict, bearer(writer))).status).toBe(403)
    const broken = withEntraGuard(verifier, undefined, () => {
      throw new RangeError('broken')
    })
    await expect(call(broken, bearer(reader))).rejects.toThrow(RangeError)
  })

  it('tells nothing of the token, and has its own realm', async () => {
    const handler = withEntraGuard(verifier, undefined, () => ({}), { realm: 'orders' })
    expect((await call(handler)).headers).toMatchObject({ 'www-authenticate': 'Bearer realm="orders"' })
    expect(JSON.stringify(await call(handler, bearer('secret.token.text')))).not.toContain('secret')
  })

  it('believes nothing that App Service authentication says of the caller', async () => {
    const handler = withEntraGuard(verifier, undefined, () => ({}))
    const headers = {
      'x-ms-client-principal': btoa(JSON.stringify({ userId: '1', userRoles: ['authenticated'] })),
      'x-ms-token-aad-access-token': reader,
    }
    expect((await call(handler, headers)).status).toBe(401)
  })
})

describe('a session token of App Service authentication in place of the access token', () => {
  const session = `${btoa('{"typ":"JWT","alg":"HS256"}').replaceAll('=', '')}.e30.c2lnbmF0dXJl`
  const open = verifier.with({ challenge: { exposeCode: true } })
  const hintOf = async (headers: Record<string, string>): Promise<string> => {
    const { jsonBody } = await call(
      withEntraGuard(open, undefined, () => ({})),
      headers,
    )
    return (jsonBody as { hint: string }).hint
  }

  it('is named in the hint, where the headers say that it stands in front', async () => {
    expect(await hintOf({ ...bearer(session), 'x-ms-client-principal': 'e30=' })).toContain('App Service')
    expect(await hintOf({ ...bearer(session), 'x-zumo-auth': 'x' })).toContain('App Service')
  })

  it('is refused with the same challenge as every other token', async () => {
    const handler = withEntraGuard(verifier, readOrders, () => ({}))
    const elsewhereToo = await call(handler, bearer(session))
    const behind = await call(handler, { ...bearer(session), 'x-ms-client-principal-id': '1' })
    expect(behind).toEqual(elsewhereToo)
    expect(behind).toMatchObject({
      status: 401,
      headers: { 'www-authenticate': expect.stringContaining('/Orders.Read"') as unknown },
    })
  })

  it('is any other token of a wrong algorithm elsewhere', async () => {
    expect(await hintOf(bearer(session))).not.toContain('App Service')
    const none = `${btoa('{"alg":"none"}').replaceAll('=', '')}.e30.c2ln`
    expect(await hintOf({ ...bearer(none), 'x-ms-client-principal': 'e30=' })).not.toContain('App Service')
  })

  it('is meant only where the algorithm is what was refused', () => {
    const other = new EntraGuardError('client_refused', { details: { actual: 'HS256' } })
    expect(explainAppService(other, new Headers({ 'x-zumo-auth': 'x' }))).toBe(other)
  })
})

describe('a developer’s mistake ends the start', () => {
  it.each([
    ['no verifier', () => withEntraGuard(undefined as unknown as Verifier, undefined, () => ({}))],
    ['no handler', () => withEntraGuard(verifier, undefined, undefined as never)],
    ['an access that admits nobody', () => withEntraGuard(verifier, { roles: ['Admin'] }, () => ({}))],
    [
      'an access that is written wrongly',
      () => withEntraGuard(verifier, { scope: ['x'] } as never, () => ({})),
    ],
    [
      'an option that there is not',
      () => withEntraGuard(verifier, undefined, () => ({}), { optional: true } as never),
    ],
    ['a realm that is no header text', () => withEntraGuard(verifier, undefined, () => ({}), { realm: 'ä' })],
    [
      'a realm that is no text',
      () => withEntraGuard(verifier, undefined, () => ({}), { realm: 7 as unknown as string }),
    ],
  ])('%s', (_, make) => {
    expect(make).toThrow(TypeError)
  })

  it.each([5, '', true, [], null, Object.create({ realm: 'orders' })])(
    'options that are no object of their own: %j',
    (options: unknown) => {
      expect(() => withEntraGuard(verifier, undefined, () => ({}), options as never)).toThrow(TypeError)
    },
  )

  it.each([undefined, entra.verifierOptions()])('and the message says what a verifier is: %j', (none) => {
    expect(() => withEntraGuard(none as unknown as Verifier, undefined, () => ({}))).toThrow(
      'withEntraGuard needs a verifier: createVerifier(',
    )
  })
})
