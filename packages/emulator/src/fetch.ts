export { emulatorFetch } from './network/emulator-fetch.ts'
export type { EmulatorFetchOptions } from './network/emulator-fetch.ts'
