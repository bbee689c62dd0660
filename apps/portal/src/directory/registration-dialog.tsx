import type { JSX } from 'preact'
import { useState } from 'preact/hooks'

import { post, type Registration, type RegistrationKind } from '../emulator-api.ts'
import { FlagField, SelectField, TextField } from '../ui/fields.tsx'
import { Modal } from '../ui/modal.tsx'
import { useWorld } from '../world.ts'
import type { FormField } from './forms.ts'

interface RegistrationDialogProps {
  readonly title: string
  readonly kind: RegistrationKind
  readonly fields: readonly FormField[]
  readonly registration: Registration
  readonly onClose: () => void
  readonly onChanged: () => Promise<void>
}

const toJson = (registration: Registration): string => JSON.stringify(registration, undefined, 2)

function parse(json: string): Registration {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (error) {
    throw new TypeError(`This is not JSON: ${error instanceof Error ? error.message : 'unreadable'}`, {
      cause: error,
    })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new TypeError('This must be a JSON object')
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an object; the emulator checks its members
  return value as Registration
}

/** Changes a registration, or makes one: its usual members as fields, and all of them as JSON. */
export function RegistrationDialog(props: RegistrationDialogProps): JSX.Element {
  const { title, kind, fields, registration, onClose, onChanged } = props
  const { announce } = useWorld()
  const [draft, setDraft] = useState(registration)
  const [json, setJson] = useState(toJson(registration))
  const [problem, setProblem] = useState('')

  const write = (changed: Registration): void => {
    setDraft(changed)
    setJson(toJson(changed))
  }
  const writeJson = (text: string): void => {
    setJson(text)
    try {
      setDraft(parse(text))
      setProblem('')
    } catch (error) {
      setProblem(error instanceof Error ? error.message : 'This is not JSON.')
    }
  }
  const save = async (): Promise<void> => {
    try {
      await post('register', { [kind]: [parse(json)] })
      await onChanged()
      announce('Saved')
      onClose()
    } catch (error) {
      setProblem(error instanceof Error ? error.message : 'It was not saved.')
    }
  }

  return (
    <Modal title={title} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void save()
        }}
      >
        <div class="pair">
          {fields.map((field) => (
            <Field key={field.label} field={field} draft={draft} onChange={write} />
          ))}
        </div>
        <details class="options">
          <summary>Everything, as JSON</summary>
          <TextField
            label="Registration"
            help="The options of createEmulator for this one."
            rows={10}
            value={json}
            onInput={writeJson}
          />
        </details>
        {problem === '' ? undefined : (
          <p class="problem" role="alert">
            {problem}
          </p>
        )}
        <p class="actions end">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary">
            Save
          </button>
        </p>
      </form>
    </Modal>
  )
}

interface FieldProps {
  readonly field: FormField
  readonly draft: Registration
  readonly onChange: (changed: Registration) => void
}

function Field({ field, draft, onChange }: FieldProps): JSX.Element {
  const { status } = useWorld()
  const { label, help, placeholder, type, options, read, write } = field
  const value = read(draft)
  const [typed, setTyped] = useState<string>()
  const shared = { label, ...(help !== undefined && { help }) }
  const change = (next: string | boolean): void => onChange(write(draft, next))
  if (type === 'flag') return <FlagField {...shared} value={value === true} onChange={change} />
  if (type === 'select')
    return (
      <SelectField {...shared} value={String(value)} options={options?.(status) ?? []} onChange={change} />
    )
  return (
    <TextField
      {...shared}
      {...(placeholder !== undefined && { placeholder })}
      // As it was typed, while it means the same: a space at the end begins the next word.
      value={typed !== undefined && read(write(draft, typed)) === value ? typed : String(value)}
      onInput={(next) => {
        setTyped(next)
        change(next)
      }}
    />
  )
}
