import { base64url } from 'jose'

/** The token with one more scope, under the signature of before. */
export function forge(token: string): string {
  const [header = '', payload = '', signature = ''] = token.split('.')
  const claims: unknown = JSON.parse(new TextDecoder().decode(base64url.decode(payload)))
  const scopes: unknown = Reflect.get(Object(claims), 'scp')
  const more = typeof scopes === 'string' ? `${scopes} Everything.Write` : 'Everything.Write'
  return [header, base64url.encode(JSON.stringify({ ...Object(claims), scp: more })), signature].join('.')
}
