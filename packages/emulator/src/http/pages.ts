import type { User } from '../directory/registrations.ts'

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (found) => entities[found] ?? found)

const style = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
body { max-width: 26rem; margin: 4rem auto; padding: 0 1rem }
button, input { font: inherit; width: 100%; padding: .6rem .8rem; margin: .25rem 0; text-align: left; box-sizing: border-box }
small { display: block; opacity: .75 }
table { border-collapse: collapse; font-size: .85rem } td, th { padding: .25rem .75rem .25rem 0; text-align: left; vertical-align: top }
label { display: block } select { font: inherit }
footer { margin-top: 2rem; font-size: .85rem; opacity: .75 }`

/** What a page may do beyond showing text and sending a form. */
export interface PageOptions {
  /** Origins that it may show in frames. */
  readonly frames?: readonly string[]
  /** Where it goes on by itself. */
  readonly refresh?: { readonly seconds: number; readonly address: string } | undefined
}

/** A page of the emulator. It runs no script, loads nothing of others unless told to, and cannot be framed. */
export function page(title: string, body: string, status = 200, options: PageOptions = {}): Response {
  const { frames = [], refresh } = options
  const goOn =
    refresh === undefined
      ? ''
      : `<meta http-equiv="refresh" content="${refresh.seconds}; url=${escapeHtml(refresh.address)}">\n`
  const html = `<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
${goOn}<title>${escapeHtml(title)}</title>
<style>${style}</style>
<h1>${escapeHtml(title)}</h1>
${body}
<footer>This is the Entraguard emulator, a local Entra ID. Nobody is really signed in.</footer>
</html>`
  const frameSources = frames.length === 0 ? '' : ` frame-src ${frames.join(' ')};`
  return new Response(html, {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': `default-src 'none'; style-src 'unsafe-inline';${frameSources} base-uri 'none'; frame-ancestors 'none'`,
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    },
  })
}

/** Members that a form sends along unseen. */
export const hiddenFields = (members: URLSearchParams): string =>
  [...members]
    .map(([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`)
    .join('\n')

/** One button a user, in a form that sends everything that the page got back. */
export function userForm(
  action: string,
  members: URLSearchParams,
  users: readonly User[],
  { before = '', cancel }: { readonly before?: string; readonly cancel: string },
): string {
  const hidden = hiddenFields(members)
  const buttons = users
    .map(
      (user) =>
        `<button name="user" value="${escapeHtml(user.id)}">${escapeHtml(user.name)}<small>${escapeHtml(user.userPrincipalName)}</small></button>`,
    )
    .join('\n')
  const last = `<button name="user" value="">${cancel}</button>`
  return `<form method="post" action="${escapeHtml(action)}">\n${before}${hidden}\n${buttons}\n${last}\n</form>`
}

/** An answer that the browser posts to the client: `response_mode=form_post`. The only page that runs a script. */
export function formPost(action: string, members: URLSearchParams): Response {
  const html = `<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><title>Working…</title>
<form method="post" action="${escapeHtml(action)}">
${hiddenFields(members)}
<noscript><button>Continue</button></noscript>
</form>
<script>document.forms[0].submit()</script></html>`
  return new Response(html, {
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
    },
  })
}
