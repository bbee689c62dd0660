import { spawnSync } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import type { Server } from 'node:http'
import path from 'node:path'

import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { findPages } from '../src/pages.ts'
import { read, repositoryUrl, root } from '../src/repository.ts'
import { violations } from '../../tests/browser/accessibility.ts'
import { launch } from '../../tests/browser/chromium.ts'
import { watch } from './browser.ts'
import { serve } from './serve.ts'

/** What one page showed in the browser. */
interface Visit {
  readonly title: string
  readonly hrefs: readonly string[]
  readonly ids: readonly string[]
  /** Width of the content, in a window of 360 pixels. */
  readonly narrowWidth: number
}

// As on GitHub Pages, in a folder of the host: a link that forgets the folder leads nowhere.
const base = '/entraguard/'
const out = path.join(root, 'test-results/site')

const visits = new Map<string, Visit>()
const problems: string[] = []
const inaccessible: string[] = []
let browser: Browser
let server: Server
let site: string

/** Every page there is, as an address below the site: `keys.html`, `errors/`, and nothing for the home page. */
const addresses = (): readonly string[] =>
  globSync('**/*.html', { cwd: out })
    .map((file) => file.split(path.sep).join('/'))
    .map((file) => file.replace(/(^|\/)index\.html$/, '$1'))
    .toSorted()

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

const ready = (page: Page): Promise<unknown> =>
  page.waitForFunction("document.querySelector('#app')?.__vue_app__ !== undefined")

async function look(page: Page, address: string): Promise<void> {
  const facts = await page.evaluate<Visit>(`({
    title: document.title,
    hrefs: [...document.querySelectorAll('a[href]')].map((a) => a.href),
    ids: [...document.querySelectorAll('[id]')].map((element) => element.id),
    narrowWidth: document.documentElement.scrollWidth,
  })`)
  visits.set(address, facts)
}

/** Opens a page as from outside. */
async function open(page: Page, address: string, colorScheme: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme })
  await page.goto(site + address)
  await ready(page)
  await look(page, address)
  inaccessible.push(...(await violations(page, '#VPContent')))
}

/** Goes to a page as a reader does: by the link to it, without loading the site anew. */
async function click(page: Page, address: string): Promise<void> {
  const name = path.basename(address, '.html')
  await page.evaluate(`document.querySelector('a[href="${base}${address}"]').click()`)
  await page.waitForFunction(
    `location.pathname === '${base}${address}' && document.querySelector('h1')?.textContent.startsWith('${name}')`,
  )
  await look(page, address)
}

/** A page of the reference about one exported name. There are many, all alike. */
const isMember = (address: string): boolean => address.startsWith('api/') && !address.endsWith('/')

/** All pages, in two windows of one browser: what they share is fetched once. */
async function visitAll(): Promise<void> {
  const context = await browser.newContext({ viewport: { width: 360, height: 740 } })
  const all = addresses()
  const opened = all.filter((address) => !isMember(address))
  const entryPoint = (member: string): string | undefined =>
    opened
      .filter((address) => address !== '' && member.startsWith(address))
      .toSorted()
      .at(-1)
  const queue = [...opened.entries()]
  const work = async (): Promise<void> => {
    const page = await context.newPage()
    const seen = watch(page, site)
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, address] = next
      await open(page, address, index % 2 === 0 ? 'light' : 'dark')
      for (const member of all.filter((other) => isMember(other) && entryPoint(other) === address))
        await click(page, member)
    }
    problems.push(...seen)
  }
  await Promise.all([work(), work()])
  await context.close()
}

beforeAll(async () => {
  const build = spawnSync(process.execPath, ['build.ts', '--base', base, '--out', out], {
    cwd: path.join(root, 'site'),
    encoding: 'utf8',
  })
  if (build.status !== 0) throw new Error(`${build.stdout}\n${build.stderr}`)
  const served = await serve(out, base)
  server = served.server
  site = served.url + base
  browser = await launch()
  await visitAll()
}, 300_000)

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
  const target = visits.get(address)
  if (target === undefined) return existsSync(path.join(out, address)) ? undefined : 'is no page'
  const id = decodeURIComponent(url.hash.slice(1))
  return id === '' || target.ids.includes(id) ? undefined : 'has no such anchor'
}

describe('the documentation site', () => {
  it('has every page that it was built from, each with a title', () => {
    const pages = [...findPages().values()].map((address) =>
      address.replace(/\.md$/, '.html').replace(/(^|\/)index\.html$/, '$1'),
    )
    expect(addresses()).toEqual([...pages, '404.html'].toSorted())
    expect([...visits.keys()].toSorted()).toEqual(addresses())
    const untitled = [...visits].filter(([, { title }]) => !/^.+ \| Entraguard$|^Entraguard$/.test(title))
    expect(untitled.map(([address]) => address)).toEqual([])
  })

  it('has no link that leads nowhere: pages, anchors, files and lines of the repository', () => {
    const links = [...visits].flatMap(([from, { hrefs }]) =>
      [...new Set(hrefs)].map((href) => ({ from, href })),
    )
    const broken = links
      .map(({ from, href }) => ({ from, href, problem: problemOf(href) }))
      .filter(({ problem }) => problem !== undefined)
    expect(broken).toEqual([])
    expect(links.length).toBeGreaterThan(5000)
  })

  it('writes nothing to the console and asks no other host for anything', () => {
    expect(problems).toEqual([])
  })

  it('scrolls sideways on no page at 360 pixels', () => {
    const wide = [...visits].filter(([, { narrowWidth }]) => narrowWidth > 360)
    expect(wide.map(([address]) => address)).toEqual([])
  })

  it('has nothing for axe-core to find in the content of its pages', () => {
    expect(inaccessible).toEqual([])
  })

  it.each(layouts)(
    '/%s: nothing for axe-core to find on the whole page, light and wide, dark and narrow',
    async (address) => {
      const page = await browser.newPage()
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
    const page = await browser.newPage()
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
      await expect.poll(best, { timeout: 10_000 }).toContain(base + address)
    }
    await page.close()
  })

  it('stays dark when a reader says so', async () => {
    const page = await browser.newPage()
    await page.emulateMedia({ colorScheme: 'light' })
    await page.goto(`${site}keys.html`)
    await ready(page)
    await page.locator('.VPSwitchAppearance').first().click()
    await page.goto(`${site}errors/`)
    expect(await page.evaluate("document.documentElement.classList.contains('dark')")).toBe(true)
    await page.close()
  })
})
