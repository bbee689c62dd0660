import type { ExplainedClaim } from '@entraguard/core/explain'
import type { ReactNode } from 'react'

import { shown, shownText } from '../lib/shown.ts'

interface ClaimsTableProps {
  readonly caption: string
  readonly claims: readonly ExplainedClaim[]
}

// The roles are what a table has anyway: narrow screens lay it out as blocks, and a browser drops them then.
export function ClaimsTable({ caption, claims }: ClaimsTableProps): ReactNode {
  if (claims.length === 0) return undefined
  return (
    <table role="table" className="claims">
      <caption>{caption}</caption>
      <thead role="rowgroup">
        <tr role="row">
          <th role="columnheader" scope="col">
            Name
          </th>
          <th role="columnheader" scope="col">
            Value
          </th>
          <th role="columnheader" scope="col">
            Safety
          </th>
          <th role="columnheader" scope="col">
            Meaning
          </th>
        </tr>
      </thead>
      <tbody role="rowgroup">
        {claims.map(({ name, value, meaning, safety, date, localDate, relative }) => (
          <tr role="row" key={name}>
            <th role="rowheader" scope="row">
              <code>{shownText(name)}</code>
            </th>
            <td role="cell">
              <code className="value">{shown(value)}</code>
              {date === undefined ? undefined : (
                <span className="date">
                  <time dateTime={date}>{localDate}</time>, {relative}
                </span>
              )}
            </td>
            <td role="cell">
              <span className={`safety ${safety}`}>{safety}</span>
            </td>
            <td role="cell" className="meaning">
              {meaning}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
