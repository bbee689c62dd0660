import { isLike, hasMembersAnd, isText, type Body, type Check } from '../values/shape.ts'
import { isLoopback } from './emulator-fetch.ts'

/** An API on this machine, to which the portal sends tokens. */
export interface LocalApi {
  /** What the portal calls it. Default: its host and port. */
  readonly name?: string | undefined
  /** A route that asks for a token, such as `http://localhost:3000/orders`. Loopback only. */
  readonly url: string
  /** Where the API tells in development what `verifier.keys()` gives, as JSON. Loopback only. */
  readonly keysUrl?: string | undefined
}

/** What an API answered, or why there is no answer. */
export type ApiAnswer =
  | {
      readonly status: number
      /** `www-authenticate` and `content-type`, where the API sent them. */
      readonly headers: Readonly<Record<string, string>>
      readonly body: string
    }
  | { readonly status: 0; readonly problem: string }

/** Sends a GET request to an address that `loopbackAddress` let through. */
export type AskApi = (address: URL, token: string | undefined, signal: AbortSignal) => Promise<ApiAnswer>

/**
 * An address on this machine, and nothing that some name server makes of a name: whoever could choose another host would
 * have the emulator ask for him what only this machine can reach.
 *
 * @throws TypeError for any other.
 */
export function loopbackAddress(text: string, option: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol) || !isLoopback(url.hostname))
    throw new TypeError(`${option} must be an address on this machine, such as http://localhost:3000/orders`)
  if (url.username !== '' || url.password !== '')
    throw new TypeError(`${option} must not contain a user name or a password`)
  if (url.hash !== '') throw new TypeError(`${option} must not contain a fragment, which no request carries`)
  return url
}

/** The members of one of `apis`; what the addresses may be is for {@link checkLocalApis}. */
export const isLocalApi: Check = hasMembersAnd(['url'], {
  name: isText,
  url: isText,
  keysUrl: isText,
} satisfies Readonly<Record<keyof LocalApi, Check>>)

/** @throws TypeError that names the option that is wrong. */
export function checkLocalApis(apis: readonly LocalApi[]): readonly LocalApi[] {
  return apis.map(({ name, url, keysUrl }, index) => {
    loopbackAddress(url, `apis[${index}].url`)
    if (keysUrl !== undefined) loopbackAddress(keysUrl, `apis[${index}].keysUrl`)
    return { name, url, keysUrl }
  })
}

const checkQuestion = hasMembersAnd(['url'], {
  url: isText,
  // What can stand in a header; the rest of it is for the API to judge.
  token: isLike(/^[\x20-\x7e]*$/, 'printable ASCII characters'),
})

/** `POST /__emulator/send`: one request to an API on this machine, with a token or without. */
export async function sendToApi(ask: AskApi, body: Body, signal: AbortSignal): Promise<ApiAnswer> {
  checkQuestion(body, '')
  const { url, token } = body
  return await ask(loopbackAddress(String(url), 'url'), typeof token === 'string' ? token : undefined, signal)
}
