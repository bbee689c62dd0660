import { createEmulator } from '@entraguard/emulator'
import { listen } from '@entraguard/emulator/node'
import { expect } from 'vitest'

/** Starts a sample in a process of its own. */
export type Start = (
  environment: Readonly<Record<string, string>>,
) => Promise<{ readonly url: string; close(): Promise<void> }>

/** Not ready while nobody can be asked for keys; then ready, because the probe asked; and ready through an outage. */
export async function expectProbeOfProcess(start: Start): Promise<void> {
  const entra = await createEmulator()
  entra.goOffline()
  const { url: emulator, close } = await listen(entra)
  const { tenants, audience } = entra.verifierOptions()
  const served = await start({
    ENTRA_TENANTS: tenants,
    ENTRA_AUDIENCE: audience.join(','),
    ENTRA_RESOURCE: 'https://mcp.contoso.com/mcp',
    ENTRA_EMULATOR_URL: emulator,
  })
  const ask = async (): Promise<unknown> => {
    const answer = await fetch(`${served.url}/ready`)
    return [answer.status, await answer.json()]
  }
  try {
    expect(await ask()).toEqual([503, { status: 'unavailable' }])
    entra.goOnline()
    // Nobody but the probe asks for keys.
    await expect.poll(ask, { interval: 100 }).toEqual([200, { status: 'ok' }])
    entra.goOffline()
    expect(await ask()).toMatchObject([200, {}])
  } finally {
    await served.close()
    await close()
  }
}
