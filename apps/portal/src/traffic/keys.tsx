import type { JSX } from 'preact'

import { post, type KeyState } from '../emulator-api.ts'
import { Id } from '../ui/copy.tsx'
import { useWorld } from '../world.ts'
import { KeyChart } from './key-chart.tsx'
import { labels, stateNow } from './key-life.ts'

const timeOf = (at: number): string => new Date(at).toLocaleTimeString()

/** The keys on a time line: when each came, signed, was rotated away and left the documents. */
export function Keys({ keys }: { readonly keys: readonly KeyState[] }): JSX.Element {
  const { now, announce } = useWorld()
  const toggle = async ({ kid, published }: KeyState): Promise<void> => {
    await post(published ? 'retire' : 'restore', { kid })
    announce(published ? 'The documents no longer list the key' : 'The documents list the key again')
  }
  return (
    <section aria-labelledby="keys" class="keys">
      <header>
        <h2 id="keys">Keys</h2>
        <p class="legend">
          <span class="signs">signs</span> <span class="listed">listed, no longer signs</span>{' '}
          <span class="away">away: no document lists it</span>
        </p>
      </header>
      {keys.length === 0 ? undefined : <KeyChart keys={keys} until={now()} />}
      <ul>
        {keys.map((key) => (
          <li key={`${key.ring} ${key.kid}`}>
            <div class="key-head">
              <Id value={key.kid} label="the key id" />
              <span class="pill">{key.ring}</span>
              <span class={`pill ${stateNow(key)}`}>{labels[stateNow(key)]}</span>
              {key.ring === 'unknown' ? undefined : (
                <button
                  type="button"
                  onClick={() => void toggle(key)}
                  aria-label={`${key.published ? 'Retire' : 'Restore'} the key ${key.kid}`}
                >
                  {key.published ? 'Retire' : 'Restore'}
                </button>
              )}
            </div>
            <p class="events">{key.events.map(({ at, what }) => `${what} ${timeOf(at)}`).join(' · ')}</p>
          </li>
        ))}
      </ul>
    </section>
  )
}
