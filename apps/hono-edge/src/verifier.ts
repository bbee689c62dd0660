import { createVerifier, type DocumentStore, type Verifier } from '@entraguard/core'

/** What the sample reads from its environment: variables everywhere, the namespace on Workers. */
export type Environment = {
  readonly ENTRA_TENANTS?: string
  readonly ENTRA_AUDIENCE?: string
  readonly ENTRA_EMULATOR_URL?: string
  readonly ENTRA_EXPOSE_CODE?: string
  readonly ENTRA_MIN_REFRESH_INTERVAL?: string
  /** Workers only: keys are shared by all isolates, so that a cold one asks nobody. */
  readonly ENTRA_KEYS?: KeyNamespace
}

/** As much of Cloudflare's `KVNamespace` as is used. */
interface KeyNamespace {
  get(key: string): Promise<string | null>
  put(key: string, value: string, options: { expirationTtl: number }): Promise<void>
}

function list(name: string, value: string | undefined): string[] {
  const values = (value ?? '').split(',').filter((item) => item !== '')
  if (values.length === 0) throw new TypeError(`Set ${name}: values separated by commas`)
  return values
}

// #region kv
const keyStore = (namespace: KeyNamespace): DocumentStore => ({
  getItem: (key) => namespace.get(key),
  setItem: (key, value) => namespace.put(key, value, { expirationTtl: 86_400 }),
})
// #endregion

/** @throws TypeError when a variable is missing or wrong. */
export function verifierOf(environment: Environment): Verifier {
  const tenants = list('ENTRA_TENANTS', environment.ENTRA_TENANTS)
  const {
    ENTRA_EMULATOR_URL: emulator = '',
    ENTRA_MIN_REFRESH_INTERVAL: interval,
    ENTRA_KEYS: keys,
  } = environment
  return createVerifier({
    tenants: tenants.length === 1 ? String(tenants[0]) : tenants,
    audience: list('ENTRA_AUDIENCE', environment.ENTRA_AUDIENCE),
    challenge: { exposeCode: environment.ENTRA_EXPOSE_CODE === '1' },
    ...(emulator && {
      fetch: async (...request: Parameters<typeof fetch>) =>
        (await import('@entraguard/emulator/fetch')).emulatorFetch(emulator)(...request),
    }),
    ...(interval === undefined ? {} : { keys: { minRefreshInterval: Number(interval) } }),
    ...(keys === undefined ? {} : { store: keyStore(keys) }),
  })
}
