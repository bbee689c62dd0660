import { isRecord } from '../values/shape.ts'

/** Secret members of forms, URLs and responses. Only their length is shown. */
const secrets = new Set(
  'access_token id_token refresh_token client_secret client_assertion assertion password code code_verifier device_code id_token_hint client_info subject_token x5c n'.split(
    ' ',
  ),
)

const hide = (text: string): string => `(${text.length} characters)`

const masked = (name: string, value: string): string =>
  secrets.has(name) || /^(?:Bearer )?eyJ[\w-]+\.[\w-]+\./.test(value) ? hide(value) : value

/** The members of a form or a query, with secrets masked. */
export const maskedMembers = (members: URLSearchParams): Readonly<Record<string, string>> =>
  Object.fromEntries([...members].map(([name, value]) => [name, masked(name, value)]))

/** A URL, with secrets masked. */
export function maskedAddress(host: string, url: URL): string {
  const query = Object.entries(maskedMembers(url.searchParams)).map(([name, value]) => `${name}=${value}`)
  return `https://${host}${url.pathname}${query.length === 0 ? '' : `?${query.join('&')}`}`
}

/** The JSON of a response, with secrets masked. */
export function maskedJson(value: unknown, name = ''): unknown {
  if (typeof value === 'string') return masked(name, value)
  if (Array.isArray(value))
    return secrets.has(name) ? hide(String(value)) : value.map((one) => maskedJson(one))
  if (!isRecord(value)) return value
  return Object.fromEntries(Object.entries(value).map(([member, one]) => [member, maskedJson(one, member)]))
}
