import { mkdirSync } from 'node:fs'
import path from 'node:path'

import { defaults } from '@entraguard/emulator'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'

import { violations } from '../browser/accessibility.ts'
import { images, screenshots } from '../browser/page.ts'
import { expectQuiet, overflowing, usePortal } from './open-portal.ts'

const portal = usePortal()
mkdirSync(screenshots, { recursive: true })

/** Those that docs/inspector-and-playground.md shows. */
const documented = new Set(['portal-inspector-refused-1440-light', 'portal-traffic-1440-dark'])

/** Every state of every view that a person gets to see. */
const screens: ReadonlyArray<{
  readonly name: string
  readonly view: string
  readonly reach: (page: Page) => Promise<void>
}> = [
  { name: 'tokens', view: 'tokens', reach: (page) => mint(page, 'Expired') },
  {
    name: 'tokens-options',
    view: 'tokens',
    reach: (page) => page.getByText('Change what it says').click(),
  },
  {
    name: 'inspector-refused',
    view: 'tokens',
    reach: async (page) => {
      await mint(page, 'Expired')
      await page.getByRole('button', { name: 'Open in the inspector' }).click()
      await page.getByRole('heading', { name: 'Refused' }).waitFor()
    },
  },
  {
    name: 'inspector-accepted',
    view: 'inspector',
    reach: async (page) => {
      await page.getByRole('button', { name: 'Try a sample' }).click()
      await page.getByRole('menuitem', { name: 'One that is accepted' }).click()
      await page.getByRole('heading', { name: 'Accepted' }).waitFor()
      await page.getByText('"aud":').click()
    },
  },
  { name: 'inspector-empty', view: 'inspector', reach: () => Promise.resolve() },
  { name: 'playground-empty', view: 'playground', reach: () => Promise.resolve() },
  { name: 'directory', view: 'directory', reach: () => Promise.resolve() },
  ...['Tenants', 'Users', 'Groups', 'Consents'].map((tab) => ({
    name: `directory-${tab.toLowerCase()}`,
    view: 'directory',
    reach: (page: Page) => page.getByRole('tab', { name: tab }).click(),
  })),
  {
    name: 'directory-code',
    view: 'directory',
    reach: async (page) => {
      await page.getByRole('button', { name: 'Code for Orders API' }).click()
      await page.getByRole('tab', { name: 'Hono' }).click()
    },
  },
  {
    name: 'directory-new',
    view: 'directory',
    reach: async (page) => {
      await page.getByRole('button', { name: 'New app' }).click()
      await page.getByText('Everything, as JSON').click()
    },
  },
  {
    name: 'traffic',
    view: 'traffic',
    reach: async (page) => {
      await ask()
      await page.getByText('AADSTS7000215').first().click()
    },
  },
]

async function mint(page: Page, kind: string): Promise<void> {
  await page.getByRole('button', { name: kind, exact: true }).click()
  await page.getByRole('region', { name: 'The token' }).waitFor()
}

/** What a client would ask: once with a wrong secret, once with the right one. */
async function ask(): Promise<void> {
  const rotated = await portal.entra.rotateKeys()
  portal.entra.retireKey(rotated.previousKid)
  for (const secret of ['wrong', defaults.secret]) {
    await fetch(`${portal.url}/${defaults.tenantId}/oauth2/v2.0/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: defaults.daemonClientId,
        client_secret: secret,
        scope: `api://${defaults.apiClientId}/.default`,
      }),
    })
  }
}

const sizes = [
  [1440, 'light'],
  [1440, 'dark'],
  [1024, 'light'],
  [1024, 'dark'],
  [390, 'light'],
  [390, 'dark'],
] as const

describe.each(sizes)('the portal at %i px in a %s scheme', (width, colorScheme) => {
  it.each(screens)('is readable, also for assistive technology: $name', async ({ name, view, reach }) => {
    const watched = await portal.open(view, { width, height: width === 390 ? 844 : 900, colorScheme })
    const { page, close } = watched
    await reach(page)
    const isDialog = (await page.getByRole('dialog').count()) > 0
    const file = `portal-${name}-${width}-${colorScheme}`
    if (!isDialog) await page.evaluate('scrollTo(0, 0)')
    await page.screenshot({
      path: path.join(documented.has(file) ? images : screenshots, `${file}.png`),
      fullPage: !isDialog,
    })
    expect(await violations(page)).toEqual([])
    expect(await overflowing(page)).toEqual([])
    expectQuiet(watched)
    await close()
  })
})

it.each([360, 640, 1920])('nothing of the portal is wider than a screen of %i px', async (width) => {
  for (const view of ['tokens', 'inspector', 'playground', 'directory', 'traffic']) {
    const { page, close } = await portal.open(view, { width })
    await page.getByRole('heading', { level: 1 }).waitFor()
    expect([view, await overflowing(page)]).toEqual([view, []])
    await close()
  }
})

it.each([1440, 1024, 390])('the verdict is in sight beside what was pasted, at %i px', async (width) => {
  const { page, close } = await portal.open('inspector', { width, height: width === 390 ? 844 : 800 })
  await page.getByLabel('Access token').fill(await portal.entra.issueUserToken({ expiresIn: -3600 }))
  await page.getByRole('heading', { name: 'Refused' }).waitFor()
  const paste = await page.getByLabel('Access token').boundingBox()
  const fact = await page.locator('.verdict .fact').boundingBox()
  expect(paste?.y).toBeGreaterThan(0)
  expect((fact?.y ?? Infinity) + (fact?.height ?? 0)).toBeLessThan(width === 390 ? 844 : 800)
  await close()
})
