import type { ComponentChildren, JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'

import { Whole } from './whole.tsx'

interface CopyProps {
  readonly text: string
  /** What is copied: the name of a button on which nothing stands. */
  readonly label: string
  readonly children?: ComponentChildren
  readonly class?: string
}

const shownFor = 1600

/** A button that copies, and says so. */
export function Copy({ text, label, children, class: more = 'icon' }: CopyProps): JSX.Element {
  const [state, setState] = useState<'idle' | 'copied' | 'failed'>('idle')
  useEffect(() => {
    if (state === 'idle') return undefined
    const timer = setTimeout(() => setState('idle'), shownFor)
    return () => clearTimeout(timer)
  }, [state])
  const copy = (): void => {
    navigator.clipboard.writeText(text).then(
      () => setState('copied'),
      () => setState('failed'),
    )
  }
  const said = state === 'copied' ? 'Copied' : state === 'failed' ? 'Not copied' : undefined
  return (
    <button
      type="button"
      class={`copy ${more}`}
      data-state={state}
      {...(children === undefined && { 'aria-label': said ?? label })}
      title={label}
      disabled={text === ''}
      onClick={copy}
    >
      <svg viewBox="0 0 16 16" aria-hidden="true">
        {state === 'copied' ? <path d="m3.5 8.5 3 3 6-7" /> : <path d="M5.5 5.5v-3h8v8h-3m-8-5h8v8h-8z" />}
      </svg>
      {children === undefined ? undefined : <span>{said ?? children}</span>}
    </button>
  )
}

/** An id in full, with its button. */
export function Id({ value, label }: { readonly value: string; readonly label: string }): JSX.Element {
  return (
    <span class="id">
      <code>
        <Whole text={value} />
      </code>
      <Copy text={value} label={`Copy ${label}`} />
    </span>
  )
}

/** Code in a box, with its button. */
export function Code({ text, label }: { readonly text: string; readonly label: string }): JSX.Element {
  return (
    <div class="code">
      <Copy text={text} label={`Copy ${label}`} />
      <pre tabIndex={0} role="region" aria-label={label}>
        <code>{text}</code>
      </pre>
    </div>
  )
}
