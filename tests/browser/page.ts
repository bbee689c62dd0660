import path from 'node:path'

import type { Browser, Page } from 'playwright-core'

import { patience } from './chromium.ts'

/** Where screenshots go that are only looked at. */
export const screenshots: string = path.join(import.meta.dirname, '../../test-results/screenshots')

/** Where those of the documentation go: there only when asked, because each run's differ. */
export const images: string =
  process.env['ENTRAGUARD_SCREENSHOTS'] === '1'
    ? path.join(import.meta.dirname, '../../docs/images')
    : screenshots

/** How large a page is, and in which scheme. */
export interface ScreenOptions {
  readonly width?: number
  readonly height?: number
  readonly colorScheme?: 'light' | 'dark'
}

/** A page of its own context, and everything that should not happen on it. */
export interface WatchedPage {
  readonly page: Page
  /** Errors on the console and in scripts. */
  readonly errors: string[]
  /** Requests to anywhere but the origin of the page. */
  readonly strangers: string[]
  readonly close: () => Promise<void>
}

export async function openPage(
  browser: Browser,
  url: string,
  { width = 1440, height = 1000, colorScheme = 'light' }: ScreenOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme,
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    // Colours that fade in have the contrast of neither state meanwhile.
    reducedMotion: 'reduce',
  })
  context.setDefaultTimeout(patience)
  const page = await context.newPage()
  const errors: string[] = []
  const strangers: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text())
  })
  page.on('pageerror', (error) => errors.push(String(error)))
  page.on('dialog', (dialog) => {
    errors.push(`dialog ${dialog.message()}`)
    void dialog.dismiss()
  })
  const { origin } = new URL(url)
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== origin) strangers.push(request.url())
  })
  await page.goto(url, { waitUntil: 'networkidle' })
  return { page, errors, strangers, close: () => context.close() }
}
