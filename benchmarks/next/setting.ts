import { createVerifier, type Verifier } from '@entraguard/core'

interface Setting {
  readonly tenantId: string
  readonly audience: string
  readonly issuer: string
  readonly keysUrl: string
  readonly emulatorUrl: string
}

/** Read when a request comes, because a build has none of it. */
export function setting(): Setting {
  return JSON.parse(process.env['BENCH'] ?? '{}') as Setting
}

let made: Verifier | undefined

export function verifier(): Verifier {
  const { tenantId, audience, emulatorUrl } = setting()
  made ??= createVerifier({
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
  return made
}
