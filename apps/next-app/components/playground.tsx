'use client'

import { useCallback, useEffect, useState, type ReactNode } from 'react'

import type { ApiAnswer, ApiKeys } from '../lib/playground.ts'
import type { TokenKindId } from '../lib/token-kinds.ts'
import { Answers } from './answers.tsx'
import { KeyStates } from './key-states.tsx'
import { ProviderFields } from './provider-fields.tsx'
import { TokenFields } from './token-fields.tsx'

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
          <TokenFields
            kind={kind}
            token={token}
            isReady={isReady}
            onKind={setKind}
            onMint={() => void run('A new token was sent to the APIs.', mint)}
            onSendAgain={() => void run('The same token was sent again.', () => send(token))}
          />
          <ProviderFields isReady={isReady} onAction={(action, done) => void run(done, () => call(action))} />
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
