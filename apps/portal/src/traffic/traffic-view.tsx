import type { JSX } from 'preact'
import { useState } from 'preact/hooks'

import { Controls } from './controls.tsx'
import { Keys } from './keys.tsx'
import { Requests } from './requests.tsx'
import { usePolled } from './use-polled.ts'

/** What is asked of the emulator at this moment, and what it can be made to do. */
export function TrafficView(): JSX.Element {
  const [problem, setProblem] = useState('')
  const { records, keys, clear } = usePolled(setProblem)
  return (
    <main class="traffic">
      <h1>Traffic</h1>
      <p class="lead">
        Every request that comes in, with its answer and why. Tokens and secrets are left out.
      </p>
      <Controls onProblem={setProblem} />
      {problem === '' ? undefined : (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      <div class="columns">
        <Requests records={records} onClear={clear} />
        <Keys keys={keys} />
      </div>
    </main>
  )
}
