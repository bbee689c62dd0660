import { useId, type ReactNode } from 'react'

import { isTokenKind, tokenKinds, type TokenKindId } from '../lib/token-kinds.ts'

const kinds = Object.entries(tokenKinds)

interface TokenFieldsProps {
  readonly kind: TokenKindId
  readonly token: string
  readonly isReady: boolean
  readonly onKind: (kind: TokenKindId) => void
  readonly onMint: () => void
  readonly onSendAgain: () => void
}

/** Which kind of token to mint, and the one that was sent. */
export function TokenFields(props: TokenFieldsProps): ReactNode {
  const { kind, token, isReady, onKind, onMint, onSendAgain } = props
  const kindId = useId()
  const tokenId = useId()
  return (
    <fieldset disabled={!isReady}>
      <legend>Token</legend>
      <div className="field">
        <label htmlFor={kindId}>Kind</label>
        <select
          id={kindId}
          aria-describedby={`${kindId}-help`}
          value={kind}
          onChange={({ target }) => isTokenKind(target.value) && onKind(target.value)}
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
        <button type="button" className="primary" onClick={onMint}>
          Mint and send
        </button>
      </div>
      <div className="field">
        <label htmlFor={tokenId}>What was sent</label>
        <textarea id={tokenId} rows={6} readOnly spellCheck={false} value={token} />
        <button type="button" disabled={token === ''} onClick={onSendAgain}>
          Send it again
        </button>
      </div>
    </fieldset>
  )
}
