import { existsSync } from 'node:fs'
import type { Server } from 'node:http'
import path from 'node:path'

import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { findPages } from '../src/pages.ts'
import { read, repositoryUrl, root } from '../src/repository.ts'
import { violations } from '../../tests/browser/accessibility.ts'
import { launch, patience } from '../../tests/browser/chromium.ts'
import { base, buildSite, out } from './built.ts'
import { describeMetadata } from './described.ts'
import { describeLook } from './look.ts'
import { serve } from './serve.ts'
import { addressesIn, ready, visitAll, type Visits } from './visits.ts'

let seen: Visits
let browser: Browser
let server: Server
let site: string

/** One page of every kind: these are looked at whole, in both themes and both widths. */
const layouts = [
  '',
  '404.html',
  'packages/core.html',
  'errors/audience_mismatch.html',
  'api/core/',
  'api/core/classes/EntraGuardError.html',
  'api/core/functions/createVerifier.html',
]

beforeAll(async () => {
  buildSite()
  const served = await serve(out, base)
  server = served.server
  site = served.url + base
  browser = await launch()
}, 3_000_000)

afterAll(async () => {
  await browser?.close()
  server?.close()
})

function problemInRepository(href: string): string | undefined {
  const file = new RegExp(`^${repositoryUrl}/(?:blob|tree|edit)/main/([^#]+)(?:#L(\\d+))?`).exec(href)
  if (file === null) return undefined
  const [, name = '', line = '1'] = file
  if (!existsSync(path.join(root, decodeURIComponent(name)))) return 'is not in the repository'
  if (name.endsWith('.ts') && read(name).split('\n').length < Number(line)) return 'has no such line'
  return undefined
}

/** What is wrong with a link of the site. */
function problemOf(href: string): string | undefined {
  const url = new URL(href)
  if (url.origin !== new URL(site).origin) {
    if (url.protocol === 'https:') return problemInRepository(href)
    return ['localhost', '127.0.0.1'].includes(url.hostname) ? undefined : 'is not https'
  }
  if (!href.startsWith(site)) return 'leaves the site'
  const address = decodeURIComponent(url.pathname).slice(base.length)
  const target = seen.pages.get(address)
  if (target === undefined) return existsSync(path.join(out, address)) ? undefined : 'is no page'
  const id = decodeURIComponent(url.hash.slice(1))
  return id === '' || target.ids.includes(id) ? undefined : 'has no such anchor'
}

async function newPage(): Promise<Page> {
  const page = await browser.newPage()
  page.setDefaultTimeout(patience)
  return page
}

describeLook(() => ({ browser, site }))
describeMetadata()

describe('the documentation site', () => {
  beforeAll(async () => {
    seen = await visitAll(browser, { out, base, site })
  }, 3_000_000)

  it('has every page that it was built from, each with a title', () => {
    const pages = [...findPages().values()].map((address) =>
      address.replace(/\.md$/, '.html').replace(/(^|\/)index\.html$/, '$1'),
    )
    expect(addressesIn(out)).toEqual([...pages, '404.html'].toSorted())
    expect([...seen.pages.keys()].toSorted()).toEqual(addressesIn(out))
    const untitled = [...seen.pages].filter(([, { title }]) => !/^.+ \| Entraguard$|^Entraguard$/.test(title))
    expect(untitled.map(([address]) => address)).toEqual([])
  })

  it('has no link that leads nowhere: pages, anchors, files and lines of the repository', () => {
    const links = [...seen.pages].flatMap(([from, { hrefs }]) =>
      [...new Set(hrefs)].map((href) => ({ from, href })),
    )
    const broken = links
      .map(({ from, href }) => ({ from, href, problem: problemOf(href) }))
      .filter(({ problem }) => problem !== undefined)
    expect(broken).toEqual([])
    expect(links.length).toBeGreaterThan(5000)
  })

  it('writes nothing to the console and asks no other host for anything', () => {
    expect(seen.problems).toEqual([])
  })

  it('scrolls sideways on no page at 360 pixels', () => {
    const wide = [...seen.pages].filter(([, { narrowWidth }]) => narrowWidth > 360)
    expect(wide.map(([address]) => address)).toEqual([])
  })

  it('has nothing for axe-core to find in the content of its pages', () => {
    expect(seen.inaccessible).toEqual([])
  })

  it.each(layouts)(
    '/%s: nothing for axe-core to find on the whole page, light and wide, dark and narrow',
    async (address) => {
      const page = await newPage()
      const found: string[] = []
      for (const [colorScheme, width] of [
        ['light', 1280],
        ['dark', 360],
      ] as const) {
        await page.emulateMedia({ colorScheme })
        await page.setViewportSize({ width, height: 900 })
        await page.goto(site + address)
        await ready(page)
        found.push(...(await violations(page)))
      }
      await page.close()
      expect(found).toEqual([])
    },
  )

  it('finds codes, exported names and pasted messages without a network', async () => {
    const page = await newPage()
    await page.goto(site)
    await ready(page)
    await page.keyboard.press('Control+k')
    const input = page.locator('.VPLocalSearchBox input')
    const results = page.locator('.VPLocalSearchBox .result')
    await input.fill('verifier')
    await results.first().waitFor()
    await page.context().setOffline(true)
    const best = (): Promise<readonly string[]> =>
      results.evaluateAll((links) =>
        links.slice(0, 2).map((link) => new URL((link as HTMLAnchorElement).href).pathname),
      )
    for (const [text, address] of [
      ['audience_mismatch', 'errors/audience_mismatch.html'],
      ['signing_key_not_found', 'errors/signing_key_not_found.html'],
      ['createVerifier', 'api/core/functions/createVerifier.html'],
      ['jwt audience invalid', 'troubleshooting.html'],
      ['IDW10201', 'troubleshooting.html'],
    ] as const) {
      await input.fill(text)
      await expect.poll(best).toContain(base + address)
    }
    await page.close()
  })

  it('stays dark when a reader says so', async () => {
    const page = await newPage()
    await page.emulateMedia({ colorScheme: 'light' })
    await page.goto(`${site}keys.html`)
    await ready(page)
    await page.locator('.VPSwitchAppearance').first().click()
    await page.goto(`${site}errors/`)
    await expect.poll(() => page.evaluate("document.documentElement.classList.contains('dark')")).toBe(true)
    await page.close()
  })
})
