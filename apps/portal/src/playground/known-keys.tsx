import type { JSX } from 'preact'

import { shownText } from '../ui/shown.ts'
import { nameOf, type Knowing } from './ask-apis.ts'

/** Which keys each API knows; where the emulator lists them is in Traffic. */
export function KnownKeys({ apis }: { readonly apis: readonly Knowing[] }): JSX.Element {
  if (apis.length === 0)
    return (
      <p class="blank">
        An API that answers with <code>verifier.keys()</code> in development shows its keys here. Name that
        address where you add the API.
      </p>
    )
  return (
    <ul class="cards">
      {apis.map(({ api, keys }) => (
        <li key={api.url} class="card">
          <h3>{nameOf(api)}</h3>
          {keys === undefined ? (
            <p class="note">It does not tell.</p>
          ) : keys.length === 0 ? (
            <p class="note">No keys yet: they are fetched for the first token.</p>
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
                      <code>{shownText(kid)}</code>
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
