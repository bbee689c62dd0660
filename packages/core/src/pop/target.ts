import { invalidProof } from './refusal.ts'
import { parseUrl } from '../errors/parse-url.ts'
import { isHttps, parsePlainUrl, shown } from '../options/option-values.ts'

/*
 * Which address a proof and a request are about (RFC 9449 §4.3, check 9): scheme, host, port and path, in one spelling.
 * RFC 3986 §6.2.2 and §6.2.3: letter case of scheme, host and percent-encodings, characters that need no encoding, dots
 * in the path, the port of the scheme, an empty path. Query and fragment do not count.
 */

/** The address that this API has for its callers. */
export interface PublicAddress {
  readonly origin: string
  /** The prefix that a proxy removes from the path, without a trailing slash. */
  readonly prefix: string
}

/** The option `origin`. @throws {TypeError} */
export function readOrigin(value: unknown): PublicAddress {
  const url = parsePlainUrl(value)
  const address = url === undefined ? undefined : addressOf(url)
  if (address === undefined) {
    throw new TypeError(
      `origin must be the public https address of this API, such as "https://api.contoso.com", not ${shown(value)}`,
    )
  }
  return address
}

function addressOf(url: URL): PublicAddress | undefined {
  // Not `search`, which is empty also where a question mark ends the address.
  if (!isHttps(url) || url.href.includes('?')) return undefined
  const path = normalisePath(url.pathname)
  return path === undefined ? undefined : { origin: url.origin, prefix: path.replace(/\/+$/, '') }
}

/** The address of a request: its path at the public address, whatever `Host` says. @throws {EntraGuardError} `proof_invalid` */
export function targetOfRequest(requested: string, { origin, prefix }: PublicAddress): string {
  const path = requested.startsWith('/') ? requested : pathOf(requested)
  if (path !== undefined && goesByDots(path))
    throw invalidProof('the path of the request contains dot segments')
  const target = path === undefined ? undefined : targetOf(`${origin}${prefix}${path}`)
  if (target === undefined) throw invalidProof('the address of the request cannot be read')
  return target
}

/**
 * `/admin/../orders` is `/orders` for who follows the dots, and something below `/admin` for a router that does not: a proof
 * for one route would open another. Clients follow them before they send a request.
 */
function goesByDots(path: string): boolean {
  const [beforeQuery = ''] = path.split(/[?#]/, 1)
  return beforeQuery.split('/').some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment))
}

/** RFC 9112 §3.2.2: a client may send the whole address, and requests of the Fetch API have one. */
function pathOf(address: string): string | undefined {
  const [, rest] = /^https?:\/\/[^/?#\\]+(.*)/is.exec(address) ?? []
  return rest === undefined || rest.startsWith('/') ? rest : `/${rest}`
}

/** The address that a proof names. @throws {EntraGuardError} `proof_invalid` */
export function targetOfProof(htu: unknown): string {
  const target = typeof htu === 'string' ? targetOf(htu) : undefined
  if (target === undefined) throw invalidProof('htu is not an address')
  return target
}

function targetOf(text: string): string | undefined {
  // The parser mends what is none: backslashes, white space, missing slashes.
  if (!/^https?:\/\/[^/?#@]+(?:[/?#]|$)/i.test(text) || !/^[!-[\]-~]+$/.test(text)) return undefined
  const url = parseUrl(text)
  if (url === undefined) return undefined
  const path = normalisePath(url.pathname)
  return path === undefined ? undefined : `${url.origin}${path}`
}

const unreserved = /[A-Za-z0-9._~-]/

/** `undefined` for a percent sign that encodes nothing. Dots are where the parser left them: it has followed them. */
function normalisePath(path: string): string | undefined {
  if (/%(?![0-9A-Fa-f]{2})/.test(path)) return undefined
  return path.replace(/%[0-9A-Fa-f]{2}/g, (encoded) => {
    const character = String.fromCharCode(Number.parseInt(encoded.slice(1), 16))
    return unreserved.test(character) ? character : encoded.toUpperCase()
  })
}
