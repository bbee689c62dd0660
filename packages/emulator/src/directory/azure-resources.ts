import { PERSONAL_TENANT_ID } from './clouds.ts'
import { toApp, type App } from './registrations.ts'

/** Client id and addresses of services of Azure that programs ask tokens for. They are in every tenant. */
const table: ReadonlyMap<string, readonly [clientId: string, ...addresses: string[]]> = new Map([
  [
    'Azure Resource Manager',
    [
      '797f4846-ba00-4fd7-ba43-dac1f8f63013',
      'https://management.azure.com',
      'https://management.core.windows.net',
    ],
  ],
  ['Azure Key Vault', ['cfa8b339-82a2-471a-a3c9-0fc0be7a4093', 'https://vault.azure.net']],
  ['Azure Storage', ['e406a681-f3d4-42a8-90b6-c2b029497af1', 'https://storage.azure.com']],
  ['Azure SQL Database', ['022907d3-0f1b-48f7-badc-1ba6abab6d66', 'https://database.windows.net']],
  ['Azure Service Bus', ['80a10ef9-8168-493d-abf9-3297c4ef6e3c', 'https://servicebus.azure.net']],
  ['Azure Event Hubs', ['80369ed6-5f11-4dd9-bef3-692475845e77', 'https://eventhubs.azure.net']],
])

const toResource = (name: string, clientId: string, appIdUri: string): App => ({
  ...toApp(
    { clientId, name, appIdUri, scopes: ['user_impersonation'], tokenVersion: '1.0' },
    1,
    PERSONAL_TENANT_ID,
  ),
  multiTenant: true,
})

/** What a federated credential is made for: the token of a managed identity that stands in for a secret. */
const tokenExchange: App = {
  ...toApp(
    {
      clientId: 'fb60f99c-7a34-4190-8149-302f77469936',
      name: 'Azure AD Token Exchange Endpoint',
      appIdUri: 'api://AzureADTokenExchange',
      tokenVersion: '2.0',
    },
    1,
    PERSONAL_TENANT_ID,
  ),
  multiTenant: true,
}

const byName: ReadonlyMap<string, App> = new Map([
  [tokenExchange.clientId, tokenExchange],
  [tokenExchange.appIdUri, tokenExchange],
  ...[...table].flatMap(([name, [clientId, ...addresses]]) => {
    const resource = toResource(name, clientId, addresses[0] ?? '')
    return [clientId, ...addresses].map((one) => [one, resource] as const)
  }),
])

/** The names under which the tokens of a federated credential name their audience. */
export const tokenExchangeNames: readonly string[] = [tokenExchange.clientId, tokenExchange.appIdUri]

/** By client id or address, with a slash at the end or without. */
export const azureResource = (name: string): App | undefined => byName.get(name.replace(/\/$/, ''))
