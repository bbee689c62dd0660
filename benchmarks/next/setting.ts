import { createVerifier, type Verifier } from '@entraguard/core'

interface Setting {
  readonly tenantId: string
  readonly audience: string
  readonly issuer: string
  readonly keysUrl: string
  readonly emulatorUrl: string
}

let known: Setting | undefined

/** Read when the first request comes, because a build has none of it. */
export function setting(): Setting {
  known ??= JSON.parse(process.env['BENCH'] ?? '{}') as Setting
  return known
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
