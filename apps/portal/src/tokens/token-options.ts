import { filled, words } from '../ui/words.ts'

/** What a form says about a token, as it was typed. */
export interface TokenForm {
  readonly audience: string
  readonly tenantId: string
  readonly user: string
  readonly clientId: string
  readonly version: string
  readonly scopes: string
  readonly roles: string
  readonly expiresIn: string
  readonly claims: string
}

export const emptyForm: TokenForm = {
  audience: '',
  tenantId: '',
  user: '',
  clientId: '',
  version: '',
  scopes: '',
  roles: '',
  expiresIn: '',
  claims: '',
}

function readClaims(text: string): object | undefined {
  if (text.trim() === '') return undefined
  let claims: unknown
  try {
    claims = JSON.parse(text)
  } catch {
    claims = undefined
  }
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims))
    throw new TypeError('Claims must be a JSON object, for example {"amr":["mfa"]}')
  return claims
}

function readSeconds(text: string): number | undefined {
  if (text.trim() === '') return undefined
  const seconds = Number(text)
  if (!Number.isFinite(seconds)) throw new TypeError('Expires in must be a number of seconds')
  return seconds
}

/** What the form has and a kind of token has not; the emulator refuses an option that would have no effect. */
const foreign: Readonly<Record<string, readonly string[]>> = {
  app: ['user', 'scopes'],
  b2c: ['roles', 'version'],
  id: ['roles', 'clientId'],
}

/**
 * The body of the request: what the kind of token asks for, and what the form says beside it. A kind that is about a
 * member keeps it. The form is the same for all kinds: what this one does not have is left out.
 *
 * @throws TypeError that says what is wrong with the form.
 */
export function tokenRequest(
  form: TokenForm,
  kind: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const { scopes, roles, claims, expiresIn, ...texts } = form
  const without = Object.fromEntries((foreign[String(kind['kind'])] ?? []).map((name) => [name, undefined]))
  const own = filled({
    ...texts,
    scopes: scopes.trim() === '' ? undefined : words(scopes),
    roles: roles.trim() === '' ? undefined : words(roles),
    expiresIn: readSeconds(expiresIn),
    claims: readClaims(claims),
    ...without,
  })
  return {
    ...own,
    ...filled(kind),
    ...(own['claims'] !== undefined && { claims: Object.assign({}, own['claims'], kind['claims']) }),
  }
}
