import {
  Client,
  StreamableHTTPClientTransport,
  UnauthorizedError,
  type OAuthClientProvider,
  type OAuthDiscoveryState,
  type StoredOAuthTokens,
} from '@modelcontextprotocol/client'

import { Person } from './person.ts'

/** An application that uses the server, as it is registered, and who sits in front of it. */
export interface Application {
  readonly server: URL
  readonly clientId: string
  readonly redirectUri: string
  /** The object id of somebody in the emulator. */
  readonly user: string
  /** Reaches the server and, at Microsoft's addresses, the emulator. */
  readonly fetch: typeof fetch
}

/** What the application keeps, and where it sends its user. */
class Session implements OAuthClientProvider {
  readonly redirectUrl: string
  readonly clientMetadata: { redirect_uris: string[]; grant_types: string[] }
  /** The scopes of each sign-in. */
  readonly asked: string[] = []
  visit: URL | undefined
  #tokens: StoredOAuthTokens | undefined
  #verifier = ''
  #discovered: OAuthDiscoveryState | undefined
  readonly #clientId: string

  constructor({ clientId, redirectUri }: Application) {
    this.#clientId = clientId
    this.redirectUrl = redirectUri
    // With `refresh_token` it asks for offline_access.
    this.clientMetadata = {
      redirect_uris: [redirectUri],
      grant_types: ['authorization_code', 'refresh_token'],
    }
  }

  clientInformation = () => ({ client_id: this.#clientId })
  tokens = () => this.#tokens
  codeVerifier = () => this.#verifier
  discoveryState = () => this.#discovered
  saveTokens(tokens: StoredOAuthTokens): void {
    this.#tokens = tokens
  }
  saveCodeVerifier(verifier: string): void {
    this.#verifier = verifier
  }
  saveDiscoveryState(state: OAuthDiscoveryState): void {
    this.#discovered = state
  }
  redirectToAuthorization(url: URL): void {
    this.visit = url
    this.asked.push(url.searchParams.get('scope') ?? '')
  }
}

/** A connection on which somebody signs in whenever the server asks for it. */
export interface Connection {
  readonly tools: () => Promise<string[]>
  readonly call: (name: string, values?: Record<string, unknown>) => Promise<string>
  /** The scopes of each sign-in so far. */
  readonly asked: readonly string[]
  readonly close: () => Promise<void>
}

export async function connect(application: Application): Promise<Connection> {
  const { server, redirectUri, user, fetch } = application
  const session = new Session(application)
  const person = new Person(user, fetch)
  const client = new Client({ name: 'orders-client', version: '1.0.0' })
  const open = () => new StreamableHTTPClientTransport(server, { authProvider: session, fetch })
  let transport = open()

  /** Signs in and tries again where the server has asked for it, once. */
  async function signingIn<T>(act: () => Promise<T>): Promise<T> {
    try {
      return await act()
    } catch (error) {
      const { visit } = session
      if (!(error instanceof UnauthorizedError) || visit === undefined) throw error
      session.visit = undefined
      await transport.finishAuth(await person.signIn(visit, redirectUri))
      return act()
    }
  }

  await signingIn(async () => {
    if (session.tokens() !== undefined) transport = open()
    await client.connect(transport)
  })
  return {
    asked: session.asked,
    tools: async () => (await signingIn(() => client.listTools())).tools.map(({ name }) => name),
    async call(name, values = {}) {
      const { content, isError } = await signingIn(() => client.callTool({ name, arguments: values }))
      const [first] = content
      const text = first?.type === 'text' ? first.text : ''
      if (isError === true) throw new Error(text)
      return text
    },
    close: () => client.close(),
  }
}
