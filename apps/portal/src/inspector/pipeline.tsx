import type { EntraGuardStep } from '@entraguard/core'
import type { JSX } from 'preact'

import type { Step } from './inspect-token.ts'

const labels: Readonly<Record<EntraGuardStep, readonly [name: string, question: string]>> = {
  bearer: ['Header', 'Is it a bearer token?'],
  parse: ['Shape', 'Is it a signed JWT?'],
  authority: ['Issuer', 'Can it be one of yours?'],
  metadata: ['Metadata', 'What does the authority say?'],
  'signing-key': ['Key', 'Which key signed it?'],
  signature: ['Signature', 'Did that key sign it?'],
  claims: ['Claims', 'For this API, and now?'],
  proof: ['Proof', 'Bound tokens: the key?'],
  authorize: ['Permissions', 'Enough for the route?'],
}

const marks = {
  passed: <path d="m4 8.5 3 3 5-6" />,
  refused: <path d="m5 5 6 6m0-6-6 6" />,
  'not reached': <circle cx="8" cy="8" r="1.5" />,
} as const

/** The steps of the verifier in their order, and where the token stopped. */
export function Pipeline({ steps }: { readonly steps: readonly Step[] }): JSX.Element {
  return (
    <ol class="pipeline">
      {steps.map(({ step, state, code }) => (
        <li key={step} class={state.replace(' ', '-')}>
          <span class="mark" aria-hidden="true">
            <svg viewBox="0 0 16 16">{marks[state]}</svg>
          </span>
          <span class="step">
            <b>{labels[step][0]}</b> <span class="state">{state}</span>
            {code === undefined ? <small>{labels[step][1]}</small> : <code>{code}</code>}
          </span>
        </li>
      ))}
    </ol>
  )
}
