import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'

import { Copy } from '../ui/copy.tsx'
import { TextField } from '../ui/fields.tsx'
import { quoted } from '../ui/words.ts'
import { useWorld } from '../world.ts'
import type { MintedToken } from './mint.ts'
import { tokenKinds, type TokenKindId } from './token-kinds.ts'

interface MintedProps {
  readonly minted: MintedToken | undefined
  readonly onAgain: (kind: TokenKindId) => void
}

/** Header, payload and signature, told apart. */
function Parts({ token }: { readonly token: string }): JSX.Element {
  const parts = token.split('.')
  return (
    <pre class="jwt" tabIndex={0} role="region" aria-label="The token">
      <code>
        {parts.map((part, index) => (
          <span key={index} class={`part-${index}`}>
            {part}
            {index < parts.length - 1 ? '.' : ''}
          </span>
        ))}
      </code>
    </pre>
  )
}

/** The token, and what one does with it. */
export function Minted({ minted, onAgain }: MintedProps): JSX.Element {
  const { inspect, send, firstApi } = useWorld()
  const [address, setAddress] = useState(firstApi)
  const place = useRef<HTMLElement>(null)
  // On a narrow screen it stands below what was pressed.
  useEffect(() => {
    if (minted !== undefined) place.current?.scrollIntoView({ block: 'nearest' })
  }, [minted])
  if (minted === undefined)
    return (
      <section class="minted empty" aria-label="The token">
        <p>Choose a kind of token. It appears here, ready to copy, to send or to inspect.</p>
      </section>
    )
  const { kind, token, request } = minted
  const curl = `curl -i ${quoted(address)} -H ${quoted(`authorization: Bearer ${token}`)}`
  const again = `curl -s ${location.origin}/__emulator/token -H 'content-type: application/json' -d ${quoted(JSON.stringify(request))}`
  return (
    <section class="minted" ref={place} aria-labelledby="minted">
      <header>
        <h2 id="minted">{tokenKinds[kind].name}</h2>
        <p>{tokenKinds[kind].expect}</p>
      </header>
      <Parts token={token} />
      <p class="actions">
        <button type="button" class="primary" onClick={() => inspect(token, request['audience'])}>
          Open in the inspector
        </button>
        <button type="button" onClick={() => send(kind, token)}>
          Send to your APIs
        </button>
        <Copy text={token} label="Copy the token" class="button">
          Copy token
        </Copy>
        <Copy text={curl} label="Copy as curl, with the token" class="button">
          Copy as curl
        </Copy>
        <Copy text={again} label="Copy the command that mints one like it" class="button">
          Copy how to mint it
        </Copy>
        <button type="button" class="quiet" onClick={() => onAgain(kind)}>
          Mint another
        </button>
      </p>
      <TextField label="Your API, for curl" value={address} onInput={setAddress} />
    </section>
  )
}
