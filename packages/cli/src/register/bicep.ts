import { toGraph } from './graph.ts'
import type { Registration } from './registration.ts'

const quoted = (text: string): string =>
  `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('${', '\\${')}'`

/** A value as Bicep writes it: members and elements on lines of their own. */
function literal(value: unknown, indent = ''): string {
  if (typeof value === 'string') return quoted(value)
  if (typeof value !== 'object' || value === null) return String(value)
  const inner = `${indent}  `
  const lines = Array.isArray(value)
    ? value.map((item) => literal(item, inner))
    : Object.entries(value).map(([name, item]) => `${name}: ${literal(item, inner)}`)
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}']
  if (lines.length === 0) return `${open}${close}`
  return [open, ...lines.map((line) => `${inner}${line}`), `${indent}${close}`].join('\n')
}

/**
 * A file of Bicep, with the extension for Microsoft Graph. It cannot name an Application ID URI by the client id, which
 * is made by the same resource: the tenant and the name of the API are unique, too.
 *
 * @see https://learn.microsoft.com/graph/templates/bicep/reference/applications
 */
export function toBicep(registration: Registration): string {
  const { uniqueName, mcp } = registration
  const body = literal({ uniqueName, ...toGraph(registration) })
  const uri = mcp === undefined ? `  identifierUris: ['api://\${tenant().tenantId}/${uniqueName}']\n` : ''
  return `// az deployment group create --resource-group GROUP --template-file api.bicep
// bicepconfig.json: { "extensions": { "microsoftGraphV1": "br:mcr.microsoft.com/bicep/extensions/microsoftgraph/v1.0:1.0.0" } }
extension microsoftGraphV1

resource api 'Microsoft.Graph/applications@v1.0' = ${body.replace(/\n\}$/, `\n${uri}}`)}

resource servicePrincipal 'Microsoft.Graph/servicePrincipals@v1.0' = {
  appId: api.appId
}

output clientId string = api.appId
`
}
