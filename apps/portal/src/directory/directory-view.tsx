import type { JSX } from 'preact'
import { useCallback, useEffect, useState } from 'preact/hooks'
import { Tabs } from 'radix-ui'

import {
  post,
  read,
  type App,
  type Registration,
  type RegistrationKind,
  type Registrations,
} from '../emulator-api.ts'
import { useWorld } from '../world.ts'
import { AppsTable, GroupsTable, TenantsTable, UsersTable, type RowActions } from './tables.tsx'
import { CodeDialog } from './code-dialog.tsx'
import { ConsentsTable } from './consents.tsx'
import { consentForm, forms, type FormField } from './forms.ts'
import { RegistrationDialog } from './registration-dialog.tsx'

interface Editing {
  readonly title: string
  readonly kind: RegistrationKind
  readonly fields: readonly FormField[]
  readonly registration: Registration
}

const singular = { tenants: 'tenant', apps: 'app', users: 'user', groups: 'group' } as const

const tabs = [
  ['apps', 'Apps'],
  ['tenants', 'Tenants'],
  ['users', 'Users'],
  ['groups', 'Groups'],
  ['consents', 'Consents'],
] as const

const isKind = (tab: string): tab is RegistrationKind => tab in singular

/** Who and what the emulator knows; all of it can be changed while it runs. */
export function DirectoryView(): JSX.Element {
  const { refresh, announce } = useWorld()
  const [tab, setTab] = useState<string>('apps')
  const [registrations, setRegistrations] = useState<Registrations>({})
  const [editing, setEditing] = useState<Editing>()
  const [coding, setCoding] = useState<App>()
  const [problem, setProblem] = useState('')

  const reload = useCallback(async (): Promise<void> => {
    setRegistrations(await read<Registrations>('registrations'))
    await refresh()
  }, [refresh])
  useEffect(() => {
    reload().catch((error: unknown) => setProblem(String(error)))
  }, [reload])

  const find = (kind: RegistrationKind, id: string): Registration =>
    registrations[kind]?.find((one) => one['id'] === id || one['clientId'] === id) ?? {}
  const change = (kind: RegistrationKind, id: string, name: string): void =>
    setEditing({ title: `Change ${name}`, kind, fields: forms[kind], registration: find(kind, id) })
  const remove = async (id: string, name: string): Promise<void> => {
    try {
      await post('unregister', { id })
      setProblem('')
      announce(`${name} was removed`)
      await reload()
    } catch (error) {
      setProblem(error instanceof Error ? error.message : 'It was not removed.')
    }
  }
  const actions = (kind: RegistrationKind): RowActions => ({
    onChange: (id, name) => change(kind, id, name),
    onRemove: (id, name) => void remove(id, name),
  })

  return (
    <main class="directory">
      <h1>Directory</h1>
      <p class="lead">
        Who and what this emulator knows. Change it while it runs; keep it with --state FILE.
      </p>
      {problem === '' ? undefined : (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      <Tabs.Root value={tab} onValueChange={setTab} className="tabs">
        <div class="tab-bar">
          <Tabs.List className="tab-list" aria-label="What is shown">
            {tabs.map(([id, label]) => (
              <Tabs.Trigger key={id} value={id}>
                {label}
              </Tabs.Trigger>
            ))}
          </Tabs.List>
          {isKind(tab) ? (
            <button
              type="button"
              class="primary"
              onClick={() =>
                setEditing({ title: `New ${singular[tab]}`, kind: tab, fields: forms[tab], registration: {} })
              }
            >
              New {singular[tab]}
            </button>
          ) : undefined}
        </div>
        <Tabs.Content value="apps">
          <AppsTable actions={actions('apps')} onCode={setCoding} />
        </Tabs.Content>
        <Tabs.Content value="tenants">
          <TenantsTable actions={actions('tenants')} />
        </Tabs.Content>
        <Tabs.Content value="users">
          <UsersTable actions={actions('users')} />
        </Tabs.Content>
        <Tabs.Content value="groups">
          <GroupsTable actions={actions('groups')} />
        </Tabs.Content>
        <Tabs.Content value="consents">
          <ConsentsTable
            registrationOf={(app) => find('apps', app.clientId)}
            onChange={(app) =>
              setEditing({
                title: `What was granted to ${app.name}`,
                kind: 'apps',
                fields: consentForm,
                registration: find('apps', app.clientId),
              })
            }
          />
        </Tabs.Content>
      </Tabs.Root>
      {editing === undefined ? undefined : (
        <RegistrationDialog {...editing} onClose={() => setEditing(undefined)} onChanged={reload} />
      )}
      {coding === undefined ? undefined : (
        <CodeDialog
          app={coding}
          registration={find('apps', coding.clientId)}
          onClose={() => setCoding(undefined)}
        />
      )}
    </main>
  )
}
