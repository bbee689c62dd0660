import type { Finding } from '@entraguard/core/explain'
import type { JSX } from 'preact'

import { Copy } from '../ui/copy.tsx'
import { shownText } from '../ui/shown.ts'
import { Facts } from './findings.tsx'
import type { Inspection } from './inspect-token.ts'

const titles = {
  accepted: 'Accepted',
  refused: 'Refused',
  undecided: 'Cannot be decided',
  open: 'Not verified yet',
} as const

const signs = {
  accepted: <path d="m5 10.5 3.5 3.5L15 6.5" />,
  refused: <path d="m6 6 8 8m0-8-8 8" />,
  undecided: <path d="M10 5v6m0 3.5v.5" />,
  open: <path d="M10 9v5.5m0-9v.5" />,
} as const

/** The finding that says why; none where nothing was decided, or where the route decided, which no finding knows of. */
export function headlineOf({ outcome, explanation, steps }: Inspection): Finding | undefined {
  const [first] = explanation.findings
  if (steps.at(-1)?.state === 'refused') return undefined
  return outcome === 'open' && first?.severity !== 'error' ? undefined : first
}

/** What becomes of the token: first the fact, then what to do. */
export function Verdict({ inspection }: { readonly inspection: Inspection | undefined }): JSX.Element {
  if (inspection === undefined)
    return (
      <section class="verdict empty" role="status" aria-label="Verdict">
        <p class="fact">Paste a token, or try a sample.</p>
        <p>It is read and verified in this page. Nothing is sent, and nothing is kept.</p>
      </section>
    )
  const { outcome, explanation, refusal, missing } = inspection
  const headline = headlineOf(inspection)
  return (
    <section class={`verdict ${outcome}`} role="status" aria-label="Verdict">
      <header>
        <svg viewBox="0 0 20 20" aria-hidden="true">
          <circle cx="10" cy="10" r="9" />
          {signs[outcome]}
        </svg>
        <h2>{titles[outcome]}</h2>
        {refusal === undefined ? undefined : (
          <p class="answer">
            <code>{refusal.status}</code> <code>{refusal.code}</code>
            <Copy text={refusal.code} label="Copy the code of the refusal" />
          </p>
        )}
      </header>
      {missing === undefined ? undefined : <p class="fact">{missing}</p>}
      {headline === undefined ? undefined : <Facts finding={headline} />}
      {headline === undefined && refusal !== undefined ? (
        <>
          <p class="fact">{shownText(refusal.message)}</p>
          <p class="advice">
            <b>What to do</b> {shownText(refusal.hint)}
          </p>
        </>
      ) : undefined}
      <p class="summary">{shownText(explanation.summary)}</p>
    </section>
  )
}
