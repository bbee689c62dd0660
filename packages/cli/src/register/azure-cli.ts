import { toGraph } from './graph.ts'
import type { Registration } from './registration.ts'

/**
 * A script for the Azure CLI, which asks Microsoft Graph. Run again, it changes the same registration.
 *
 * @see https://learn.microsoft.com/graph/api/application-upsert
 */
export function toAzureCli(registration: Registration): string {
  const { uniqueName, mcp } = registration
  const address = `https://graph.microsoft.com/v1.0/applications(uniqueName='${uniqueName}')`
  const uri =
    mcp === undefined
      ? `
# The Application ID URI is made of the client id, which is there now.
az ad app update --id "$client_id" --identifier-uris "api://$client_id"
`
      : ''
  return `#!/bin/sh
# Needs "az login" as someone who may register applications.
set -eu
file=$(mktemp)
trap 'rm -f "$file"' EXIT
cat >"$file" <<'END_OF_APPLICATION'
${JSON.stringify(toGraph(registration), null, 2)}
END_OF_APPLICATION
az rest --method PATCH --url "${address}" --headers Content-Type=application/json Prefer=create-if-missing --body "@$file" --output none
client_id=$(az rest --method GET --url "${address}" --query appId --output tsv)
${uri}
az ad sp show --id "$client_id" --output none 2>/dev/null || az ad sp create --id "$client_id" --output none
echo "client id: $client_id"
`
}
