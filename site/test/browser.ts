import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'

import { chromium, type Browser, type Page } from 'playwright-core'

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

/** Writes down what must not happen on a page: errors, answers that are none, requests to another host. */
export function watch(page: Page, site: string): string[] {
  const problems: string[] = []
  const note = (problem: string): void => {
    problems.push(`${new URL(page.url()).pathname}: ${problem}`)
  }
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') note(message.text())
  })
  page.on('pageerror', (error) => {
    note(String(error))
  })
  page.on('response', (response) => {
    if (response.status() >= 400) note(`${response.status()} for ${response.url()}`)
  })
  page.on('request', (request) => {
    if (!request.url().startsWith(site) && !request.url().startsWith('data:'))
      note(`request to ${request.url()}`)
  })
  return problems
}

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface AxeResults {
  readonly violations: ReadonlyArray<{
    readonly id: string
    readonly nodes: ReadonlyArray<{ readonly html: string; readonly failureSummary?: string }>
  }>
}

/** What axe-core finds, of any impact, one line each. `within` narrows it to a part of the page. */
export async function violations(page: Page, within = 'html'): Promise<readonly string[]> {
  await page.evaluate(axe)
  const { violations: found } = await page.evaluate<AxeResults>(`axe.run(${JSON.stringify(within)})`)
  return found.flatMap(({ id, nodes }) =>
    nodes.map(
      ({ html, failureSummary = '' }) => `${new URL(page.url()).pathname}: ${id}: ${html} ${failureSummary}`,
    ),
  )
}
