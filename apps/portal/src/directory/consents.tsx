import type { JSX } from 'preact'
import { useCallback, useEffect, useState } from 'preact/hooks'

import { post, read, type App, type Consent, type Registration } from '../emulator-api.ts'
import { Id } from '../ui/copy.tsx'
import { useWorld } from '../world.ts'
import { Card, Chips } from './tables.tsx'

interface ConsentsTableProps {
  readonly registrationOf: (app: App) => Registration
  readonly onChange: (app: App) => void
}

function Granted({ value }: { readonly value: unknown }): JSX.Element {
  if (!Array.isArray(value)) return <span class="none">everything that is asked for</span>
  return <Chips values={value.map(String)} />
}

/** What each client was granted: by an administrator for everybody, and by people on the page that asks them. */
export function ConsentsTable({ registrationOf, onChange }: ConsentsTableProps): JSX.Element {
  const { status, announce } = useWorld()
  const [consents, setConsents] = useState<readonly Consent[]>([])
  const load = useCallback(async (): Promise<void> => setConsents(await read('consents')), [])
  useEffect(() => void load(), [load])

  const withdraw = async (app: App): Promise<void> => {
    await post('withdraw-consent', { clientId: app.clientId })
    await load()
    announce(`What people agreed to for ${app.name} was withdrawn`)
  }
  const said = ({ user, permissions }: Consent): string =>
    `${status.users.find(({ id }) => id === user)?.name ?? user}: ${permissions.join(' ')}`

  return (
    <ul class="cards">
      {status.apps.map((app) => {
        const registration = registrationOf(app)
        const own = consents.filter(({ clientId }) => clientId === app.clientId)
        return (
          <Card
            key={app.clientId}
            title={app.name}
            facts={[
              ['Client id', <Id key="id" value={app.clientId} label="the client id" />],
              ['Scopes for everybody', <Granted key="scopes" value={registration['grantedScopes']} />],
              ['Application permissions', <Granted key="roles" value={registration['grantedPermissions']} />],
              ['Agreed to by people', <Chips key="people" values={own.map(said)} none="nobody yet" />],
            ]}
          >
            {own.length === 0 ? undefined : (
              <button type="button" onClick={() => void withdraw(app)}>
                Withdraw
              </button>
            )}
            <button
              type="button"
              onClick={() => onChange(app)}
              aria-label={`Change what was granted to ${app.name}`}
            >
              Change
            </button>
          </Card>
        )
      })}
    </ul>
  )
}
