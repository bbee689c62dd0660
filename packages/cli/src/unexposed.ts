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
  const strangers = [...scopes, ...roles].filter(
    (name) => !namesOf(app[scopes.includes(name) ? 'scopes' : 'appRoles']).includes(name),
  )
  if (strangers.length === 0) return undefined
  const exposed = [...namesOf(app['scopes']), ...namesOf(app['appRoles'])]
  const [what, has] = [strangers.join(', '), exposed.length === 0 ? 'nothing' : exposed.join(', ')]
  return `the API "${String(app['name'])}" does not expose ${what}, so Entra ID would not issue this token; it exposes ${has}`
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
