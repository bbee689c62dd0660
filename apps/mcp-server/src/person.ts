/** Somebody with a browser: keeps cookies, follows redirects, picks an account of the emulator, agrees to what is asked. */
export class Person {
  readonly #user: string
  readonly #fetch: typeof fetch
  readonly #cookies = new Map<string, string>()

  constructor(user: string, fetchOf: typeof fetch) {
    this.#user = user
    this.#fetch = fetchOf
  }

  /** Goes there and on, until an address of the app comes: what it has to read. */
  async signIn(address: URL, redirectUri: string): Promise<URLSearchParams> {
    let [url, init]: [URL, RequestInit] = [address, {}]
    for (let step = 0; step < 10; step += 1) {
      if (`${url.origin}${url.pathname}` === redirectUri) return url.searchParams
      const answer = await this.#send(url, init)
      const location = answer.headers.get('location')
      if (location === null) [url, init] = this.#fillIn(url, await answer.text())
      else [url, init] = [new URL(location, url), {}]
    }
    throw new Error('the sign-in leads round in a circle')
  }

  async #send(url: URL, init: RequestInit): Promise<Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await this.#fetch(url, { ...init, headers: { cookie }, redirect: 'manual' })
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      this.#cookies.set(name, value)
    }
    return answer
  }

  #fillIn(url: URL, html: string): [URL, RequestInit] {
    const [, action = ''] = /<form method="post" action="([^"]*)"/.exec(html) ?? []
    if (action === '') throw new Error(html.replaceAll(/<[^>]*>/g, ' ').slice(0, 500))
    const hidden = [...html.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)]
    const body = new URLSearchParams(hidden.map(([, name = '', value = '']) => [plain(name), plain(value)]))
    if (html.includes('name="user"')) body.set('user', this.#user)
    if (html.includes('name="consent"')) body.set('consent', 'accept')
    return [new URL(plain(action), url), { method: 'POST', body }]
  }
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }
const plain = (text: string): string =>
  text.replace(/&([^;]+);/g, (whole, name: string) => entities[name] ?? whole)
