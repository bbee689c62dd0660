import path from 'node:path'

import { createEmulator, defaults, type Emulator } from '@entraguard/emulator'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { seriousFindings } from '../browser/accessibility.ts'
import { launch } from '../browser/chromium.ts'
import { images, openPage, type WatchedPage } from '../browser/page.ts'
import { buildNext, sampleApp, startNext, type NextServer } from './next-process.ts'

const keysOf = (query = ''): string =>
  `https://login.microsoftonline.com/${defaults.tenantId}/discovery/v2.0/keys${query}`

let entra: Emulator
let server: NextServer
let browser: Browser
let keys: string

beforeAll(async () => {
  const { ok, output } = await buildNext(sampleApp)
  if (!ok) throw new Error(output)
  entra = await createEmulator()
  keys = await (await entra.fetch(keysOf())).text()
  server = await startNext(sampleApp, {})
  browser = await launch()
})

afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

/** Every name of a step with its state, as a person reads them. */
const stepsOf = async (page: Page): Promise<Readonly<Record<string, string>>> =>
  Object.fromEntries(
    await Promise.all(
      (await page.locator('.step').all()).map(async (step) => [
        await step.locator('.step-name').innerText(),
        (await step.locator('.step-state').innerText()).replace(/^\S+ /, ''),
      ]),
    ),
  ) as Record<string, string>

async function fillSettings(page: Page, pastedKeys = keys): Promise<void> {
  await page.getByLabel('Tenant').fill(defaults.tenantId)
  await page.getByLabel('Audience').fill(`${defaults.apiClientId} api://${defaults.apiClientId}`)
  await page.getByLabel('Signing keys (JSON)').fill(pastedKeys)
}

/** Nothing of what was typed may be anywhere but in the page itself. */
async function expectNothingKept({ page, errors, strangers }: WatchedPage, token: string): Promise<void> {
  expect(errors).toEqual([])
  expect(strangers).toEqual([])
  expect(page.url()).toBe(`${server.url}/`)
  expect(await page.title()).toBe('Token inspector · Entraguard')
  const kept = await page.evaluate(
    'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, history.state, window.name])',
  )
  expect(String(kept)).not.toContain(token.slice(0, 20))
  expect(await page.evaluate('indexedDB.databases()')).toEqual([])
}

/** Each kind of token with the step at which it fails, and the finding that stands first. */
const kinds: ReadonlyArray<{
  readonly name: string
  readonly token: (entra: Emulator) => Promise<string>
  readonly failed?: string
  readonly finding: string
}> = [
  { name: 'v2.0 user', token: (e) => e.issueUserToken({ version: '2.0' }), finding: 'accepted' },
  { name: 'v1.0 user', token: (e) => e.issueUserToken({ version: '1.0' }), finding: 'accepted' },
  { name: 'app', token: (e) => e.issueAppToken(), finding: 'accepted' },
  {
    name: 'guest',
    token: (e) => e.issueUserToken({ guestFrom: defaults.otherTenantId }),
    finding: 'accepted',
  },
  { name: 'group overage', token: (e) => e.issueUserToken({ groups: 'overage' }), finding: 'groups_overage' },
  { name: 'B2C', token: (e) => e.issueB2cToken(), failed: 'Issuer', finding: 'b2c_not_configured' },
  {
    name: 'expired',
    token: (e) => e.issueUserToken({ expiresIn: -3600 }),
    failed: 'Claims',
    finding: 'expired',
  },
  {
    name: 'wrong audience',
    token: (e) => e.issueUserToken({ audience: 'api://77777777-7777-4777-8777-777777777777' }),
    failed: 'Claims',
    finding: 'wrong_audience',
  },
  {
    name: 'signed with the key of the app',
    token: (e) => e.issueUserToken({ signWith: 'app' }),
    failed: 'Signing key',
    finding: 'key_not_found',
  },
  {
    name: 'for Microsoft Graph',
    token: (e) =>
      e.issueUserToken({ audience: '00000003-0000-0000-c000-000000000000', header: { nonce: 'x' } }),
    failed: 'Issuer',
    finding: 'graph_token',
  },
  {
    name: 'forged',
    token: async (e) => `${(await e.issueUserToken()).slice(0, -8)}AAAAAAAA`,
    failed: 'Signature',
    finding: 'refused',
  },
  {
    name: 'without a signature',
    token: async (e) =>
      `${btoa('{"alg":"none"}').replaceAll('=', '')}.${(await e.issueUserToken()).split('.')[1]}.`,
    failed: 'Shape',
    finding: 'algorithm_refused',
  },
  { name: 'ID', token: (e) => e.issueIdToken(), failed: 'Claims', finding: 'id_token' },
  {
    name: 'no token at all',
    token: () => Promise.resolve('hello'),
    failed: 'Shape',
    finding: 'token_unreadable',
  },
]

describe('the inspector', () => {
  it.each(kinds)('explains a token: $name', async ({ token, failed, finding }) => {
    const watched = await openPage(browser, server.url)
    const { page, close } = watched
    const text = await token(entra)
    await fillSettings(page)
    await page.getByLabel('Access token').fill(text)
    const first = page.locator('.finding code').first()
    await first.waitFor()
    expect(await first.innerText()).toBe(finding)
    const steps = await stepsOf(page)
    const names = Object.keys(steps)
    const at = failed === undefined ? names.length : names.indexOf(failed)
    expect(steps).toEqual(
      Object.fromEntries(
        names.map((name, index) => [name, index < at ? 'passed' : index === at ? 'failed' : 'not reached']),
      ),
    )
    const hints = await page.locator('.hint').allInnerTexts()
    expect(hints.filter((hint) => /^[a-z_]+ \S/.test(hint))).toHaveLength(failed === undefined ? 0 : 1)
    await expectNothingKept(watched, text)
    await close()
  })

  it('goes as far as the settings lead: nothing about the signature without the keys', async () => {
    const { page, close } = await openPage(browser, server.url)
    await page.getByLabel('Access token').fill(await entra.issueUserToken())
    await page.getByText('Fill in the tenant and the audience').waitFor()
    expect(await stepsOf(page)).toMatchObject({ Header: 'passed', Shape: 'passed', Issuer: 'not reached' })
    await page.getByLabel('Tenant').fill(defaults.tenantId)
    await page.getByLabel('Audience').fill(defaults.apiClientId)
    await page.getByText('Paste the keys').waitFor()
    expect(await stepsOf(page)).toMatchObject({
      Issuer: 'passed',
      'Signing key': 'not reached',
      Signature: 'not reached',
    })
    expect(await page.getByRole('link', { name: keysOf() }).getAttribute('href')).toBe(keysOf())
    await page.getByLabel('App id').fill(defaults.apiClientId)
    await page.getByRole('link', { name: keysOf(`?appid=${defaults.apiClientId}`) }).waitFor()
    await close()
  })

  it('checks the key of an app, and what a route asks', async () => {
    const { page, close } = await openPage(browser, server.url)
    const saml = await createEmulator({
      apps: [{ clientId: defaults.apiClientId, samlSso: true, scopes: ['Orders.Read'] }],
    })
    const query = `?appid=${defaults.apiClientId}`
    await fillSettings(page, await (await saml.fetch(keysOf(query))).text())
    await page.getByLabel('App id').fill(defaults.apiClientId)
    await page.getByLabel('Access token').fill(await saml.issueUserToken())
    await page.locator('.finding code', { hasText: /^accepted$/ }).waitFor()
    expect(await stepsOf(page)).toMatchObject({ Signature: 'passed', Permissions: 'passed' })
    await page.getByLabel('Scopes of the route').fill('Orders.Write')
    await page.getByText('scope_missing').first().waitFor()
    expect(await stepsOf(page)).toMatchObject({ Claims: 'passed', Permissions: 'failed' })
    await close()
  })

  it('shows hostile claims as text and runs nothing of them', async () => {
    const attacks = [
      '<img src=x onerror=alert(1)>',
      '<script>alert(1)</script>',
      'javascript:alert(1)',
      '"><svg onload=alert(1)>',
      'https://attacker.example/?steal',
      '\u202Emoc.rekcatta',
      '\u001b[31m\u0000',
    ]
    const names = [
      'aud',
      'iss',
      'sub',
      'name',
      'oid',
      'tid',
      'scp',
      'roles',
      'ver',
      'azp',
      '<b>bold</b>',
      '__proto__x',
      'constructor',
    ]
    const claims = (attack: string): Record<string, unknown> =>
      Object.fromEntries(names.map((name) => [name, attack]))
    const watched = await openPage(browser, server.url)
    const { page, close } = watched
    await fillSettings(page)
    for (const attack of attacks) {
      const body = [
        { alg: 'RS256', kid: attack, typ: attack },
        { ...claims(attack), groups: [attack], x: { y: attack } },
      ]
      const token = `${body.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.AAAA`
      await page.getByLabel('Access token').fill(token)
      await page.getByRole('rowheader', { name: '<b>bold</b>' }).waitFor()
      expect(
        await page
          .locator('.results img, .results svg, .results script, .results b, .results iframe')
          .count(),
      ).toBe(0)
      const links = await page
        .locator('.results a')
        .evaluateAll((all) => all.map((link) => link.getAttribute('href') ?? ''))
      for (const link of links)
        expect(link).toMatch(/^https:\/\/(?:learn\.microsoft\.com|github\.com\/entraguard)\//)
      expect(await page.locator('.results').innerText()).not.toMatch(/(?![\n\t])[\p{Cc}\u202e]/u)
      await expectNothingKept(watched, token)
    }
    await close()
  })

  it('stands still under a token of a megabyte and under deep nesting', async () => {
    const watched = await openPage(browser, server.url)
    const { page, close } = watched
    const deep = `e30.${Buffer.from(`${'['.repeat(50_000)}${']'.repeat(50_000)}`).toString('base64url')}.AAAA`
    for (const text of ['A'.repeat(1_200_000), '.'.repeat(100_000), deep]) {
      await page.getByLabel('Access token').fill('')
      await page.getByLabel('Access token').fill(text)
      await page.locator('.finding.error').first().waitFor()
    }
    await expectNothingKept(watched, 'AAAAAAAAAAAAAAAAAAAA')
    await close()
  })

  it('lets no script of the page send anything, whatever it is', async () => {
    const { page, errors, close } = await openPage(browser, server.url)
    const policy = (await page.request.get(server.url)).headers()['content-security-policy'] ?? ''
    expect(policy).toContain("connect-src 'none'")
    expect(policy).toContain("form-action 'none'")
    expect(policy).not.toMatch(/unsafe|https?:|\*/)
    const tried = await page.evaluate(`(async () => {
      const failed = (work) => Promise.resolve().then(work).then(() => false, () => true)
      const socket = () => new Promise((open, fail) => {
        const it = new WebSocket(location.origin.replace('http', 'ws'))
        it.onopen = open
        it.onerror = fail
      })
      return [
        await failed(() => fetch('/health')),
        await failed(() => fetch('https://attacker.example/')),
        await failed(socket),
        await failed(() => new Promise((good, bad) => {
          const source = new EventSource('/health')
          source.onopen = good
          source.onerror = bad
        })),
      ]
    })()`)
    expect(tried).toEqual([true, true, true, true])
    expect(errors.length).toBeGreaterThan(0)
    await close()
  })

  it('can be used with the keyboard alone', async () => {
    const watched = await openPage(browser, server.url)
    const { page, close } = watched
    const token = await entra.issueUserToken()
    const type = (text: string): Promise<void> => page.keyboard.insertText(text)
    await page.keyboard.press('Tab')
    await type(token)
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Forget the token')
    await page.keyboard.press('Tab')
    await type(defaults.tenantId)
    await page.keyboard.press('Tab')
    await type(defaults.apiClientId)
    await page.keyboard.press('Tab')
    await page.keyboard.press('ArrowDown')
    expect(await page.getByLabel('Cloud').inputValue()).toBe('usgov')
    await page.keyboard.press('ArrowUp')
    for (let field = 0; field < 4; field += 1) await page.keyboard.press('Tab')
    await type(keys)
    await page.locator('.finding code', { hasText: /^accepted$/ }).waitFor()
    expect(Object.values(await stepsOf(page)).every((state) => state === 'passed')).toBe(true)
    expect(await page.getByRole('status').innerText()).toContain('The verifier accepts it.')
    for (let field = 0; field < 7; field += 1) await page.keyboard.press('Shift+Tab')
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Forget the token')
    await page.keyboard.press('Enter')
    await page.getByText('Paste a token.').waitFor()
    expect(await page.getByLabel('Access token').inputValue()).toBe('')
    await expectNothingKept(watched, token)
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
      const { page, errors, close } = await openPage(browser, server.url, {
        width,
        height: width === 360 ? 780 : 1000,
        colorScheme,
      })
      expect(await seriousFindings(page)).toEqual([])
      await fillSettings(page)
      await page.getByLabel('Access token').fill(await entra.issueUserToken({ expiresIn: -3600 }))
      await page.locator('.finding').first().waitFor()
      expect(await seriousFindings(page)).toEqual([])
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width)
      await page.getByRole('table', { name: 'Claims' }).getByRole('rowheader', { name: 'exp' }).waitFor()
      if (colorScheme === 'light' || width === 1440) {
        const region = width === 360 ? page.locator('.results') : page
        await region.screenshot({ path: path.join(images, `inspector-${width}-${colorScheme}.png`) })
      }
      expect(errors).toEqual([])
      await close()
    },
  )
})
