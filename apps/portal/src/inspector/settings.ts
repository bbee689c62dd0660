import { clouds, createVerifier, type Access, type CloudName, type Verifier } from '@entraguard/core'

import { words } from '../ui/words.ts'

/** What the inspector is told about the API, as it was typed. */
export interface Settings {
  readonly tenant: string
  /** Accepted audiences, separated by white space or commas. */
  readonly audience: string
  readonly cloud: CloudName
  readonly appId: string
  readonly scopes: string
  readonly appPermissions: string
  /** A key document (JWKS), as it was pasted or fetched. */
  readonly keys: string
}

export const noSettings: Settings = {
  tenant: '',
  audience: '',
  cloud: 'public',
  appId: '',
  scopes: '',
  appPermissions: '',
  keys: '',
}

const guid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

export const isGuid = (text: string): boolean => guid.test(text.trim())

/** Where this tenant's keys can be fetched; undefined until the tenant is known. */
export function keysAddressOf({ tenant, cloud, appId }: Settings): string | undefined {
  if (!isGuid(tenant) || (appId.trim() !== '' && !isGuid(appId))) return undefined
  const query = appId.trim() === '' ? '' : `?appid=${appId.trim()}`
  return `https://${clouds[cloud].loginHost}/${tenant.trim()}/discovery/v2.0/keys${query}`
}

/** What has to be put right before anything can be verified, in one sentence. */
export function problemOf(settings: Settings): string | undefined {
  const { tenant, appId, keys, audience } = settings
  if (tenant.trim() === '' || words(audience).length === 0)
    return 'Fill in the tenant and the audience of your API to have the token checked against them.'
  if (!isGuid(tenant)) return 'The tenant is a GUID in lower case: the directory (tenant) id.'
  if (appId.trim() !== '' && !isGuid(appId)) return 'The app id is a GUID in lower case.'
  if (keys.trim() !== '' && !isKeyDocument(keys)) return 'The keys are JSON with a list "keys".'
  return undefined
}

function isKeyDocument(text: string): boolean {
  try {
    const document: unknown = JSON.parse(text)
    return typeof document === 'object' && document !== null && Array.isArray(Reflect.get(document, 'keys'))
  } catch {
    return false
  }
}

/**
 * A verifier that knows nothing but the settings: its `fetch` answers with their keys and with metadata as Microsoft
 * documents it for the tenant, and reaches no network.
 *
 * @throws {TypeError} for settings that core refuses.
 */
export function verifierOf(settings: Settings, now: () => number): Verifier {
  const tenant = settings.tenant.trim()
  const appId = settings.appId.trim()
  const { loginHost, name } = clouds[settings.cloud]
  const keysAddress = keysAddressOf(settings)
  const query = appId === '' ? '' : `?appid=${appId}`
  const metadataAddress = `https://${loginHost}/${tenant}/v2.0/.well-known/openid-configuration${query}`
  const metadata = {
    issuer: `https://${loginHost}/${tenant}/v2.0`,
    jwks_uri: keysAddress,
    ...(name === undefined ? {} : { cloud_instance_name: name }),
  }
  return createVerifier({
    tenants: tenant,
    audience: [...words(settings.audience)],
    cloud: settings.cloud,
    now,
    ...(appId === '' ? {} : { appId }),
    fetch: (input) => {
      if (input === metadataAddress) return Promise.resolve(Response.json(metadata))
      if (input === keysAddress && settings.keys.trim() !== '')
        return Promise.resolve(new Response(settings.keys))
      return Promise.reject(new TypeError('Only what was pasted or fetched is known'))
    },
  })
}

/** What the route asks for; without any permission, any user or app. */
export function accessOf({ scopes, appPermissions }: Settings): Access {
  const [scope, ...moreScopes] = words(scopes)
  const [permission, ...morePermissions] = words(appPermissions)
  if (scope === undefined && permission === undefined) return { callers: ['user', 'app'] }
  return {
    ...(scope === undefined ? {} : { scopes: [scope, ...moreScopes] as const }),
    ...(permission === undefined ? {} : { appPermissions: [permission, ...morePermissions] as const }),
  }
}
