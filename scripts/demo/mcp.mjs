import path from 'node:path'
import { pathToFileURL } from 'node:url'

const root = path.join(import.meta.dirname, '../..')
const app = path.join(root, 'apps/mcp-server')

/** The sample MCP server, where the demo starts it. */
export const mcpServers = [
  {
    name: 'MCP on Node',
    workspace: 'mcp-server',
    script: path.join(app, 'dist/main.js'),
    base: '',
    health: '/health',
  },
  {
    name: 'MCP on workerd',
    workspace: 'mcp-server',
    script: path.join(import.meta.dirname, 'workerd.mjs'),
    args: () => ['mcp-server'],
    base: '',
    health: '/health',
  },
]

const client = { clientId: '33333333-3333-4333-8333-333333333333', redirectUri: 'http://localhost/callback' }
const ada = 'aaaaaaaa-0000-4000-8000-000000000001'

/** Loaded late: the demo builds them first. */
const built = (file) => import(pathToFileURL(path.join(root, file)).href)

/** What the client does, step by step, with what came of it. */
export async function* mcpSteps(resource, emulatorUrl) {
  const { connect } = await built('apps/mcp-server/dist/client.js')
  const { emulatorFetch } = await built('packages/emulator/dist/fetch.js')
  const toEmulator = emulatorFetch(emulatorUrl)
  const send = (input, init) =>
    new URL(input instanceof Request ? input.url : input).protocol === 'https:'
      ? toEmulator(input, init)
      : fetch(input, init)
  const connection = await connect({ ...client, server: new URL(resource), user: ada, fetch: send })
  const scopes = (asked = '') => asked.replaceAll(`${resource}/`, '')
  try {
    const [first] = connection.asked
    yield {
      step: 'signs in for what the challenge names',
      ok: scopes(first).startsWith('Orders.Read '),
      note: scopes(first),
    }
    const tools = await connection.tools()
    yield { step: 'lists the tools', ok: tools.length === 3, note: tools.join(', ') }
    const none = await connection.call('list-orders')
    yield { step: 'calls a tool that is for everybody', ok: none.startsWith('['), note: none }
    const placed = await connection.call('place-order', { item: 'tea', quantity: 2 })
    const more = scopes(connection.asked.at(-1))
    yield {
      step: 'signs in again for a tool that asks for more',
      ok: connection.asked.length === 2 && more.startsWith('Orders.Read Orders.Write '),
      note: more,
    }
    yield {
      step: 'and its call goes through',
      ok: placed.includes('"tea"'),
      note: placed.replace(/"id":"[^"]*",/, ''),
    }
    const refused = await connection.call('close-shop').then(String, (error) => error)
    yield {
      step: 'is refused a tool for administrators',
      ok: refused instanceof Error,
      note: refused instanceof Error ? refused.message.slice(0, 80) : refused,
    }
  } finally {
    await connection.close()
  }
}

mcpSteps.count = 6
