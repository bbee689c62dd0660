import { optionalClaims, type Permission, type Registration } from './registration.ts'

const quoted = (text: string): string => JSON.stringify(text).replaceAll('${', '$${').replaceAll('%{', '%%{')
const list = (texts: readonly string[]): string => `[${texts.map(quoted).join(', ')}]`

const scopeOf = ({ id, value, description }: Permission): string => `
    oauth2_permission_scope {
      id                         = ${quoted(id)}
      value                      = ${quoted(value)}
      type                       = "User"
      enabled                    = true
      admin_consent_display_name = ${quoted(value)}
      admin_consent_description  = ${quoted(description)}
      user_consent_display_name  = ${quoted(value)}
      user_consent_description   = ${quoted(description)}
    }`

const roleOf = ({ id, value, description }: Permission): string => `
  app_role {
    id                   = ${quoted(id)}
    value                = ${quoted(value)}
    display_name         = ${quoted(value)}
    description          = ${quoted(description)}
    enabled              = true
    allowed_member_types = ["Application"]
  }
`

const claimOf = ({ name, additionalProperties }: (typeof optionalClaims)[number]): string => `
    access_token {
      name                  = ${quoted(name)}
      additional_properties = ${list(additionalProperties)}
    }`

/**
 * Resources of Terraform's provider azuread.
 *
 * @see https://registry.terraform.io/providers/hashicorp/azuread/latest/docs/resources/application
 */
export function toTerraform({ name, multiTenant, mcp, ...more }: Registration): string {
  const { scopes, appRoles, spaRedirects, clients } = more
  const uri = mcp === undefined ? '"api://${azuread_application.api.client_id}"' : quoted(mcp)
  const page =
    spaRedirects.length === 0
      ? ''
      : `
  single_page_application {
    redirect_uris = ${list(spaRedirects)}
  }
`
  const preauthorized = clients.map(
    (client, index) => `
resource "azuread_application_pre_authorized" "client_${index + 1}" {
  application_id       = azuread_application.api.id
  authorized_client_id = ${quoted(client)}
  permission_ids       = ${list(scopes.map(({ id }) => id))}
}
`,
  )
  return `resource "azuread_application" "api" {
  display_name     = ${quoted(name)}
  sign_in_audience = ${multiTenant ? '"AzureADMultipleOrgs"' : '"AzureADMyOrg"'}

  api {
    requested_access_token_version = 2
${scopes.map(scopeOf).join('\n')}
  }
${appRoles.map(roleOf).join('')}
  optional_claims {${optionalClaims.map(claimOf).join('\n')}
  }
${page}
  lifecycle {
    # Of the resource below, which knows the client id.
    ignore_changes = [identifier_uris]
  }
}

resource "azuread_application_identifier_uri" "api" {
  application_id = azuread_application.api.id
  identifier_uri = ${uri}
}

resource "azuread_service_principal" "api" {
  client_id = azuread_application.api.client_id
}
${preauthorized.join('')}
output "client_id" {
  value = azuread_application.api.client_id
}
`
}
