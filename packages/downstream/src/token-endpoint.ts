import {
  ConfidentialClientApplication,
  type AuthenticationResult,
  type Configuration,
} from '@azure/msal-node'
import type { UserIdentity } from '@entraguard/core'

import { lastAnswer, networkOf, type LastAnswer } from './msal-network.ts'
import { DownstreamError } from './downstream-error.ts'
import { readCertificate, type Certificate, type Current } from './credential-options.ts'
import type { Settings } from './options.ts'
import { refusalOf, unavailable } from './refusals.ts'
import type { CachedToken } from './token-cache.ts'
import { within } from './within.ts'

/** Whom a token is asked for, where. */
export interface TokenRequest {
  readonly loginHost: string
  readonly tenantId: string
  readonly scopes: readonly string[]
  /** The token of the user; without one the API asks for itself. */
  readonly assertion?: string
  readonly user?: UserIdentity
  /** A claims challenge that the token has to meet. */
  readonly claims?: string | undefined
}

type Auth = Pick<Configuration['auth'], 'clientSecret' | 'clientCertificate' | 'clientAssertion'>

/** Asks Entra ID for tokens, by MSAL. */
export class TokenEndpoint {
  readonly #settings: Settings
  readonly #clients: Map<string, ConfidentialClientApplication> = new Map()
  #proof: unknown

  constructor(settings: Settings) {
    this.#settings = settings
  }

  /** @throws {EntraGuardError | DownstreamError} */
  async ask(request: TokenRequest): Promise<CachedToken> {
    const auth = await this.#readCredential()
    const last: LastAnswer = {}
    try {
      const client = this.#clientOf(request.loginHost, auth)
      const answer = await lastAnswer.run(last, () => this.#send(client, request))
      if (answer === null || answer.accessToken === '') throw unavailable('no token came back')
      return {
        token: answer.accessToken,
        expiresAt: answer.expiresOn?.getTime() ?? this.#settings.now(),
      }
    } catch (error) {
      throw refusalOf(error, request.user, last)
    }
  }

  async #send(
    client: ConfidentialClientApplication,
    { loginHost, tenantId, scopes, assertion, claims }: TokenRequest,
  ): Promise<AuthenticationResult | null> {
    const common = {
      authority: `https://${loginHost}/${tenantId}`,
      scopes: [...scopes],
      skipCache: true,
      ...(claims !== undefined && { claims }),
    }
    try {
      return assertion === undefined
        ? await client.acquireTokenByClientCredential(common)
        : await client.acquireTokenOnBehalfOf({ ...common, oboAssertion: assertion })
    } finally {
      // MSAL keeps every token that it gets, without end, and nothing here asks it for one again.
      client.clearCache()
    }
  }

  /** One client for each login host, of which an API knows a handful: they come from its configuration. */
  #clientOf(loginHost: string, auth: Auth): ConfidentialClientApplication {
    const proof = auth.clientSecret ?? auth.clientCertificate?.thumbprintSha256
    // Another secret or certificate than last time: it was rotated.
    if (proof !== this.#proof) this.#clients.clear()
    this.#proof = proof
    const known = this.#clients.get(loginHost)
    if (known !== undefined) return known
    const { clientId, fetch, timeout } = this.#settings
    const client = new ConfidentialClientApplication({
      auth: {
        ...auth,
        clientId,
        authority: `https://${loginHost}/common`,
        knownAuthorities: [loginHost],
        // Other APIs may answer with claims challenges: fetchFor and your own caller understand them.
        clientCapabilities: ['CP1'],
      },
      system: {
        networkClient: networkOf(fetch, timeout),
        loggerOptions: { loggerCallback: () => {}, piiLoggingEnabled: false },
      },
    })
    this.#clients.set(loginHost, client)
    return client
  }

  async #readCredential(): Promise<Auth> {
    const { credential } = this.#settings
    // MSAL asks for it once for each exchange.
    if ('assertion' in credential) return { clientAssertion: () => this.#text(credential.assertion) }
    if ('secret' in credential) return { clientSecret: await this.#text(credential.secret) }
    const certificate = readCertificate(await this.#current(credential.certificate))
    return { clientCertificate: toMsal(certificate) }
  }

  async #text(value: Current<string>): Promise<string> {
    const text = await this.#current(value)
    if (typeof text !== 'string' || text === '') throw new DownstreamError('credential_refused')
    return text
  }

  /** What a function gives belongs to a key vault, a file, another service: they fail and hang. */
  async #current<T extends string | Certificate>(value: Current<T>): Promise<T> {
    if (typeof value !== 'function') return value
    try {
      return await within(this.#settings.timeout, value)
    } catch (error) {
      // As ENOENT: a name, and nothing that somebody wrote.
      const code = error instanceof Error && 'code' in error ? String(error.code) : ''
      const named = /^[A-Z][A-Z\d_]*$/.test(code) ? ` (${code})` : ''
      throw unavailable(`the credential of this API could not be obtained${named}`)
    }
  }
}

function toMsal({ thumbprintSha256, privateKey, x5c }: Certificate): NonNullable<Auth['clientCertificate']> {
  return { thumbprintSha256, privateKey, ...(x5c !== undefined && { x5c }) }
}
