import { once } from 'node:events'

import { createEmulator, defaults } from '../../src/index.ts'
import { listen } from '../../src/node.ts'

const [directory = '', host = 'localhost'] = process.argv.slice(2)
const entra = await createEmulator(
  host === 'localhost'
    ? {}
    : {
        tenants: [
          { id: defaults.tenantId, name: 'contoso' },
          { id: defaults.externalIdTenantId, name: 'ciam', kind: 'externalId', host },
        ],
      },
)
process.stdout.write('ready\n')
await once(process.stdin, 'data')
const { port, ca } = await listen(entra, { https: { directory } })
process.stdout.write(`${JSON.stringify({ port, ca })}\n`)
