import type { Registration, RegistrationKind, Status } from '../emulator-api.ts'
import { words } from '../ui/words.ts'

/** One field of a form that changes a registration. */
export interface FormField {
  readonly label: string
  readonly help?: string
  readonly placeholder?: string
  readonly type: 'text' | 'flag' | 'select'
  readonly options?: (status: Status) => ReadonlyArray<readonly [value: string, label: string]>
  readonly read: (registration: Registration) => string | boolean
  /** The registration with what was typed; without the member where nothing stands there. */
  readonly write: (registration: Registration, value: string | boolean) => Registration
}

const without = (registration: Registration, name: string): Registration =>
  Object.fromEntries(Object.entries(registration).filter(([member]) => member !== name))

const set = (registration: Registration, name: string, value: unknown): Registration =>
  value === undefined || value === '' ? without(registration, name) : { ...registration, [name]: value }

type Extra = Pick<FormField, 'help' | 'placeholder'>

const isText = (value: unknown): value is string => typeof value === 'string'

const textOf = (value: unknown): string => (isText(value) ? value : '')

const text = (name: string, label: string, extra: Extra = {}): FormField => ({
  label,
  ...extra,
  type: 'text',
  read: (registration) => textOf(registration[name]),
  write: (registration, value) => set(registration, name, String(value)),
})

const entriesOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** How an entry of a list stands in its field: a policy by its name, a redirect URI behind its platform. */
function shownEntry(entry: unknown): string {
  if (isText(entry)) return entry
  const { name, uri, platform }: Partial<Record<string, unknown>> = Object(entry)
  return isText(name) ? name : `${textOf(platform)}:${textOf(uri)}`
}

const platforms = /^(web|spa|publicClient):(.+)$/

function readEntry(word: string): unknown {
  const [, platform, uri] = platforms.exec(word) ?? []
  return platform === undefined ? word : { uri, platform }
}

/** A list; what is empty is left out, which means the emulator's default. What was there before stays as it was. */
const list = (name: string, label: string, extra: Extra = {}): FormField => ({
  label,
  ...extra,
  type: 'text',
  read: (registration) => entriesOf(registration[name]).map(shownEntry).join(' '),
  write: (registration, value) => {
    const before = entriesOf(registration[name])
    const all = words(String(value)).map(
      (word) => before.find((entry) => shownEntry(entry) === word) ?? readEntry(word),
    )
    return set(registration, name, all.length === 0 ? undefined : all)
  },
})

const flag = (name: string, label: string, help: string): FormField => ({
  label,
  help,
  type: 'flag',
  read: (registration) => registration[name] === true,
  write: (registration, value) => set(registration, name, value === true ? true : undefined),
})

const select = (name: string, label: string, options: NonNullable<FormField['options']>): FormField => ({
  label,
  type: 'select',
  options,
  read: (registration) => textOf(registration[name]),
  write: (registration, value) => set(registration, name, String(value)),
})

interface Role {
  readonly value: string
  readonly allowedMemberTypes: readonly string[]
}

const isRole = (value: unknown): value is Role => isText(Reflect.get(Object(value), 'value'))

const rolesIn = (registration: Registration): readonly Role[] => {
  const roles = registration['appRoles']
  const both = ['User', 'Application']
  return Array.isArray(roles)
    ? roles.flatMap((role) =>
        isText(role) ? [{ value: role, allowedMemberTypes: both }] : isRole(role) ? [role] : [],
      )
    : []
}

/** App roles that are for one kind of caller. */
const roles = (member: 'User' | 'Application', label: string): FormField => ({
  label,
  type: 'text',
  read: (registration) =>
    rolesIn(registration)
      .filter(({ allowedMemberTypes }) => allowedMemberTypes.includes(member))
      .map(({ value }) => value)
      .join(' '),
  write: (registration, value) => {
    const wanted = words(String(value))
    const others = rolesIn(registration).flatMap((role) => {
      const allowedMemberTypes = role.allowedMemberTypes.filter((one) => one !== member)
      return allowedMemberTypes.length === 0 ? [] : [{ ...role, allowedMemberTypes }]
    })
    const merged = others.map((role) =>
      wanted.includes(role.value)
        ? { ...role, allowedMemberTypes: [...role.allowedMemberTypes, member] }
        : role,
    )
    const added = wanted
      .filter((name) => others.every(({ value: other }) => other !== name))
      .map((name) => ({ value: name, allowedMemberTypes: [member] }))
    return set(registration, 'appRoles', [...merged, ...added])
  },
})

const tenants: NonNullable<FormField['options']> = ({ tenants: all }) => [
  ['', 'The first tenant'],
  ...all.map(({ id, name }) => [id, name] as const),
]

const random = { placeholder: 'A random one' } as const

/** What the forms offer; everything else stands below as JSON. */
export const forms: Readonly<Record<RegistrationKind, readonly FormField[]>> = {
  tenants: [
    text('name', 'Name', { help: 'Short: contoso makes contoso.onmicrosoft.com.', placeholder: 'contoso' }),
    text('id', 'Tenant id', random),
    select('kind', 'Kind', () => [
      ['', 'Workforce'],
      ['b2c', 'Azure AD B2C'],
      ['externalId', 'External ID'],
    ]),
    list('domains', 'Verified domains', { placeholder: 'contoso.com' }),
    list('policies', 'Policies of B2C', { placeholder: 'B2C_1_susi' }),
  ],
  apps: [
    text('name', 'Name', { placeholder: 'Orders API' }),
    text('clientId', 'Client id', random),
    select('tenantId', 'Home tenant', tenants),
    text('appIdUri', 'Application ID URI', { placeholder: 'api://{client id}' }),
    list('scopes', 'Scopes that it offers', { placeholder: 'Orders.Read Orders.Write' }),
    roles('Application', 'Application permissions that it offers'),
    roles('User', 'App roles for users'),
    text('secret', 'Client secret', { help: 'Without one it is a public client.' }),
    list('redirectUris', 'Redirect URIs', {
      placeholder: 'spa:http://localhost:5173/',
      help: 'Prefix with spa:, web: or publicClient:. Without a prefix, for every platform.',
    }),
    list('optionalClaims', 'Optional claims', { placeholder: 'idtyp acct email' }),
    flag('multiTenant', 'Multitenant', 'Other tenants may use it.'),
    flag('groupClaims', 'Group claims', 'Its tokens name the groups of the user.'),
    flag('assignmentRequired', 'Assignment required', 'Only assigned users and apps may use it.'),
  ],
  users: [
    text('userPrincipalName', 'Sign-in name', { placeholder: 'grace@contoso.com' }),
    text('name', 'Name', { placeholder: 'Grace Hopper' }),
    text('id', 'Object id', random),
    select('tenantId', 'Tenant', tenants),
    text('email', 'Email'),
    list('roles', 'App roles', { help: 'A token has those that its API offers to users.' }),
    text('guestFrom', 'Guest from', { help: 'The tenant id at home, or live.com.' }),
  ],
  groups: [
    text('name', 'Name', { placeholder: 'Buyers' }),
    text('id', 'Object id', random),
    select('tenantId', 'Tenant', tenants),
    list('members', 'Members', { help: 'Object ids of users, apps and groups.' }),
  ],
}

const everything = 'Empty: everything.'

/** What an administrator granted to an app for everybody. */
export const consentForm: readonly FormField[] = [
  list('grantedScopes', 'Scopes granted for everybody', {
    help: `${everything} For others a person is asked.`,
  }),
  list('grantedPermissions', 'Application permissions granted', { help: everything }),
  list('apiPermissions', 'APIs that it may ask for', { help: `Client ids. ${everything}` }),
]
