import type { JSX } from 'preact'

import { SelectField, TextField } from '../ui/fields.tsx'
import { useWorld } from '../world.ts'
import type { TokenForm } from './token-options.ts'

interface OptionsFormProps {
  readonly form: TokenForm
  readonly onChange: (changed: Partial<TokenForm>) => void
}

const byDefault = ['', 'Default'] as const

/** What the next token is to say; what is empty is as the emulator would have it. */
export function OptionsForm({ form, onChange }: OptionsFormProps): JSX.Element {
  const { status } = useWorld()
  const api = status.apps.find(({ clientId }) => clientId === form.audience) ?? status.apps[0]
  return (
    <details class="options">
      <summary>Change what it says</summary>
      <div class="pair">
        <SelectField
          label="API"
          value={form.audience}
          options={[byDefault, ...status.apps.map(({ clientId, name }) => [clientId, name] as const)]}
          onChange={(audience) => onChange({ audience })}
        />
        <SelectField
          label="Tenant"
          value={form.tenantId}
          options={[byDefault, ...status.tenants.map(({ id, name }) => [id, name] as const)]}
          onChange={(tenantId) => onChange({ tenantId })}
        />
        <SelectField
          label="User"
          value={form.user}
          options={[
            byDefault,
            ...status.users.map(
              ({ id, name, userPrincipalName }) => [id, `${name}, ${userPrincipalName}`] as const,
            ),
          ]}
          onChange={(user) => onChange({ user })}
        />
        <SelectField
          label="Client"
          value={form.clientId}
          options={[byDefault, ...status.apps.map(({ clientId, name }) => [clientId, name] as const)]}
          onChange={(clientId) => onChange({ clientId })}
        />
        <TextField
          label="Scopes"
          help="With a space between. Default: all that the API offers."
          placeholder={api?.scopes.join(' ') ?? ''}
          value={form.scopes}
          onInput={(scopes) => onChange({ scopes })}
        />
        <TextField
          label="Roles"
          help="App roles of a user, application permissions of an app."
          placeholder={api?.appRoles.map(({ value }) => value).join(' ') ?? ''}
          value={form.roles}
          onInput={(roles) => onChange({ roles })}
        />
        <SelectField
          label="Version"
          value={form.version}
          options={[byDefault, ['2.0', '2.0'], ['1.0', '1.0']]}
          onChange={(version) => onChange({ version })}
        />
        <TextField
          label="Expires in"
          help="Seconds from now; negative for one that has expired."
          placeholder="3600"
          value={form.expiresIn}
          onInput={(expiresIn) => onChange({ expiresIn })}
        />
      </div>
      <TextField
        label="Claims (JSON)"
        help="Set last, so anything can be made wrong. null takes a claim away."
        rows={3}
        placeholder='{ "amr": ["mfa"] }'
        value={form.claims}
        onInput={(claims) => onChange({ claims })}
      />
    </details>
  )
}
