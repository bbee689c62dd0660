import type { ReactNode } from 'react'

const actions = [
  ['rotate', 'Rotate keys', 'A new key signs from now on.'],
  ['offline', 'Take offline', 'The identity provider is offline.'],
  ['online', 'Bring online', 'The identity provider is online.'],
] as const

interface ProviderFieldsProps {
  readonly isReady: boolean
  readonly onAction: (action: string, done: string) => void
}

/** What the local Entra ID can be made to do. */
export function ProviderFields({ isReady, onAction }: ProviderFieldsProps): ReactNode {
  return (
    <fieldset disabled={!isReady}>
      <legend>Identity provider</legend>
      <p className="buttons">
        {actions.map(([action, label, done]) => (
          <button key={action} type="button" onClick={() => onAction(action, done)}>
            {label}
          </button>
        ))}
      </p>
    </fieldset>
  )
}
