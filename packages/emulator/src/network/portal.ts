/** A file of the portal, as a browser asks for it. */
export interface PortalFile {
  readonly type: string
  readonly content: Uint8Array<ArrayBuffer>
}

/** Finds a file of the portal by its name, `index.html` among them. */
export type FindPortalFile = (name: string) => Promise<PortalFile | undefined>

/** Where the portal's own files are, below any address that Entra ID has. */
const PREFIX = '/__portal/'

/**
 * The portal runs its own script and nothing else, asks nobody but the address that it came from, and cannot be framed.
 * Styles of elements that a script sets need no permission; a `style` in the markup would, and there is none.
 */
const headers = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'clipboard-write=(self)',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const

const missing =
  'The files of the portal are missing. If this program was bundled, run the published package instead.'

/**
 * Answers `GET /` and what the page there loads. `undefined` for any other request.
 *
 * @param mode what the page is for: an emulator, or the inspector alone.
 */
export async function answerPortal(
  request: Request,
  mode: 'emulator' | 'inspector',
  find: FindPortalFile,
): Promise<Response | undefined> {
  const { pathname } = new URL(request.url)
  const name =
    pathname === '/' ? 'index.html' : pathname.startsWith(PREFIX) ? pathname.slice(PREFIX.length) : ''
  if (name === '' || !['GET', 'HEAD'].includes(request.method)) return undefined
  const file = await find(name)
  if (file === undefined)
    return new Response(name === 'index.html' ? missing : null, {
      status: name === 'index.html' ? 503 : 404,
      headers: { ...headers, 'content-type': 'text/plain; charset=utf-8' },
    })
  const content =
    name === 'index.html'
      ? new TextDecoder().decode(file.content).replace('data-mode="emulator"', `data-mode="${mode}"`)
      : file.content
  return new Response(content, {
    headers: { ...headers, 'content-type': file.type, 'cache-control': 'no-cache' },
  })
}
