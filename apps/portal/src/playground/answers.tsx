import type { JSX } from 'preact'

import { Code, Copy } from '../ui/copy.tsx'
import { shownText } from '../ui/shown.ts'
import { Whole } from '../ui/whole.tsx'
import { nameOf, type Answered } from './ask-apis.ts'

/** What a status means for the token that was sent. */
function outcomeOf(status: number): readonly [tone: 'good' | 'bad' | 'wait', word: string] {
  if (status >= 200 && status < 300) return ['good', 'Accepted']
  if (status === 400 || status === 401 || status === 403) return ['bad', 'Refused']
  if (status === 404) return ['wait', 'No such route']
  if (status >= 300 && status < 400) return ['wait', 'Redirected']
  return ['wait', 'Not decided']
}

/** The answers side by side. */
export function Answers({ answers }: { readonly answers: readonly Answered[] }): JSX.Element {
  if (answers.length === 0) return <p class="blank">Nothing was sent yet.</p>
  return (
    <ul class="cards">
      {answers.map((answered) => (
        <Card key={answered.api.url} {...answered} />
      ))}
    </ul>
  )
}

function Card({ api, answer, code, hint }: Answered): JSX.Element {
  const [tone, word] = 'problem' in answer ? (['wait', 'No answer'] as const) : outcomeOf(answer.status)
  return (
    <li class={`card ${tone}`}>
      <header>
        <h3>{nameOf(api)}</h3>
        <p class="outcome">
          {word}
          {'problem' in answer ? undefined : <span class="status">{answer.status}</span>}
        </p>
      </header>
      {'problem' in answer ? (
        <p class="fact">{answer.problem}</p>
      ) : (
        <>
          {code === undefined ? undefined : (
            <p class="code-line">
              <code>{shownText(code)}</code>
              <Copy text={code} label={`Copy the code of ${nameOf(api)}`} />
            </p>
          )}
          {hint === undefined ? undefined : <p>{shownText(hint)}</p>}
          {tone === 'bad' && code === undefined ? (
            <p class="note">
              It does not say why. With <code>challenge: {'{ exposeCode: true }'}</code> it does, for
              development.
            </p>
          ) : undefined}
          <dl>
            <dt>Address</dt>
            <dd>
              <code>
                <Whole text={api.url} />
              </code>
            </dd>
            {answer.headers['www-authenticate'] === undefined ? undefined : (
              <>
                <dt>Challenge</dt>
                <dd>
                  <code>
                    <Whole text={shownText(answer.headers['www-authenticate'])} />
                  </code>
                </dd>
              </>
            )}
          </dl>
          {answer.body === '' ? undefined : (
            <details>
              <summary>Body</summary>
              <Code text={pretty(answer.body)} label={`the body of ${nameOf(api)}`} />
            </details>
          )}
        </>
      )}
    </li>
  )
}

const pretty = (body: string): string => {
  let text = body
  try {
    text = JSON.stringify(JSON.parse(body), undefined, 2)
  } catch {
    // It is shown as it came.
  }
  return shownText(text).replaceAll(String.raw`\u{a}`, '\n')
}
