import { NextResponse, type NextRequest } from 'next/server'

/**
 * No script runs but the page's own, and the page asks nobody else. `next dev` reloads pages by a socket and needs
 * `eval`; nothing else is looser there.
 */
const policyOf = (nonce: string): string => {
  const isDevelopment = process.env.NODE_ENV === 'development'
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}' 'strict-dynamic'${isDevelopment ? " 'unsafe-eval'" : ''}`,
    `style-src 'self'${isDevelopment ? " 'unsafe-inline'" : ''}`,
    "img-src 'self'",
    "connect-src 'self'",
    // The overlay of `next dev` brings its own.
    ...(isDevelopment ? ["font-src 'self'"] : []),
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

/** Only headers: who may see what is decided in the routes. Next gives the nonce to its own scripts. */
export function proxy(request: NextRequest): NextResponse {
  const policy = policyOf(btoa(crypto.randomUUID()))
  const headers = new Headers(request.headers)
  headers.set('content-security-policy', policy)
  const response = NextResponse.next({ request: { headers } })
  response.headers.set('content-security-policy', policy)
  response.headers.set('referrer-policy', 'no-referrer')
  response.headers.set('x-content-type-options', 'nosniff')
  return response
}

export const config = { matcher: ['/'] }
