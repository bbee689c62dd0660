import { createVerifier, type Verifier } from '@entraguard/core'

/** What the measured servers are told by their parent. */
interface Setting {
  readonly tenantId: string
  readonly audience: string
  readonly issuer: string
  readonly keysUrl: string
  readonly emulatorUrl: string
  /** How many requests are under way at once. */
  readonly connections: number
}

export const setting: Setting = JSON.parse(process.env['BENCH'] ?? '{}') as Setting

export const body: readonly object[] = [{ id: 1, item: 'A chair' }]

/** Servers are measured with NODE_ENV=production, where `emulatorFetch` refuses to run: this does what it does. */
export function verifier(): Verifier {
  const { tenantId, audience, emulatorUrl } = setting
  return createVerifier({
    tenants: tenantId,
    audience,
    fetch: async (url, init) => {
      const { pathname, search, hostname } = new URL(url)
      return await fetch(new URL(pathname + search, emulatorUrl), {
        ...init,
        headers: { 'x-entraguard-host': hostname },
      })
    },
  })
}
