import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { Tabs } from 'radix-ui'

import type { App, Registration } from '../emulator-api.ts'
import { Code } from '../ui/copy.tsx'
import { Modal } from '../ui/modal.tsx'
import { useWorld } from '../world.ts'
import { idsFor } from './ids.ts'
import { snippets } from './snippets.ts'

interface CodeDialogProps {
  readonly app: App
  readonly registration: Registration | undefined
  readonly onClose: () => void
}

/** Code for one app, with its ids, for everything that it may be written with. */
export function CodeDialog({ app, registration, onClose }: CodeDialogProps): JSX.Element {
  const { status } = useWorld()
  const isApi = app.scopes.length > 0 || app.appRoles.length > 0
  const [chosen, choose] = useState(isApi ? 'verifier' : 'msal-node')
  const ids = idsFor(app, status, registration)
  return (
    <Modal
      wide
      title={`Code for ${app.name}`}
      description={
        isApi
          ? 'Ready with its ids. Where ENTRA_EMULATOR_URL is not set, Microsoft is asked.'
          : `Ready with its ids: a client that asks for ${ids.api.name}. It offers no scopes or roles of its own.`
      }
      onClose={onClose}
    >
      <Tabs.Root value={chosen} onValueChange={choose} className="tabs">
        <Tabs.List className="tab-list" aria-label="What it is written with">
          {snippets.map(({ id, label }) => (
            <Tabs.Trigger key={id} value={id}>
              {label}
            </Tabs.Trigger>
          ))}
        </Tabs.List>
        {snippets.map(({ id, label, side, install, blocks }) => (
          <Tabs.Content key={id} value={id} className="snippet">
            {install === '' ? undefined : <Code text={install} label={`Install ${label}`} />}
            {blocks(ids).map(({ name, code }) => (
              <div key={name}>
                <h3>{name}</h3>
                <Code text={code} label={name} />
              </div>
            ))}
            {side === 'client' ? undefined : (
              <>
                <h3>Start it against this emulator</h3>
                <Code text={`ENTRA_EMULATOR_URL=${ids.origin.here}`} label="the variable" />
              </>
            )}
          </Tabs.Content>
        ))}
      </Tabs.Root>
    </Modal>
  )
}
