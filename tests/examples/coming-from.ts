import {
  b2c,
  combineVerifiers,
  createVerifier,
  graphGroups,
  microsoftIdentityOptions,
  refuse,
  type GraphTokenRequest,
  type Verifier,
} from '@entraguard/core'

const tenantId = '11111111-1111-4111-8111-111111111111'
const clientId = '22222222-2222-4222-8222-222222222222'
const customers = new Set([tenantId])

// #region passport-azure-ad
export const afterPassport = createVerifier({
  tenants: tenantId, // was identityMetadata, issuer, validateIssuer
  audience: [clientId, `api://${clientId}`], // was clientID, audience
})

export const orders = (authorization: string | null) =>
  afterPassport.authenticate(authorization, { scopes: ['Orders.Read'] }) // was scope
// #endregion

// #region passport-common
export const everyCustomer = createVerifier({
  tenants: (tenant) => customers.has(tenant), // was validateIssuer: false with a check in the verify function
  audience: clientId,
})
// #endregion

// #region passport-b2c
export const afterPassportB2c = createVerifier({
  authority: b2c({ domain: 'contoso.b2clogin.com', tenantId, policies: ['B2C_1_susi'] }), // was isB2C, policyName
  audience: clientId,
})
// #endregion

// #region jwks-rsa
export const afterJwksRsa = createVerifier({
  tenants: tenantId, // was jwksUri and issuer
  audience: [clientId, `api://${clientId}`],
  clockTolerance: 60, // jsonwebtoken has none unless you set it; here the default is 300
})
// #endregion

// #region jose
export const afterJose = createVerifier({
  tenants: tenantId, // was createRemoteJWKSet(…) and issuer
  audience: clientId,
})

export async function keyOf(token: string): Promise<string | undefined> {
  const identity = await afterJose.verify(token) // was (await jwtVerify(token, keys, { issuer, audience })).payload
  return identity.key // was `${payload.tid}.${payload.oid}`
}
// #endregion

// #region aws-jwt-verify
export const afterAwsJwtVerify: Verifier = combineVerifiers(
  createVerifier({
    tenants: tenantId, // was issuer and jwksUri
    audience: clientId,
    check: (identity) => {
      if (identity.guest === true) throw refuse('no guests') // was customJwtCheck
    },
  }),
  afterPassportB2c, // was the second element of the list
)
// #endregion

// #region microsoft-identity-web
/** The `AzureAd` section of `appsettings.json`, as it is. */
export const afterMicrosoftIdentityWeb = createVerifier(
  microsoftIdentityOptions({
    Instance: 'https://login.microsoftonline.com/',
    TenantId: tenantId,
    ClientId: clientId,
  }),
)
// #endregion

// #region microsoft-identity-more
/** What the settings do not say stands beside them. */
export const withGroups = (getGraphToken: (request: GraphTokenRequest) => Promise<string>): Verifier =>
  createVerifier({
    ...microsoftIdentityOptions({ TenantId: tenantId, ClientId: clientId }),
    allowWithoutPermissions: true, // was AllowWebApiToBeAuthorizedByACL
    resolveGroups: graphGroups({ getGraphToken }),
  })
// #endregion
