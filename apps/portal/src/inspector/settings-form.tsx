import type { CloudName } from '@entraguard/core'
import type { JSX } from 'preact'

import { SelectField, TextField } from '../ui/fields.tsx'
import { keysAddressOf, type Settings } from './settings.ts'

/** Where keys can come from, beside the paste box. */
export interface KeySource {
  readonly label: string
  /** Are they read again for every token, once they were read? */
  readonly isFollowed: boolean
  readonly load: (settings: Settings) => Promise<string>
}

interface SettingsFormProps {
  readonly settings: Settings
  readonly onChange: (changed: Partial<Settings>) => void
  readonly source: KeySource | undefined
  readonly isFollowing: boolean
  readonly onFetch: () => void
  readonly problem: string
}

const cloudLabels: Readonly<Record<CloudName, string>> = {
  public: 'Public',
  usgov: 'US Government',
  china: 'China',
  bleu: 'Bleu (France)',
  delos: 'Delos (Germany)',
  govsg: 'GovSG (Singapore)',
}

const isCloud = (name: string): name is CloudName => Object.hasOwn(cloudLabels, name)

/** What the token is checked against. */
export function SettingsForm(props: SettingsFormProps): JSX.Element {
  const { settings, onChange, source, isFollowing, onFetch, problem } = props
  const address = keysAddressOf(settings)
  return (
    <fieldset class="settings">
      <legend>Your API</legend>
      <div class="pair">
        <TextField
          label="Tenant"
          help="The directory (tenant) id, a GUID."
          value={settings.tenant}
          onInput={(tenant) => onChange({ tenant })}
        />
        <TextField
          label="Audience"
          help="Accepted aud values: the client id, the Application ID URI."
          rows={2}
          value={settings.audience}
          onInput={(audience) => onChange({ audience })}
        />
        <TextField
          label="Scopes of the route"
          help="Optional. Admits users with any of them."
          value={settings.scopes}
          onInput={(scopes) => onChange({ scopes })}
        />
        <TextField
          label="App permissions of the route"
          help="Optional. Admits apps with any of them."
          value={settings.appPermissions}
          onInput={(appPermissions) => onChange({ appPermissions })}
        />
        <SelectField
          label="Cloud"
          value={settings.cloud}
          options={Object.entries(cloudLabels)}
          onChange={(name) => onChange({ cloud: isCloud(name) ? name : 'public' })}
        />
        <TextField
          label="App id"
          help="Only where the API has a signing key of its own (SAML single sign-on, claims mapping)."
          value={settings.appId}
          onInput={(appId) => onChange({ appId })}
        />
      </div>
      {source === undefined ? undefined : (
        <p class="actions">
          <button type="button" disabled={address === undefined} onClick={onFetch}>
            {source.label}
          </button>
          <span class="help">{isFollowing ? 'They are read again for every token.' : ''}</span>
        </p>
      )}
      {problem === '' ? undefined : (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      <TextField
        label="Signing keys (JSON)"
        rows={4}
        value={settings.keys}
        onInput={(keys) => onChange({ keys })}
        help={
          address === undefined ? (
            'With the tenant filled in, the address of its keys stands here.'
          ) : (
            <>
              Published at{' '}
              <a href={address} rel="noreferrer" target="_blank">
                {address}
              </a>
            </>
          )
        }
      />
    </fieldset>
  )
}
