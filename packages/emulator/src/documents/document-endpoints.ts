import { findAudience, type Audience } from '../directory/audience.ts'
import { cloudOfLoginHost, type Cloud } from '../directory/clouds.ts'
import type { Tenant } from '../directory/registrations.ts'
import type { TokenVersion } from '../directory/options.ts'
import { findPolicy } from '../directory/policies.ts'
import { b2cRing } from '../keys/signing-keys.ts'
import { b2cAddress } from '../http/b2c-address.ts'
import { baseOf, seenIssuer, type HostedRequest } from '../http/hosted-request.ts'
import { errorResponse, notFound, publicJson, tenantNotFound } from '../http/responses.ts'
import type { KeyRingName, SigningKey } from '../keys/signing-keys.ts'
import type { World } from '../world.ts'
import {
  b2cMetadataDocument,
  boundKeysDocument,
  keysDocument,
  metadataDocument,
  type Document,
  type DocumentContext,
} from './documents.ts'

const documentPaths: ReadonlyMap<string, readonly ['metadata' | 'keys', TokenVersion]> = new Map([
  ['.well-known/openid-configuration', ['metadata', '1.0']],
  ['v2.0/.well-known/openid-configuration', ['metadata', '2.0']],
  ['discovery/keys', ['keys', '1.0']],
  ['discovery/v2.0/keys', ['keys', '2.0']],
])

/** Answers the requests that ask for a document: metadata and keys. `undefined` when it is something else. */
export async function answerDocument(world: World, hosted: HostedRequest): Promise<Response | undefined> {
  const cloud = cloudOfLoginHost(hosted.host)
  if (cloud !== undefined) return workforceDocument(world, hosted, cloud)
  const tenant = world.directory.tenantOfHost(hosted.host)
  if (tenant === undefined) return undefined
  return tenant.kind === 'b2c'
    ? b2cDocument(world, hosted, tenant)
    : externalIdDocument(world, hosted, tenant)
}

async function workforceDocument(
  world: World,
  hosted: HostedRequest,
  asked: Cloud,
): Promise<Response | undefined> {
  const { directory } = world
  const [, segment = '', ...rest] = hosted.url.pathname.split('/')
  const path = documentPaths.get(rest.join('/'))
  if (path === undefined) return undefined
  const [kind, version] = path
  const audience = findAudience(directory, segment)
  if (audience === undefined) return errorResponse(tenantNotFound(segment), world.now())
  // A tenant of another cloud gets the documents of its own, as on the live service.
  const cloud = typeof audience === 'string' ? asked : audience.cloud
  const appId = hosted.url.searchParams.get('appid')
  const context: DocumentContext = {
    cloud,
    base: baseOf(cloud.loginHost, hosted),
    graphBase: baseOf(cloud.msgraphHost, hosted),
    seenIssuer: (issuer) => seenIssuer(issuer, hosted),
    ...(appId === null ? {} : { appId }),
  }
  if (kind === 'metadata') return publicJson(metadataDocument(audience, version, context))
  const keys = await keysOf(world, audience, version, context)
  return publicJson(version === '1.0' ? keysDocument(keys) : boundKeysDocument(keys, audience, context))
}

async function keysOf(
  { signingKeys, directory }: World,
  audience: Audience,
  version: TokenVersion,
  { cloud, appId }: DocumentContext,
): Promise<readonly SigningKey[]> {
  const app = appId === undefined ? undefined : directory.app(appId)
  if (app?.ownKey === true) return signingKeys.published(`app:${app.clientId}`)
  const rings: KeyRingName[] = []
  if (audience !== 'consumers') rings.push(cloud.name)
  if (audience !== 'consumers' && cloud.name === 'public') rings.push('usgov')
  if (audience === 'consumers' || (audience === 'common' && version === '2.0')) rings.push('personal')
  return (await Promise.all(rings.map((ring) => signingKeys.published(ring)))).flat()
}

async function externalIdDocument(
  world: World,
  hosted: HostedRequest,
  tenant: Tenant,
): Promise<Response | undefined> {
  const [, segment = '', ...rest] = hosted.url.pathname.split('/')
  const path = documentPaths.get(rest.join('/'))
  if (path === undefined || path[1] === '1.0') return undefined
  if (world.directory.tenant(segment) !== tenant) return errorResponse(tenantNotFound(segment), world.now())
  // The name that was asked for, except for a custom domain: its documents name the tenant's own host.
  const host = hosted.host === tenant.host ? `${tenant.name}.ciamlogin.com` : hosted.host
  const base = baseOf(host, hosted)
  const context: DocumentContext = {
    cloud: tenant.cloud,
    base,
    graphBase: baseOf(tenant.cloud.msgraphHost, hosted),
    seenIssuer: (issuer) => seenIssuer(issuer, hosted),
  }
  if (path[0] === 'metadata') return publicJson(metadataDocument(tenant, '2.0', context))
  const keys = await world.signingKeys.published('externalId')
  return publicJson(boundKeysDocument(keys, tenant, context))
}

async function b2cDocument(
  world: World,
  hosted: HostedRequest,
  tenant: Tenant,
): Promise<Response | undefined> {
  const { segment, policyName, path } = b2cAddress(hosted.url)
  const found = documentPaths.get(path)
  if (found === undefined || found[1] === '1.0') return undefined
  const policy = findPolicy(tenant, policyName)
  if (world.directory.tenant(segment) !== tenant || policy === undefined) return notFound()
  const document: Document =
    found[0] === 'metadata'
      ? b2cMetadataDocument(tenant, policy, segment, {
          base: baseOf(hosted.host, hosted),
          seenIssuer: (issuer) => seenIssuer(issuer, hosted),
        })
      : keysDocument(await world.signingKeys.published(b2cRing(policy)))
  return publicJson(document)
}
