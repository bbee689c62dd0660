import type { JSX } from 'preact'
import { useCallback, useEffect, useId, useState } from 'preact/hooks'

import { Copy } from '../ui/copy.tsx'
import { Menu } from '../ui/menu.tsx'
import { Findings } from './findings.tsx'
import { inspectToken, noSteps, type Inspection } from './inspect-token.ts'
import { JsonView } from './json-view.tsx'
import { Pipeline } from './pipeline.tsx'
import { sampleToken, samples, type SampleName } from './sample.ts'
import { SettingsForm, type KeySource } from './settings-form.tsx'
import type { Settings } from './settings.ts'
import { headlineOf, Verdict } from './verdict.tsx'

/** What is inspected; it is kept in the page only, while other views are shown. */
export interface Inspected {
  readonly token: string
  readonly settings: Settings
  /** Are the keys read from the source for every token? */
  readonly isFollowing: boolean
}

interface InspectorViewProps {
  readonly inspected: Inspected
  readonly onChange: (inspected: Inspected) => void
  readonly source: KeySource | undefined
  readonly now: () => number
}

const sampleNames = Object.keys(samples).filter((name): name is SampleName => name in samples)

/** Everything happens in this page: core and its explanations run here. */
export function InspectorView({ inspected, onChange, source, now }: InspectorViewProps): JSX.Element {
  const { token, settings, isFollowing } = inspected
  const [inspection, setInspection] = useState<Inspection>()
  const [problem, setProblem] = useState('')
  const id = useId()

  const loadKeys = useCallback(
    async (from: Settings): Promise<Settings> => {
      if (source === undefined) return from
      try {
        const keys = await source.load(from)
        setProblem('')
        return { ...from, keys }
      } catch (error) {
        setProblem(error instanceof Error ? error.message : 'The keys could not be read.')
        return from
      }
    },
    [source],
  )

  useEffect(() => {
    let isCurrent = true
    const inspect = async (): Promise<void> => {
      const known = isFollowing && token.trim() !== '' ? await loadKeys(settings) : settings
      const result = token.trim() === '' ? undefined : await inspectToken(token, known, now)
      if (!isCurrent) return
      setInspection(result)
      if (known.keys !== settings.keys) onChange({ token, settings: known, isFollowing })
    }
    void inspect()
    return () => {
      isCurrent = false
    }
    // A clock that moved is no reason to inspect again: the verdict is that of the moment when it was asked for.
  }, [token, settings, isFollowing, loadKeys])

  const fetchKeys = async (): Promise<void> => {
    onChange({ token, settings: await loadKeys(settings), isFollowing: source?.isFollowed === true })
  }
  const useSample = async (name: SampleName): Promise<void> => {
    onChange({ ...(await sampleToken(name, now())), isFollowing: false })
  }
  const first = inspection === undefined ? undefined : headlineOf(inspection)
  const others = inspection?.explanation.findings.filter((finding) => finding !== first) ?? []

  return (
    <main class="inspector">
      <h1>Inspector</h1>
      <div class="paste">
        <div class="field">
          <label htmlFor={id}>Access token</label>
          <textarea
            id={id}
            class="mono token"
            rows={6}
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            placeholder="eyJ…"
            value={token}
            onInput={({ currentTarget }) => onChange({ token: currentTarget.value, settings, isFollowing })}
          />
          <p class="actions">
            <Menu
              items={sampleNames.map((name) => ({
                label: samples[name].label,
                onSelect: () => void useSample(name),
              }))}
            >
              Try a sample
            </Menu>
            <Copy text={token} label="Copy the token" class="button">
              Copy token
            </Copy>
            <button
              type="button"
              class="quiet"
              disabled={token === ''}
              onClick={() => onChange({ token: '', settings, isFollowing })}
            >
              Forget it
            </button>
          </p>
        </div>
        <Verdict inspection={inspection} />
      </div>
      <section aria-label="Verification steps">
        <Pipeline steps={inspection?.steps ?? noSteps} />
      </section>
      <div class={inspection === undefined ? 'columns alone' : 'columns'}>
        {inspection === undefined ? undefined : (
          <div>
            <section aria-labelledby="contents">
              <h2 id="contents">Contents</h2>
              <p class="note">Open a line to see what it means and what it is good for.</p>
              <JsonView title="Header" members={inspection.explanation.header} />
              <JsonView title="Payload" members={inspection.explanation.claims} />
            </section>
            <Findings findings={others} />
          </div>
        )}
        <SettingsForm
          settings={settings}
          source={source}
          isFollowing={isFollowing}
          problem={problem}
          onChange={(changed) =>
            onChange({
              token,
              settings: { ...settings, ...changed },
              isFollowing: isFollowing && changed.keys === undefined,
            })
          }
          onFetch={() => void fetchKeys()}
        />
      </div>
    </main>
  )
}
