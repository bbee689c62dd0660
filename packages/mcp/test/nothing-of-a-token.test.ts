import { inspect } from 'node:util'

import { McpServer } from '@modelcontextprotocol/server'
import express from 'express'
import { describe, expect, it } from 'vitest'

import { mcpGuard, needs } from '../src/index.ts'
import { call, createWorld, eraNames, gate, resource, serve } from './support.ts'

/** A server that tells all it knows: in results, in errors, and in its log. */
function createIndiscreetServer(log: string[], given: unknown): McpServer {
  const server = new McpServer({ name: 'indiscreet', version: '1.0.0' })
  const everything = (context: object): string => {
    const { req } = (context as { http?: { req?: Request } }).http ?? {}
    return [
      inspect([given, context], { depth: 20 }),
      JSON.stringify(given),
      JSON.stringify((context as { http?: object }).http),
      JSON.stringify([...(req?.headers ?? [])]),
      JSON.stringify(
        structuredClone((context as { http?: { authInfo?: { extra?: object } } }).http?.authInfo?.extra),
      ),
    ].join('\n')
  }
  server.registerTool('tell', {}, (context) => {
    log.push(everything(context))
    return { content: [{ type: 'text', text: everything(context) }] }
  })
  server.registerTool('fail', {}, (context) => {
    throw new Error(everything(context))
  })
  server.registerTool('more', { scopeChallenge: needs({ scopes: ['Orders.Write'] }) }, () => ({
    content: [],
  }))
  server.registerTool('admins', { scopeChallenge: needs({ scopes: ['Orders.Read'], roles: ['a'] }) }, () => ({
    content: [],
  }))
  return server
}

const partsOf = (token: string): string[] => token.split('.')

describe.each(['guard.fetch', 'guard.node'] as const)('%s', (mount) => {
  it.each(eraNames)('shows nothing of a token to a tool that tells all it is given: %s', async (era) => {
    const { entra, verifier } = await createWorld()
    const log: string[] = []
    const guard = mcpGuard(verifier, { resource, access: gate })
    const serving = (...given: unknown[]): McpServer => createIndiscreetServer(log, given)
    const served = mount === 'guard.node' ? await serve(express().use(guard.node(serving))) : undefined
    const handler = guard.fetch(serving)
    const tokens = [
      await entra.issueUserToken({ scopes: ['Orders.Read'] }),
      await entra.issueUserToken({ scopes: ['Orders.Write'] }),
      await entra.issueUserToken({ expiresIn: -3600 }),
      await entra.issueUserToken({ signWith: 'unknown' }),
    ]
    for (const token of tokens) {
      for (const name of ['tell', 'fail', 'more', 'admins', 'nothing']) {
        const init = call(name, token, { era })
        const answer =
          served === undefined
            ? await handler(new Request(resource, init))
            : await fetch(`${served.url}/mcp`, init)
        const all = [await answer.text(), inspect([...answer.headers]), ...log].join('\n')
        for (const part of partsOf(token)) expect(all).not.toContain(part)
      }
    }
    expect(log.join('\n')).toContain('identity') // it did tell what there was
    expect(log).toHaveLength(1)
    await served?.close()
  })
})

it('lets a tool have the token for an exchange, if it asks for it by name', async () => {
  const { entra, verifier } = await createWorld()
  const token = await entra.issueUserToken({ scopes: ['Orders.Read'] })
  const authInfo = await mcpGuard(verifier, { resource, access: gate }).tokenVerifier.verifyAccessToken(token)
  expect(authInfo.token).toBe(token)
  for (const shown of [
    inspect(authInfo, { depth: 20 }),
    JSON.stringify(authInfo),
    JSON.stringify({ ...authInfo }),
  ])
    for (const part of partsOf(token)) expect(shown).not.toContain(part)
})

it('tells a listener of the SDK why a tool was refused, and nothing of the token', async () => {
  const { entra, verifier } = await createWorld()
  const { createMcpHandler } = await import('@modelcontextprotocol/server')
  const errors: unknown[] = []
  const server = createMcpHandler(() => createIndiscreetServer([], []), {
    onerror: (error) => void errors.push(error),
  })
  const token = await entra.issueUserToken({ scopes: ['Orders.Read'] })
  const handler = mcpGuard(verifier, { resource, access: gate }).fetch(server)
  for (const era of eraNames) await handler(new Request(resource, call('admins', token, { era })))
  expect(inspect(errors)).toContain('role_missing')
  for (const part of partsOf(token)) expect(inspect(errors, { depth: 20 })).not.toContain(part)
})
