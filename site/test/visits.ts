import { globSync } from 'node:fs'
import path from 'node:path'

import type { Browser, Page } from 'playwright-core'

import { violations } from '../../tests/browser/accessibility.ts'
import { patience } from '../../tests/browser/chromium.ts'
import { watch } from './browser.ts'

/** What one page showed in the browser. */
export interface Visit {
  readonly title: string
  readonly hrefs: readonly string[]
  readonly ids: readonly string[]
  /** Width of the content, in a window of 360 pixels. */
  readonly narrowWidth: number
}

/** Where the pages are: the folder that was built, the folder of the host, and the address that it is served at. */
export interface Place {
  readonly out: string
  readonly base: string
  readonly site: string
}

/** What all pages showed. */
export interface Visits {
  readonly pages: ReadonlyMap<string, Visit>
  readonly problems: readonly string[]
  /** What axe-core found in the content of pages. */
  readonly inaccessible: readonly string[]
}

/** Every page there is, as an address below the site: `keys.html`, `errors/`, and nothing for the home page. */
export const addressesIn = (out: string): readonly string[] =>
  globSync('**/*.html', { cwd: out })
    .map((file) => file.split(path.sep).join('/'))
    .map((file) => file.replace(/(^|\/)index\.html$/, '$1'))
    .toSorted()

/** Until the scripts of a page have taken it over. */
export const ready = (page: Page): Promise<unknown> =>
  page.waitForFunction("document.querySelector('#app')?.__vue_app__ !== undefined")

const look = (page: Page): Promise<Visit> =>
  page.evaluate<Visit>(`({
    title: document.title,
    hrefs: [...document.querySelectorAll('a[href]')].map((a) => a.href),
    ids: [...document.querySelectorAll('[id]')].map((element) => element.id),
    narrowWidth: document.documentElement.scrollWidth,
  })`)

/** A page of the reference about one exported name. There are many, all alike. */
const isMember = (address: string): boolean => address.startsWith('api/') && !address.endsWith('/')

/** Goes to a page as a reader does: by the link to it, without loading the site anew. */
async function click(page: Page, base: string, address: string): Promise<Visit> {
  const name = path.basename(address, '.html')
  await page.evaluate(`document.querySelector('a[href="${base}${address}"]').click()`)
  await page.waitForFunction(
    `location.pathname === '${base}${address}' && document.querySelector('h1')?.textContent.startsWith('${name}')`,
  )
  return await look(page)
}

/** All pages, in two windows of one browser: what they share is fetched once. */
export async function visitAll(browser: Browser, { out, base, site }: Place): Promise<Visits> {
  const context = await browser.newContext({ viewport: { width: 360, height: 740 } })
  context.setDefaultTimeout(patience)
  const all = addressesIn(out)
  const opened = all.filter((address) => !isMember(address))
  const entryPoint = (member: string): string | undefined =>
    opened
      .filter((address) => address !== '' && member.startsWith(address))
      .toSorted()
      .at(-1)
  const pages = new Map<string, Visit>()
  const problems: string[] = []
  const inaccessible: string[] = []
  const queue = [...opened.entries()]
  const work = async (): Promise<void> => {
    const page = await context.newPage()
    const seen = watch(page, site)
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, address] = next
      await page.emulateMedia({ colorScheme: index % 2 === 0 ? 'light' : 'dark' })
      await page.goto(site + address)
      await ready(page)
      pages.set(address, await look(page))
      inaccessible.push(...(await violations(page, '#VPContent')))
      for (const member of all.filter((other) => isMember(other) && entryPoint(other) === address))
        pages.set(member, await click(page, base, member))
    }
    problems.push(...seen)
  }
  await Promise.all([work(), work()])
  await context.close()
  return { pages, problems, inaccessible }
}
