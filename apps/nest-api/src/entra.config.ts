import type { VerifierOptions } from '@entraguard/core'
import { registerAs } from '@nestjs/config'

function list(name: string): readonly string[] {
  const values = (process.env[name] ?? '').split(',').filter((value) => value !== '')
  if (values.length === 0) throw new TypeError(`Set ${name}: values separated by commas`)
  return values
}

/** What the verifier is made of; CONTRIBUTING.md says what the variables mean. */
export const entraConfig = registerAs('entra', (): VerifierOptions => {
  const tenants = list('ENTRA_TENANTS')
  const { ENTRA_EMULATOR_URL: emulator = '', ENTRA_MIN_REFRESH_INTERVAL: interval } = process.env
  return {
    tenants: tenants.length === 1 ? String(tenants[0]) : [...tenants],
    audience: [...list('ENTRA_AUDIENCE')],
    challenge: { exposeCode: process.env['ENTRA_EXPOSE_CODE'] === '1' },
    ...(emulator && {
      fetch: async (...request: Parameters<typeof fetch>) =>
        (await import('@entraguard/emulator/fetch')).emulatorFetch(emulator)(...request),
    }),
    ...(interval === undefined ? {} : { keys: { minRefreshInterval: Number(interval) } }),
  }
})
