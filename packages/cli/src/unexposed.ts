import { explain } from '@entraguard/core/explain'

import type { Terminal } from './terminal.ts'

/** What was asked of an emulator. */
interface Asked {
  readonly address: string
  readonly kind: string
  readonly scopes?: readonly string[] | undefined
  readonly roles?: readonly string[] | undefined
}

/** An app as the emulator's status names it, of which nothing is taken on trust. */
type App = Readonly<Record<string, unknown>>

const isApp = (value: unknown): value is App => typeof value === 'object' && value !== null

/** The permissions of an app: texts, or objects with the text in `value`. */
const namesOf = (list: unknown): readonly string[] =>
  (Array.isArray(list) ? list : [])
    .map((item: unknown) => (isApp(item) ? item['value'] : item))
    .filter((item) => typeof item === 'string')

/**
 * A warning about scopes and roles that no registration exposes: a misspelt one gives a token that every route refuses.
 * Undefined when there is nothing to say, and when the emulator does not tell.
 */
export async function strangersIn(
  token: string,
  { address, kind, scopes = [], roles = [] }: Asked,
  terminal: Terminal,
): Promise<string | undefined> {
  if (kind === 'id' || scopes.length + roles.length === 0) return undefined
  const app = await appOf(audienceOf(token, terminal), address, terminal)
  if (app === undefined) return undefined
  const told = [
    missingIn(scopes, namesOf(app['scopes']), 'scope', namesOf(app['appRoles'])),
    missingIn(roles, namesOf(app['appRoles']), 'role', namesOf(app['scopes'])),
  ].filter((one) => one !== undefined)
  if (told.length === 0) return undefined
  return `the API "${String(app['name'])}" does not expose ${told.join('; nor ')}; Entra ID would not issue this token`
}

/** Which of the names is none of `exposed`, and what to write. Scopes and roles are easily taken for one another. */
function missingIn(
  asked: readonly string[],
  exposed: readonly string[],
  kind: 'scope' | 'role',
  others: readonly string[],
): string | undefined {
  const missing = asked.filter((name) => !exposed.includes(name))
  if (missing.length === 0) return undefined
  const [other, option] = kind === 'scope' ? ['a role', '--roles'] : ['a scope', '--scopes']
  const mistaken = missing.filter((name) => others.includes(name))
  const advice = mistaken.length === 0 ? '' : `; ${mistaken.join(', ')} is ${other}: use ${option}`
  const has = exposed.length === 0 ? `no ${kind}s` : `the ${kind}s ${exposed.join(', ')}`
  return `the ${kind} ${missing.join(', ')} (it exposes ${has}${advice})`
}

function audienceOf(token: string, { now }: Terminal): unknown {
  return explain(token, { now }).claims.find(({ name }) => name === 'aud')?.value
}

async function appOf(
  audience: unknown,
  address: string,
  { fetch, signal }: Terminal,
): Promise<App | undefined> {
  try {
    const response = await fetch(new URL('/__emulator/status', address).href, { signal })
    const status: unknown = await response.json()
    const apps: unknown = isApp(status) ? status['apps'] : undefined
    return (Array.isArray(apps) ? apps : [])
      .filter(isApp)
      .find(({ clientId, appIdUri }) => [clientId, appIdUri].includes(audience))
  } catch {
    return undefined // the token is there; what else it could not be asked for is no failure
  }
}
