import type { ComponentChildren, JSX } from 'preact'
import { DropdownMenu } from 'radix-ui'

export interface MenuItem {
  readonly label: string
  readonly detail?: string
  readonly isDanger?: boolean
  readonly onSelect: () => void
}

interface MenuProps {
  /** For who does not see the button. Default: what stands on it. */
  readonly label?: string
  readonly items: readonly MenuItem[]
  readonly children: ComponentChildren
  readonly class?: string
}

/** A button that opens a list of actions. Not modal: locking the page needs a style that its policy forbids. */
export function Menu({ label, items, children, class: more = '' }: MenuProps): JSX.Element {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className={more} {...(label !== undefined && { 'aria-label': label })}>
        {children}
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align="end" sideOffset={4} collisionPadding={8}>
          {items.map(({ label: text, detail, isDanger = false, onSelect }) => (
            <DropdownMenu.Item key={text} className={isDanger ? 'danger' : ''} onSelect={onSelect}>
              {text}
              {detail === undefined ? undefined : <small>{detail}</small>}
            </DropdownMenu.Item>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  )
}

/** Three dots: the actions of one row. */
export function Dots(): JSX.Element {
  return (
    <svg viewBox="0 0 16 16" aria-hidden="true" class="dots">
      <circle cx="3" cy="8" r="1.25" />
      <circle cx="8" cy="8" r="1.25" />
      <circle cx="13" cy="8" r="1.25" />
    </svg>
  )
}
