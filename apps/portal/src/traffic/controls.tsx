import type { JSX } from 'preact'

import { post } from '../emulator-api.ts'
import { Menu } from '../ui/menu.tsx'
import { useWorld } from '../world.ts'

const steps = [
  [300, '5 minutes'],
  [3600, 'an hour'],
  [86_400, 'a day'],
] as const

const failures = [
  ['keys', 'The next request for keys'],
  ['metadata', 'The next request for metadata'],
  ['token', 'The next token request'],
  ['graph', 'The next request to Graph'],
] as const

interface ControlsProps {
  readonly onProblem: (message: string) => void
  readonly onDone?: () => void
}

/** What the identity provider can be made to do. */
export function Controls({ onProblem, onDone }: ControlsProps): JSX.Element {
  const { status, refresh, announce } = useWorld()
  const run = async (done: string, name: string, body: object = {}): Promise<void> => {
    try {
      await post(name, body)
      await refresh()
      announce(done)
      onDone?.()
    } catch (error) {
      onProblem(error instanceof Error ? error.message : 'It failed.')
    }
  }
  return (
    <div class="actions controls" role="group" aria-label="The identity provider">
      <button type="button" onClick={() => void run('A new key signs from now on', 'rotate')}>
        Rotate keys
      </button>
      {status.offline ? (
        <button type="button" onClick={() => void run('It is online again', 'online')}>
          Bring online
        </button>
      ) : (
        <button type="button" onClick={() => void run('It is offline: connections are dropped', 'offline')}>
          Take offline
        </button>
      )}
      <Menu
        items={steps.map(([seconds, label]) => ({
          label: `By ${label}`,
          onSelect: () => void run(`The clock went on by ${label}`, 'advance', { seconds }),
        }))}
      >
        Advance the clock
      </Menu>
      <Menu
        items={failures.map(([on, label]) => ({
          label,
          detail: 'Answered with 503, once.',
          onSelect: () => void run(`${label} fails`, 'disturb', { on, answer: 503, times: 1 }),
        }))}
      >
        Fail the next
      </Menu>
      <button type="button" class="quiet" onClick={() => void run('Nothing fails any more', 'calm')}>
        Calm down
      </button>
    </div>
  )
}
