import type { ReactNode } from 'react'

import type { ApiAnswer } from '../lib/playground.ts'

export function Answers({ answers }: { readonly answers: readonly ApiAnswer[] }): ReactNode {
  if (answers.length === 0) return <p className="note">Nothing was sent yet.</p>
  return (
    <ul className="cards">
      {answers.map(({ api, status, challenge, code, body }) => (
        <li key={api} className={`card ${status === 200 ? 'good' : 'bad'}`}>
          <h3>{api}</h3>
          <dl>
            <dt>Status</dt>
            <dd className="status">{status === 0 ? 'none' : status}</dd>
            <dt>Code</dt>
            <dd>{code === null ? 'none' : <code>{code}</code>}</dd>
            <dt>Challenge</dt>
            <dd>{challenge === null ? 'none' : <code>{challenge}</code>}</dd>
            <dt>Body</dt>
            <dd>
              <code>{body}</code>
            </dd>
          </dl>
        </li>
      ))}
    </ul>
  )
}
