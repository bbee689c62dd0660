import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'

import type { LocalApi } from '../emulator-api.ts'
import { mintToken } from '../tokens/mint.ts'
import { groups, isTokenKind, tokenKinds, type TokenKindId } from '../tokens/token-kinds.ts'
import { emptyForm } from '../tokens/token-options.ts'
import { Controls } from '../traffic/controls.tsx'
import { Copy } from '../ui/copy.tsx'
import { SelectField, TextField } from '../ui/fields.tsx'
import { useWorld } from '../world.ts'
import { Answers } from './answers.tsx'
import { ApisForm } from './apis-form.tsx'
import { comparisonOf, keysOfAll, sendToAll, type Answered, type Knowing } from './ask-apis.ts'
import { KnownKeys } from './known-keys.tsx'

/** What the playground holds while other views are shown. */
export interface Playground {
  readonly kind: TokenKindId
  readonly token: string
  readonly apis: readonly LocalApi[]
  readonly answers: readonly Answered[]
  /** A token of another view, to be sent as soon as this one is shown. */
  readonly isWaiting: boolean
}

export const emptyPlayground: Playground = {
  kind: 'user',
  token: '',
  apis: [],
  answers: [],
  isWaiting: false,
}

interface PlaygroundViewProps {
  readonly playground: Playground
  readonly onChange: (change: (before: Playground) => Playground) => void
}

const options = groups.flatMap(({ kinds }) => kinds.map((kind) => [kind, tokenKinds[kind].name] as const))

/** One token, sent to every API: their answers side by side, and the keys that they know. */
export function PlaygroundView({ playground, onChange }: PlaygroundViewProps): JSX.Element {
  const { kind, token, apis, answers, isWaiting } = playground
  const { status, inspect, announce } = useWorld()
  const [known, setKnown] = useState<readonly Knowing[]>([])
  const [problem, setProblem] = useState('')
  const [isBusy, setIsBusy] = useState(false)
  const place = useRef<HTMLElement>(null)
  const change = (changed: Partial<Playground>): void => onChange((before) => ({ ...before, ...changed }))

  const send = async (text: string | undefined): Promise<void> => {
    const latest = await sendToAll(apis, text)
    change({ answers: latest, isWaiting: false })
    announce(comparisonOf(latest))
    // On a narrow screen they stand below what was pressed.
    place.current?.scrollIntoView({ block: 'nearest' })
    setKnown(await keysOfAll(apis))
  }
  const run = async (work: () => Promise<void>): Promise<void> => {
    setIsBusy(true)
    setProblem('')
    try {
      await work()
    } catch (error) {
      setProblem(error instanceof Error ? error.message : 'It failed.')
    }
    setIsBusy(false)
  }
  const mint = async (): Promise<void> => {
    const minted = await mintToken(kind, emptyForm, status)
    change({ token: minted.token })
    await send(minted.token)
  }
  const readKnown = (): void => void keysOfAll(apis).then(setKnown)

  useEffect(() => {
    if (isWaiting) void run(() => send(token))
    else readKnown()
    // Once for each token that came from another view, and when the list of APIs changes.
  }, [isWaiting, apis])

  return (
    <main class="playground">
      <h1>Playground</h1>
      <p class="lead">
        Send one token to your APIs and compare what they answer. The emulator sends it, to addresses on this
        machine only.
      </p>
      <Controls onProblem={setProblem} onDone={readKnown} />
      <div class="columns">
        <div class="inputs">
          <section class="panel" aria-labelledby="what-is-sent">
            <h2 id="what-is-sent">Token</h2>
            <SelectField
              label="Kind"
              help={tokenKinds[kind].expect}
              value={kind}
              options={options}
              onChange={(name) => (isTokenKind(name) ? change({ kind: name }) : undefined)}
            />
            <p class="actions">
              <button type="button" class="primary" disabled={isBusy} onClick={() => void run(mint)}>
                Mint and send
              </button>
            </p>
            <TextField
              label="What is sent"
              help="Or paste a token of your own."
              rows={5}
              value={token}
              onInput={(text) => change({ token: text.trim() })}
            />
            <p class="actions">
              <button
                type="button"
                disabled={isBusy || token === ''}
                onClick={() => void run(() => send(token))}
              >
                Send it
              </button>
              <button type="button" disabled={isBusy} onClick={() => void run(() => send(undefined))}>
                Send without a token
              </button>
              <button type="button" disabled={token === ''} onClick={() => inspect(token, undefined)}>
                Open in the inspector
              </button>
              <Copy text={token} label="Copy the token" class="quiet" />
            </p>
          </section>
          <ApisForm apis={apis} onChange={(changed) => change({ apis: changed })} />
        </div>
        <div class="results">
          {problem === '' ? undefined : (
            <p class="problem" role="alert">
              {problem}
            </p>
          )}
          <section class="answers" ref={place} aria-labelledby="answers">
            <h2 id="answers">Answers</h2>
            {answers.length === 0 ? undefined : <p class="fact">{comparisonOf(answers)}</p>}
            <Answers answers={answers} />
          </section>
          <section aria-labelledby="known-keys">
            <h2 id="known-keys">Keys that they know</h2>
            <KnownKeys apis={known} />
          </section>
        </div>
      </div>
    </main>
  )
}
