import { post, read, type KeyState, type Status } from '../emulator-api.ts'
import { forge } from './forge.ts'
import { rotatedKey, tokenKinds, type TokenKindId } from './token-kinds.ts'
import { tokenRequest, type TokenForm } from './token-options.ts'

/** A token that was minted, and how. */
export interface MintedToken {
  readonly kind: TokenKindId
  readonly token: string
  readonly request: Readonly<Record<string, unknown>>
}

/**
 * Mints a token of a kind, and rotates the keys before where the kind needs one that signs no more.
 *
 * @throws Error that says what the emulator or the form refuses.
 */
export async function mintToken(id: TokenKindId, form: TokenForm, status: Status): Promise<MintedToken> {
  const kind = tokenKinds[id]
  let keys = await read<readonly KeyState[]>('keys')
  if ('needsRotation' in kind && rotatedKey(keys) === undefined) {
    await post('rotate')
    keys = await read<readonly KeyState[]>('keys')
  }
  const request = tokenRequest(form, kind.options({ status, keys }))
  const { token } = await post<{ readonly token: string }>('token', request)
  return { kind: id, token: 'isForged' in kind ? forge(token) : token, request }
}
