import type { ComponentChildren, JSX } from 'preact'

import type { App, Tenant } from '../emulator-api.ts'
import { Id } from '../ui/copy.tsx'
import { Dots, Menu } from '../ui/menu.tsx'
import { useWorld } from '../world.ts'

export interface RowActions {
  readonly onChange: (id: string, name: string) => void
  readonly onRemove: (id: string, name: string) => void
}

interface CardProps {
  readonly title: string
  readonly kind?: string | undefined
  readonly facts: ReadonlyArray<readonly [label: string, value: ComponentChildren]>
  readonly children?: ComponentChildren
}

/** One thing with its facts in columns: no id is ever cut. */
export function Card({ title, kind, facts, children }: CardProps): JSX.Element {
  return (
    <li class="card">
      <header>
        <h2>{title}</h2>
        {kind === undefined ? undefined : <span class="pill">{kind}</span>}
        <div class="card-actions">{children}</div>
      </header>
      <dl>
        {facts.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </li>
  )
}

interface ActionsProps {
  readonly id: string
  readonly name: string
  readonly actions: RowActions
  readonly isRemovable?: boolean
}

function Actions({ id, name, actions, isRemovable = true }: ActionsProps): JSX.Element {
  return (
    <Menu
      class="icon"
      label={`Actions of ${name}`}
      items={[
        { label: 'Change', onSelect: () => actions.onChange(id, name) },
        ...(isRemovable
          ? [{ label: 'Remove', isDanger: true, onSelect: () => actions.onRemove(id, name) }]
          : []),
      ]}
    >
      <Dots />
    </Menu>
  )
}

/** Words as they stand in a token. */
export function Chips(props: { readonly values: readonly string[]; readonly none?: string }): JSX.Element {
  const { values, none = 'none' } = props
  if (values.length === 0) return <span class="none">{none}</span>
  return (
    <span class="chips">
      {values.map((value) => (
        <code key={value}>{value}</code>
      ))}
    </span>
  )
}

function useTenantName(): (id: string) => string {
  const { status } = useWorld()
  return (id) => status.tenants.find((tenant) => tenant.id === id)?.name ?? id
}

/** What an app offers to others; a mere client offers nothing. */
const offered = ({ scopes, appRoles }: App): CardProps['facts'] =>
  scopes.length === 0 && appRoles.length === 0
    ? []
    : [
        ['Scopes', <Chips key="scopes" values={scopes} />],
        ['Roles', <Chips key="roles" values={appRoles.map(({ value }) => value)} />],
      ]

export function AppsTable(props: {
  readonly actions: RowActions
  readonly onCode: (app: App) => void
}): JSX.Element {
  const { status } = useWorld()
  const tenantName = useTenantName()
  return (
    <ul class="cards">
      {status.apps.map((app, index) => (
        <Card
          key={app.clientId}
          title={app.name}
          kind={index === 0 ? 'tokens are for this one' : undefined}
          facts={[
            ['Client id', <Id key="id" value={app.clientId} label="the client id" />],
            ['Application ID URI', <Id key="uri" value={app.appIdUri} label="the Application ID URI" />],
            ['Tenant', tenantName(app.tenantId)],
            ...offered(app),
          ]}
        >
          <button type="button" onClick={() => props.onCode(app)} aria-label={`Code for ${app.name}`}>
            Code
          </button>
          <Actions id={app.clientId} name={app.name} actions={props.actions} isRemovable={index > 0} />
        </Card>
      ))}
    </ul>
  )
}

const kinds = { workforce: 'workforce', b2c: 'Azure AD B2C', externalId: 'External ID' } as const

/** Where the emulator serves the metadata of a tenant. */
function metadataOf({ id, kind, host, policies }: Tenant): string {
  const document = 'v2.0/.well-known/openid-configuration'
  if (kind === 'b2c') return `${location.origin}/${host}/${id}/${policies[0] ?? ''}/${document}`
  return `${location.origin}/${kind === 'externalId' ? `${host}/` : ''}${id}/${document}`
}

export function TenantsTable({ actions }: { readonly actions: RowActions }): JSX.Element {
  const { status } = useWorld()
  return (
    <ul class="cards">
      {status.tenants.map((tenant) => (
        <Card
          key={tenant.id}
          title={tenant.name}
          kind={kinds[tenant.kind]}
          facts={[
            ['Tenant id', <Id key="id" value={tenant.id} label="the tenant id" />],
            [
              'Metadata',
              <Id key="metadata" value={metadataOf(tenant)} label="the address of the metadata" />,
            ],
            ['Host', <code key="host">{tenant.host}</code>],
            ['Domains', <Chips key="domains" values={tenant.domains} />],
            ...(tenant.kind === 'b2c'
              ? [['Policies', <Chips key="policies" values={tenant.policies} />] as const]
              : []),
          ]}
        >
          <Actions id={tenant.id} name={tenant.name} actions={actions} isRemovable={false} />
        </Card>
      ))}
    </ul>
  )
}

export function UsersTable({ actions }: { readonly actions: RowActions }): JSX.Element {
  const { status } = useWorld()
  const tenantName = useTenantName()
  return (
    <ul class="cards">
      {status.users.map((user) => (
        <Card
          key={user.id}
          title={user.name}
          kind={user.guestFrom === undefined ? undefined : 'guest'}
          facts={[
            ['Object id', <Id key="id" value={user.id} label="the object id" />],
            ['Sign-in name', <Id key="upn" value={user.userPrincipalName} label="the sign-in name" />],
            ['Tenant', tenantName(user.tenantId)],
          ]}
        >
          <Actions id={user.id} name={user.name} actions={actions} />
        </Card>
      ))}
    </ul>
  )
}

export function GroupsTable({ actions }: { readonly actions: RowActions }): JSX.Element {
  const { status } = useWorld()
  const tenantName = useTenantName()
  if (status.groups.length === 0)
    return (
      <p class="blank">
        No groups yet. A group gives its members its id in the tokens of apps with group claims.
      </p>
    )
  const nameOf = (id: string): string => status.users.find((user) => user.id === id)?.name ?? id
  return (
    <ul class="cards">
      {status.groups.map((group) => (
        <Card
          key={group.id}
          title={group.name}
          facts={[
            ['Object id', <Id key="id" value={group.id} label="the object id" />],
            ['Tenant', tenantName(group.tenantId)],
            ['Members', <Chips key="members" values={group.members.map(nameOf)} />],
          ]}
        >
          <Actions id={group.id} name={group.name} actions={actions} />
        </Card>
      ))}
    </ul>
  )
}
