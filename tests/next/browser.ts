import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'

import { chromium, type Browser, type Page } from 'playwright-core'

const axeSource = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

/** Where screenshots go: those of the documentation only when asked, because each run's differ. */
export const images: string = path.join(
  import.meta.dirname,
  process.env['ENTRAGUARD_SCREENSHOTS'] === '1' ? '../../docs/images' : '../../test-results/screenshots',
)

/** Debian's Chromium, or the one named by CHROMIUM_PATH. */
export const launch = (): Promise<Browser> =>
  chromium.launch({
    executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })

interface ScreenOptions {
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
  })
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

interface AxeResults {
  readonly violations: ReadonlyArray<{
    readonly id: string
    readonly impact: string | null
    readonly nodes: ReadonlyArray<{ readonly html: string; readonly failureSummary?: string }>
  }>
}

/** What axe-core finds on the page that is serious or critical, one line each. */
export async function seriousFindings(page: Page): Promise<readonly string[]> {
  await page.evaluate(await readFile(axeSource, 'utf8'))
  const results = (await page.evaluate('axe.run()')) as AxeResults
  return results.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary = '' }) => `${id}: ${html} ${failureSummary}`),
    )
}
