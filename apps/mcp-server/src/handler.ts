import { createVerifier, type Verifier } from '@entraguard/core'
import { mcpGuard } from '@entraguard/mcp'

/** What the sample reads from its environment: variables on Node and Bun, bindings on Workers. */
export interface Environment {
  readonly ENTRA_TENANTS?: string | undefined
  readonly ENTRA_AUDIENCE?: string | undefined
  /** Where clients reach this server, and the Application ID URI of its registration. */
  readonly ENTRA_RESOURCE?: string | undefined
  readonly ENTRA_EMULATOR_URL?: string | undefined
  readonly ENTRA_MIN_REFRESH_INTERVAL?: string | undefined
}

function list(name: string, value: string | undefined): string[] {
  const values = (value ?? '').split(',').filter((item) => item !== '')
  if (values.length === 0) throw new TypeError(`Set ${name}: values separated by commas`)
  return values
}

/** The verifier of an environment. @throws TypeError when a variable is missing or wrong. */
export function verifierOf(environment: Environment): Verifier {
  const { ENTRA_EMULATOR_URL: emulator = '', ENTRA_MIN_REFRESH_INTERVAL: interval } = environment
  const tenants = list('ENTRA_TENANTS', environment.ENTRA_TENANTS)
  return createVerifier({
    tenants: tenants.length === 1 ? String(tenants[0]) : tenants,
    audience: list('ENTRA_AUDIENCE', environment.ENTRA_AUDIENCE),
    ...(emulator && {
      fetch: async (...request: Parameters<typeof fetch>) =>
        (await import('@entraguard/emulator/fetch')).emulatorFetch(emulator)(...request),
    }),
    ...(interval === undefined ? {} : { keys: { minRefreshInterval: Number(interval) } }),
  })
}

/** The guard of an environment. @throws TypeError when a variable is missing or wrong. */
export function guardOf(environment: Environment, verifier: Verifier = verifierOf(environment)) {
  return mcpGuard(verifier, {
    resource: environment.ENTRA_RESOURCE ?? '',
    access: { scopes: ['Orders.Read'], appPermissions: ['Orders.Read.All'] },
    scopesSupported: ['Orders.Read', 'Orders.Write'],
  })
}
