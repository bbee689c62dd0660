import { createHash, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'

import { challengeFor, createVerifier, EntraGuardError, type Verifier } from '@entraguard/core'
import { createEmulator, defaults, type Emulator } from '@entraguard/emulator'
import { listen, type Listening } from '@entraguard/emulator/node'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { launch, patience } from '../browser/chromium.ts'

/** A single-page app by hand: authorization code with PKCE (RFC 7636), then one call to the API. */
const script = `
const { authority, clientId, scope } = window.settings
const redirectUri = location.origin + '/callback'
const base64url = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/[+/=]/g, (c) => ({ '+': '-', '/': '_', '=': '' })[c])
const show = (text) => (document.querySelector('output').textContent = text)

async function signIn() {
  const verifier = base64url(crypto.getRandomValues(new Uint8Array(32)))
  const challenge = base64url(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier)))
  sessionStorage.setItem('verifier', verifier)
  location.href = authority + '/oauth2/v2.0/authorize?' + new URLSearchParams({
    client_id: clientId, response_type: 'code', redirect_uri: redirectUri, scope,
    code_challenge: challenge, code_challenge_method: 'S256', state: 's-1',
  })
}

async function callback(query) {
  if (query.has('error')) return show(query.get('error'))
  const form = { grant_type: 'authorization_code', client_id: clientId, redirect_uri: redirectUri,
    code: query.get('code'), code_verifier: sessionStorage.getItem('verifier') }
  const tokens = await (await fetch(authority + '/oauth2/v2.0/token', { method: 'POST', body: new URLSearchParams(form) })).json()
  const answer = await fetch('/api/orders', { headers: { authorization: 'Bearer ' + tokens.access_token } })
  show(answer.status + ' ' + (await answer.text()))
}

if (location.pathname === '/callback') callback(new URLSearchParams(location.search))
else document.querySelector('button').addEventListener('click', signIn)
`

let entra: Emulator
let authority: Listening
let app: Server
let browser: Browser
let appUrl: string

async function orders(verifier: Verifier, request: IncomingMessage, answer: ServerResponse): Promise<void> {
  try {
    const user = await verifier.authenticate(request.headers.authorization, { scopes: ['Orders.Read'] })
    answer.writeHead(200).end(`orders of ${user.objectId}`)
  } catch (error) {
    if (!EntraGuardError.is(error)) throw error
    const { status, headers } = challengeFor(error)
    answer.writeHead(status, { ...headers }).end(error.code)
  }
}

async function startApp(): Promise<Server> {
  const verifier = createVerifier(entra.verifierOptions())
  const settings = {
    authority: `${authority.url}/${defaults.tenantId}`,
    clientId: defaults.webClientId,
    scope: `openid api://${defaults.apiClientId}/Orders.Read`,
  }
  const page = `<!DOCTYPE html><title>Orders</title><button>Sign in</button><output></output>
<script>window.settings = ${JSON.stringify(settings)}</script><script type="module">${script}</script>`
  const server = createServer((request, answer) => {
    if (request.url === '/api/orders') void orders(verifier, request, answer)
    else answer.writeHead(200, { 'content-type': 'text/html' }).end(page)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

beforeAll(async () => {
  entra = await createEmulator()
  authority = await listen(entra, { https: true })
  app = await startApp()
  const address = app.address()
  appUrl = `http://localhost:${typeof address === 'object' ? address?.port : ''}`
  // Chromium is told to trust this one authority: every other certificate error stays an error.
  const spki = new X509Certificate(authority.ca ?? '').publicKey.export({ type: 'spki', format: 'der' })
  const pin = createHash('sha256').update(spki).digest('base64')
  browser = await launch(`--ignore-certificate-errors-spki-list=${pin}`)
})

afterAll(async () => {
  await browser?.close()
  await authority?.close()
  app?.close()
  app?.closeAllConnections()
})

async function toSignInPage(): Promise<Page> {
  const page = await browser.newPage()
  page.setDefaultTimeout(patience)
  await page.goto(appUrl)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  expect(new URL(page.url()).origin).toBe(authority.url)
  return page
}

describe('the authorization code flow in Chromium', () => {
  it('leads from the sign-in page over HTTPS to an answer of the API', async () => {
    const page = await toSignInPage()
    await page.getByRole('button', { name: /Ada Lovelace/ }).click()
    await page.waitForURL(`${appUrl}/callback?**`)
    const output = page.locator('output')
    await output.filter({ hasText: /./ }).waitFor()
    expect(await output.textContent()).toBe('200 orders of aaaaaaaa-0000-4000-8000-000000000001')
    await page.close()
  })

  it('tells the app when the person cancels', async () => {
    const page = await toSignInPage()
    await page.getByRole('button', { name: 'Cancel' }).click()
    const output = page.locator('output')
    await output.filter({ hasText: /./ }).waitFor()
    expect(await output.textContent()).toBe('access_denied')
    await page.close()
  })
})
