import { spawnSync } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import type { Server } from 'node:http'
import path from 'node:path'

import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { findPages } from '../src/pages.ts'
import { read, repositoryUrl, root } from '../src/repository.ts'
import { launch, violations, watch } from './browser.ts'
import { serve } from './serve.ts'

/** What one page showed in the browser. */
interface Visit {
  readonly title: string
  readonly hrefs: readonly string[]
  readonly ids: readonly string[]
  /** Width of the content, in a window of 360 pixels. */
  readonly narrowWidth: number
}

const dist = path.join(root, 'site/dist')
const visits = new Map<string, Visit>()
const problems: string[] = []
const inaccessible: string[] = []
let browser: Browser
let server: Server
let origin: string
let built: ReturnType<typeof spawnSync>

const addresses = (): readonly string[] =>
  globSync('**/*.html', { cwd: dist })
    .map((file) => `/${file.split(path.sep).join('/')}`)
    .map((file) => file.replace(/\/index\.html$/, '/'))
    .toSorted()

/** One page of every kind: these are looked at whole, in both themes and both widths. */
const layouts = [
  '/',
  '/404.html',
  '/overview.html',
  '/keys.html',
  '/packages/core.html',
  '/errors/',
  '/errors/audience_mismatch.html',
  '/api/',
  '/api/core/',
  '/api/core/classes/EntraGuardError.html',
  '/api/core/functions/createVerifier.html',
  '/api/core/interfaces/VerifierOptions.html',
  '/api/core/type-aliases/Identity.html',
  '/api/core/variables/clouds.html',
]

const ready = (page: Page): Promise<unknown> =>
  page.waitForFunction("document.querySelector('#app')?.__vue_app__ !== undefined")

async function visit(page: Page, address: string, index: number): Promise<void> {
  await page.emulateMedia({ colorScheme: index % 2 === 0 ? 'light' : 'dark' })
  await page.goto(origin + address)
  await ready(page)
  await page.setViewportSize({ width: 360, height: 740 })
  const narrowWidth = await page.evaluate<number>('document.documentElement.scrollWidth')
  await page.setViewportSize({ width: 1280, height: 900 })
  const facts = await page.evaluate<Omit<Visit, 'narrowWidth'>>(`({
    title: document.title,
    hrefs: [...document.querySelectorAll('a[href]')].map((a) => a.href),
    ids: [...document.querySelectorAll('[id]')].map((element) => element.id),
  })`)
  visits.set(address, { ...facts, narrowWidth })
  if (!address.startsWith('/api/')) inaccessible.push(...(await violations(page, '#VPContent')))
}

/** All pages, two at a time, in one context: what they share is fetched once. */
async function visitAll(): Promise<void> {
  const context = await browser.newContext()
  const queue = [...addresses().entries()]
  const work = async (): Promise<void> => {
    const page = await context.newPage()
    const seen = watch(page, origin)
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) await visit(page, next[1], next[0])
    problems.push(...seen)
  }
  await Promise.all([work(), work()])
  await context.close()
}

beforeAll(async () => {
  built = spawnSync(process.execPath, ['build.ts'], { cwd: path.join(root, 'site'), encoding: 'utf8' })
  if (built.status !== 0) throw new Error(`${built.stdout}\n${built.stderr}`)
  ;({ url: origin, server } = await serve(dist))
  browser = await launch()
  await visitAll()
}, 240_000)

afterAll(async () => {
  await browser?.close()
  server?.close()
})

/** What is wrong with a link of the site. */
function problemOf(from: string, href: string): string | undefined {
  const url = new URL(href)
  const wrong = `${from}: ${href}`
  if (url.origin === origin) {
    const target = visits.get(decodeURIComponent(url.pathname))
    if (target === undefined)
      return existsSync(path.join(dist, url.pathname)) ? undefined : `${wrong} is no page`
    const id = decodeURIComponent(url.hash.slice(1))
    return id === '' || target.ids.includes(id) ? undefined : `${wrong} has no such anchor`
  }
  if (url.protocol !== 'https:' && url.hostname !== 'localhost') return `${wrong} is not https`
  const file = new RegExp(`^${repositoryUrl}/(?:blob|tree|edit)/main/([^#]+)(?:#L(\\d+))?`).exec(href)
  if (file === null) return undefined
  const [, name = '', line = '1'] = file
  if (!existsSync(path.join(root, decodeURIComponent(name)))) return `${wrong} is not in the repository`
  if (name.endsWith('.ts') && read(name).split('\n').length < Number(line)) return `${wrong} has no such line`
  return undefined
}

describe('the documentation site', () => {
  it('has every page that it was built from, with a title of its own', () => {
    const expected = [...findPages().values()].map((address) =>
      `/${address.replace(/\.md$/, '.html')}`.replace(/\/index\.html$/, '/'),
    )
    expect(addresses()).toEqual([...expected, '/404.html'].toSorted())
    expect([...visits].filter(([, { title }]) => !/^.+ \| Entraguard$|^Entraguard$/.test(title))).toEqual([])
  })

  it('has no link that leads nowhere: pages, anchors, files of the repository', () => {
    const found = [...visits].flatMap(([from, { hrefs }]) =>
      [...new Set(hrefs)].map((href) => problemOf(from, href)),
    )
    expect(found.filter((problem) => problem !== undefined)).toEqual([])
    expect(found.length).toBeGreaterThan(5000)
  })

  it('writes nothing to the console and asks no other host for anything', () => {
    expect(problems).toEqual([])
  })

  it('scrolls sideways on no page at 360 pixels', () => {
    expect(
      [...visits].filter(([, { narrowWidth }]) => narrowWidth > 360).map(([address]) => address),
    ).toEqual([])
  })

  it('has nothing for axe-core to say about the content of its pages', () => {
    expect(inaccessible).toEqual([])
  })

  it.each(layouts)(
    '%s: nothing for axe-core to say about the whole page, light and dark, wide and narrow',
    async (address) => {
      const page = await browser.newPage()
      const found: string[] = []
      for (const [colorScheme, width] of [
        ['light', 1280],
        ['dark', 360],
      ] as const) {
        await page.emulateMedia({ colorScheme })
        await page.setViewportSize({ width, height: 900 })
        await page.goto(origin + address)
        await ready(page)
        found.push(...(await violations(page)))
      }
      await page.close()
      expect(found).toEqual([])
    },
  )

  it.each([
    ['audience_mismatch', '/errors/audience_mismatch.html'],
    ['createVerifier', '/api/core/functions/createVerifier.html'],
    ['jwt audience invalid', '/troubleshooting.html'],
    ['IDW10201', '/troubleshooting.html'],
  ])('finds %s without a network', async (text, address) => {
    const page = await browser.newPage()
    await page.goto(origin)
    await ready(page)
    await page.keyboard.press('Control+k')
    const input = page.locator('.VPLocalSearchBox input')
    await input.fill('verifier')
    await page.locator('.VPLocalSearchBox .result').first().waitFor()
    await page.context().setOffline(true)
    await input.fill(text)
    const results = page.locator('.VPLocalSearchBox .result')
    const best = async (): Promise<readonly string[]> =>
      results.evaluateAll((links) =>
        links.slice(0, 3).map((link) => new URL((link as HTMLAnchorElement).href).pathname),
      )
    await expect.poll(best, { timeout: 10_000 }).toContain(address)
    await page.close()
  })

  it('stays dark when a reader says so', async () => {
    const page = await browser.newPage()
    await page.emulateMedia({ colorScheme: 'light' })
    await page.goto(`${origin}/keys.html`)
    await ready(page)
    await page.locator('.VPSwitchAppearance').first().click()
    await page.goto(`${origin}/errors/`)
    expect(await page.evaluate("document.documentElement.classList.contains('dark')")).toBe(true)
    await page.close()
  })
})
