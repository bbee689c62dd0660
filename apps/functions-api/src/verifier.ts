import { createVerifier, type Verifier } from '@entraguard/core'

function list(name: string, value: string | undefined): string[] {
  const values = (value ?? '').split(',').filter((item) => item !== '')
  if (values.length === 0) throw new TypeError(`Set ${name}: values separated by commas`)
  return values
}

/** @throws TypeError when a variable is missing or wrong. */
export function verifierOf(environment: NodeJS.ProcessEnv): Verifier {
  const tenants = list('ENTRA_TENANTS', environment['ENTRA_TENANTS'])
  const emulator = environment['ENTRA_EMULATOR_URL'] ?? ''
  const interval = environment['ENTRA_MIN_REFRESH_INTERVAL']
  return createVerifier({
    tenants: tenants.length === 1 ? String(tenants[0]) : tenants,
    audience: list('ENTRA_AUDIENCE', environment['ENTRA_AUDIENCE']),
    challenge: { exposeCode: environment['ENTRA_EXPOSE_CODE'] === '1' },
    ...(emulator && {
      fetch: async (...request: Parameters<typeof fetch>) =>
        (await import('@entraguard/emulator/fetch')).emulatorFetch(emulator)(...request),
    }),
    ...(interval === undefined ? {} : { keys: { minRefreshInterval: Number(interval) } }),
  })
}
