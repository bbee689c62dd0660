import type { ComponentChildren, JSX, RefObject } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'

import type { Status } from './emulator-api.ts'
import { views, type View } from './route.ts'

const titles = {
  tokens: 'Tokens',
  inspector: 'Inspector',
  playground: 'Playground',
  directory: 'Directory',
  traffic: 'Traffic',
} as const

interface ShellProps {
  readonly view?: View
  readonly status?: Status | undefined
  readonly now?: () => number
  readonly message?: string
  readonly children: ComponentChildren
}

export function Brand(): JSX.Element {
  return (
    <span class="brand">
      <svg viewBox="0 0 32 32" aria-hidden="true">
        <path d="M16 3.5 27 8v8.5c0 6.2-4.5 10.7-11 12.5-6.5-1.8-11-6.3-11-12.5V8z" />
        <path d="m11 16 3.5 3.5L21 13" />
      </svg>
      Entraguard
    </span>
  )
}

/** The clock of the emulator, which may be another one than that of the wall. */
function Clock({ now }: { readonly now: () => number }): JSX.Element {
  const [time, setTime] = useState(now)
  useEffect(() => {
    setTime(now())
    const timer = setInterval(() => setTime(now()), 1000)
    return () => clearInterval(timer)
  }, [now])
  const date = new Date(time)
  return (
    <time class="clock" dateTime={date.toISOString()} title="The clock of the emulator">
      {date.toLocaleDateString(undefined, { day: 'numeric', month: 'short' })} {date.toLocaleTimeString()}
    </time>
  )
}

/** A new view begins at its top, for eyes and for a screen reader; the first one leaves the focus where it is. */
function useBeginning(view: View | undefined): RefObject<HTMLDivElement | null> {
  const content = useRef<HTMLDivElement>(null)
  const shown = useRef(view)
  useEffect(() => {
    if (view === undefined) return
    document.title = `${titles[view]} · Entraguard`
    if (shown.current === view) return
    shown.current = view
    scrollTo(0, 0)
    content.current?.focus({ preventScroll: true })
  }, [view])
  return content
}

/** What stands around every view. */
export function Shell({ view, status, now, message = '', children }: ShellProps): JSX.Element {
  const content = useBeginning(view)
  return (
    <>
      <header class="top">
        <a class="skip" href="#content" onClick={skip}>
          Skip to the content
        </a>
        <Brand />
        {view === undefined ? undefined : (
          <nav aria-label="Views">
            {views.map((name) => (
              <a key={name} href={`#/${name}`} {...(view === name && { 'aria-current': 'page' as const })}>
                {titles[name]}
              </a>
            ))}
          </nav>
        )}
        {status === undefined || now === undefined ? undefined : (
          <p class="state">
            <span class={`light ${status.offline ? 'off' : 'on'}`}>
              {status.offline ? 'Offline' : 'Online'}
            </span>
            <Clock now={now} />
          </p>
        )}
      </header>
      <p role="status">
        {message === '' ? undefined : (
          <span class="toast" key={message}>
            {message}
          </span>
        )}
      </p>
      <div id="content" tabIndex={-1} ref={content}>
        {children}
      </div>
    </>
  )
}

function skip(event: Event): void {
  // The fragment of the address names the view.
  event.preventDefault()
  document.querySelector<HTMLElement>('#content')?.focus()
}
