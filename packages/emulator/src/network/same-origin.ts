import { json } from '../http/responses.ts'

/** The refusal of a request that a page of another web site made a browser send. A program sends neither header, and may. */
export function refuseOtherSite(request: Request, url: URL): Response | undefined {
  const origin = request.headers.get('origin')
  const site = request.headers.get('sec-fetch-site')
  const isOther = (origin !== null && origin !== url.origin) || site === 'cross-site' || site === 'same-site'
  return isOther ? json({ error: 'Pages of other sites may not use the emulator' }, 403) : undefined
}

/** The refusal of a change that is not JSON: only JSON is what a page cannot send across origins unasked. */
export function refuseForm(request: Request): Response | undefined {
  const isJson = /^application\/json\b/i.test(request.headers.get('content-type') ?? '')
  return isJson ? undefined : json({ error: 'Send application/json' }, 415)
}
