import type { VerifierEvent } from '@entraguard/core'
import { createMcpHandler, type ScopeChallengeHandler } from '@modelcontextprotocol/server'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { identityOf, mcpGuard, needs } from '../src/index.ts'
import { mounts } from './mounts.ts'
import {
  call,
  createServer,
  createWorld,
  eraNames,
  gate,
  inFull,
  metadataUrl,
  resource,
  type Ran,
  type World,
} from './support.ts'

const insufficient =
  'Bearer error="insufficient_scope", error_description="The access token does not permit this operation."'
const both = inFull('Orders.Read', 'Orders.Write')
const reader = ({ entra }: World): Promise<string> => entra.issueUserToken({ scopes: ['Orders.Read'] })

describe.each(mounts)('$name', ({ answers, start }) => {
  let world: World
  let served: Awaited<ReturnType<typeof start>>
  const ran: Ran = { times: 0 }
  beforeAll(async () => {
    world = await createWorld()
    served = await start(mcpGuard(world.verifier, { resource, access: gate }), ran)
  })
  afterAll(async () => served?.close())

  const send = (...args: Parameters<typeof call>): Promise<Response> =>
    served.fetch(served.url, call(...args))

  describe.each(eraNames)('%s', (era) => {
    it('runs a tool for everybody whom the gate lets in', async () => {
      const answer = await send('mine', await reader(world), { era })
      expect(answer.status).toBe(200)
      expect(await answer.text()).toContain('orders of 1111')
    })

    it("refuses a tool with the SDK's requireScopes to a token without the scope", async () => {
      const before = ran.times
      const refused = await send('of-sdk', await reader(world), { era })
      expect(refused.status).toBe(403)
      expect(refused.headers.get('www-authenticate')).toContain(`scope="${inFull('Orders.Write')}"`)
      expect(refused.headers.get('www-authenticate')).toContain(`resource_metadata="${metadataUrl}"`)
      expect(ran.times).toBe(before)
    })

    it.each([
      ['writers', 'tools/call'],
      ['orders://ledger', 'resources/read'],
      ['apologise', 'prompts/get'],
    ])(
      'challenges for %s with all scopes that it takes, in full, and does not run it',
      async (name, method) => {
        const before = ran.times
        const refused = await send(name, await reader(world), { era, method })
        expect(refused.status).toBe(403)
        expect(refused.headers.get('www-authenticate')).toBe(
          `${insufficient}, scope="${both}", resource_metadata="${metadataUrl}"`,
        )
        expect(ran.times).toBe(before)

        const writer = await world.entra.issueUserToken({ scopes: ['Orders.Read', 'Orders.Write'] })
        expect((await send(name, writer, { era, method })).status).toBe(200)
        expect(ran.times).toBe(before + 1)
      },
    )

    it.each(['admins', 'apps', 'proven', 'staff'])(
      'refuses %s, which asks for what is no scope',
      async (name) => {
        const before = ran.times
        const refused = await send(name, await reader(world), { era })
        expect(refused.status).toBe(403)
        // Clients sign in for `insufficient_scope`, in vain here; the hook of the SDK has no other words.
        const said = answers ? 'Bearer ' : `${insufficient}, scope="${inFull('Orders.Read')}", `
        const challenge = refused.headers.get('www-authenticate')
        expect(challenge).toBe(`${said}resource_metadata="${metadataUrl}"`)
        expect(ran.times).toBe(before)
      },
    )

    it('runs them for whom they are meant', async () => {
      const { entra } = world
      const scopes = ['Orders.Read']
      const tokens = {
        admins: await entra.issueUserToken({ scopes, roles: ['Orders.Admin'] }),
        proven: await entra.issueUserToken({ scopes, claims: { acrs: ['c1'] } }),
        staff: await entra.issueUserToken({ scopes, groups: ['77777777-7777-4777-8777-777777777777'] }),
        people: await entra.issueUserToken({ scopes }),
      }
      for (const [name, token] of Object.entries(tokens))
        expect((await send(name, token, { era })).status).toBe(200)
    })

    it('takes no role for a scope of the same name', async () => {
      const token = await world.entra.issueUserToken({ scopes: ['Orders.Read'], roles: ['Orders.Write'] })
      for (const name of ['of-sdk', 'writers']) expect((await send(name, token, { era })).status).toBe(403)
    })

    it.each([
      ['an expired token', 401, (of: World) => of.entra.issueUserToken({ expiresIn: -3600 })],
      ['a forged token', 401, (of: World) => of.entra.issueUserToken({ signWith: 'unknown' })],
      ['another scope', 403, (of: World) => of.entra.issueUserToken({ scopes: ['Orders.Cancel'] })],
      ['an app', 403, (of: World) => of.entra.issueAppToken({ roles: ['Orders.Read'] })],
    ] as const)('refuses %s with %i at the gate', async (_what, status, token) => {
      const refused = await send('mine', await token(world), { era })
      expect(refused.status).toBe(status)
      expect(refused.headers.get('www-authenticate')).toContain(`resource_metadata="${metadataUrl}"`)
    })
  })

  it('runs no call of a batch in which one asks for more', async () => {
    const before = ran.times
    for (const name of ['writers', 'admins']) {
      const one = call('people', await reader(world))
      const calls = ['people', name].map((tool, id) => ({
        jsonrpc: '2.0',
        id,
        method: 'tools/call',
        params: { name: tool, arguments: {} },
      }))
      const refused = await served.fetch(served.url, { ...one, body: JSON.stringify(calls) })
      expect(refused.status).toBe(403)
    }
    expect(ran.times).toBe(before)
  })

  it('is no error of the server while keys cannot be had', async () => {
    const other = await createWorld()
    const token = await reader(other)
    other.entra.goOffline()
    const down = await start(mcpGuard(other.verifier, { resource, access: gate }), ran)
    const refused = await down.fetch(down.url, call('mine', token))
    expect(refused.status).toBe(answers ? 503 : 400)
    expect(await refused.json()).toMatchObject({ error: 'temporarily_unavailable' })
    await down.close()
  })
})

describe('needs', () => {
  it.each([
    ['nobody', { roles: ['Orders.Admin'] }, /admits nobody/],
    ['an empty list', { scopes: [] }, /non-empty/],
    ['nothing', undefined, /access must be an object/],
  ])('does not take an access that admits %s', (_what, access, message) => {
    expect(() => needs(access as never)).toThrow(message)
  })

  it.each([
    ['nobody has handed over who calls', undefined],
    ['somebody else has', { token: '', clientId: '', scopes: [inFull('Orders.Write')] }],
    [
      'somebody has made an identity up',
      { token: '', clientId: '', scopes: [], extra: { identity: { kind: 'user' } } },
    ],
  ])('does not let a tool run where %s', async (_what, authInfo) => {
    const ran: Ran = { times: 0 }
    for (const era of eraNames) {
      const answer = await createMcpHandler(() => createServer(ran)).fetch(
        new Request(resource, call('writers', undefined, { era })),
        authInfo && { authInfo },
      )
      expect(answer.status).toBe(500)
    }
    expect(ran.times).toBe(0)
  })

  it('sends the claims challenge of an authentication context to a client that can answer it', async () => {
    const { entra, verifier } = await createWorld()
    const handler = mcpGuard(verifier, { resource, access: gate }).fetch(() => createServer())
    const token = await entra.issueUserToken({ scopes: ['Orders.Read'], claims: { xms_cc: ['cp1'] } })
    for (const era of eraNames) {
      const refused = await handler(new Request(resource, call('proven', token, { era })))
      expect(refused.status).toBe(401)
      expect(refused.headers.get('www-authenticate')).toMatch(
        /error="insufficient_claims", claims="[\w+/=]+"/,
      )
    }
  })

  it('refuses an agent where a tool is for people', async () => {
    const { entra, verifier } = await createWorld()
    const handler = mcpGuard(verifier, { resource, access: gate }).fetch(() => createServer())
    const token = await entra.issueUserToken({ scopes: ['Orders.Read'], claims: { xms_act_fct: '11' } })
    expect((await handler(new Request(resource, call('people', token)))).status).toBe(403)
  })

  it('looks up groups that the token could not hold', async () => {
    const { entra, verifier } = await createWorld()
    const asked: string[] = []
    const looking = verifier.with({
      resolveGroups: async ({ key }) => {
        asked.push(String(key))
        return ['77777777-7777-4777-8777-777777777777']
      },
    })
    const handler = mcpGuard(looking, { resource, access: gate }).fetch(() => createServer())
    const token = await entra.issueUserToken({ scopes: ['Orders.Read'], groups: 'overage' })
    expect((await handler(new Request(resource, call('mine', token)))).status).toBe(200)
    expect(asked).toEqual([])
    const answer = await handler(new Request(resource, call('staff', token)))
    expect(await answer.text()).toContain('groups complete')
    expect(asked).toHaveLength(1)
  })

  it('answers 503 where groups cannot be looked up', async () => {
    const { entra, verifier } = await createWorld()
    const looking = verifier.with({
      resolveGroups: async () => {
        throw new Error('Graph is down')
      },
    })
    const handler = mcpGuard(looking, { resource, access: gate }).fetch(() => createServer())
    const token = await entra.issueUserToken({ scopes: ['Orders.Read'], groups: 'overage' })
    const refused = await handler(new Request(resource, call('staff', token)))
    expect(refused.status).toBe(503)
    expect(refused.headers.get('retry-after')).not.toBeNull()
  })

  it('is told to a client whatever a handler makes of the 500 of the SDK', async () => {
    const { entra, verifier } = await createWorld()
    const sdk = createMcpHandler(() => createServer())
    const handler = mcpGuard(verifier, { resource, access: gate }).fetch({
      fetch: async (request, options) =>
        new Response(null, { status: (await sdk.fetch(request, options)).status }),
    })
    const refused = await handler(new Request(resource, call('admins', await reader({ entra, verifier }))))
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
      403,
      `Bearer resource_metadata="${metadataUrl}"`,
    ])
  })

  it('is no second admission for a log: the event of a tool is that of who may not run it', async () => {
    const outcomes: string[] = []
    const onEvent = ({ type }: VerifierEvent): void => {
      if (type.startsWith('caller') || type.startsWith('token')) outcomes.push(type)
    }
    const { entra, verifier } = await createWorld({ onEvent })
    const handler = mcpGuard(verifier, { resource, access: gate }).fetch(() => createServer())
    const writer = await entra.issueUserToken({ scopes: ['Orders.Read', 'Orders.Write'] })
    await handler(new Request(resource, call('writers', writer)))
    expect(outcomes.splice(0)).toEqual(['caller_admitted'])
    await handler(new Request(resource, call('writers', await reader({ entra, verifier }))))
    expect(outcomes).toEqual(['caller_admitted', 'token_refused'])
  })

  it.each(mounts.filter(({ name }) => name.includes('Fetch API') || name.includes('way to make')))(
    'makes no refusal of an error that is none: $name',
    async ({ start }) => {
      const { entra, verifier } = await createWorld()
      const token = await reader({ entra, verifier })
      const ran: Ran = { times: 0 }
      let times = 0
      const failing = {
        ...verifier,
        authenticate: async (...given: Parameters<typeof verifier.authenticate>) => {
          if (++times > 1) throw new RangeError('broken')
          return verifier.authenticate(...given)
        },
      }
      const served = await start(mcpGuard(failing as never, { resource, access: gate }), ran)
      const answer = await served.fetch(served.url, call('writers', token))
      expect([answer.status, answer.headers.get('www-authenticate'), ran.times]).toEqual([500, null, 0])
      await served.close()
    },
  )

  it('keeps the answer of a handler that has a 500 of its own', async () => {
    const { entra, verifier } = await createWorld()
    const handler = mcpGuard(verifier, { resource, access: gate }).fetch({
      fetch: async () => new Response('mine', { status: 500 }),
    })
    const answer = await handler(new Request(resource, call('mine', await entra.issueUserToken())))
    expect([answer.status, await answer.text()]).toEqual([500, 'mine'])
  })

  it('can stand beside another way in, which lets the tool run', async () => {
    const { entra, verifier } = await createWorld()
    const [admins, readers] = [needs({ scopes: ['Orders.Read'], roles: ['Orders.Admin'] }), needs(gate)]
    const either: ScopeChallengeHandler = async (context) => {
      try {
        return await admins(context)
      } catch {
        return readers(context)
      }
    }
    const handler = mcpGuard(verifier, { resource, access: gate }).fetch(() => {
      const server = createServer()
      server.registerTool('either', { scopeChallenge: either }, () => ({
        content: [{ type: 'text', text: 'ran' }],
      }))
      return server
    })
    const answer = await handler(new Request(resource, call('either', await reader({ entra, verifier }))))
    expect(await answer.text()).toContain('ran')
  })

  it('is a hook of the SDK', () => {
    const hook: ScopeChallengeHandler = needs({ scopes: ['Orders.Write'] })
    expect(hook).toBeTypeOf('function')
  })
})

describe('the server inside of an McpServer, of which the SDK asks no check of a tool', () => {
  it.each(eraNames)('runs no tool, for nobody, and the log says why: %s', async (era) => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {})
    const { entra, verifier } = await createWorld()
    const ran: Ran = { times: 0 }
    const inside = mcpGuard(verifier, { resource, access: gate }).fetch(
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what JavaScript may return
      () => createServer(ran).server as never,
    )
    const token = await reader({ entra, verifier })
    expect((await inside(new Request(resource, call('writers', token, { era })))).status).toBe(500)
    expect(String(log.mock.calls[0]?.[0])).toContain('need an McpServer, not its member server')
    expect(ran.times).toBe(0)
    log.mockRestore()
  })
})

describe('identityOf', () => {
  it('throws where no guard has let the request in', () => {
    for (const context of [undefined, {}, { http: {} }, { authInfo: { extra: { identity: {} } } }])
      expect(() => identityOf(context as never)).toThrow(/did not come through a guard of @entraguard\/mcp/)
  })

  it('is narrowed by an access, and refuses whom that does not admit', async () => {
    const { entra, verifier } = await createWorld()
    const { tokenVerifier } = mcpGuard(verifier, { resource, access: gate })
    const authInfo = await tokenVerifier.verifyAccessToken(await reader({ entra, verifier }))
    expect(identityOf({ authInfo }, { scopes: ['Orders.Read'] }).kind).toBe('user')
    // A misspelt name in a table of accesses.
    expect(() => identityOf({ authInfo }, undefined as never)).toThrow('identityOf: the access is undefined')
    expect(() => identityOf({ authInfo }, null as never)).toThrow(/access must be an object/)
    expect(() => identityOf({ http: { authInfo } }, { scopes: ['Orders.Write'] })).toThrow(
      expect.objectContaining({ code: 'scope_missing' }),
    )
  })
})
