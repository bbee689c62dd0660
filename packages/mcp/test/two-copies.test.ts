import { McpServer, createMcpHandler } from '@modelcontextprotocol/server'
import { expect, it, vi } from 'vitest'

import { mcpGuard, needs } from '../src/index.ts'
import { call, createWorld, eraNames, gate, resource } from './support.ts'

/** The same files once more, as an application has them whose guard is imported and whose tools are required. */
async function anotherCopy(): Promise<typeof import('../src/index.ts')> {
  vi.resetModules()
  return await import('../src/index.ts')
}

it.each(eraNames)(
  'a tool of another copy of the package knows who came through the guard, and who did not: %s',
  async (era) => {
    const other = await anotherCopy()
    expect(other.needs).not.toBe(needs)
    const { entra, verifier } = await createWorld()
    const ran: string[] = []
    const createServer = (): McpServer => {
      const server = new McpServer({ name: 'orders', version: '1.0.0' })
      const scopeChallenge = other.needs({ scopes: ['Orders.Write'] })
      server.registerTool('cancel', { scopeChallenge }, (context) => {
        ran.push(other.identityOf(context).key)
        return { content: [] }
      })
      return server
    }
    const guarded = mcpGuard(verifier, { resource, access: gate }).fetch(createServer)
    const ask = async (...scopes: string[]): Promise<number> => {
      const token = await entra.issueUserToken({ scopes })
      return (await guarded(new Request(resource, call('cancel', token, { era })))).status
    }
    expect(await ask('Orders.Read')).toBe(403)
    expect(ran).toEqual([])
    expect(await ask('Orders.Read', 'Orders.Write')).toBe(200)
    expect(ran).toHaveLength(1)

    const log = vi.spyOn(console, 'error').mockImplementation(() => {})
    const open = createMcpHandler(createServer)
    const around = await open.fetch(new Request(resource, call('cancel', undefined, { era })))
    expect(around.status).toBe(500)
    expect(ran).toHaveLength(1)
    log.mockRestore()
  },
)
