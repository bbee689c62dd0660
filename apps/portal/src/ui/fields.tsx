import type { ComponentChildren, JSX } from 'preact'
import { useId } from 'preact/hooks'

interface FieldProps {
  readonly label: string
  readonly help?: ComponentChildren
}

interface TextProps extends FieldProps {
  readonly value: string
  readonly onInput: (value: string) => void
  readonly placeholder?: string
  readonly rows?: number
  readonly isCode?: boolean
}

/** One line of text, or several with `rows`. */
export function TextField(props: TextProps): JSX.Element {
  const { label, help, value, onInput, placeholder, rows, isCode = true } = props
  const id = useId()
  const shared = {
    id,
    value,
    autocomplete: 'off',
    autocapitalize: 'off',
    spellcheck: false,
    ...(placeholder !== undefined && { placeholder }),
    class: isCode ? 'mono' : '',
    ...(help !== undefined && { 'aria-describedby': `${id}-help` }),
  } as const
  return (
    <div class="field">
      <label htmlFor={id}>{label}</label>
      {rows === undefined ? (
        <input {...shared} type="text" onInput={({ currentTarget }) => onInput(currentTarget.value)} />
      ) : (
        <textarea {...shared} rows={rows} onInput={({ currentTarget }) => onInput(currentTarget.value)} />
      )}
      {help === undefined ? undefined : (
        <p class="help" id={`${id}-help`}>
          {help}
        </p>
      )}
    </div>
  )
}

interface SelectProps extends FieldProps {
  readonly value: string
  readonly options: ReadonlyArray<readonly [value: string, label: string]>
  readonly onChange: (value: string) => void
}

export function SelectField({ label, help, value, options, onChange }: SelectProps): JSX.Element {
  const id = useId()
  return (
    <div class="field">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        value={value}
        {...(help !== undefined && { 'aria-describedby': `${id}-help` })}
        onChange={({ currentTarget }) => onChange(currentTarget.value)}
      >
        {options.map(([name, text]) => (
          <option key={name} value={name}>
            {text}
          </option>
        ))}
      </select>
      {help === undefined ? undefined : (
        <p class="help" id={`${id}-help`}>
          {help}
        </p>
      )}
    </div>
  )
}

interface FlagProps extends FieldProps {
  readonly value: boolean
  readonly onChange: (value: boolean) => void
}

export function FlagField({ label, help, value, onChange }: FlagProps): JSX.Element {
  return (
    <label class="flag">
      <input
        type="checkbox"
        checked={value}
        onChange={({ currentTarget }) => onChange(currentTarget.checked)}
      />
      <span>
        {label}
        {help === undefined ? undefined : <small>{help}</small>}
      </span>
    </label>
  )
}
