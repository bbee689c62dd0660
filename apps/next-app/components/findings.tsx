import type { Finding } from '@entraguard/core/explain'
import type { ReactNode } from 'react'

import { shownText } from '../lib/shown.ts'

export function Findings({ findings }: { readonly findings: readonly Finding[] }): ReactNode {
  if (findings.length === 0) return <p className="note">Nothing that stands out.</p>
  return (
    <ul className="findings">
      {findings.map(({ id, severity, seen, meaning, advice, link }) => (
        <li key={id} className={`finding ${severity}`}>
          <p className="finding-head">
            <span className="severity">{severity}</span> <code>{id}</code>
          </p>
          <p>{shownText(seen)}</p>
          <p>{shownText(meaning)}</p>
          <p>
            <strong>What to do:</strong> {shownText(advice)}{' '}
            {/* From the catalogue of findings, never from the token. */}
            <a href={link} rel="noreferrer" target="_blank">
              More about {id}
            </a>
          </p>
        </li>
      ))}
    </ul>
  )
}
