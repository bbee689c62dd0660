import { readFile } from 'node:fs/promises'

/**
 * A federated credential that a platform writes into a file and renews there (workload identity of Kubernetes). Read
 * for every exchange.
 *
 * @param file default: what `AZURE_FEDERATED_TOKEN_FILE` names.
 * @throws {TypeError} when there is neither.
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
  if (file === undefined || file === '')
    throw new TypeError('assertionFromFile needs a file, or AZURE_FEDERATED_TOKEN_FILE')
  return async () => (await readFile(file, 'utf8')).trim()
}
