import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'

import { defaults } from '@entraguard/emulator'

import type { World } from './world.ts'

/** What a program finds in its environment on a machine of Azure, and in App Service. */
const environments = ({ server }: World): readonly Readonly<Record<string, string>>[] => [
  { AZURE_POD_IDENTITY_AUTHORITY_HOST: server.url },
  { IDENTITY_ENDPOINT: `${server.url}/msi/token`, IDENTITY_HEADER: defaults.identityHeader },
]

/**
 * The token that a library gets for the managed identity of the machine, and of App Service. Each in a process of its
 * own: the libraries look into the environment once.
 */
export async function managedIdentityTokens(
  world: World,
  library: '@azure/msal-node' | '@azure/identity',
  resource: string,
): Promise<readonly string[]> {
  const program = path.join(import.meta.dirname, 'with/managed-identity.mjs')
  const run = async (environment: Readonly<Record<string, string>>): Promise<string> => {
    const env = { PATH: process.env['PATH'] ?? '', NODE_EXTRA_CA_CERTS: world.caFile, ...environment }
    return (await promisify(execFile)(process.execPath, [program, library, resource], { env })).stdout
  }
  return Promise.all(environments(world).map(run))
}
