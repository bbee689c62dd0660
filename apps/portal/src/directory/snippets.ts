/// <reference types="vite/client" />

import { quoted } from '../ui/words.ts'
import { withIds, type Ids } from './ids.ts'

/** Files of this repository that its tests run, as text. */
const sources = import.meta.glob<string>(
  [
    '../../../../tests/examples/azure-functions.ts',
    '../../../../tests/examples/express.ts',
    '../../../../tests/examples/fastify.ts',
    '../../../../tests/examples/first-token/azure-functions/index.ts',
    '../../../../tests/examples/first-token/express/server.ts',
    '../../../../tests/examples/first-token/fastify/server.ts',
    '../../../../tests/examples/first-token/hono/server.ts',
    '../../../../tests/examples/first-token/server.ts',
    '../../../../tests/examples/first-token/verifier.ts',
    '../../../../tests/examples/hono.ts',
    '../../../../tests/examples/mcp.ts',
    '../../../../tests/examples/nestjs/orders.controller.ts',
    '../../../../tests/examples/nestjs/first-token.module.ts',
    '../../../../tests/examples/portal/daemon.ts',
    '../../../../tests/next/fixtures/main/app/orders/route.ts',
    '../../../../tests/clients/pages/orders.ts',
  ],
  { query: '?raw', import: 'default', eager: true },
)

/** @throws Error for a file that is not in the list above. */
function file(name: string): string {
  const source = sources[`../../../../tests/${name}`]
  if (source === undefined) throw new Error(`${name} is not among the examples`)
  return source
}

/** One file of what is shown. */
export interface Block {
  readonly name: string
  readonly code: string
}

export interface Snippet {
  readonly id: string
  readonly label: string
  readonly side: 'api' | 'client'
  /** What is installed for it. */
  readonly install: string
  readonly blocks: (ids: Ids) => readonly Block[]
}

/** What the pages of the documentation show of a file, too. */
function region(source: string): string {
  const [, inside] = /^[ \t]*\/\/ #region [^\n]*\n([\s\S]*?)^[ \t]*\/\/ #endregion/m.exec(source) ?? []
  return (inside ?? source).trim()
}

/** What a file is called in an application, and where it is among the tests. */
type Files = ReadonlyArray<readonly [name: string, source: string]>

const files =
  (list: Files): Snippet['blocks'] =>
  (ids) =>
    list.map(([name, source]) => ({ name, code: withIds(codeIn(source), ids) }))

/** With the verifier of the application, where an example makes one of its own. */
const codeIn = (name: string): string => {
  const code = region(file(name))
  return name === 'examples/hono.ts' ? withoutVerifier(code) : code
}

const withoutVerifier = (code: string): string =>
  code
    .replace(/^import \{ createVerifier \} from '@entraguard\/core'\n/m, '')
    .replace(/^const verifier = createVerifier\(\{[\s\S]*?^\}\)\n\n/m, '')
    .replace(/((?:^import [^\n]*\n)+)/m, `$1\nimport { verifier } from './verifier.ts'\n`)

const api = (id: string, label: string, more: string, list: Files): Snippet => ({
  id,
  label,
  side: 'api',
  install: `npm install @entraguard/core${more}\nnpm install --save-dev @entraguard/emulator`,
  blocks: files(list),
})

const variables = ({ origin }: Ids): Block => ({
  name: 'Environment, while you try it',
  code: `ENTRA_AUTHORITY_HOST=${origin.secure}\nNODE_EXTRA_CA_CERTS=the file that "npx entraguard emulator --https" prints`,
})

const msalBrowser: Snippet = {
  id: 'msal-browser',
  label: 'msal-browser',
  side: 'client',
  install: 'npm install @azure/msal-browser',
  blocks: (ids) => [
    { name: 'orders.ts', code: withIds(region(file('clients/pages/orders.ts')), ids) },
    {
      name: 'main.ts',
      code: `import { callApi, start } from './orders.ts'

const app = await start({
  clientId: '${ids.client.clientId}',
  authority: '${ids.origin.secure}/${ids.client.tenantId}', // npx entraguard emulator --https
  knownAuthorities: ['${new URL(ids.origin.secure).host}'],
})
const answer = await callApi(app, 'http://localhost:3000/orders')`,
    },
  ],
}

const msalNode: Snippet = {
  id: 'msal-node',
  label: 'msal-node',
  side: 'client',
  install: 'npm install @azure/msal-node',
  blocks: (ids) => [
    { name: 'client.ts', code: withIds(region(file('examples/portal/daemon.ts')), ids) },
    variables(ids),
  ],
}

const curl: Snippet = {
  id: 'curl',
  label: 'curl',
  side: 'client',
  install: '',
  blocks: ({ client, api: resource, origin }) => [
    {
      name: 'A token of the program itself',
      code: `curl -s ${origin.here}/${client.tenantId}/oauth2/v2.0/token \\
  -d grant_type=client_credentials \\
  -d client_id=${client.clientId} \\
  --data-urlencode ${quoted(`client_secret=${client.secret ?? 'the secret'}`)} \\
  --data-urlencode ${quoted(`scope=${resource.appIdUri}/.default`)}`,
    },
    {
      name: 'A token of a user, minted',
      code: `curl -s ${origin.here}/__emulator/token \\
  -H 'content-type: application/json' \\
  -d ${quoted(JSON.stringify({ audience: resource.clientId, clientId: client.clientId, scopes: resource.scopes }))}`,
    },
  ],
}

/** Code for an app, by what it is written with. What is tested in this repository, with other ids. */
export const snippets: readonly Snippet[] = [
  api('verifier', 'Verifier', '', [
    ['verifier.ts', 'examples/first-token/verifier.ts'],
    ['server.ts', 'examples/first-token/server.ts'],
  ]),
  api('nestjs', 'NestJS', ' @entraguard/nestjs', [
    ['app.module.ts', 'examples/nestjs/first-token.module.ts'],
    ['orders.controller.ts', 'examples/nestjs/orders.controller.ts'],
  ]),
  api('hono', 'Hono', ' @entraguard/hono hono', [
    ['verifier.ts', 'examples/first-token/verifier.ts'],
    ['app.ts', 'examples/hono.ts'],
    ['server.ts', 'examples/first-token/hono/server.ts'],
  ]),
  api('next', 'Next.js', ' @entraguard/next', [
    ['verifier.ts', 'examples/first-token/verifier.ts'],
    ['app/orders/route.ts', 'next/fixtures/main/app/orders/route.ts'],
  ]),
  api('express', 'Express', ' @entraguard/express express', [
    ['verifier.ts', 'examples/first-token/verifier.ts'],
    ['app.ts', 'examples/express.ts'],
    ['server.ts', 'examples/first-token/express/server.ts'],
  ]),
  api('fastify', 'Fastify', ' @entraguard/fastify fastify', [
    ['verifier.ts', 'examples/first-token/verifier.ts'],
    ['app.ts', 'examples/fastify.ts'],
    ['server.ts', 'examples/first-token/fastify/server.ts'],
  ]),
  api('functions', 'Azure Functions', ' @entraguard/azure-functions @azure/functions', [
    ['verifier.ts', 'examples/first-token/verifier.ts'],
    ['orders.ts', 'examples/azure-functions.ts'],
    ['index.ts', 'examples/first-token/azure-functions/index.ts'],
  ]),
  api('mcp', 'MCP', ' @entraguard/mcp @modelcontextprotocol/server', [['server.ts', 'examples/mcp.ts']]),
  msalBrowser,
  msalNode,
  curl,
]
