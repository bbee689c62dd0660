import type { KeyEvent, KeyState } from '../emulator-api.ts'

/** A time during which a key was in one state. */
export interface Span {
  readonly from: number
  readonly to: number
  /** `signs`: new tokens are signed with it. `listed`: only the documents still show it. `away`: neither shows it. */
  readonly state: 'signs' | 'listed' | 'away'
}

/** What the chart and the list call the states. */
export const labels = { signs: 'signs', listed: 'listed', away: 'away' } as const

const stateAfter = ({ signs, listed }: { signs: boolean; listed: boolean }): Span['state'] =>
  listed ? (signs ? 'signs' : 'listed') : 'away'

function step(state: { signs: boolean; listed: boolean }, what: KeyEvent['what']): typeof state {
  switch (what) {
    case 'added':
      return { signs: true, listed: true }
    case 'rotated':
      return { ...state, signs: false }
    case 'retired':
      return { ...state, listed: false }
    case 'restored':
      return { ...state, listed: true }
  }
}

/** The life of a key until now, in spans. */
export function spansOf({ events }: KeyState, now: number): readonly Span[] {
  let state = { signs: false, listed: false }
  return events.map((event, index) => {
    state = step(state, event.what)
    return { from: event.at, to: events[index + 1]?.at ?? now, state: stateAfter(state) }
  })
}

export const stateNow = ({ signs, published }: KeyState): Span['state'] =>
  published ? (signs ? 'signs' : 'listed') : 'away'
