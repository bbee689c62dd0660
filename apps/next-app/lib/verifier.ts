import { createVerifier, type Verifier } from '@entraguard/core'

// `next build` loads every route, on machines that know nothing of the environment that the app will run in.
const isBuilding = process.env['NEXT_PHASE'] === 'phase-production-build'
const nobody = '00000000-0000-0000-0000-000000000000'

function list(name: string): readonly string[] {
  const values = (process.env[name] ?? (isBuilding ? nobody : '')).split(',').filter((value) => value !== '')
  if (values.length === 0) throw new TypeError(`Set ${name}: values separated by commas`)
  return values
}

const tenants = list('ENTRA_TENANTS')
const emulator = process.env['ENTRA_EMULATOR_URL'] ?? ''
const interval = process.env['ENTRA_MIN_REFRESH_INTERVAL']

/** The one verifier of this process; the edge runtime has its own, and its own keys. */
export const verifier: Verifier = createVerifier({
  tenants: tenants.length === 1 ? (tenants[0] ?? nobody) : tenants,
  audience: [...list('ENTRA_AUDIENCE')],
  challenge: { exposeCode: process.env['ENTRA_EXPOSE_CODE'] === '1' },
  ...(emulator && {
    fetch: async (...request: Parameters<typeof fetch>) =>
      (await import('@entraguard/emulator/fetch')).emulatorFetch(emulator)(...request),
  }),
  ...(interval === undefined ? {} : { keys: { minRefreshInterval: Number(interval) } }),
})
