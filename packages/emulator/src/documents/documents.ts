import type { Audience } from '../directory/audience.ts'
import { PERSONAL_TENANT_ID, type Cloud } from '../directory/clouds.ts'
import { b2cIssuer, externalIdIssuer, v1Issuer, v2Issuer } from '../directory/issuers.ts'
import type { Policy, Tenant } from '../directory/registrations.ts'
import type { SigningKey } from '../keys/signing-keys.ts'
import type { TokenVersion } from '../directory/options.ts'

/** A JSON document as the emulator serves it. */
export type Document = Readonly<Record<string, unknown>>

/** What the documents need to know about the address at which they were asked for. */
export interface DocumentContext {
  readonly cloud: Cloud
  /** `https://{host}`; on loopback the emulator's own address, so that clients come back to it. */
  readonly base: string
  readonly graphBase: string
  /** The issuer that a caller of this address expects, made of Microsoft's own. */
  readonly seenIssuer: (issuer: string) => string
  /** `?appid=`: the document of one application. */
  readonly appId?: string
}

const segmentOf = (audience: Audience): string => (typeof audience === 'string' ? audience : audience.id)

function issuerTenant(audience: Audience): string {
  if (audience === 'consumers') return PERSONAL_TENANT_ID
  return typeof audience === 'string' ? '{tenantid}' : audience.id
}

function issuerOf(audience: Audience, version: TokenVersion, cloud: Cloud): string {
  if (typeof audience !== 'string' && audience.kind === 'externalId') return externalIdIssuer(audience.id)
  return (version === '1.0' ? v1Issuer : v2Issuer)(cloud, issuerTenant(audience))
}

const common = {
  token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
  response_modes_supported: ['query', 'fragment', 'form_post'],
  subject_types_supported: ['pairwise'],
  id_token_signing_alg_values_supported: ['RS256'],
}

const claimsV1 = [
  'sub iss cloud_instance_name cloud_instance_host_name cloud_graph_host_name msgraph_host',
  'aud exp iat auth_time acr amr nonce email given_name family_name nickname',
].flatMap((line) => line.split(' '))

const claimsV2 = [
  'sub iss cloud_instance_name cloud_instance_host_name cloud_graph_host_name msgraph_host',
  'aud exp iat auth_time acr nonce preferred_username name tid ver at_hash c_hash email',
].flatMap((line) => line.split(' '))

const claimsB2c =
  'sub iss cloud_instance_name aud exp iat auth_time acr amr nonce email given_name family_name nickname'

function cloudMembers(audience: Audience, cloud: Cloud): Document {
  return {
    tenant_region_scope: typeof audience === 'string' ? null : cloud.regionScope,
    cloud_instance_name: cloud.instanceName,
    cloud_graph_host_name: cloud.graphHost,
    msgraph_host: cloud.msgraphHost,
    rbac_url: cloud.rbacUrl,
  }
}

/** The openid-configuration document of Entra ID or External ID. */
export function metadataDocument(
  audience: Audience,
  version: TokenVersion,
  context: DocumentContext,
): Document {
  const { cloud, base, graphBase, appId } = context
  const root = `${base}/${segmentOf(audience)}`
  const query = appId === undefined ? '' : `?appid=${appId}`
  const issuer = context.seenIssuer(issuerOf(audience, version, cloud))
  if (version === '1.0') {
    return {
      token_endpoint: `${root}/oauth2/token`,
      ...common,
      jwks_uri: `${root}/discovery/keys${query}`,
      response_types_supported: ['code', 'id_token', 'code id_token', 'token id_token', 'token'],
      scopes_supported: ['openid'],
      issuer,
      microsoft_multi_refresh_token: true,
      authorization_endpoint: `${root}/oauth2/authorize`,
      device_authorization_endpoint: `${root}/oauth2/devicecode`,
      http_logout_supported: true,
      frontchannel_logout_supported: true,
      end_session_endpoint: `${root}/oauth2/logout`,
      claims_supported: claimsV1,
      check_session_iframe: `${root}/oauth2/checksession`,
      userinfo_endpoint: `${root}/openid/userinfo`,
      kerberos_endpoint: `${root}/kerberos`,
      ...cloudMembers(audience, cloud),
    }
  }
  return {
    token_endpoint: `${root}/oauth2/v2.0/token`,
    ...common,
    jwks_uri: `${root}/discovery/v2.0/keys${query}`,
    response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    issuer,
    request_uri_parameter_supported: false,
    userinfo_endpoint: `${graphBase}/oidc/userinfo`,
    authorization_endpoint: `${root}/oauth2/v2.0/authorize`,
    device_authorization_endpoint: `${root}/oauth2/v2.0/devicecode`,
    http_logout_supported: true,
    frontchannel_logout_supported: true,
    end_session_endpoint: `${root}/oauth2/v2.0/logout`,
    claims_supported: claimsV2,
    kerberos_endpoint: `${root}/kerberos`,
    ...cloudMembers(audience, cloud),
  }
}

/** The openid-configuration document of one B2C policy. `segment` is the tenant as the request wrote it. */
export function b2cMetadataDocument(
  tenant: Tenant,
  policy: Policy,
  segment: string,
  { base, seenIssuer }: Pick<DocumentContext, 'base' | 'seenIssuer'>,
): Document {
  const root = `${base}/${segment}/${policy.name.toLowerCase()}`
  return {
    issuer: seenIssuer(b2cIssuer(tenant, policy)),
    authorization_endpoint: `${root}/oauth2/v2.0/authorize`,
    token_endpoint: `${root}/oauth2/v2.0/token`,
    token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt'],
    jwks_uri: `${root}/discovery/v2.0/keys`,
    response_modes_supported: ['query', 'fragment', 'form_post'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    http_logout_supported: true,
    response_types_supported: ['code', 'id_token', 'code id_token', 'token id_token', 'token'],
    scopes_supported: ['openid'],
    claims_supported: claimsB2c.split(' '),
    check_session_iframe: `${root}/oauth2/v2.0/checksession`,
    end_session_endpoint: `${root}/oauth2/v2.0/logout`,
    userinfo_endpoint: `${root}/openid/userinfo`,
  }
}

/** One key as Entra shows it; B2C's keys have a start instead of a certificate. Never an `alg`. */
function toJwk(key: SigningKey): Document {
  const { kid, n, e, certificate, notBefore } = key
  if (certificate === undefined) return { kid, nbf: notBefore, use: 'sig', kty: 'RSA', e, n }
  return { kty: 'RSA', use: 'sig', kid, x5t: kid, n, e, x5c: [certificate] }
}

/** The key set of Entra ID's v1.0 endpoint, and of B2C: no issuer and no cloud. */
export function keysDocument(keys: readonly SigningKey[]): Document {
  return { keys: keys.map(toJwk) }
}

/** The key set of the v2.0 endpoint, where each key names its issuer and its cloud. */
export function boundKeysDocument(
  keys: readonly SigningKey[],
  audience: Audience,
  context: DocumentContext,
): Document {
  const { cloud } = context
  const personalIssuer = v2Issuer(cloud, PERSONAL_TENANT_ID)
  const issuer = issuerOf(audience, '2.0', cloud)
  return {
    keys: keys.map((key) => ({
      ...toJwk(key),
      // As on the live service: the public cloud's documents list US Government keys, with the public issuer.
      cloud_instance_name: key.ring === 'usgov' ? 'microsoftonline.us' : cloud.instanceName,
      issuer: key.ring === 'personal' ? personalIssuer : issuer,
    })),
  }
}
