import type { JSX } from 'preact'
import { useState } from 'preact/hooks'

import type { LocalApi } from '../emulator-api.ts'
import { TextField } from '../ui/fields.tsx'
import { Whole } from '../ui/whole.tsx'
import { nameOf } from './ask-apis.ts'

interface ApisFormProps {
  readonly apis: readonly LocalApi[]
  readonly onChange: (apis: readonly LocalApi[]) => void
}

const empty = { url: '', name: '', keysUrl: '' }

/** People leave `http://` out. */
const whole = (address: string): string => {
  const text = address.trim()
  return text === '' || text.includes('://') ? text : `http://${text}`
}

/** The APIs that tokens are sent to. */
export function ApisForm({ apis, onChange }: ApisFormProps): JSX.Element {
  const [form, setForm] = useState(empty)
  const [problem, setProblem] = useState('')
  const add = (event: Event): void => {
    event.preventDefault()
    const [url, keysUrl] = [whole(form.url), whole(form.keysUrl)]
    if (!URL.canParse(url)) return setProblem('Write an address, such as http://localhost:3000/orders.')
    if (apis.some((api) => api.url === url)) return setProblem('This address is there already.')
    const name = form.name.trim()
    onChange([...apis, { url, ...(name !== '' && { name }), ...(keysUrl !== '' && { keysUrl }) }])
    setForm(empty)
    setProblem('')
  }
  return (
    <section class="panel" aria-labelledby="your-apis">
      <h2 id="your-apis">Your APIs</h2>
      <ul class="apis">
        {apis.map((api) => (
          <li key={api.url}>
            <span>
              <b>{nameOf(api)}</b>{' '}
              <code>
                <Whole text={api.url} />
              </code>
            </span>
            <button
              type="button"
              class="quiet"
              aria-label={`Remove ${nameOf(api)}`}
              onClick={() => onChange(apis.filter((other) => other !== api))}
            >
              Remove
            </button>
          </li>
        ))}
      </ul>
      <form onSubmit={add}>
        <TextField
          label="Address of a route"
          help="On this machine. It is asked with GET."
          placeholder="http://localhost:3000/orders"
          value={form.url}
          onInput={(url) => setForm({ ...form, url })}
        />
        <details>
          <summary>Name and keys</summary>
          <TextField
            label="Name"
            isCode={false}
            value={form.name}
            onInput={(name) => setForm({ ...form, name })}
          />
          <TextField
            label="Address of its keys"
            help="Optional: a route that answers with verifier.keys(), in development."
            placeholder="http://localhost:3000/keys"
            value={form.keysUrl}
            onInput={(keysUrl) => setForm({ ...form, keysUrl })}
          />
        </details>
        {problem === '' ? undefined : (
          <p class="problem" role="alert">
            {problem}
          </p>
        )}
        <button type="submit">Add the API</button>
      </form>
    </section>
  )
}
