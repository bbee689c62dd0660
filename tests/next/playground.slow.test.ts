import { once } from 'node:events'
import path from 'node:path'

import { createVerifier } from '@entraguard/core'
import { createEmulator, defaults, type Emulator } from '@entraguard/emulator'
import { listen, type Listening } from '@entraguard/emulator/node'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { createApp } from 'hono-edge/src/app.ts'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { seriousFindings } from '../browser/accessibility.ts'
import { launch } from '../browser/chromium.ts'
import { images, openPage } from '../browser/page.ts'
import { startServerProcess } from '../runtimes/server-process.ts'
import { buildNext, sampleApp, startNext, type NextServer } from './next-process.ts'

let entra: Emulator
let emulator: Listening
let honoUrl: string
let closeHono: () => void
let nest: Awaited<ReturnType<typeof startServerProcess>> | undefined
let environment: Readonly<Record<string, string>>
let browser: Browser

beforeAll(async () => {
  entra = await createEmulator()
  emulator = await listen(entra)
  const verifier = createVerifier({
    ...entra.verifierOptions(),
    challenge: { exposeCode: true },
    keys: { minRefreshInterval: 1 },
  })
  const app = new Hono().get('/keys', (c) => c.json(verifier.keys())).route('/', createApp(verifier))
  const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 })
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  honoUrl = `http://127.0.0.1:${address.port}`
  closeHono = () => server.close()
  environment = {
    ENTRA_TENANTS: defaults.tenantId,
    ENTRA_AUDIENCE: `${defaults.apiClientId},api://${defaults.apiClientId}`,
    ENTRA_EMULATOR_URL: emulator.url,
    ENTRA_EXPOSE_CODE: '1',
    ENTRA_MIN_REFRESH_INTERVAL: '1',
    PLAYGROUND_HONO_URL: honoUrl,
  }
  browser = await launch()
  // The built sample, as its users start it.
  const script = path.join(import.meta.dirname, '../../apps/nest-api/dist/main.js')
  nest = await startServerProcess(process.execPath, [script], environment)
  environment = { ...environment, PLAYGROUND_NEST_URL: nest.url }
})

afterAll(async () => {
  await browser?.close()
  closeHono?.()
  await nest?.close()
  await emulator?.close()
})

const post = (url: string, headers: Readonly<Record<string, string>>): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    body: '{"kind":"v2-user"}',
    headers: { 'content-type': 'application/json', ...headers },
  })

async function mint(page: Page, kind: string): Promise<void> {
  await page.getByLabel('Kind').selectOption(kind)
  await page.getByRole('button', { name: 'Mint and send' }).click()
  await page.getByText('A new token was sent to the APIs.').waitFor()
}

/** Each API with what its card says. */
const answersOf = async (page: Page): Promise<Readonly<Record<string, string>>> =>
  Object.fromEntries(
    await Promise.all(
      (await page.getByLabel('Answers of the APIs').locator('.card').all()).map(async (card) => [
        await card.locator('h3').innerText(),
        (await card.locator('dd').allInnerTexts()).slice(0, 2).join(' '),
      ]),
    ),
  ) as Record<string, string>

describe('the playground in development', () => {
  let server: NextServer

  beforeAll(async () => {
    server = await startNext(sampleApp, environment, 'dev')
    // The first visit compiles the page and its routes.
    const { page, close } = await open()
    await mint(page, 'User, v2.0')
    await close()
  })

  afterAll(() => server?.stop())

  const open = (screen: Parameters<typeof openPage>[2] = {}) =>
    openPage(browser, `${server.url}/playground`, screen)

  it('shows the same answer of each API for every kind of token', async () => {
    const { page, errors, strangers, close } = await open()
    const expected = {
      'User, v2.0': '200 none',
      'User, v1.0': '200 none',
      App: '200 none',
      'Guest of another tenant': '200 none',
      'User with too many groups': '200 none',
      'Azure AD B2C': '401 issuer_unknown',
      Expired: '401 token_expired',
      'For another API': '401 audience_mismatch',
      'Signed with the SAML key of the app': '401 signing_key_not_found',
      'Like one for Microsoft Graph': '401 graph_token',
      Forged: '401 signature_invalid',
    }
    expect(await page.getByLabel('Kind').locator('option').allInnerTexts()).toEqual(Object.keys(expected))
    for (const [kind, answer] of Object.entries(expected)) {
      await mint(page, kind)
      expect({ kind, ...(await answersOf(page)) }).toEqual({
        kind,
        Hono: answer,
        NestJS: answer,
        'Next.js': answer,
      })
    }
    expect(await page.getByLabel('Answers of the APIs').innerText()).toContain('Bearer error="invalid_token"')
    expect(errors).toEqual([])
    expect(strangers).toEqual([])
    await close()
  })

  it('rotates keys and takes the identity provider offline, and shows what the APIs know', async () => {
    const { page, close } = await open()
    const keys = page.getByLabel('Keys that the APIs know')
    await mint(page, 'User, v2.0')
    const before = await keys.locator('tbody tr').count()
    await page.getByRole('button', { name: 'Rotate keys' }).click()
    await page.getByText('A new key signs from now on.').waitFor()
    await expect
      .poll(async () => (await mint(page, 'User, v2.0'), answersOf(page)), {
        interval: 1100,
      })
      .toEqual({ Hono: '200 none', NestJS: '200 none', 'Next.js': '200 none' })
    expect(await keys.locator('tbody tr').count()).toBeGreaterThan(before)

    await page.getByRole('button', { name: 'Rotate keys' }).click()
    await page.getByText('A new key signs from now on.').waitFor()
    await page.getByRole('button', { name: 'Take offline' }).click()
    await page.getByText('The identity provider is offline.').waitFor()
    await expect
      .poll(async () => (await mint(page, 'User, v2.0'), answersOf(page)), {
        interval: 1100,
      })
      .toEqual({
        Hono: '503 keys_unavailable',
        NestJS: '503 keys_unavailable',
        'Next.js': '503 keys_unavailable',
      })
    await page.getByRole('button', { name: 'Bring online' }).click()
    await page.getByText('The identity provider is online.').waitFor()
    await expect
      .poll(
        async () => {
          await page.getByRole('button', { name: 'Send it again' }).click()
          await page.getByText('The same token was sent again.').waitFor()
          return answersOf(page)
        },
        { interval: 1000 },
      )
      .toEqual({ Hono: '200 none', NestJS: '200 none', 'Next.js': '200 none' })
    await close()
  })

  it('can be used with the keyboard alone', async () => {
    const { page, close } = await open()
    await page.getByRole('button', { name: 'Mint and send' }).isEnabled()
    await page.locator('fieldset:not([disabled])').first().waitFor()
    await page.keyboard.press('Tab')
    await page.keyboard.type('Exp')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByText('A new token was sent to the APIs.').waitFor()
    expect(await answersOf(page)).toEqual({
      Hono: '401 token_expired',
      NestJS: '401 token_expired',
      'Next.js': '401 token_expired',
    })
    await close()
  })

  it.each([
    [1440, 'light'],
    [1440, 'dark'],
    [360, 'light'],
    [360, 'dark'],
  ] as const)(
    'is readable at %i px in a %s scheme, and for assistive technology',
    async (width, colorScheme) => {
      const { page, errors, close } = await open({ width, height: width === 360 ? 780 : 900, colorScheme })
      await mint(page, 'Expired')
      expect(await seriousFindings(page)).toEqual([])
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width)
      if (colorScheme === 'light') {
        await page.screenshot({ path: path.join(images, `playground-${width}.png`), fullPage: true })
      }
      expect(errors).toEqual([])
      await close()
    },
  )

  it('does nothing for another web site', async () => {
    const mine = { origin: server.url }
    const url = `${server.url}/playground/api/mint`
    expect((await post(url, mine)).status).toBe(200)
    const refused: readonly Readonly<Record<string, string>>[] = [
      {},
      { origin: 'https://attacker.example' },
      { origin: 'null' },
      { ...mine, 'content-type': 'text/plain' },
    ]
    for (const headers of refused) expect((await post(url, headers)).status).toBe(403)
    expect((await post(`${server.url}/playground/api/constructor`, mine)).status).toBe(400)
  })
})

describe('the playground elsewhere', () => {
  it('is no part of a production build', async () => {
    const { ok, output } = await buildNext(sampleApp)
    if (!ok) throw new Error(output)
    expect(output).not.toContain('playground')
    const server = await startNext(sampleApp, environment)
    try {
      expect((await fetch(`${server.url}/playground`)).status).toBe(404)
      expect((await post(`${server.url}/playground/api/mint`, { origin: server.url })).status).toBe(404)
    } finally {
      await server.stop()
    }
  })

  it.each(['', 'http://emulator.example:8080', 'https://127.0.0.1.attacker.example'])(
    'is not there when the emulator is "%s", not one of this machine',
    async (address) => {
      const server = await startNext(sampleApp, { ...environment, ENTRA_EMULATOR_URL: address }, 'dev')
      try {
        expect((await fetch(`${server.url}/playground`)).status).toBe(404)
        expect((await post(`${server.url}/playground/api/mint`, { origin: server.url })).status).toBe(404)
      } finally {
        await server.stop()
      }
    },
  )
})
