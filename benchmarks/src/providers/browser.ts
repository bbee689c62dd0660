import { createHash, randomBytes } from 'node:crypto'

import type { Provider } from './provider.ts'

/** What came of one sign-in. */
export interface SignedIn {
  readonly accessToken: string
  readonly idToken: string
  readonly nonce: string
}

const random = (): string => randomBytes(24).toString('base64url')

/** The form of a sign-in page, with its hidden fields and the first account. */
function pick(html: string): { readonly action: string; readonly body: URLSearchParams } {
  const plain = html.replaceAll('&amp;', '&')
  const action = /<form method="post" action="([^"]*)"/.exec(plain)?.[1] ?? ''
  const fields = [...plain.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)]
  const body = new URLSearchParams(fields.map(([, name = '', value = '']) => [name, value]))
  body.set('user', /name="user" value="([^"]*)"/.exec(plain)?.[1] ?? '')
  return { action, body }
}

/** A person with a browser, and the app in it: authorization code with PKCE. The same code for every authority. */
export class Browser {
  readonly #provider: Provider
  readonly #cookies: Map<string, string> = new Map()

  constructor(provider: Provider) {
    this.#provider = provider
  }

  async #send(url: string, init: RequestInit = {}): Promise<Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(url, {
      ...init,
      redirect: 'manual',
      ...(cookie !== '' && { headers: { cookie } }),
    })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '') this.#cookies.delete(name)
      else this.#cookies.set(name, value)
    }
    return response
  }

  /** Follows where the authority leads, through its page if it shows one, until the app is reached. */
  async #authorize(query: URLSearchParams): Promise<string> {
    const { authorizeUrl, redirectUri } = this.#provider
    let [url, init]: [string, RequestInit] = [`${authorizeUrl}?${query}`, {}]
    for (let step = 0; step < 10; step++) {
      const response = await this.#send(url, init)
      const location = response.headers.get('location')
      const html = await response.text()
      if (location?.startsWith(redirectUri) === true) return new URL(location).searchParams.get('code') ?? ''
      if (location !== null) {
        url = new URL(location, url).href
        init = {}
      } else {
        const { action, body } = pick(html)
        if (action === '') throw new Error(`${response.status} at ${url}: ${html.slice(0, 300)}`)
        url = new URL(action, url).href
        init = { method: 'POST', body }
      }
    }
    throw new Error('the authority leads round in a circle')
  }

  async signIn(): Promise<SignedIn> {
    const { clientId, redirectUri, scope, tokenUrl } = this.#provider
    const [state, nonce, verifier] = [random(), random(), random() + random()]
    const common = { client_id: clientId, redirect_uri: redirectUri }
    const code = await this.#authorize(
      new URLSearchParams({
        ...common,
        response_type: 'code',
        scope,
        state,
        nonce,
        code_challenge: createHash('sha256').update(verifier).digest('base64url'),
        code_challenge_method: 'S256',
      }),
    )
    // The app's own request: no cookie of the browser.
    const response = await fetch(tokenUrl, {
      method: 'POST',
      body: new URLSearchParams({
        ...common,
        grant_type: 'authorization_code',
        code,
        code_verifier: verifier,
        scope,
      }),
    })
    const answer = (await response.json()) as { access_token?: string; id_token?: string }
    if (answer.access_token === undefined || answer.id_token === undefined)
      throw new Error(`${response.status}: ${JSON.stringify(answer)}`)
    return { accessToken: answer.access_token, idToken: answer.id_token, nonce }
  }
}
