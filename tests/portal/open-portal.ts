import { createEmulator, type Emulator } from '@entraguard/emulator'
import { listen, type Listening } from '@entraguard/emulator/node'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect } from 'vitest'

import { launch } from '../browser/chromium.ts'
import { openPage, type ScreenOptions, type WatchedPage } from '../browser/page.ts'

interface Portal {
  readonly entra: Emulator
  readonly url: string
  /** Opens a view in a page of its own. */
  readonly open: (view?: string, options?: ScreenOptions) => Promise<WatchedPage>
}

/** An emulator that listens, and a Chromium for its portal, for the tests of one file. */
export function usePortal(): Portal {
  let entra: Emulator
  let listening: Listening
  let browser: Awaited<ReturnType<typeof launch>>
  beforeAll(async () => {
    entra = await createEmulator()
    listening = await listen(entra)
    browser = await launch()
  })
  afterAll(async () => {
    await browser?.close()
    await listening?.close()
  })
  return {
    get entra() {
      return entra
    },
    get url() {
      return listening.url
    },
    open: async (view = '', options = {}) =>
      openPage(browser, `${listening.url}/${view === '' ? '' : `#/${view}`}`, options),
  }
}

/** Nothing failed on the page, and it asked nobody but the address that it came from. */
export function expectQuiet({ errors, strangers }: WatchedPage): void {
  expect(errors).toEqual([])
  expect(strangers).toEqual([])
}

/** Does everything fit? A page that scrolls sideways, or an id that is cut, does not. */
export async function overflowing(page: Page): Promise<readonly string[]> {
  return await page.evaluate<string[]>(`(() => {
    const wide = document.documentElement.scrollWidth > innerWidth ? ['the page'] : []
    const cut = [...document.querySelectorAll('.id code, .chips code, dd code')]
      .filter((one) => one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display !== 'inline')
    const boxes = [...document.querySelectorAll('.modal, .card, .panel')].filter((one) => one.scrollWidth > one.clientWidth)
    return [...wide, ...boxes.map((one) => one.className), ...cut.map((one) => one.textContent)]
  })()`)
}
