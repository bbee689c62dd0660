import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { violations } from '../browser/accessibility.ts'
import { launch } from '../browser/chromium.ts'
import { openPage } from '../browser/page.ts'
import { buildNext, sampleApp, startNext, type NextServer } from './next-process.ts'

let server: NextServer
let browser: Browser

beforeAll(async () => {
  const { ok, output } = await buildNext(sampleApp)
  if (!ok) throw new Error(output)
  server = await startNext(sampleApp, { ENTRA_TENANTS: 'contoso.com', ENTRA_AUDIENCE: 'api://orders' })
  browser = await launch()
})

afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

describe('the start page of the sample', () => {
  it.each([
    [1440, 'light'],
    [1440, 'dark'],
    [360, 'light'],
  ] as const)(
    'names the routes, and can be read at %i px in a %s scheme, also by assistive technology',
    async (width, colorScheme) => {
      const { page, errors, strangers, close } = await openPage(browser, server.url, { width, colorScheme })
      await page.getByText('GET /whoami/agent').waitFor()
      expect(await violations(page)).toEqual([])
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width)
      expect([errors, strangers]).toEqual([[], []])
      await close()
    },
  )

  it('lets its scripts, and no others, run, and ask nobody else: proxy.ts sends a policy with a new nonce each time', async () => {
    const policies = await Promise.all(
      [1, 2].map(async () => (await fetch(server.url)).headers.get('content-security-policy') ?? ''),
    )
    const [first, second] = policies.map((policy) => /'nonce-([^']+)'/.exec(policy)?.[1])
    expect(first).not.toBe(second)
    for (const policy of policies) {
      expect(policy).toContain("default-src 'none'")
      expect(policy).toContain("form-action 'none'")
      expect(policy).not.toMatch(/unsafe|https?:|\*/)
    }
    const { page, close } = await openPage(browser, server.url)
    const tried = await page.evaluate(`(async () => {
      document.body.insertAdjacentHTML('beforeend', '<img alt="" src="/none" onerror="window.ran = true">')
      await new Promise((failed) => document.querySelector('img').addEventListener('error', failed))
      const asked = await fetch('https://attacker.example/').then(() => 'asked', () => 'blocked')
      return [window.ran === true, asked]
    })()`)
    expect(tried).toEqual([false, 'blocked'])
    await close()
  })
})
