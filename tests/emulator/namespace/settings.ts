import { defaults } from '@entraguard/emulator'

/** Microsoft's host names, which lead to the emulator inside the namespace. */
export const hosts: readonly string[] = [
  'login.microsoftonline.com',
  'login.microsoft.com',
  'login.windows.net',
  'graph.microsoft.com',
  `${defaults.b2cTenantName}.b2clogin.com`,
  `${defaults.externalIdTenantName}.ciamlogin.com`,
]
