import { spawn, type ChildProcess } from 'node:child_process'
import path from 'node:path'

import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { violations } from '../browser/accessibility.ts'
import { launch } from '../browser/chromium.ts'
import { images, openPage, screenshots, type ScreenOptions, type WatchedPage } from '../browser/page.ts'
import { expectQuiet, overflowing } from './open-portal.ts'

/** What docs/inspector-and-playground.md shows. */
const documented = 'portal-playground-1440-light'

const script = path.join(import.meta.dirname, '../../scripts/playground.mjs')

let command: ChildProcess
let url: string
let browser: Browser

/** `pnpm playground` itself: it builds, starts the samples, and prints where to look. */
async function startPlayground(): Promise<string> {
  command = spawn(process.execPath, [script], {
    env: { ...process.env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let seen = ''
  for await (const chunk of command.stdout ?? []) {
    seen += String(chunk)
    const [, address] = /^playground: (http:\S+)#\/playground$/m.exec(seen) ?? []
    if (address !== undefined) return address
  }
  throw new Error(`It ended early: ${seen}`)
}

beforeAll(async () => {
  url = await startPlayground()
  browser = await launch()
})

afterAll(async () => {
  await browser?.close()
  command?.kill('SIGINT')
})

const open = async (options: ScreenOptions = {}): Promise<WatchedPage> =>
  await openPage(browser, `${url}#/playground`, options)

const post = (name: string): Promise<Response> =>
  fetch(`${url}__emulator/${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  })

/** Does something, and waits until every API has answered to it. */
async function answered(page: Page, act: () => Promise<void>): Promise<void> {
  const answers = page.waitForResponse(
    async (response) => response.url().endsWith('/send') && (await response.finished()) === null,
  )
  await act()
  await answers
  await page.getByRole('button', { name: 'Mint and send' }).and(page.locator(':enabled')).waitFor()
}

async function mint(page: Page, kind: string): Promise<void> {
  await page.getByLabel('Kind').selectOption({ label: kind })
  await answered(page, () => page.getByRole('button', { name: 'Mint and send' }).click())
}

const regionOf = (page: Page, name: string) => page.getByRole('region', { name, exact: true })

/** Each API with what its card says. */
const answersOf = async (page: Page): Promise<Readonly<Record<string, string>>> =>
  Object.fromEntries(
    await Promise.all(
      (await regionOf(page, 'Answers').locator('.card').all()).map(async (card) => [
        await card.locator('h3').innerText(),
        [
          ...(await card.locator('.status').allInnerTexts()),
          ...(await card.locator('.code-line').allInnerTexts()),
        ].join(' '),
      ]),
    ),
  ) as Record<string, string>

const all = (answer: string): Readonly<Record<string, string>> => ({
  Hono: answer,
  NestJS: answer,
  'Next.js': answer,
})

/** What `GET /orders` of the samples says: it admits users with Orders.Read, and apps with Orders.Read.All. */
const kinds = {
  User: '200',
  App: '200',
  Guest: '200',
  'User, v1.0': '200',
  'Too many groups': '200',
  'Managed identity': '200',
  'Agent, for a user': '200',
  'Azure AD B2C': '401 issuer_unknown',
  'External ID': '401 issuer_unknown',
  'Another tenant': '401 issuer_unknown',
  Expired: '401 token_expired',
  'Wrong audience': '401 audience_mismatch',
  'ID token': '401 id_token_refused',
  'For Microsoft Graph': '401 graph_token',
  Forged: '401 signature_invalid',
  'Unknown key': '401 signing_key_not_found',
  'Key of the app': '401 signing_key_not_found',
  'Bound to a key': '401 bound_token_refused',
  'Rotated key': '200',
  'No signature': '401 algorithm_refused',
  'Not valid yet': '401 token_not_yet_valid',
  'No permission': '403 permissions_missing',
}

describe('the playground', () => {
  let watched: WatchedPage
  let page: Page

  beforeEach(async () => {
    await post('online')
    watched = await open()
    ;({ page } = watched)
    return () => watched.close()
  })

  /** The samples ask for keys once a second at most, and have just asked: until they may again, the new key is refused. */
  const untilTheNewKeyIsKnown = async (): Promise<void> => {
    await expect
      .poll(async () => {
        await mint(page, 'User')
        return await answersOf(page)
      })
      .toEqual(all('200'))
  }

  it('sends every kind of token to every API, and their answers stand side by side', async () => {
    const offered = await page.getByLabel('Kind').locator('option').allInnerTexts()
    expect(offered).toEqual(Object.keys(kinds))
    for (const [kind, answer] of Object.entries(kinds)) {
      await mint(page, kind)
      await expect.poll(async () => ({ kind, ...(await answersOf(page)) })).toEqual({ kind, ...all(answer) })
      await page.getByText(`All 3 APIs answer alike: ${answer}.`).first().waitFor()
      if (kind === 'Rotated key') await untilTheNewKeyIsKnown()
    }
    expectQuiet(watched)
  })

  it('says why, with the challenge and the body as they came', async () => {
    await mint(page, 'Expired')
    const [card] = await regionOf(page, 'Answers').locator('.card').all()
    await card?.getByText('Body').click()
    const text = (await card?.innerText()) ?? ''
    expect(text).toContain('Refused')
    expect(text).toContain('Bearer error="invalid_token"')
    expect(text).toContain('"error": "invalid_token"')
    const token = await page.getByLabel('What is sent').inputValue()
    expect(await regionOf(page, 'Answers').innerText()).not.toContain(token.slice(0, 40))
  })

  it('sends what was pasted, the same again, and no token at all', async () => {
    await page.getByLabel('What is sent').fill('hello')
    await answered(page, () => page.getByRole('button', { name: 'Send it', exact: true }).click())
    await expect.poll(() => answersOf(page)).toEqual(all('401 token_malformed'))
    await answered(page, () => page.getByRole('button', { name: 'Send without a token' }).click())
    await expect.poll(() => answersOf(page)).toEqual(all('401 token_missing'))
  })

  it('takes the token of the view Tokens, sends it, and hands it on to the inspector', async () => {
    await page.getByRole('link', { name: 'Tokens' }).click()
    await page.getByRole('button', { name: 'Wrong audience' }).click()
    await page.getByRole('button', { name: 'Send to your APIs' }).click()
    await expect.poll(() => answersOf(page)).toEqual(all('401 audience_mismatch'))
    expect(await page.getByLabel('Kind').locator('option:checked').innerText()).toBe('Wrong audience')
    await page.getByRole('button', { name: 'Open in the inspector' }).click()
    await page.getByText('audience_mismatch', { exact: true }).first().waitFor()
    await page.getByRole('link', { name: 'Playground' }).click()
    await expect.poll(() => answersOf(page)).toEqual(all('401 audience_mismatch'))
    expectQuiet(watched)
  })

  it('rotates keys and takes the identity provider offline, and shows what the APIs know', async () => {
    const rows = regionOf(page, 'Keys that they know').locator('tbody tr')
    await mint(page, 'User')
    await rows.first().waitFor()
    const before = await rows.count()
    await page.getByRole('button', { name: 'Rotate keys' }).click()
    await page.getByText('A new key signs from now on').waitFor()
    const minted = async (): Promise<Readonly<Record<string, string>>> => (
      await mint(page, 'User'),
      answersOf(page)
    )
    await expect.poll(minted, { interval: 1100 }).toEqual(all('200'))
    await expect.poll(() => rows.count()).toBeGreaterThan(before)

    await page.getByRole('button', { name: 'Rotate keys' }).click()
    await page.getByRole('button', { name: 'Take offline' }).click()
    await page.getByRole('button', { name: 'Bring online' }).waitFor()
    await expect.poll(minted, { interval: 1100 }).toEqual(all('503 keys_unavailable'))
    await page.getByRole('button', { name: 'Bring online' }).click()
    await page.getByRole('button', { name: 'Take offline' }).waitFor()
    const again = async (): Promise<Readonly<Record<string, string>>> => (
      await answered(page, () => page.getByRole('button', { name: 'Send it', exact: true }).click()),
      answersOf(page)
    )
    await expect.poll(again, { interval: 1000 }).toEqual(all('200'))
  })

  it('takes more APIs, and says which of them do not answer, or are not on this machine', async () => {
    const form = regionOf(page, 'Your APIs')
    const add = async (address: string): Promise<void> => {
      await form.getByLabel('Address of a route').fill(address)
      await form.getByRole('button', { name: 'Add the API' }).click()
    }
    await form.getByRole('button', { name: 'Remove NestJS' }).click()
    await form.getByRole('button', { name: 'Remove Next.js' }).click()
    await add('localhost:1/orders')
    await add('https://attacker.example/')
    await form.getByText('https://attacker.example/').waitFor()
    await add('http://localhost:1/orders')
    expect(await form.getByRole('alert').innerText()).toContain('there already')
    await mint(page, 'User')
    const answers = regionOf(page, 'Answers')
    await answers.getByText('Nobody listens at this address.').waitFor()
    await answers.getByText('url must be an address on this machine').waitFor()
    await answers.getByText('The APIs do not agree: 200, no answer.').waitFor()
    expect(watched.strangers).toEqual([])
  })

  it('can be used with the keyboard alone', async () => {
    await page.getByLabel('Kind').focus()
    await page.keyboard.type('Exp')
    await page.keyboard.press('Tab')
    await answered(page, () => page.keyboard.press('Enter'))
    await expect.poll(() => answersOf(page)).toEqual(all('401 token_expired'))
  })
})

describe.each([
  [1440, 'light'],
  [1440, 'dark'],
  [1024, 'light'],
  [390, 'light'],
  [390, 'dark'],
  [360, 'light'],
] as const)('the playground at %i px in a %s scheme', (width, colorScheme) => {
  it('is readable, also for assistive technology', async () => {
    const watched = await open({ width, height: width < 400 ? 844 : 900, colorScheme })
    const { page, close } = watched
    const expectReadable = async (): Promise<void> => {
      expect(await violations(page)).toEqual([])
      expect(await overflowing(page)).toEqual([])
    }
    await expectReadable()
    await mint(page, 'Expired')
    await page.getByText('Name and keys').click()
    await page.locator('.card table').first().waitFor()
    await page.locator('.card summary').first().click()
    await expectReadable()
    await page.evaluate('scrollTo(0, 0)')
    const file = `portal-playground-${width}-${colorScheme}`
    await page.screenshot({
      path: path.join(file === documented ? images : screenshots, `${file}.png`),
      fullPage: true,
    })
    expectQuiet(watched)
    await close()
  })
})
