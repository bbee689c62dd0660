/** Where a visit ended. */
export interface Visited {
  readonly url: URL
  readonly response: Response
  readonly html: string
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }
const unescape = (text: string): string =>
  text.replace(/&([^;]+);/g, (whole, name: string) => entities[name] ?? whole)

/** The form of a page, with its hidden fields. */
function formOf(html: string): { readonly action: string; readonly fields: URLSearchParams } | undefined {
  const action = /<form method="post" action="([^"]*)"/.exec(html)?.[1]
  if (action === undefined) return undefined
  const fields = [...html.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)]
  const entries = fields.map(([, name = '', value = '']) => [unescape(name), unescape(value)])
  return { action: unescape(action), fields: new URLSearchParams(entries) }
}

/**
 * Somebody with a browser that runs no scripts of an app: keeps cookies, follows redirects, picks an account on the
 * sign-in page, consents to everything, and sends the form on by which the answer goes to the app.
 */
export class Person {
  // Everything here is on localhost, where cookies do not tell ports apart.
  readonly #cookies = new Map<string, string>()

  readonly #user: string

  constructor(user: string) {
    this.#user = user
  }

  async #send(url: string, init: RequestInit): Promise<Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = new Headers(init.headers)
    if (cookie !== '') headers.set('cookie', cookie)
    const response = await fetch(url, { ...init, headers, redirect: 'manual' })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (/max-age=0/i.test(line) || value === '') this.#cookies.delete(name)
      else this.#cookies.set(name, value)
    }
    return response
  }

  /**
   * Goes there and on until a page of the app comes, or an address that `until` knows. That one is not asked for: the
   * library under test reads it.
   */
  async visit(
    address: string,
    until: (url: URL) => boolean = () => false,
    first: RequestInit = {},
  ): Promise<Visited> {
    let [url, init] = [new URL(address), first]
    for (let step = 0; step < 20; step += 1) {
      if (until(url)) return { url, response: new Response(), html: '' }
      const response = await this.#send(url.href, init)
      const location = response.headers.get('location')
      const html = await response.text()
      const form = formOf(html)
      if (location !== null) {
        url = new URL(location, url)
        init = {}
      } else if (form === undefined) return { url, response, html }
      else {
        url = new URL(form.action, url)
        const isSignIn = html.includes('name="user"')
        if (isSignIn) form.fields.set('user', this.#user)
        if (html.includes('name="consent"')) form.fields.set('consent', 'accept')
        init = { method: 'POST', body: form.fields }
      }
    }
    throw new Error(`${address} leads round in a circle`)
  }
}
