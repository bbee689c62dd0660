import type { ExplainedClaim } from '@entraguard/core/explain'
import type { JSX } from 'preact'

import { Copy } from '../ui/copy.tsx'
import { shownJson, shownText } from '../ui/shown.ts'
import { Whole } from '../ui/whole.tsx'

interface JsonViewProps {
  readonly title: string
  readonly members: readonly ExplainedClaim[]
}

const jsonOf = (members: readonly ExplainedClaim[]): string =>
  JSON.stringify(Object.fromEntries(members.map(({ name, value }) => [name, value])), undefined, 2)

/** A part of the token as JSON, line by line; a line opens to tell what it is good for. */
export function JsonView({ title, members }: JsonViewProps): JSX.Element | undefined {
  if (members.length === 0) return undefined
  return (
    <section class="json" aria-label={title}>
      <header>
        <h3>{title}</h3>
        <Copy text={jsonOf(members)} label={`Copy the ${title.toLowerCase()} as JSON`} class="quiet">
          Copy {title.toLowerCase()}
        </Copy>
      </header>
      <ul>
        {members.map(({ name, value, meaning, safety, date, localDate, relative }) => (
          <li key={name}>
            <details>
              <summary>
                <span class="name">{shownText(JSON.stringify(name))}:</span>{' '}
                <span class={`value ${typeof value}`}>
                  <Whole text={shownJson(value)} />
                </span>
                {date === undefined ? undefined : (
                  <span class="date">
                    <time dateTime={date}>{localDate}</time>, {relative}
                  </span>
                )}
              </summary>
              <p>
                <span class={`pill ${safety}`}>{safety}</span> {meaning}
              </p>
            </details>
          </li>
        ))}
      </ul>
    </section>
  )
}
