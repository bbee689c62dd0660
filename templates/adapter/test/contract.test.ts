import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

import { createVerifier, type Verifier } from '@entraguard/core'
import { createEmulator } from '@entraguard/emulator'
import { expect, it } from 'vitest'

import { describeAdapter, type Served } from '../../../tests/contract/index.ts'
import { sendRaw } from '../../../tests/contract/raw-request.ts'
import { createOrdersApi } from './orders-api.ts'

// Every adapter answers the same requests in the same way: tests/contract/requests.ts has them.
describeAdapter({
  name: 'the adapter template',
  runs: 'on a socket',
  start: async ({ verifier }) => serve(verifier),
})

// Not in the contract, because some frameworks show their adapter one header only.
it('refuses two Authorization headers, also when the first one is good', async () => {
  const entra = await createEmulator()
  const api = await serve(createVerifier(entra.verifierOptions()))
  const header = `Authorization: Bearer ${await entra.issueUserToken({ scopes: ['Orders.Read'] })}`
  const lines = ['GET /orders HTTP/1.1', 'Host: localhost', header, header]
  expect(await sendRaw(new URL(api.url), lines)).toMatchObject({ status: 400 })
  await api.close()
})

async function serve(verifier: Verifier): Promise<Served> {
  const server = createOrdersApi(verifier).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
