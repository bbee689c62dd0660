import type { Access } from '@entraguard/core'
import { createMcpHandler, requireBearerAuth } from '@modelcontextprotocol/server'
import { describe, expect, it } from 'vitest'

import { mcpGuard } from '../src/index.ts'
import {
  call,
  createServer,
  createWorld,
  eraNames,
  inFull,
  metadataUrl,
  resource,
  type Ran,
} from './support.ts'

const scopes = ['Orders.Read'] as const
const appPermissions = ['Orders.Read'] as const
const gates: Readonly<Record<string, Access>> = {
  'for users': { scopes },
  'for apps': { appPermissions },
  'for both': { scopes, appPermissions },
  'for everybody': { callers: ['user', 'app'] },
}
const insufficient = (asked: string): string =>
  `Bearer error="insufficient_scope", error_description="The access token does not permit this operation.", scope="${asked}", resource_metadata="${metadataUrl}"`

/** A server behind the SDK's own `requireBearerAuth`, which writes the answers. */
async function start(access: Access, ran: Ran = { times: 0 }) {
  const world = await createWorld({
    resolveGroups: async () => {
      throw new Error('Graph is down')
    },
  })
  const { tokenVerifier } = mcpGuard(world.verifier, { resource, access })
  const check = requireBearerAuth({ verifier: tokenVerifier, resourceMetadataUrl: metadataUrl })
  const handler = createMcpHandler(() => createServer(ran))
  const send = async (...of: Parameters<typeof call>): Promise<Response> => {
    const request = new Request(resource, call(...of))
    const authInfo = await check(request)
    return authInfo instanceof Response ? authInfo : handler.fetch(request, { authInfo })
  }
  return { ...world, send, ran }
}

/** Callers, each with what it may not: of all tools only `mine` asks for nothing. */
const callers = {
  'a user': { kind: 'user', token: { scopes } },
  'an agent of a user': { kind: 'user', token: { scopes, claims: { xms_act_fct: '11' } } },
  'a user with too many groups': { kind: 'user', token: { scopes, groups: 'overage' } },
  'a client that takes claims challenges': { kind: 'user', token: { scopes, claims: { xms_cc: ['cp1'] } } },
  'an app': { kind: 'app', token: { roles: [...appPermissions] } },
  'an agent of its own': {
    kind: 'app',
    token: { roles: [...appPermissions], claims: { xms_act_fct: '11' } },
  },
} as const

describe.each(Object.entries(gates))('needs behind requireBearerAuth, at a gate %s', (name, access) => {
  it.each(Object.entries(callers))(
    'never makes an error of the server of %s',
    async (_caller, { kind, token }) => {
      const { entra, send, ran } = await start(access)
      const issued =
        kind === 'user'
          ? await entra.issueUserToken({ ...token, scopes: [...token.scopes] })
          : await entra.issueAppToken({ ...token, roles: [...token.roles] })
      const isLetIn = (await send('mine', issued)).status === 200
      for (const era of eraNames)
        for (const tool of ['writers', 'admins', 'apps', 'proven', 'staff']) {
          const answer = await send(tool, issued, { era })
          expect([tool, answer.status]).toEqual([tool, 403])
          expect(await answer.json()).toMatchObject({ error: 'insufficient_scope' })
          // The gate's own refusal names no scopes: the SDK takes none from a verifier.
          const challenge = answer.headers.get('www-authenticate') ?? ''
          expect(challenge.includes(` scope="${resource}/`)).toBe(isLetIn)
        }
      expect(ran.times).toBe(0)
      expect(isLetIn).toBe(name === 'for both' || name === 'for everybody' || name === `for ${kind}s`)
    },
  )
})

it('names what an app asks for where neither gate nor tool has a scope', async () => {
  const { entra, send } = await start({ appPermissions: [...appPermissions] })
  const app = await entra.issueAppToken({ roles: ['Orders.Read'] })
  const refused = await send('apps', app)
  expect(refused.status).toBe(403)
  expect(refused.headers.get('www-authenticate')).toBe(insufficient(inFull('.default')))
  const more = await entra.issueAppToken({ roles: ['Orders.Read', 'Orders.Read.All'] })
  expect((await send('apps', more)).status).toBe(200)
})
