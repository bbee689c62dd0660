import type { Finding } from '@entraguard/core/explain'
import type { JSX } from 'preact'

import { shownText } from '../ui/shown.ts'

/** The fact, what to do, and on demand what it means. */
export function Facts({ finding }: { readonly finding: Finding }): JSX.Element {
  const { id, seen, meaning, advice, link } = finding
  return (
    <>
      <p class="fact">{shownText(seen)}</p>
      <p class="advice">
        <b>What to do</b> {shownText(advice)}
      </p>
      <details class="meaning">
        <summary>What it means</summary>
        <p>
          {shownText(meaning)} {/* From the catalogue of findings, never from the token. */}
          <a href={link} rel="noreferrer" target="_blank">
            More about {id}
          </a>
        </p>
      </details>
    </>
  )
}

export function Findings({ findings }: { readonly findings: readonly Finding[] }): JSX.Element | undefined {
  if (findings.length === 0) return undefined
  return (
    <section aria-labelledby="also">
      <h2 id="also">Also worth knowing</h2>
      <ul class="findings">
        {findings.map((finding) => (
          <li key={finding.id} class={finding.severity}>
            <p class="finding-head">
              <span class={`pill ${finding.severity}`}>{finding.severity}</span> <code>{finding.id}</code>
            </p>
            <Facts finding={finding} />
          </li>
        ))}
      </ul>
    </section>
  )
}
