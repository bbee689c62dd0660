// oxlint-disable oxc/no-async-endpoint-handlers -- Express 5 waits for promises
import { randomUUID } from 'node:crypto'
import { createRequire } from 'node:module'
import { inspect } from 'node:util'

import { b2c, createVerifier, EntraGuardError } from '@entraguard/core'
import { defaults } from '@entraguard/emulator'
import { InvalidTokenError } from '@modelcontextprotocol/sdk/server/auth/errors.js'
import { McpServer as SdkMcpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import {
  requireBearerAuth,
  type BearerAuthMiddlewareOptions,
} from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js'
import type { OAuthTokenVerifier } from '@modelcontextprotocol/sdk/server/auth/provider.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js'
import { OAuthError } from '@modelcontextprotocol/server'
import express from 'express'
import { describe, expect, it, onTestFinished, vi } from 'vitest'

import { identityOf, mcpGuard } from '../src/index.ts'
import { call, createWorld, gate, inFull, metadataUrl, resource, serve } from './support.ts'

/** A server of SDK 1, where tools get `extra.authInfo`. */
function createSdkServer(): SdkMcpServer {
  const server = new SdkMcpServer({ name: 'orders', version: '1.0.0' })
  server.registerTool('mine', {}, (extra) => ({
    content: [{ type: 'text', text: `orders of ${identityOf(extra).key}` }],
  }))
  server.registerTool('tell', {}, (extra) => ({
    content: [{ type: 'text', text: `${inspect(extra, { depth: 20 })}${JSON.stringify(extra.authInfo)}` }],
  }))
  return server
}

async function start(options: Partial<BearerAuthMiddlewareOptions> = {}) {
  const world = await createWorld()
  const { tokenVerifier } = mcpGuard(world.verifier, { resource, access: gate })
  const verifier: OAuthTokenVerifier = tokenVerifier
  const app = express().post(
    '/mcp',
    requireBearerAuth({ verifier, resourceMetadataUrl: metadataUrl, ...options }),
    express.json(),
    async (request, response) => {
      const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true })
      await createSdkServer().connect(transport)
      await transport.handleRequest(request, response, request.body)
    },
  )
  const { url, close } = await serve(app)
  const send = (token?: string): Promise<Response> => fetch(`${url}/mcp`, call('mine', token))
  return { ...world, tokenVerifier, send, close }
}

describe('tokenVerifier in version 1 of the SDK', () => {
  it('lets a token in, and a tool knows whose it is', async () => {
    const { entra, send, close } = await start({
      requiredScopes: [inFull('Orders.Read')],
      expectedResource: new URL(resource),
    })
    const answer = await send(await entra.issueUserToken({ scopes: ['Orders.Read'] }))
    expect(answer.status).toBe(200)
    expect(await answer.text()).toContain('orders of 11111111-1111-4111-8111-111111111111.')
    await close()
  })

  it.each([
    ['an expired token', 401, 'invalid_token', { expiresIn: -3600 }],
    ['a forged token', 401, 'invalid_token', { signWith: 'unknown' }],
    ['a token for another API', 401, 'invalid_token', { audience: 'https://graph.microsoft.com' }],
    ['a token without the scope', 403, 'insufficient_scope', { scopes: ['Orders.Write'] as string[] }],
  ] as const)('answers %s with %i', async (_what, status, error, token) => {
    const { entra, send, close } = await start()
    const refused = await send(await entra.issueUserToken(token))
    expect(refused.status).toBe(status)
    expect(refused.headers.get('www-authenticate')).toContain(
      `Bearer error="${error}", error_description="The access token`,
    )
    expect(refused.headers.get('www-authenticate')).toContain(`resource_metadata="${metadataUrl}"`)
    expect(await refused.json()).toMatchObject({ error })
    await close()
  })

  it.each(['garbage', 'a.b.c', '....', 'null'])('answers %s with 401', async (token) => {
    const { send, close } = await start()
    expect((await send(token)).status).toBe(401)
    await close()
  })

  it('answers an outage with what the SDK has for it, and not with 500', async () => {
    const { entra, send, close } = await start()
    const token = await entra.issueUserToken()
    entra.goOffline()
    const refused = await send(token)
    expect(refused.status).toBe(400)
    expect(await refused.json()).toMatchObject({ error: 'temporarily_unavailable' })
    await close()
  })

  it('serves version 1 behind guard.fetch, with the answers of this package', async () => {
    const { entra, verifier } = await createWorld()
    const handler = mcpGuard(verifier, { resource, access: gate }).fetch({
      async fetch(request, options) {
        const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true })
        await createSdkServer().connect(transport)
        return transport.handleRequest(request, options)
      },
    })
    const send = async (token?: string): Promise<Response> =>
      handler(new Request(resource, call('mine', token)))
    const token = await entra.issueUserToken({ scopes: ['Orders.Read'] })
    expect(await (await send(token)).text()).toContain('orders of 1111')
    expect((await send()).headers.get('www-authenticate')).toContain(inFull('Orders.Read'))
    const told = await (await handler(new Request(resource, call('tell', token)))).text()
    expect(told).toContain('requestInfo')
    for (const part of token.split('.')) expect(told).not.toContain(part)
    entra.advance(2 * 3600)
    expect((await send(token)).status).toBe(401)
  })
})

describe('what tokenVerifier throws', () => {
  it('is an error of the SDK with a fixed text, and the reason as its cause', async () => {
    const { entra, tokenVerifier, close } = await start()
    const token = await entra.issueUserToken({ expiresIn: -3600 })
    const error: unknown = await tokenVerifier.verifyAccessToken(token).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(OAuthError)
    expect(error).toMatchObject({
      code: 'invalid_token',
      message: 'The access token is not valid for this API.',
      cause: expect.any(EntraGuardError) as unknown,
    })
    expect((error as { cause: EntraGuardError }).cause.code).toBe('token_expired')
    await close()
  })

  it.each(['', ' ', 'a b', 'a\nb'])('refuses %j, which no header can have held', async (token) => {
    const { tokenVerifier, close } = await start()
    await expect(tokenVerifier.verifyAccessToken(token)).rejects.toMatchObject({ code: 'invalid_token' })
    await close()
  })
})

describe('what tokenVerifier gives', () => {
  it('has scopes in full for users, and none for apps, whatever their permissions are called', async () => {
    const { entra, verifier } = await createWorld()
    const access = { scopes: ['Orders.Read'], appPermissions: ['Orders.Read'] } as const
    const { tokenVerifier } = mcpGuard(verifier, { resource, access })
    const user = await tokenVerifier.verifyAccessToken(
      await entra.issueUserToken({ scopes: ['Orders.Read'] }),
    )
    const app = await tokenVerifier.verifyAccessToken(await entra.issueAppToken({ roles: ['Orders.Read'] }))
    expect(user.scopes).toEqual([inFull('Orders.Read')])
    expect(app.scopes).toEqual([])
    expect(user).toMatchObject({ resourceMetadataUrl: metadataUrl, resource: new URL(resource) })
    expect(user.expiresAt).toBeTypeOf('number')
  })

  it('has no scopes for an app of B2C, whose permissions stand where those of users do', async () => {
    const { entra } = await createWorld()
    const { audience, fetch, now } = entra.verifierOptions()
    const authority = b2c({
      domain: `${defaults.b2cTenantName}.b2clogin.com`,
      tenantId: defaults.b2cTenantId,
      policies: defaults.b2cPolicies,
      appClients: [defaults.webClientId],
    })
    const verifier = createVerifier({ audience, fetch, now, authority })
    const access = { appPermissions: ['Orders.Read'] } as const
    const { tokenVerifier } = mcpGuard(verifier, { resource, access })
    const token = await entra.issueB2cToken({
      application: true,
      clientId: defaults.webClientId,
      scopes: ['Orders.Read'],
    })
    expect((await tokenVerifier.verifyAccessToken(token)).scopes).toEqual([])
  })

  it('has the token alone, however many blanks stand around it', async () => {
    const { entra, verifier } = await createWorld()
    const guard = mcpGuard(verifier, { resource, access: gate })
    const token = await entra.issueUserToken({ scopes: ['Orders.Read'] })
    expect((await guard.tokenVerifier.verifyAccessToken(`  ${token} \t`)).token).toBe(token)
  })
})

const require = createRequire(import.meta.url)
const sdkErrors = '@modelcontextprotocol/sdk/server/auth/errors.js'

/** Which classes are the application's is found out once, so this loads what finds out. */
async function classOf(): Promise<unknown> {
  const { toSdkError } = (await import(
    /* @vite-ignore */ `../src/token-verifier.ts?${randomUUID()}`
  )) as typeof import('../src/token-verifier.ts')
  return Reflect.getPrototypeOf(await toSdkError(new EntraGuardError('token_expired')))
}

describe('the class of what tokenVerifier throws', () => {
  it.each([
    ['Node', {}],
    ['a runtime without modules of Node', { getBuiltinModule: { value: () => undefined } }],
    ['a runtime that cannot be asked for them', { getBuiltinModule: { value: undefined } }],
  ])('is that of SDK 1 in %s', async (_where, properties) => {
    vi.stubGlobal('process', Object.create(process, properties))
    onTestFinished(() => void vi.unstubAllGlobals())
    expect(await classOf()).toBe(InvalidTokenError.prototype)
  })

  it('is that of SDK 1 where there is no process', async () => {
    vi.stubGlobal('process', undefined)
    onTestFinished(() => void vi.unstubAllGlobals())
    expect(await classOf()).toBe(InvalidTokenError.prototype)
  })

  it('is that of version 2 alone where SDK 1 is not installed', async () => {
    vi.doMock(sdkErrors, () => {
      throw new Error('not installed')
    })
    onTestFinished(() => vi.doUnmock(sdkErrors))
    expect(await classOf()).toBe(OAuthError.prototype)
  })

  it('is that of the copy which an application in CommonJS has required', async () => {
    const required = require(sdkErrors) as { InvalidTokenError: typeof InvalidTokenError }
    onTestFinished(() => void delete require.cache[require.resolve(sdkErrors)])
    expect(required.InvalidTokenError).not.toBe(InvalidTokenError)
    expect(await classOf()).toBe(required.InvalidTokenError.prototype)
  })
})
