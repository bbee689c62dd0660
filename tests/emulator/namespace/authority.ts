// Inside the namespace: the emulator on the port that the real service has, and a client that knows nothing of it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'

import { createEmulator } from '@entraguard/emulator'
import { listen } from '@entraguard/emulator/node'

const [directory = ''] = process.argv.slice(2)
const entra = await createEmulator()
const { caFile, close } = await listen(entra, { port: 443, https: { directory } })
const [userToken, b2cToken, externalToken] = await Promise.all([
  entra.issueUserToken(),
  entra.issueB2cToken(),
  entra.issueUserToken({ tenantId: '66666666-6666-4666-8666-666666666666' }),
])
const client = spawn(
  process.execPath,
  ['--conditions=@entraguard/source', path.join(import.meta.dirname, 'client.ts')],
  {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: directory,
      NODE_EXTRA_CA_CERTS: caFile ?? '',
      TOKENS: JSON.stringify({ userToken, b2cToken, externalToken }),
    },
  },
)
const [code]: unknown[] = await once(client, 'exit')
await close()
process.exitCode = typeof code === 'number' ? code : 1
