import { expect } from 'vitest'

import { defaults, type Emulator } from '../../src/index.ts'

export const ADA = 'aaaaaaaa-0000-4000-8000-000000000001'
export const GRACE = 'bbbbbbbb-0000-4000-8000-000000000001'
export const authorityRoot = (tenant: string): string =>
  `https://login.microsoftonline.com/${tenant}/oauth2/v2.0`
export const ROOT = authorityRoot(defaults.tenantId)

/** What the token endpoint said. */
export type Answer = Readonly<Record<string, unknown>> & { readonly status: number }

/** Asks the token endpoint as a client does. */
export async function askToken(
  entra: Emulator,
  form: Record<string, string>,
  { root = ROOT, headers = {} }: { readonly root?: string; readonly headers?: Record<string, string> } = {},
): Promise<Answer> {
  const answer = await entra.fetch(`${root}/token`, {
    method: 'POST',
    body: new URLSearchParams(form),
    headers,
  })
  return { ...((await answer.json()) as object), status: answer.status }
}

/** Error and AADSTS code of an answer. */
export const codes = (answer: Answer): readonly [unknown, unknown] => [
  answer['error'],
  (answer['error_codes'] as number[] | undefined)?.[0],
]

/** A browser: it keeps the cookie of the emulator, and follows no redirect. */
export interface Browser {
  open(address: string): Promise<Response>
  /** Picks an account on the sign-in page; gives where the browser is sent. */
  pick(address: string, user: string, more?: Record<string, string>): Promise<URL>
  /** Opens an address that must lead back to the app at once. */
  silently(address: string): Promise<URL>
}

const target = (answer: Response): URL => {
  expect(answer.status).toBe(302)
  return new URL(answer.headers.get('location') ?? '')
}

export function openBrowser(entra: Emulator): Browser {
  const jar = new Map<string, string>()
  async function send(address: string, body?: URLSearchParams): Promise<Response> {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const request = new Request(address, {
      headers: cookie === '' ? {} : { cookie },
      ...(body === undefined ? {} : { method: 'POST', body }),
    })
    const answer = await entra.fetch(request)
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (line.includes('Max-Age=0')) jar.delete(name)
      else jar.set(name, value)
    }
    return answer
  }
  return {
    open: send,
    async pick(address, user, more = {}) {
      const url = new URL(address)
      const body = new URLSearchParams([...url.searchParams, ['user', user], ...Object.entries(more)])
      return target(await send(`${url.origin}${url.pathname}`, body))
    },
    silently: async (address) => target(await send(address)),
  }
}

/** The members that came back in the query or the fragment of a redirect. */
export const returned = (url: URL): Readonly<Record<string, string>> =>
  Object.fromEntries(url.hash === '' ? url.searchParams : new URLSearchParams(url.hash.slice(1)))
