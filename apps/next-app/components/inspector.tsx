'use client'

import { useEffect, useId, useState, type ReactNode } from 'react'

import { inspectToken, noSteps, type Inspection } from '../lib/inspect-token.ts'
import { noSettings, type InspectionSettings } from '../lib/inspection-settings.ts'
import { shownText } from '../lib/shown.ts'
import { ClaimsTable } from './claims-table.tsx'
import { Findings } from './findings.tsx'
import { SettingsFields } from './settings-fields.tsx'
import { Steps } from './steps.tsx'

/** Everything happens in this page: core and `explain` run here, and the token is kept in its state only. */
export function Inspector(): ReactNode {
  const [token, setToken] = useState('')
  const [settings, setSettings] = useState<InspectionSettings>(noSettings)
  const [inspection, setInspection] = useState<Inspection>()
  const [isReady, setIsReady] = useState(false)
  const tokenId = useId()
  const isEmpty = token.trim() === ''

  // What is typed before the page runs would be on the screen and not in the state.
  useEffect(() => setIsReady(true), [])

  useEffect(() => {
    if (isEmpty) {
      setInspection(undefined)
      return
    }
    let isCurrent = true
    const inspect = async (): Promise<void> => {
      const result = await inspectToken(token, settings)
      if (isCurrent) setInspection(result)
    }
    void inspect()
    return () => {
      isCurrent = false
    }
  }, [token, settings, isEmpty])

  return (
    <main>
      <header>
        <h1>Token inspector</h1>
        <p>
          What an access token of Microsoft Entra ID says, and why an API refuses it. The token stays in this
          page: nothing is sent, and nothing is kept.
        </p>
      </header>
      <div className="columns">
        <div className="inputs">
          <div className="field">
            <label htmlFor={tokenId}>Access token</label>
            <textarea
              id={tokenId}
              className="token"
              rows={8}
              autoComplete="off"
              autoCapitalize="off"
              spellCheck={false}
              placeholder="eyJ…"
              disabled={!isReady}
              value={token}
              onChange={({ target }) => setToken(target.value)}
            />
            <button type="button" disabled={isEmpty} onClick={() => setToken('')}>
              Forget the token
            </button>
          </div>
          <SettingsFields
            settings={settings}
            isReady={isReady}
            onChange={(changed) => setSettings((before) => ({ ...before, ...changed }))}
          />
        </div>
        <div className="results">
          <p role="status" className="summary">
            {inspection === undefined ? 'Paste a token.' : shownText(inspection.explanation.summary)}
          </p>
          <section aria-label="Verification steps">
            <h2>Verification</h2>
            <Steps steps={inspection?.steps ?? noSteps} missing={inspection?.missing} />
          </section>
          {inspection === undefined ? undefined : (
            <>
              <section aria-label="Findings">
                <h2>Findings</h2>
                <Findings findings={inspection.explanation.findings} />
              </section>
              <section aria-label="Contents of the token">
                <h2>Contents</h2>
                <ClaimsTable caption="Header" claims={inspection.explanation.header} />
                <ClaimsTable caption="Claims" claims={inspection.explanation.claims} />
              </section>
            </>
          )}
        </div>
      </div>
    </main>
  )
}
