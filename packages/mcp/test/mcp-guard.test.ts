import { b2c, createVerifier, externalId } from '@entraguard/core'
import { dpop } from '@entraguard/core/pop'
import { describe, expect, expectTypeOf, it } from 'vitest'

import { mcpGuard, type McpGuard, type McpGuardOptions } from '../src/index.ts'
import {
  call,
  clientId,
  createServer,
  createWorld,
  eraNames,
  gate,
  inFull,
  metadataUrl,
  resource,
  tenantId,
} from './support.ts'

const authority = `https://login.microsoftonline.com/${tenantId}`
const key = `${tenantId}.aaaaaaaa-0000-4000-8000-000000000001`

async function start(options: Partial<McpGuardOptions> = {}) {
  const world = await createWorld()
  const guard = mcpGuard(world.verifier, { resource, access: gate, ...options })
  const handler = guard.fetch(() => createServer())
  const send = (init: RequestInit, address = resource): Promise<Response> =>
    handler(new Request(address, init))
  return { ...world, guard, send }
}

describe('the gate', () => {
  it('tells a client without a token where to ask for one, and for which scopes', async () => {
    const { send } = await start()
    const refused = await send(call('mine', undefined))
    expect(refused.status).toBe(401)
    expect(refused.headers.get('www-authenticate')).toBe(
      `Bearer scope="${inFull('Orders.Read')}", resource_metadata="${metadataUrl}"`,
    )
    expect(await refused.json()).toEqual({
      error: 'unauthorized',
      error_description: 'An access token is required.',
    })
  })

  it.each(eraNames)('lets a token with the scope in, and a tool knows whose it is: %s', async (era) => {
    const { entra, send } = await start()
    const answer = await send(call('mine', await entra.issueUserToken({ scopes: ['Orders.Read'] }), { era }))
    expect(answer.status).toBe(200)
    expect(await answer.text()).toContain(`orders of ${key}`)
  })

  it.each([
    ['an expired token', 401, { expiresIn: -3600 }],
    ['a token without the scope', 403, { scopes: ['Orders.Write'] }],
    ['a token of another key', 401, { signWith: 'unknown' }],
    ['a token for the address of another server', 401, { audience: 'https://mcp.fabrikam.com/mcp' }],
  ] as const)('refuses %s with %i', async (_what, status, token) => {
    const { entra, send } = await start()
    const refused = await send(
      call(
        'mine',
        await entra.issueUserToken({ ...token, ...('scopes' in token && { scopes: [...token.scopes] }) }),
      ),
    )
    expect(refused.status).toBe(status)
    expect(refused.headers.get('www-authenticate')).toContain(`scope="${inFull('Orders.Read')}"`)
    expect(refused.headers.get('www-authenticate')).toContain(`resource_metadata="${metadataUrl}"`)
  })

  it('refuses an app, whatever its permissions are called', async () => {
    const { entra, send } = await start()
    expect((await send(call('mine', await entra.issueAppToken({ roles: ['Orders.Read'] })))).status).toBe(403)
  })

  it('answers 503 while keys cannot be had, and says when to come back', async () => {
    const { entra, send } = await start()
    const token = await entra.issueUserToken()
    entra.goOffline()
    const refused = await send(call('mine', token))
    expect(refused.status).toBe(503)
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/)
    expect(refused.headers.get('www-authenticate')).toBeNull()
  })

  it('refuses two credentials, and a token in the address', async () => {
    const { entra, send } = await start()
    const token = await entra.issueUserToken()
    const two = { ...call('mine', undefined), headers: { authorization: `Bearer ${token}, Bearer ${token}` } }
    expect((await send(two)).status).toBe(400)
    expect((await send(call('mine', undefined), `${resource}?access_token=${token}`)).status).toBe(401)
  })

  it('makes no refusal of an error that is none: that is for whoever mounts the handler', async () => {
    const { verifier } = await createWorld()
    const broken = new RangeError('broken')
    const failing = {
      ...verifier,
      authenticate: async () => {
        throw broken
      },
    }
    const handler = mcpGuard(failing as never, { resource, access: gate }).fetch(() => createServer())
    await expect(handler(new Request(resource, call('mine', 'x')))).rejects.toBe(broken)
  })

  it.each(['GET', 'DELETE', 'PUT', 'HEAD'])('stands before %s too', async (method) => {
    const { send } = await start()
    expect((await send({ method })).status).toBe(401)
  })

  it.each(['/', '/mcp/', '/MCP', '/mcp/x', '//mcp', '/%6Dcp', '/.well-known/oauth-protected-resource'])(
    'has nothing at %s, with a token or without',
    async (path) => {
      const { entra, send } = await start()
      const answer = await send(call('mine', await entra.issueUserToken()), `https://mcp.contoso.com${path}`)
      expect(answer.status).toBe(404)
    },
  )

  it('has no body for HEAD, whatever is behind it answers', async () => {
    const { entra, verifier } = await createWorld()
    let isCancelled = false
    const handler = mcpGuard(verifier, { resource, access: gate }).fetch({
      fetch: () =>
        new Response(new ReadableStream({ cancel: () => void (isCancelled = true) }), {
          status: 202,
          headers: { 'x-a': 'b', vary: 'Accept' },
        }),
    })
    const headers = { authorization: `Bearer ${await entra.issueUserToken()}` }
    const answer = await handler(new Request(resource, { method: 'HEAD', headers }))
    expect([answer.status, answer.headers.get('x-a'), answer.body]).toEqual([202, 'b', null])
    expect(isCancelled).toBe(true)
    const empty = mcpGuard(verifier, { resource, access: gate }).fetch({ fetch: () => new Response(null) })
    expect((await empty(new Request(resource, { method: 'HEAD', headers }))).status).toBe(200)
  })

  it('adds to what an answer depends on, and takes nothing from it', async () => {
    const { entra, verifier } = await createWorld()
    const options = { resource, access: gate, allowedOrigins: ['https://client.example'] }
    const handler = mcpGuard(verifier, options).fetch({
      fetch: () =>
        new Response('mine', {
          statusText: 'Mine',
          headers: { vary: 'Accept', 'access-control-allow-origin': '*' },
        }),
    })
    const authorization = `Bearer ${await entra.issueUserToken()}`
    const headers = { authorization, origin: 'https://client.example' }
    const answer = await handler(new Request(resource, { headers }))
    expect([answer.statusText, answer.headers.get('vary')]).toEqual(['Mine', 'Accept, Origin'])
    // Two of them, or another one, would be what no browser takes, or whom the options do not name.
    expect(answer.headers.get('access-control-allow-origin')).toBe('https://client.example')
  })

  it('hands over a request without the credential, and nothing that a parser has not read', async () => {
    const { entra, verifier } = await createWorld()
    const seen: unknown[] = []
    const handler = mcpGuard(verifier, { resource, access: gate }).fetch({
      fetch: (request, options) => {
        seen.push(request.headers.get('authorization'), Object.keys(options))
        return new Response('')
      },
    })
    await handler(new Request(resource, call('mine', await entra.issueUserToken())))
    expect(seen).toEqual([null, ['authInfo']])
  })

  it('refuses a tool in the scheme of a token that is bound to a key', async () => {
    const { entra, verifier } = await createWorld({ bound: dpop({ origin: 'https://mcp.contoso.com' }) })
    const handler = mcpGuard(verifier, { resource, access: gate }).fetch(() => createServer())
    const boundTo = await entra.createProofKey()
    const accessToken = await entra.issueUserToken({ scopes: ['Orders.Read'], boundTo })
    const init = call('admins', undefined)
    for (const scheme of ['DPoP', 'dpop']) {
      const proof = await boundTo.proof({ method: 'POST', url: resource, accessToken })
      const headers = { ...(init.headers as object), authorization: `${scheme} ${accessToken}`, dpop: proof }
      const refused = await handler(new Request(resource, { ...init, headers }))
      expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
        403,
        `DPoP resource_metadata="${metadataUrl}"`,
      ])
    }
  })

  it.each([[[]], [[undefined, null, 'context', 7]], [[{}, { waitUntil: true }]]])(
    'works on a platform that has no background work: %j',
    async (platform) => {
      const { entra, verifier } = await createWorld()
      const handler = mcpGuard(verifier, { resource, access: gate }).fetch(() => createServer())
      const ask = async (): Promise<Response> =>
        handler(new Request(resource, call('mine', await entra.issueUserToken())), ...platform)
      expect((await ask()).status).toBe(200)
      entra.advance(2 * 3600)
      expect((await ask()).status).toBe(200)
    },
  )

  it('keeps the background work of a Worker alive', async () => {
    const { entra, verifier } = await createWorld()
    const handler = mcpGuard(verifier, { resource, access: gate }).fetch(() => createServer())
    const work: Promise<unknown>[] = []
    const context = {
      work,
      waitUntil(one: Promise<unknown>): void {
        this.work.push(one)
      },
    }
    const ask = async (): Promise<Response> =>
      handler(new Request(resource, call('mine', await entra.issueUserToken())), {}, context)
    await ask()
    entra.advance(2 * 3600)
    expect((await ask()).status).toBe(200)
    expect(work.length).toBeGreaterThan(0)
  })
})

describe('the documents', () => {
  it('says whom to ask, at the address that follows from the resource', async () => {
    const { send } = await start()
    const document = await send({}, metadataUrl)
    expect(document.headers.get('access-control-allow-origin')).toBe('*')
    expect(await document.json()).toEqual({
      resource,
      authorization_servers: [`${authority}/v2.0`],
      scopes_supported: [inFull('Orders.Read')],
      bearer_methods_supported: ['header'],
    })
  })

  it('repeats what Entra says of itself, with S256', async () => {
    const { send, entra } = await start()
    const answer = await send({}, 'https://mcp.contoso.com/.well-known/oauth-authorization-server')
    const document = (await answer.json()) as Record<string, unknown>
    const ofEntra = (await (
      await entra.fetch(`${authority}/v2.0/.well-known/openid-configuration`)
    ).json()) as Record<string, unknown>
    expect(document).toEqual({
      issuer: 'https://mcp.contoso.com',
      authorization_endpoint: ofEntra['authorization_endpoint'],
      token_endpoint: ofEntra['token_endpoint'],
      jwks_uri: ofEntra['jwks_uri'],
      scopes_supported: [inFull('Orders.Read'), 'openid', 'profile', 'email', 'offline_access'],
      response_types_supported: ['code'],
      response_modes_supported: ['query', 'fragment', 'form_post'],
      grant_types_supported: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_methods_supported: [
        'none',
        'client_secret_post',
        'client_secret_basic',
        'private_key_jwt',
      ],
      code_challenge_methods_supported: ['S256'],
    })
  })

  it('lists more scopes than the gate asks, short ones in full', async () => {
    const { send } = await start({ scopesSupported: ['Orders.Read', inFull('Orders.Write')] })
    const { scopes_supported } = (await (await send({}, metadataUrl)).json()) as { scopes_supported: unknown }
    expect(scopes_supported).toEqual([inFull('Orders.Read'), inFull('Orders.Write')])
  })

  it('lists no scope of a gate for apps, and each scope once', async () => {
    const { send } = await start({ access: { appPermissions: ['Orders.Read.All'] } })
    const { send: sendTwice } = await start({
      scopesSupported: ['Orders.Read', 'Orders.Read', 'a+b://c', '1a://b'],
    })
    const scopesOf = async (ask: typeof send): Promise<unknown> =>
      ((await (await ask({}, metadataUrl)).json()) as { scopes_supported?: unknown }).scopes_supported
    expect(await scopesOf(send)).toBeUndefined()
    expect(await scopesOf(sendTwice)).toEqual([inFull('Orders.Read'), 'a+b://c', inFull('1a://b')])
  })

  it.each([
    ['the US Government', { tenants: tenantId, cloud: 'usgov' }, 'login.microsoftonline.us'],
    ['an app with its own signing keys', { tenants: tenantId, appId: clientId }, 'login.microsoftonline.com'],
  ] as const)('names the issuer of a verifier of %s', async (_what, options, host) => {
    const verifier = createVerifier({ audience: clientId, ...options })
    const handler = mcpGuard(verifier, { resource, access: gate }).fetch(() => createServer())
    expect(await (await handler(new Request(metadataUrl))).json()).toMatchObject({
      authorization_servers: [`https://${host}/${tenantId}/v2.0`],
    })
    const address = 'https://mcp.contoso.com/.well-known/oauth-authorization-server'
    expect(await (await handler(new Request(address))).json()).toMatchObject({
      token_endpoint: `https://${host}/${tenantId}/oauth2/v2.0/token`,
    })
  })

  it.each([
    ['many tenants', { tenants: 'organizations' }],
    ['a list of tenants', { tenants: [tenantId, '99999999-9999-4999-8999-999999999999'] }],
    ['a domain', { tenants: 'contoso.com' }],
    ['External ID', { authority: externalId({ subdomain: 'contoso', tenantId }) }],
    ['B2C', { authority: b2c({ domain: 'contoso.b2clogin.com', tenantId, policies: ['b2c_1_susi'] }) }],
    [
      'B2C at a host of its own',
      { authority: b2c({ domain: 'login.contoso.com', tenantId, policies: ['b2c_1_susi'] }) },
    ],
  ])(
    'names this server for a verifier of %s: the document there has another issuer',
    async (_what, options) => {
      const { fetch, now } = (await createWorld()).entra.verifierOptions()
      const verifier = createVerifier({ fetch, now, audience: clientId, ...options })
      const handler = mcpGuard(verifier, { resource, access: gate }).fetch(() => createServer())
      const { authorization_servers } = (await (await handler(new Request(metadataUrl))).json()) as {
        authorization_servers: unknown
      }
      expect(authorization_servers).toEqual(['https://mcp.contoso.com'])
    },
  )

  it('takes the version from the end of the address alone', async () => {
    const ofB2c = b2c({ domain: 'v2.0.contoso.com', tenantId, policies: ['b2c_1_susi'] })
    const handler = mcpGuard(createVerifier({ audience: clientId, authority: ofB2c }), {
      resource,
      access: gate,
    }).fetch(() => createServer())
    const address = 'https://mcp.contoso.com/.well-known/oauth-authorization-server'
    expect(await (await handler(new Request(address))).json()).toMatchObject({
      token_endpoint: `https://v2.0.contoso.com/${tenantId}/b2c_1_susi/oauth2/v2.0/token`,
    })
  })

  it('is at the root for a resource without a path, and on loopback the server itself may be asked by http', async () => {
    const { verifier } = await createWorld()
    const origin = 'http://localhost:3000'
    const guard = mcpGuard(verifier, { resource: origin, access: gate, authorizationServers: [origin] })
    expect(guard.metadataUrl).toBe(`${origin}/.well-known/oauth-protected-resource`)
    const answer = await guard.fetch(() => createServer())(new Request(guard.metadataUrl))
    expect(await answer.json()).toMatchObject({ resource: origin, authorization_servers: [origin] })
  })

  it.each([
    ['HEAD', 200],
    ['OPTIONS', 204],
    ['POST', 405],
    ['DELETE', 405],
  ])('answers %s with %i and no body', async (method, status) => {
    const { send } = await start()
    const answer = await send({ method }, metadataUrl)
    expect(answer.status).toBe(status)
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    expect(await answer.text()).toBe('')
    expect(answer.headers.get('allow')).toBe(status === 405 ? 'GET, HEAD, OPTIONS' : null)
    expect(answer.headers.get('content-type')).toBe(status === 204 ? null : 'application/json')
    const allowed = status === 204 ? 'GET, HEAD, OPTIONS' : null
    expect(answer.headers.get('access-control-allow-methods')).toBe(allowed)
  })
})

const asks = (origin: string, headers = 'authorization,content-type,mcp-protocol-version') => ({
  method: 'OPTIONS',
  headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': headers },
})

describe('a page in a browser', () => {
  it('may ask first, without a token', async () => {
    const { send } = await start()
    const answer = await send(asks('https://client.example', 'authorization, mcp-param-region'))
    expect(answer.status).toBe(204)
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    expect(answer.headers.get('access-control-allow-headers')).toBe('authorization, mcp-param-region')
    expect(answer.headers.get('access-control-allow-methods')).toContain('POST')
  })

  it('gets the usual list where it asks for something that is no list of names', async () => {
    const { send } = await start()
    const answer = await send(asks('https://client.example', 'a;b'))
    expect(answer.headers.get('access-control-allow-headers')).toMatch(
      /^authorization, content-type,.* dpop$/,
    )
  })

  it('may read the challenge of every refusal', async () => {
    const { entra, send } = await start()
    const reader = await entra.issueUserToken({ scopes: ['Orders.Read'] })
    for (const name of ['mine', 'writers', 'admins']) {
      for (const token of [undefined, reader]) {
        const answer = await send(call(name, token))
        expect(answer.headers.get('access-control-allow-origin')).toBe('*')
        expect(answer.headers.get('access-control-expose-headers')).toContain('WWW-Authenticate, DPoP-Nonce')
      }
    }
  })

  it('of a list may call, and no other, though it has a token', async () => {
    const { entra, send } = await start({ allowedOrigins: ['https://client.example'] })
    const token = await entra.issueUserToken()
    const from = (origin: string): RequestInit => {
      const init = call('mine', token)
      return { ...init, headers: { ...(init.headers as Record<string, string>), origin } }
    }
    const allowed = await send(from('https://client.example'))
    expect(allowed.status).toBe(200)
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://client.example')
    expect(allowed.headers.get('vary')).toContain('Origin')
    for (const origin of ['https://client.example.evil.example', 'null', 'http://client.example']) {
      const refused = await send(from(origin))
      expect(refused.status).toBe(403)
      expect(refused.headers.get('access-control-allow-origin')).toBeNull()
      expect((await send(asks(origin))).headers.get('access-control-allow-origin')).toBeNull()
    }
    expect((await send(call('mine', token))).status).toBe(200) // a program sends no Origin
  })
})

describe('mcpGuard', () => {
  const wrong: ReadonlyArray<readonly [string, object, RegExp]> = [
    ['no resource', { resource: undefined }, /resource must be the URL/],
    ['a slash at the end', { resource: `${resource}/` }, /must not end with a slash/],
    ['a slash after the host', { resource: 'https://mcp.contoso.com/' }, /must not end with a slash/],
    ['a number for a resource', { resource: 7 }, /resource must be the URL/],
    ['a resource in a list', { resource: [resource] }, /resource must be the URL/],
    ['a resource that is no address', { resource: 'mcp.contoso.com' }, /resource must be the URL/],
    ['a query', { resource: `${resource}?a=1` }, /no query/],
    ['a fragment', { resource: `${resource}#a` }, /no query and no fragment/],
    ['an empty query', { resource: `${resource}?` }, /no query and no fragment/],
    ['an empty fragment', { resource: `${resource}#` }, /no query and no fragment/],
    ['capitals in the host', { resource: 'https://MCP.contoso.com/mcp' }, /written as clients send it/],
    ['http', { resource: 'http://mcp.contoso.com/mcp' }, /https/],
    ['no access', { access: undefined }, /access must be an object/],
    ['an access that admits nobody', { access: { roles: ['Orders.Admin'] } }, /admits nobody/],
    ['an unknown option', { scopes: ['Orders.Read'] }, /unknown option "scopes"/],
    ['a scope prefix with a space', { scopePrefix: 'api://a b/' }, /scopePrefix must be/],
    ['a scope prefix with a space before it', { scopePrefix: ' api://a/' }, /scopePrefix must be/],
    ['a scope prefix with a space behind it', { scopePrefix: 'api://a/ ' }, /scopePrefix must be/],
    ['a scope prefix with a quote', { scopePrefix: 'api://"/' }, /scopePrefix must be/],
    ['a scope prefix that is no text', { scopePrefix: 7 }, /scopePrefix must be/],
    ['null for a scope prefix', { scopePrefix: null }, /scopePrefix must be/],
    ['null for authorization servers', { authorizationServers: null }, /must not be empty/],
    ['scopes that are numbers', { scopesSupported: [7] }, /is not a string/],
    ['an authorization server as text', { authorizationServers: 'https://a.example' }, /must not be empty/],
    ['an origin that is no text', { allowedOrigins: ['https://client.example', 7] }, /list of origins/],
    ['an origin that is no address', { allowedOrigins: ['client.example'] }, /list of origins/],
    ['scopes that are text', { scopesSupported: 'Orders.Read' }, /scopesSupported must be a list/],
    ['a scope with a space', { scopesSupported: ['Orders.Read Orders.Write'] }, /is not a scope/],
    ['no authorization server', { authorizationServers: [] }, /authorizationServers must not be empty/],
    [
      'an authorization server by http',
      { authorizationServers: ['http://login.example'] },
      /not an https URL/,
    ],
    ['an origin with a path', { allowedOrigins: ['https://client.example/'] }, /list of origins/],
    ['any origin as a star', { allowedOrigins: ['*'] }, /list of origins/],
    ['origins that are text', { allowedOrigins: 'https://client.example' }, /must be a list/],
  ]

  it.each(wrong)('does not start with %s', async (_what, options, message) => {
    const { verifier } = await createWorld()
    const all = { resource, access: gate, ...options } as unknown as McpGuardOptions
    expect(() => mcpGuard(verifier, all)).toThrow(TypeError)
    expect(() => mcpGuard(verifier, all)).toThrow(message)
  })

  it('does not start without a verifier, without options, with inherited ones, or with nothing to serve', async () => {
    const { verifier } = await createWorld()
    const untyped = mcpGuard as unknown as (...values: unknown[]) => McpGuard
    for (const none of [undefined, null, {}, { authenticate: true }])
      expect(() => untyped(none, { resource, access: gate })).toThrow(/needs a verifier/)
    for (const none of [undefined, null, resource])
      expect(() => untyped(verifier, none)).toThrow(/needs options/)
    const blind = { ...verifier, health: () => ({ authorities: [] }) }
    expect(() => untyped(blind, { resource, access: gate })).toThrow(/cannot derive the authority/)
    for (const source of [null, {}, { fetch: true }])
      expect(() => untyped(verifier, { resource, access: gate }).fetch(source as never)).toThrow(
        /need a factory/,
      )
    expect(() => untyped(verifier, Object.create({ resource, access: gate }))).toThrow(/is inherited/)
    expect(() => untyped(verifier, { resource, access: gate }).fetch(undefined as never)).toThrow(TypeError)
  })

  it('takes every optional option as undefined', async () => {
    const { verifier } = await createWorld()
    const guard = mcpGuard(verifier, {
      resource,
      access: gate,
      scopePrefix: undefined,
      scopesSupported: undefined,
      authorizationServers: undefined,
      allowedOrigins: undefined,
    })
    expect(guard.metadataUrl).toBe(metadataUrl)
  })

  it('puts the Application ID URI of the verifier before scopes, and what it is told before that', async () => {
    const { entra } = await createWorld()
    const appIdUri = `api://${clientId}`
    const verifier = createVerifier({ ...entra.verifierOptions(), audience: [clientId, appIdUri] })
    for (const [options, prefix] of [
      [{}, `${appIdUri}/`],
      [{ scopePrefix: 'api://orders/' }, 'api://orders/'],
    ] as const) {
      const handler = mcpGuard(verifier, { resource, access: gate, ...options }).fetch(() => createServer())
      const refused = await handler(new Request(resource, call('mine', undefined)))
      expect(refused.headers.get('www-authenticate')).toContain(`scope="${prefix}Orders.Read"`)
    }
  })

  it('puts the resource before scopes where the verifier knows no Application ID URI: it is the one that clients send', async () => {
    const { entra } = await createWorld()
    const { audience } = entra.verifierOptions()
    const verifier = createVerifier({ ...entra.verifierOptions(), audience: audience[0] ?? '' })
    const refused = await mcpGuard(verifier, { resource, access: gate }).fetch(() => createServer())(
      new Request(resource, call('mine', undefined)),
    )
    expect(refused.headers.get('www-authenticate')).toContain(`scope="${inFull('Orders.Read')}"`)
  })

  it('gives whoever makes a server the identity that the access admits', async () => {
    const { verifier } = await createWorld()
    mcpGuard(verifier, { resource, access: gate }).fetch((user) => {
      expectTypeOf(user.kind).toEqualTypeOf<'user'>()
      return createServer()
    })
    mcpGuard(verifier, { resource, access: { appPermissions: ['Orders.Read.All'] } }).node((app) => {
      expectTypeOf(app.kind).toEqualTypeOf<'app'>()
      return createServer()
    })
  })
})
