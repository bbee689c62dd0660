import type { JSX } from 'preact'
import { useId, useState } from 'preact/hooks'

import type { TrafficRecord } from '../emulator-api.ts'
import { Code, Copy } from '../ui/copy.tsx'
import { SelectField } from '../ui/fields.tsx'
import { shownText } from '../ui/shown.ts'
import { Whole } from '../ui/whole.tsx'

const kinds = [
  ['', 'All requests'],
  ['refused', 'Refused ones'],
  ['token', 'Tokens'],
  ['metadata', 'Metadata'],
  ['keys', 'Keys'],
  ['graph', 'Graph'],
  ['other', 'Others'],
] as const

const isRefused = ({ status }: TrafficRecord): boolean => status === 0 || status >= 400

function matches(record: TrafficRecord, kind: string, text: string): boolean {
  const isOfKind = kind === '' || (kind === 'refused' ? isRefused(record) : record.kind === kind)
  const all = `${record.method} ${record.url} ${record.status} ${record.why} ${JSON.stringify(record.form)}`
  return isOfKind && all.toLowerCase().includes(text.trim().toLowerCase())
}

interface RequestsProps {
  readonly records: readonly TrafficRecord[]
  readonly onClear: () => void
}

/** What was asked, newest first: each with its answer, and why it is that. */
export function Requests({ records, onClear }: RequestsProps): JSX.Element {
  const [kind, setKind] = useState('')
  const [text, setText] = useState('')
  const id = useId()
  const shown = records.filter((record) => matches(record, kind, text))
  return (
    <section aria-labelledby="requests" class="requests">
      <header>
        <h2 id="requests">Requests</h2>
        <div class="filters">
          <SelectField label="Show" value={kind} options={kinds} onChange={setKind} />
          <div class="field">
            <label htmlFor={id}>Filter</label>
            <input
              id={id}
              type="search"
              autocomplete="off"
              placeholder="AADSTS, an id, a path"
              value={text}
              onInput={({ currentTarget }) => setText(currentTarget.value)}
            />
          </div>
          <Copy text={JSON.stringify(shown, undefined, 2)} label="Copy what is shown as JSON" class="button">
            Copy all
          </Copy>
          <button type="button" class="quiet" onClick={onClear}>
            Clear
          </button>
        </div>
      </header>
      {shown.length === 0 ? (
        <p class="blank">
          {records.length === 0
            ? 'Nothing was asked yet. What an API or a client asks of this emulator stands here at once.'
            : 'No request is like that.'}
        </p>
      ) : (
        <ol>
          {shown.map((record) => (
            <Request key={record.id} record={record} />
          ))}
        </ol>
      )}
    </section>
  )
}

function Request({ record }: { readonly record: TrafficRecord }): JSX.Element {
  const { at, method, url, status, duration, why, form, answer, userAgent, isOwn } = record
  const { host, pathname } = new URL(url)
  return (
    <li class={isRefused(record) ? 'bad' : 'good'}>
      <details>
        <summary>
          <time dateTime={new Date(at).toISOString()}>{new Date(at).toLocaleTimeString()}</time>
          <span class={`pill status ${isRefused(record) ? 'error' : ''}`}>
            {status === 0 ? 'none' : status}
          </span>
          <span class="what">
            <code>
              <b>{method}</b> <Whole text={shownText(pathname)} />
            </code>
            <span class="why">
              {isOwn ? 'For the inspector of this portal. ' : ''}
              {shownText(why)}
            </span>
          </span>
        </summary>
        <dl>
          <dt>Address</dt>
          <dd>
            <code>
              <Whole text={shownText(url)} />
            </code>{' '}
            <Copy text={url} label="Copy the address" />
          </dd>
          <dt>Host</dt>
          <dd>
            <code>{host}</code>
          </dd>
          {Object.entries(form).map(([name, value]) => (
            <div key={name} class="pair-row">
              <dt>{shownText(name)}</dt>
              <dd>
                <code>
                  <Whole text={shownText(value)} />
                </code>
              </dd>
            </div>
          ))}
          <dt>Took</dt>
          <dd>{duration} ms</dd>
          {userAgent === '' ? undefined : (
            <>
              <dt>Client</dt>
              <dd>{shownText(userAgent)}</dd>
            </>
          )}
        </dl>
        {answer === undefined || answer === null ? undefined : (
          <Code
            text={shownText(JSON.stringify(answer, undefined, 2)).replaceAll(String.raw`\u{a}`, '\n')}
            label="the answer"
          />
        )}
      </details>
    </li>
  )
}
