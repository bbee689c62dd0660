import { readClaimsRequest } from './claims-challenge.ts'

/** As much as Node takes for all headers of an answer; beyond it there is nothing worth reading. */
const maxHeaderLength = 16_384

/**
 * Reads the claims challenge from another API's 401, for an API that called it on behalf of a user. The result is the
 * claims request as JSON text, ready for MSAL's `claims` and for {@link claimsChallenge}. `undefined` for every other
 * response.
 *
 * Reads Microsoft's form: `WWW-Authenticate: Bearer …, error="insufficient_claims", claims="<base64>"`. A header that
 * cannot be read counts as no challenge, and so do claims that are not a JSON object or are too long for
 * `claimsChallenge`. It never throws. It does not check who answered, although your user will be asked for whatever the
 * challenge asks for. An API sends a challenge only to clients that declare `clientCapabilities: ['CP1']`.
 *
 * @example
 * ```ts
 * const response = await fetch(invoices, { headers: { authorization: `Bearer ${await acquire(scopes)}` } })
 * const claims = readClaimsChallenge(response)
 * if (claims !== undefined) throw claimsChallenge(claims, identity)
 * ```
 *
 * @see https://learn.microsoft.com/entra/identity-platform/claims-challenge
 */
export function readClaimsChallenge(response: {
  readonly status: number
  readonly headers: { get(name: string): string | null | undefined }
}): string | undefined {
  if (response.status !== 401) return undefined
  const header = response.headers.get('www-authenticate') ?? ''
  for (const { scheme, parameters } of readChallenges(header)) {
    if (scheme !== 'bearer' || parameters.get('error') !== 'insufficient_claims') continue
    const json = decodeBase64(parameters.get('claims') ?? '')
    const claims = json === undefined ? undefined : readClaimsRequest(json)
    if (claims !== undefined) return claims
  }
  return undefined
}

interface ReadChallenge {
  readonly scheme: string
  readonly parameters: Map<string, string>
}

const token = "[!#$%&'*+.^_`|~\\w-]+"
const itemEnd = '[ \\t]*(?=,|$)'

// RFC 9110 §11.6.1: challenges and their parameters stand in one list, so a name tells by what follows it which of the
// two it is. The alternatives exclude each other by their next character: no input makes them try again and again.
const listItem = new RegExp(
  `[ \\t,]*(?<name>${token})` +
    `(?:[ \\t]*=[ \\t]*(?:"(?<quoted>(?:[^"\\\\]|\\\\[^])*)"|(?<bare>${token}))${itemEnd}` +
    `|[ \\t]+(?:[\\w.~+/-]+=*${itemEnd})?|${itemEnd})`,
  'y',
)

/** The challenges of a `WWW-Authenticate` header, several headers joined by commas; none when it is malformed. */
function readChallenges(header: string): readonly ReadChallenge[] {
  const challenges: ReadChallenge[] = []
  if (header.length > maxHeaderLength) return challenges
  const text = withoutTrailingCommas(header)
  listItem.lastIndex = 0
  while (listItem.lastIndex < text.length) {
    const groups = listItem.exec(text)?.groups
    if (groups === undefined) return []
    const name = groups['name']?.toLowerCase() ?? ''
    const value = groups['quoted']?.replaceAll(/\\([^])/g, '$1') ?? groups['bare']
    if (value === undefined) {
      challenges.push({ scheme: name, parameters: new Map() })
      continue
    }
    const parameters = challenges.at(-1)?.parameters
    if (parameters === undefined || parameters.has(name)) return []
    parameters.set(name, value)
  }
  return challenges
}

/** By hand: an expression with `$` would begin anew at each of many commas. */
function withoutTrailingCommas(header: string): string {
  let end = header.length
  while (' \t\r\n,'.includes(header.charAt(end - 1)) && end > 0) end--
  return header.slice(0, end)
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Standard base64; its URL-safe alphabet and absent padding too, since both are seen. */
function decodeBase64(text: string): string | undefined {
  if (!/^[\w+/-]+={0,2}$/.test(text)) return undefined
  try {
    const binary = atob(text.replace(/=+$/, '').replaceAll('-', '+').replaceAll('_', '/'))
    return utf8.decode(Uint8Array.from(binary, (character) => character.charCodeAt(0)))
  } catch {
    return undefined
  }
}
