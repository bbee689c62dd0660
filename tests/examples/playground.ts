import { createEmulator } from '@entraguard/emulator'
import { listen, type Listening, type LocalApi } from '@entraguard/emulator/node'

const orders: LocalApi = {
  name: 'Orders',
  url: 'http://localhost:3000/orders',
  keysUrl: 'http://localhost:3000/keys', // in development: (c) => c.json(verifier.keys())
}

/** A local Entra ID; the playground of its portal sends tokens to this API. */
export async function startPlayground(port = 8484): Promise<Listening> {
  const listening = await listen(await createEmulator(), { port, apis: [orders] })
  console.log(`Open ${listening.url}/#/playground`)
  return listening
}
