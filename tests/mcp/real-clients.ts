import { Client, StreamableHTTPClientTransport, UnauthorizedError } from '@modelcontextprotocol/client'
import type {
  OAuthClientProvider,
  OAuthDiscoveryState,
  StoredOAuthTokens,
} from '@modelcontextprotocol/client'
import { UnauthorizedError as UnauthorizedErrorOfSdk1 } from '@modelcontextprotocol/sdk/client/auth.js'
import { Client as ClientOfSdk1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as TransportOfSdk1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { Person } from 'mcp-server/src/person.ts'

const redirectUri = 'http://localhost/callback'

/** An application with a user in front of it. It sends `resource`, as the SDK does by default. */
export class Session implements OAuthClientProvider {
  readonly redirectUrl = redirectUri
  readonly clientMetadata = {
    redirect_uris: [redirectUri],
    grant_types: ['authorization_code', 'refresh_token'],
  }
  /** Each address at which the user was to sign in. */
  readonly visits: URL[] = []
  kept: StoredOAuthTokens | undefined
  #verifier = ''
  #discovered: OAuthDiscoveryState | undefined
  readonly #clientId: string

  constructor(clientId: string) {
    this.#clientId = clientId
  }

  clientInformation = () => ({ client_id: this.#clientId })
  tokens = () => this.kept
  codeVerifier = () => this.#verifier
  discoveryState = () => this.#discovered
  saveTokens(tokens: StoredOAuthTokens): void {
    this.kept = tokens
  }
  saveCodeVerifier(verifier: string): void {
    this.#verifier = verifier
  }
  saveDiscoveryState(state: OAuthDiscoveryState): void {
    this.#discovered = state
  }
  redirectToAuthorization(url: URL): void {
    this.visits.push(url)
  }
}

/** What the tests do with a client, whatever its version. */
export interface RealClient {
  readonly session: Session
  readonly list: () => Promise<readonly string[]>
  readonly call: (name: string, values?: Record<string, unknown>) => Promise<string>
  readonly close: () => Promise<void>
}

export interface Setting {
  readonly server: URL
  readonly clientId: string
  readonly user: string
  readonly fetch: typeof fetch
}

/** What both versions have. */
interface Transport {
  finishAuth(answer: URLSearchParams): Promise<void>
}

const textOf = (result: object): string => {
  const { content, isError } = result as { content: { text?: string }[]; isError?: boolean }
  const text = content[0]?.text ?? ''
  if (isError === true) throw new Error(text)
  return text
}

/** A user who signs in where the client asks for it, once for each attempt. */
function userOf(setting: Setting, session: Session, isUnauthorized: (error: unknown) => boolean) {
  const person = new Person(setting.user, setting.fetch)
  return async <T>(transport: () => Transport, act: () => Promise<T>): Promise<T> => {
    const before = session.visits.length
    try {
      return await act()
    } catch (error) {
      const visit = session.visits[before]
      if (!isUnauthorized(error) || visit === undefined) throw error
      await transport().finishAuth(await person.signIn(visit, redirectUri))
      return act()
    }
  }
}

/** Version 2, in the era that it takes by default, or in the newest that the server speaks. */
export const version2 =
  (mode?: 'auto') =>
  async (setting: Setting): Promise<RealClient> => {
    const { server, fetch } = setting
    const session = new Session(setting.clientId)
    const attempt = userOf(setting, session, (error) => error instanceof UnauthorizedError)
    const client = new Client(
      { name: 'client-2', version: '1.0.0' },
      mode === undefined ? {} : { versionNegotiation: { mode } },
    )
    const open = () => new StreamableHTTPClientTransport(server, { authProvider: session, fetch })
    let transport = open()
    await attempt(
      () => transport,
      async () => {
        if (session.kept !== undefined) transport = open()
        await client.connect(transport)
      },
    )
    const acting = <T>(act: () => Promise<T>): Promise<T> => attempt(() => transport, act)
    return {
      session,
      list: async () => (await acting(() => client.listTools())).tools.map(({ name }) => name),
      call: async (name, values = {}) =>
        textOf(await acting(() => client.callTool({ name, arguments: values }))),
      close: () => client.close(),
    }
  }

/** Version 1, which reads the code alone. */
export async function version1(setting: Setting): Promise<RealClient> {
  const { server, fetch } = setting
  const session = new Session(setting.clientId)
  const attempt = userOf(setting, session, (error) => error instanceof UnauthorizedErrorOfSdk1)
  const client = new ClientOfSdk1({ name: 'client-1', version: '1.0.0' })
  const open = () => new TransportOfSdk1(server, { authProvider: session, fetch })
  let transport = open()
  const finishing = (): Transport => ({
    finishAuth: (answer) => transport.finishAuth(answer.get('code') ?? ''),
  })
  await attempt(finishing, async () => {
    if (session.kept !== undefined) transport = open()
    await client.connect(transport)
  })
  const acting = <T>(act: () => Promise<T>): Promise<T> => attempt(finishing, act)
  return {
    session,
    list: async () => (await acting(() => client.listTools())).tools.map(({ name }) => name),
    call: async (name, values = {}) =>
      textOf(await acting(() => client.callTool({ name, arguments: values }))),
    close: () => client.close(),
  }
}
