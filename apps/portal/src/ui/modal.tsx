import type { ComponentChildren, JSX } from 'preact'
import { useState } from 'preact/hooks'
import { Dialog } from 'radix-ui'

interface ModalProps {
  readonly title: string
  readonly description?: string
  readonly onClose: () => void
  readonly children: ComponentChildren
  readonly wide?: boolean
}

/** What opened it: what has the focus, or the button of the menu in which that is. */
function findOpener(): HTMLElement | undefined {
  const focused = document.activeElement
  const menu = focused?.closest('[role=menu]')
  const opener =
    menu == null
      ? focused
      : document.querySelector(`#${CSS.escape(menu.getAttribute('aria-labelledby') ?? '')}`)
  return opener instanceof HTMLElement ? opener : undefined
}

/**
 * A dialog: the focus stays in it, Escape closes it, and it goes back to where it came from. Radix's own overlay is left
 * out, because it locks scrolling with a style in the markup, which the policy of the page forbids; the style sheet does.
 */
export function Modal({ title, description, onClose, children, wide = false }: ModalProps): JSX.Element {
  const [opener] = useState(findOpener)
  return (
    <Dialog.Root open onOpenChange={(open) => (open ? undefined : onClose())}>
      <Dialog.Portal>
        <div class="backdrop" />
        <Dialog.Content
          className={`modal ${wide ? 'wide' : ''}`}
          // Radix knows only its own trigger, and here anything opens it.
          onCloseAutoFocus={(event) => {
            event.preventDefault()
            opener?.focus()
          }}
          {...(description === undefined && { 'aria-describedby': undefined })}
        >
          <header>
            <Dialog.Title>{title}</Dialog.Title>
            <Dialog.Close className="icon" aria-label="Close">
              <svg viewBox="0 0 16 16" aria-hidden="true">
                <path d="m4 4 8 8m0-8-8 8" />
              </svg>
            </Dialog.Close>
          </header>
          {description === undefined ? undefined : <Dialog.Description>{description}</Dialog.Description>}
          {children}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
