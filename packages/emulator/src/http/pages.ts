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
:root { color-scheme: light dark; font: .9375rem/1.55 system-ui, sans-serif; background: light-dark(#f6f7f9, #101319); color: light-dark(#171c26, #e8ebf1) }
body { max-width: 28rem; margin: clamp(1rem, 12vh, 7rem) auto; padding: 2rem; background: light-dark(#fff, #171b23); border: 1px solid light-dark(#e1e5ec, #2a303c); border-radius: 1rem }
@media (max-width: 30rem) { body { margin: .75rem; padding: 1.25rem } }
h1 { font-size: 1.375rem; line-height: 1.25; letter-spacing: -.01em; margin: 0 0 1rem; overflow-wrap: anywhere }
p, li { overflow-wrap: anywhere }
button, input { font: inherit; width: 100%; min-height: 2.5rem; padding: .55rem .8rem; margin: .25rem 0; text-align: left; box-sizing: border-box; color: inherit; background: none; border: 1px solid light-dark(#767f8f, #6f7a8d); border-radius: .5rem }
button { cursor: pointer }
button:hover { border-color: light-dark(#2a56d4, #8fb0ff); background: light-dark(#eaf0ff, #1c2747) }
:focus-visible { outline: 2px solid light-dark(#2a56d4, #8fb0ff); outline-offset: 2px }
small { display: block; color: light-dark(#566073, #a3adbf); overflow-wrap: anywhere }
label { display: block } select { font: inherit }
footer { margin-top: 2rem; font-size: .8125rem; color: light-dark(#566073, #a3adbf) }`

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
