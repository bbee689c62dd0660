import type {
  DpopSession,
  OAuthClientProvider,
  OAuthDiscoveryState,
  StoredOAuthTokens,
} from '@modelcontextprotocol/client'

import { registerProver } from '../bound-api.ts'
import { desktop, type World } from '../world.ts'

const callback = 'http://localhost:3000/callback'

/** What client and server make of proofs. */
export interface Proofs {
  /** Do both servers ask for nonces? */
  readonly nonce: boolean
}

/** What an application keeps of its user, in memory. */
export class Session implements OAuthClientProvider {
  readonly redirectUrl = callback
  readonly clientMetadata = {
    redirect_uris: [callback],
    grant_types: ['authorization_code', 'refresh_token'],
  }
  /** The addresses at which the user was asked. */
  readonly visits: URL[] = []
  kept: StoredOAuthTokens | undefined
  #discovered: OAuthDiscoveryState | undefined
  #verifier = ''

  clientInformation = (): { client_id: string } => ({ client_id: desktop })
  tokens = () => this.kept
  saveTokens(tokens: StoredOAuthTokens): void {
    this.kept = tokens
  }
  redirectToAuthorization(url: URL): void {
    this.visits.push(url)
  }
  saveCodeVerifier(verifier: string): void {
    this.#verifier = verifier
  }
  codeVerifier = () => this.#verifier
  saveDiscoveryState(state: OAuthDiscoveryState): void {
    this.#discovered = state
  }
  discoveryState = () => this.#discovered
}

/** Of a server whose Application ID URI is no address: Entra refuses a `resource` that is not the API of the scopes. */
export class SessionWithoutResource extends Session {
  validateResourceURL = () => Promise.resolve(undefined)
}

/** It keeps one key for its whole life, and remembers the nonces of both servers. */
export class ProvingSession extends SessionWithoutResource {
  readonly key: DpopSession
  readonly proofs: Proofs
  readonly #clientId: string

  constructor(world: World, key: DpopSession, proofs: Proofs) {
    super()
    this.key = key
    this.proofs = proofs
    this.#clientId = registerProver(world, proofs.nonce)
  }

  override clientInformation = () => ({ client_id: this.#clientId })
  dpop = () => this.key
}
