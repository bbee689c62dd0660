import { mkdirSync, statSync } from 'node:fs'
import path from 'node:path'

import type { Browser, Locator, Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'

import { patience } from '../../tests/browser/chromium.ts'
import { images } from '../../tests/browser/page.ts'
import { ready } from './visits.ts'

/** The browser, and the address that the site is served at. */
export interface World {
  readonly browser: Browser
  readonly site: string
}

/** What people see first, and two pages of the kind that they come back to. */
const pictured = ['', 'packages/core.html', 'troubleshooting.html']

const tab = (page: Page, name: string): Locator => page.getByRole('tab', { name, exact: true }).first()

/** The cells of tables of text that one would have to scroll to, or that are cut. */
const cells = `(() => {
  const all = [...document.querySelectorAll('.vp-doc table.of-text td')].filter((cell) => cell.offsetParent !== null)
  const outside = all.filter((cell) => cell.getBoundingClientRect().right > innerWidth || cell.scrollWidth > cell.clientWidth)
  return { count: all.length, outside: outside.map(({ textContent }) => textContent) }
})()`

/** Where the columns of each table begin. */
const columns = `[...document.querySelectorAll('.vp-doc table')].map((table) =>
  [...table.rows[0].cells].map((cell) => Math.round(cell.getBoundingClientRect().left)).join(' '))`

/** Tests of what a reader sees and does, on a site that is built and served already. */
export function describeLook(world: () => World): void {
  async function open(
    address: string,
    width: number,
    colorScheme: 'light' | 'dark' = 'light',
  ): Promise<Page> {
    const { browser, site } = world()
    const viewport = { width, height: width < 500 ? 844 : 900 }
    const page = await browser.newPage({ colorScheme, viewport })
    page.setDefaultTimeout(patience)
    await page.goto(site + address)
    await ready(page)
    return page
  }

  describe('what a reader sees', () => {
    it('is code on the first screen, and a button to the first token', async () => {
      const page = await open('', 1440)
      const code = await page.locator('.vp-doc div.language-ts').first().boundingBox()
      expect(code?.y).toBeLessThan(600)
      await page.getByRole('link', { name: 'Start in two minutes' }).first().click()
      await page.getByRole('heading', { level: 1, name: 'Start in two minutes' }).waitFor()
      await page.close()
    })

    it('is the framework and the package manager that they chose, on all pages', async () => {
      const page = await open('', 1440)
      const isChosen = (name: string): Promise<string | null> => tab(page, name).getAttribute('aria-selected')
      await expect.poll(() => isChosen('NestJS')).toBe('true')
      await tab(page, 'Express').click()
      await tab(page, 'npm').click()
      await page.keyboard.press('ArrowRight')
      await page.keyboard.press('ArrowRight')
      await page.goto(`${world().site}start.html`)
      await ready(page)
      await expect.poll(() => isChosen('Express')).toBe('true')
      await expect.poll(() => isChosen('yarn')).toBe('true')
      expect(await page.getByRole('tabpanel').first().textContent()).toContain(
        'yarn add @entraguard/express @entraguard/core express',
      )
      await page.close()
    })

    it.each(['packages/core.html', 'packages/nestjs.html', 'troubleshooting.html'])(
      'is every cell of a table of text, at 390 pixels on /%s',
      async (address) => {
        const page = await open(address, 390)
        const { count, outside } = await page.evaluate<{ count: number; outside: readonly string[] }>(cells)
        expect(count).toBeGreaterThan(20)
        expect(outside).toEqual([])
        await page.close()
      },
    )

    it('is one set of columns for all tables of symptoms', async () => {
      const page = await open('troubleshooting.html', 1440)
      const found = await page.evaluate<readonly string[]>(columns)
      expect(found.length).toBeGreaterThan(5)
      expect(new Set(found).size).toBe(1)
      await page.close()
    })

    it('is a sidebar whose groups fold', async () => {
      const page = await open('start.html', 1440)
      const folded = page.locator('.VPSidebarItem.level-0.collapsed')
      const before = await folded.count()
      expect(before).toBeGreaterThan(3)
      await page.locator('.VPSidebarItem.level-0.collapsible > .item > .caret').first().click()
      await expect.poll(() => folded.count()).toBe(before + 1)
      await page.close()
    })

    it.each(pictured)('is kept in pictures of three widths, light and dark: /%s', async (address) => {
      mkdirSync(images, { recursive: true })
      const name = address === '' ? 'home' : path.basename(address, '.html')
      for (const colorScheme of ['light', 'dark'] as const)
        for (const width of [1440, 1024, 390]) {
          const page = await open(address, width, colorScheme)
          const file = path.join(images, `site-${name}-${width}-${colorScheme}.png`)
          await page.screenshot({ path: file })
          expect(statSync(file).size).toBeGreaterThan(10_000)
          await page.close()
        }
    })
  })
}
