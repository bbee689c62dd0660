import type { App, Registration, Status } from '../emulator-api.ts'

/** The ids that code for an app needs. */
export interface Ids {
  /** The API that tokens are for. */
  readonly api: App
  /** The app that asks for them. */
  readonly client: App & { readonly secret: string | undefined }
  /** Where the emulator is: as this page found it, and with HTTPS, which MSAL insists on. */
  readonly origin: { readonly here: string; readonly secure: string }
}

/** The ids that the examples are written with: those that the emulator has without any option. */
const written = {
  tenant: '11111111-1111-4111-8111-111111111111',
  api: '22222222-2222-4222-8222-222222222222',
  daemon: '44444444-4444-4444-8444-444444444444',
  secret: 'emulator-only-secret',
} as const

const rolesFor = ({ appRoles }: App): readonly string[] =>
  appRoles
    .filter(({ allowedMemberTypes }) => allowedMemberTypes.includes('Application'))
    .map(({ value }) => value)

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`)

/** An example with the ids of an app in the place of those that it was written with. */
export function withIds(code: string, { api, client }: Ids): string {
  const [scope = 'Orders.Read', otherScope = scope] = api.scopes
  const [role = 'Orders.Read.All', otherRole = role] = rolesFor(api)
  const changes: ReadonlyArray<readonly [string, string]> = [
    [`api://${written.api}`, api.appIdUri],
    [written.tenant, api.tenantId],
    [written.api, api.clientId],
    [written.daemon, client.clientId],
    [written.secret, client.secret ?? written.secret],
    ['Orders.Read.All', role],
    ['Orders.Write.All', otherRole],
    ['Orders.Read', scope],
    ['Orders.Write', otherScope],
  ]
  // Longer ones first, all at once: what was put in is not changed again.
  const pattern = new RegExp(changes.map(([from]) => escaped(from)).join('|'), 'g')
  const to = new Map(changes)
  return code.replace(pattern, (found) => to.get(found) ?? found)
}

/** The ids for one app: as the API it is itself, as a client it asks for the first API. */
export function idsFor(app: App, { apps }: Status, registration: Registration | undefined): Ids {
  const { origin, port } = location
  const secret = registration?.['secret']
  return {
    api: app.scopes.length > 0 || app.appRoles.length > 0 ? app : (apps[0] ?? app),
    client: { ...app, secret: typeof secret === 'string' ? secret : undefined },
    origin: { here: origin, secure: origin.startsWith('https:') ? origin : `https://localhost:${port}` },
  }
}
