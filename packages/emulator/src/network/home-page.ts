import type { Emulator } from '../emulator-interface.ts'
import { escapeHtml, page } from '../http/pages.ts'

const kinds = ['user', 'app', 'b2c'] as const
type Kind = (typeof kinds)[number]

/**
 * The page at `/`: what this emulator knows, where its documents are, and a form that mints a token. It runs no
 * script. A page of another origin could ask for it but not read the answer, and asking changes nothing.
 */
export async function homePage(entra: Emulator, url: URL): Promise<Response> {
  const { tenants, apps, users } = entra.directory
  const minted = url.searchParams.has('kind') ? await mint(entra, url.searchParams) : ''
  const sections = [
    minted,
    form(entra, url.searchParams),
    table(
      'Tenants',
      ['name', 'id', 'kind', 'metadata'],
      tenants.map(({ name, id, kind, host, policies }) => [
        name,
        id,
        kind,
        addressesOf(url.origin, id, kind, host, policies),
      ]),
    ),
    table(
      'Apps',
      ['name', 'client id', 'App ID URI', 'scopes', 'app roles'],
      apps.map(({ name, clientId, appIdUri, scopes, appRoles }) => [
        name,
        clientId,
        appIdUri,
        scopes.join(' '),
        appRoles.map(({ value }) => value).join(' '),
      ]),
    ),
    table(
      'Users',
      ['name', 'sign-in name', 'object id', 'tenant'],
      users.map(({ name, userPrincipalName, id, tenantId }) => [name, userPrincipalName, id, tenantId]),
    ),
    `<p>In code: <code>fetch: async (...request) =&gt; (await import('@entraguard/emulator/fetch')).emulatorFetch('${escapeHtml(url.origin)}')(...request)</code>. On the command line: <code>entraguard token --emulator ${escapeHtml(url.origin)}</code>.</p>`,
  ]
  return page('A local Entra ID', sections.join('\n'))
}

function addressesOf(
  origin: string,
  id: string,
  kind: string,
  host: string,
  policies: ReadonlyArray<{ readonly name: string }>,
): string {
  const document = '.well-known/openid-configuration'
  if (kind === 'b2c')
    return policies.map(({ name }) => `${origin}/${host}/${id}/${name}/v2.0/${document}`).join(' ')
  return kind === 'externalId'
    ? `${origin}/${host}/${id}/v2.0/${document}`
    : `${origin}/${id}/v2.0/${document}`
}

function cells(tag: string, values: readonly string[]): string {
  return values.map((value) => `<${tag}>${escapeHtml(value)}</${tag}>`).join('')
}

function table(title: string, head: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  const body = rows.map((row) => `<tr>${cells('td', row)}</tr>`).join('\n')
  return `<h2>${title}</h2>\n<div style="overflow-x:auto"><table>\n<tr>${cells('th', head)}</tr>\n${body}\n</table></div>`
}

function form({ directory }: Emulator, chosen: URLSearchParams): string {
  const scopes = directory.apps[0]?.scopes.join(' ') ?? ''
  const options = (name: string, values: readonly string[]): string =>
    values
      .map((value) => `<option${chosen.get(name) === value ? ' selected' : ''}>${escapeHtml(value)}</option>`)
      .join('')
  return `<h2>Mint a token</h2>
<form action="/">
<label>Kind <select name="kind">${options('kind', kinds)}</select></label>
<label>Version <select name="version">${options('version', ['2.0', '1.0'])}</select></label>
<label>Scopes of a user <input name="scopes" value="${escapeHtml(chosen.get('scopes') ?? scopes)}"></label>
<label>Roles <input name="roles" value="${escapeHtml(chosen.get('roles') ?? '')}"></label>
<button>Mint</button>
</form>`
}

async function mint(entra: Emulator, chosen: URLSearchParams): Promise<string> {
  const words = (name: string): readonly string[] =>
    (chosen.get(name) ?? '').split(' ').filter((word) => word !== '')
  const kind: Kind = kinds.find((one) => one === chosen.get('kind')) ?? 'user'
  const version = chosen.get('version') === '1.0' ? '1.0' : '2.0'
  const roles = words('roles')
  const token = await {
    user: () => entra.issueUserToken({ version, scopes: words('scopes'), roles }),
    app: () => entra.issueAppToken({ version, ...(roles.length > 0 && { roles }) }),
    b2c: () => entra.issueB2cToken({ scopes: words('scopes') }),
  }[kind]()
  return `<h2>A token</h2>\n<textarea readonly rows="8" aria-label="token" style="width:100%">${escapeHtml(token)}</textarea>`
}
