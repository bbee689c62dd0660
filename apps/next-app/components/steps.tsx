import type { EntraGuardStep } from '@entraguard/core'
import type { ReactNode } from 'react'

import type { InspectionStep } from '../lib/inspect-token.ts'

const labels: Readonly<Record<EntraGuardStep, string>> = {
  bearer: 'Header',
  parse: 'Shape',
  authority: 'Issuer',
  metadata: 'Metadata',
  'signing-key': 'Signing key',
  signature: 'Signature',
  claims: 'Claims',
  proof: 'Proof',
  authorize: 'Permissions',
}

const marks = { passed: '✓', failed: '✗', 'not reached': '–' } as const

export function Steps({
  steps,
  missing,
}: {
  readonly steps: readonly InspectionStep[]
  readonly missing: string | undefined
}): ReactNode {
  const failed = steps.find(({ state }) => state === 'failed')
  return (
    <>
      <ol className="steps">
        {steps.map(({ step, state }) => (
          <li key={step} className={`step ${state.replace(' ', '-')}`}>
            <span className="step-name">{labels[step]}</span>{' '}
            <span className="step-state">
              <span aria-hidden="true">{marks[state]}</span> {state}
            </span>
          </li>
        ))}
      </ol>
      {failed === undefined ? undefined : (
        <p className="hint">
          <strong>
            <code>{failed.code}</code>
          </strong>{' '}
          {failed.hint}
        </p>
      )}
      {missing === undefined ? undefined : <p className="note">{missing}</p>}
    </>
  )
}
