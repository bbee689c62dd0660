import { readFile } from 'node:fs/promises'

import { isText } from './option-values.ts'

/**
 * Returns a function that reads a federated credential from a file, which the platform writes and renews (workload
 * identity on Kubernetes). The file is read for every exchange.
 *
 * @param file default: the path in `AZURE_FEDERATED_TOKEN_FILE`.
 * @throws {TypeError} if neither is given, and for anything but a path.
 * @see https://learn.microsoft.com/entra/workload-id/workload-identity-federation
 *
 * @example
 * ```ts
 * onBehalfOf({ clientId, credential: { assertion: assertionFromFile() }, apis })
 * ```
 */
export function assertionFromFile(
  file: string | undefined = process.env['AZURE_FEDERATED_TOKEN_FILE'],
): () => Promise<string> {
  // readFile takes a number for a file that is open already.
  if (!isText(file))
    throw new TypeError('assertionFromFile needs a file: pass its path or set AZURE_FEDERATED_TOKEN_FILE')
  return async () => (await readFile(file, 'utf8')).trim()
}
