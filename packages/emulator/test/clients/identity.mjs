// The credentials of @azure/identity, with their documented options only. Prints the access tokens as JSON.
import {
  ClientAssertionCredential,
  ClientCertificateCredential,
  ClientSecretCredential,
  EnvironmentCredential,
  OnBehalfOfCredential,
} from '@azure/identity'

const settings = JSON.parse(process.env.SETTINGS)
const { tenantId, daemon, api, secret, options, certificate, privateKey, apiUri } = settings
const scope = `${apiUri}/.default`
const tokens = {}

const get = async (name, credential, wanted = scope) => {
  tokens[name] = (await credential.getToken(wanted)).token
}

await get('clientSecret', new ClientSecretCredential(tenantId, daemon, secret, options))
const certificatePem = `${privateKey}${certificate}`
await get(
  'clientCertificate',
  new ClientCertificateCredential(tenantId, daemon, { certificate: certificatePem }, options),
)
await get(
  'clientAssertion',
  new ClientAssertionCredential(tenantId, daemon, async () => settings.federatedToken, options),
)
await get(
  'onBehalfOf',
  new OnBehalfOfCredential({
    tenantId,
    clientId: api,
    clientSecret: secret,
    userAssertionToken: settings.userToken,
    ...options,
  }),
  `${settings.downstreamUri}/.default`,
)
// AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET and AZURE_AUTHORITY_HOST.
await get('environment', new EnvironmentCredential(settings.environmentOptions))

process.stdout.write(JSON.stringify(tokens))
