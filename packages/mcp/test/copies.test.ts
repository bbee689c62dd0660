import { createRequire } from 'node:module'

import type { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import { expect, it, vi } from 'vitest'

import { mcpGuard, needs } from '../src/index.ts'
import { call, createWorld, eraNames, gate, resource } from './support.ts'

const require = createRequire(import.meta.url)
const other = require('@modelcontextprotocol/server') as {
  readonly McpServer: typeof McpServer
  readonly createMcpHandler: typeof createMcpHandler
}

function createServer(ran: string[]): McpServer {
  const server = new other.McpServer({ name: 'orders', version: '1.0.0' })
  server.registerTool('cancel', { scopeChallenge: needs({ scopes: ['Orders.Write'] }) }, () => {
    ran.push('cancel')
    return { content: [] }
  })
  return server
}

it.each(eraNames)(
  'runs no tool of a server that another copy of the SDK has made, and says why: %s',
  async (era) => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {})
    const { entra, verifier } = await createWorld()
    const ran: string[] = []
    const guard = mcpGuard(verifier, { resource, access: gate })
    const init = call('cancel', await entra.issueUserToken({ scopes: ['Orders.Read'] }), { era })
    const answer = await guard.fetch(() => createServer(ran))(new Request(resource, init))
    expect(answer.status).toBe(500)
    expect(String(log.mock.calls[0]?.[0])).toContain('from the same copy of @modelcontextprotocol/server')
    log.mockRestore()

    const byTheirHandler = guard.fetch(other.createMcpHandler(() => createServer(ran)))
    expect((await byTheirHandler(new Request(resource, init))).status).toBe(403)
    expect(ran).toEqual([])
  },
)
