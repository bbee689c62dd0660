import type { UserIdentity, Verifier } from '@entraguard/core'
import { identityOf, mcpGuard, needs } from '@entraguard/mcp'
import { McpServer } from '@modelcontextprotocol/server'

import { expectType } from './expect-type.js'

export function serve(verifier: Verifier) {
  const guard = mcpGuard(verifier, {
    resource: 'https://mcp.contoso.com/mcp',
    access: { scopes: ['Orders.Read'] },
  })
  // @ts-expect-error a server says what every request asks
  mcpGuard(verifier, { resource: 'https://mcp.contoso.com/mcp' })
  return guard.fetch((user) => {
    expectType<UserIdentity>()(user)
    const server = new McpServer({ name: 'orders', version: '1.0.0' })
    server.registerTool('cancel', { scopeChallenge: needs({ scopes: ['Orders.Write'] }) }, (context) => {
      expectType<UserIdentity>()(identityOf(context, { scopes: ['Orders.Write'] }))
      return { content: [] }
    })
    return server
  })
}
