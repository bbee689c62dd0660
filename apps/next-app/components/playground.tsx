'use client'

import { useCallback, useEffect, useId, useState, type ReactNode } from 'react'

import type { ApiAnswer, ApiKeys } from '../lib/playground.ts'
import { isTokenKind, tokenKinds, type TokenKindId } from '../lib/token-kinds.ts'
import { Answers } from './answers.tsx'
import { KeyStates } from './key-states.tsx'

const kinds = Object.entries(tokenKinds)

async function call<T>(action: string, body: object = {}): Promise<T> {
  const response = await fetch(`/playground/api/${action}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`${action} failed with ${response.status}`)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own route, lib/playground.ts
  return (await response.json()) as T
}

/** Tokens of the local Entra ID, sent to the sample APIs. */
export function Playground(): ReactNode {
  const [kind, setKind] = useState<TokenKindId>('v2-user')
  const [token, setToken] = useState('')
  const [answers, setAnswers] = useState<readonly ApiAnswer[]>([])
  const [apis, setApis] = useState<readonly ApiKeys[]>([])
  const [message, setMessage] = useState('')
  const [isReady, setIsReady] = useState(false)
  const kindId = useId()
  const tokenId = useId()

  const refreshKeys = useCallback(async (): Promise<void> => {
    setApis((await call<{ apis: readonly ApiKeys[] }>('keys')).apis)
  }, [])

  const run = async (done: string, work: () => Promise<void>): Promise<void> => {
    setMessage('')
    try {
      await work()
      await refreshKeys()
      setMessage(done)
    } catch (error) {
      setMessage(error instanceof Error ? error.message : 'It failed.')
    }
  }

  const send = async (text: string): Promise<void> => {
    setAnswers((await call<{ answers: readonly ApiAnswer[] }>('send', { token: text })).answers)
  }
  const mint = async (): Promise<void> => {
    const minted = await call<{ token: string }>('mint', { kind })
    setToken(minted.token)
    await send(minted.token)
  }

  useEffect(() => {
    setIsReady(true)
    void refreshKeys().catch(() => setMessage('The keys of the APIs could not be read.'))
  }, [refreshKeys])

  return (
    <main>
      <header>
        <h1>Playground</h1>
        <p>
          Tokens of the local Entra ID, sent as <code>GET /orders</code> to the sample APIs. The route admits
          users with Orders.Read and apps with Orders.Read.All.
        </p>
      </header>
      <div className="columns">
        <div className="inputs">
          <fieldset disabled={!isReady}>
            <legend>Token</legend>
            <div className="field">
              <label htmlFor={kindId}>Kind</label>
              <select
                id={kindId}
                aria-describedby={`${kindId}-help`}
                value={kind}
                onChange={({ target }) => isTokenKind(target.value) && setKind(target.value)}
              >
                {kinds.map(([id, { name }]) => (
                  <option key={id} value={id}>
                    {name}
                  </option>
                ))}
              </select>
              <p id={`${kindId}-help`} className="help">
                {tokenKinds[kind].expect}
              </p>
              <button
                type="button"
                className="primary"
                onClick={() => void run('A new token was sent to the APIs.', mint)}
              >
                Mint and send
              </button>
            </div>
            <div className="field">
              <label htmlFor={tokenId}>What was sent</label>
              <textarea id={tokenId} rows={6} readOnly spellCheck={false} value={token} />
              <button
                type="button"
                disabled={token === ''}
                onClick={() => void run('The same token was sent again.', () => send(token))}
              >
                Send it again
              </button>
            </div>
          </fieldset>
          <fieldset disabled={!isReady}>
            <legend>Identity provider</legend>
            <p className="buttons">
              <button
                type="button"
                onClick={() => void run('A new key signs from now on.', () => call('rotate'))}
              >
                Rotate keys
              </button>
              <button
                type="button"
                onClick={() => void run('The identity provider is offline.', () => call('offline'))}
              >
                Take offline
              </button>
              <button
                type="button"
                onClick={() => void run('The identity provider is online.', () => call('online'))}
              >
                Bring online
              </button>
            </p>
          </fieldset>
        </div>
        <div className="results">
          <p role="status" className="summary">
            {message === '' ? 'Mint a token.' : message}
          </p>
          <section aria-label="Answers of the APIs">
            <h2>Answers</h2>
            <Answers answers={answers} />
          </section>
          <section aria-label="Keys that the APIs know">
            <h2>Keys</h2>
            <KeyStates apis={apis} />
          </section>
        </div>
      </div>
    </main>
  )
}
