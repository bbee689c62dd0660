import type { ReactNode } from 'react'

import type { ApiKeys } from '../lib/playground.ts'

export function KeyStates({ apis }: { readonly apis: readonly ApiKeys[] }): ReactNode {
  return (
    <ul className="cards">
      {apis.map(({ api, keys }) => (
        <li key={api} className="card">
          <h3>{api}</h3>
          {keys === undefined ? (
            <p className="note">It does not tell.</p>
          ) : keys.length === 0 ? (
            <p className="note">No keys yet: they are fetched for the first token.</p>
          ) : (
            <table>
              <thead>
                <tr>
                  <th scope="col">Key</th>
                  <th scope="col">Read</th>
                  <th scope="col">Back-off</th>
                </tr>
              </thead>
              <tbody>
                {keys.map(({ kid, age, backOff }) => (
                  <tr key={kid}>
                    <th scope="row">
                      <code>{kid}</code>
                    </th>
                    <td>{Math.round(age)} s ago</td>
                    <td>{backOff === 0 ? 'none' : `${Math.ceil(backOff)} s`}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </li>
      ))}
    </ul>
  )
}
