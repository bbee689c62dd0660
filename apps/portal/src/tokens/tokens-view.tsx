import type { JSX } from 'preact'
import { useState } from 'preact/hooks'

import { Copy } from '../ui/copy.tsx'
import { useWorld } from '../world.ts'
import { mintToken, type MintedToken } from './mint.ts'
import { Minted } from './minted.tsx'
import { OptionsForm } from './options-form.tsx'
import { groups, tokenKinds, type TokenKindId } from './token-kinds.ts'
import { emptyForm, type TokenForm } from './token-options.ts'

/** Every kind of token, one click each. */
export function TokensView(): JSX.Element {
  const { status, announce } = useWorld()
  const [form, setForm] = useState<TokenForm>(emptyForm)
  const [minted, setMinted] = useState<MintedToken>()
  const [problem, setProblem] = useState('')

  const mint = async (id: TokenKindId): Promise<void> => {
    try {
      setMinted(await mintToken(id, form, status))
      setProblem('')
      announce(`A token was minted: ${tokenKinds[id].name}`)
    } catch (error) {
      setProblem(error instanceof Error ? error.message : 'It failed.')
    }
  }

  return (
    <main class="tokens">
      <h1>Tokens</h1>
      <p class="lead">
        One click mints a token with the exact shape of Entra ID’s. It is worth nothing outside this machine.
      </p>
      <Connect />
      <div class="columns">
        <div class="kinds">
          {groups.map(({ id, title, kinds }) => (
            <section key={id} aria-labelledby={`kinds-${id}`} class={id}>
              <h2 id={`kinds-${id}`}>{title}</h2>
              <ul>
                {kinds.map((kind) => (
                  <li key={kind}>
                    <button
                      type="button"
                      aria-pressed={minted?.kind === kind}
                      onClick={() => void mint(kind)}
                    >
                      {tokenKinds[kind].name}
                    </button>
                  </li>
                ))}
              </ul>
            </section>
          ))}
        </div>
        <div>
          {problem === '' ? undefined : (
            <p class="problem" role="alert">
              {problem}
            </p>
          )}
          <Minted minted={minted} onAgain={(kind) => void mint(kind)} />
          <OptionsForm form={form} onChange={(changed) => setForm({ ...form, ...changed })} />
        </div>
      </div>
    </main>
  )
}

/** How an API of this machine comes to accept these tokens. */
function Connect(): JSX.Element {
  const line = `ENTRA_EMULATOR_URL=${location.origin}`
  return (
    <p class="connect">
      Your API asks this emulator with <code>{line}</code>
      <Copy text={line} label="Copy the variable" /> and the code in <a href="#/directory">Directory</a>.
    </p>
  )
}
