import type { CloudName } from '@entraguard/core'
import { useId, type ReactNode } from 'react'

import { keysAddressOf, type InspectionSettings } from '../lib/inspection-settings.ts'

interface SettingsFieldsProps {
  readonly settings: InspectionSettings
  readonly isReady: boolean
  readonly onChange: (changed: Partial<InspectionSettings>) => void
}

const clouds: ReadonlyArray<readonly [CloudName, string]> = [
  ['public', 'Public'],
  ['usgov', 'US Government'],
  ['china', 'China'],
]

export function SettingsFields({ settings, isReady, onChange }: SettingsFieldsProps): ReactNode {
  const cloudId = useId()
  return (
    <fieldset disabled={!isReady}>
      <legend>Your API</legend>
      <TextField
        label="Tenant"
        help="Directory (tenant) id, a GUID."
        value={settings.tenant}
        onChange={(tenant) => onChange({ tenant })}
      />
      <TextField
        label="Audience"
        help="Accepted aud values, with a space between: the client id, the Application ID URI."
        value={settings.audience}
        onChange={(audience) => onChange({ audience })}
      />
      <div className="field">
        <label htmlFor={cloudId}>Cloud</label>
        <select
          id={cloudId}
          value={settings.cloud}
          onChange={({ target }) =>
            onChange({ cloud: clouds.find(([name]) => name === target.value)?.[0] ?? 'public' })
          }
        >
          {clouds.map(([name, label]) => (
            <option key={name} value={name}>
              {label}
            </option>
          ))}
        </select>
      </div>
      <TextField
        label="App id"
        help="Only where the API has a signing key of its own (SAML single sign-on, claims mapping)."
        value={settings.appId}
        onChange={(appId) => onChange({ appId })}
      />
      <TextField
        label="Scopes of the route"
        help="Optional. Admits users with any of them."
        value={settings.scopes}
        onChange={(scopes) => onChange({ scopes })}
      />
      <TextField
        label="App permissions of the route"
        help="Optional. Admits apps with any of them."
        value={settings.appPermissions}
        onChange={(appPermissions) => onChange({ appPermissions })}
      />
      <KeysField settings={settings} onChange={onChange} />
    </fieldset>
  )
}

/** Where to get the keys and where to paste them: this page fetches nothing. */
function KeysField({ settings, onChange }: Omit<SettingsFieldsProps, 'isReady'>): ReactNode {
  const id = useId()
  const address = keysAddressOf(settings)
  return (
    <div className="field">
      <label htmlFor={id}>Signing keys (JSON)</label>
      <textarea
        id={id}
        aria-describedby={`${id}-help`}
        rows={4}
        autoComplete="off"
        spellCheck={false}
        value={settings.keys}
        onChange={({ target }) => onChange({ keys: target.value })}
      />
      <p id={`${id}-help`} className="help">
        This page fetches nothing.{' '}
        {address === undefined ? (
          'With the tenant filled in, the address of its keys stands here.'
        ) : (
          <>
            Open{' '}
            <a href={address} rel="noreferrer" target="_blank">
              {address}
            </a>{' '}
            and paste what it shows.
          </>
        )}
      </p>
    </div>
  )
}

interface TextFieldProps {
  readonly label: string
  readonly help: string
  readonly value: string
  readonly onChange: (value: string) => void
}

function TextField({ label, help, value, onChange }: TextFieldProps): ReactNode {
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type="text"
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        aria-describedby={`${id}-help`}
        value={value}
        onChange={({ target }) => onChange(target.value)}
      />
      <p id={`${id}-help`} className="help">
        {help}
      </p>
    </div>
  )
}
