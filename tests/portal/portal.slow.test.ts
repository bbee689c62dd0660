import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { gzipSync } from 'node:zlib'

import { defaults } from '@entraguard/emulator'
import type { Locator, Page } from 'playwright-core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { expectQuiet, usePortal } from './open-portal.ts'

const portal = usePortal()
const files = path.join(import.meta.dirname, '../../apps/portal/dist/portal')

afterEach(() => {
  portal.entra.goOnline()
  portal.entra.calm()
})

/** What each kind of token becomes at the API that the emulator has without any option. */
const kinds: ReadonlyArray<readonly [kind: string, verdict: string]> = [
  ['User', 'Accepted'],
  ['App', 'Accepted'],
  ['Guest', 'Accepted'],
  ['User, v1.0', 'Accepted'],
  ['Too many groups', 'Accepted'],
  ['Managed identity', 'Accepted'],
  ['Agent, for a user', 'Accepted'],
  ['Azure AD B2C', 'issuer_unknown'],
  ['External ID', 'issuer_unknown'],
  ['Another tenant', 'issuer_unknown'],
  ['Expired', 'token_expired'],
  ['Wrong audience', 'audience_mismatch'],
  ['ID token', 'id_token_refused'],
  ['For Microsoft Graph', 'graph_token'],
  ['Forged', 'signature_invalid'],
  ['Unknown key', 'signing_key_not_found'],
  ['Key of the app', 'signing_key_not_found'],
  ['Bound to a key', 'bound_token_refused'],
  ['Rotated key', 'Accepted'],
  ['No signature', 'algorithm_refused'],
  ['Not valid yet', 'token_not_yet_valid'],
  ['No permission', 'permissions_missing'],
]

const mint = async (page: Page, kind: string): Promise<string> => {
  await page.getByRole('button', { name: kind, exact: true }).click()
  await page.getByRole('heading', { name: kind, exact: true }).waitFor()
  return await page.getByRole('region', { name: 'The token' }).innerText()
}

/** A dialog takes the focus a moment after it is there, and gives it back a moment after it is gone. */
const waitForFocus = async (page: Page, selector: string): Promise<void> => {
  await expect.poll(() => page.evaluate(`document.activeElement.closest('${selector}') !== null`)).toBe(true)
}

const save = async (page: Page): Promise<void> => {
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await waitForFocus(page, 'button')
}

/** As often as it takes: a dialog listens for it a few frames after it is there. */
const escape = async (page: Page): Promise<void> => {
  const pressed = async (): Promise<number> => {
    await page.keyboard.press('Escape')
    return await page.getByRole('dialog').count()
  }
  await expect.poll(pressed).toBe(0)
}

describe('tokens', () => {
  it('are all of the kinds that stand there', async () => {
    const { page, close } = await portal.open()
    await expect
      .poll(() => page.locator('.kinds button').allInnerTexts())
      .toEqual(kinds.map(([kind]) => kind))
    await close()
  })

  it.each(kinds)(
    'are minted with one click, and the inspector says what becomes of them: %s',
    async (kind, verdict) => {
      const watched = await portal.open()
      const { page, close } = watched
      await mint(page, kind)
      await page.getByRole('button', { name: 'Open in the inspector' }).click()
      const shown = page.getByRole('status', { name: 'Verdict' })
      await shown.getByText(verdict, { exact: true }).first().waitFor()
      // The pipeline stops where the verdict says.
      const stopped = page.locator('.pipeline .refused code')
      await expect.poll(() => stopped.allInnerTexts()).toEqual(verdict === 'Accepted' ? [] : [verdict])
      // Only a token that is bound to a key has a proof to show.
      const steps = await page.locator('.pipeline b').allInnerTexts()
      expect(steps.includes('Proof')).toBe(kind === 'Bound to a key')
      expectQuiet(watched)
      await close()
    },
  )

  it('say what the form says, and are copied as they are, as curl and as the command that mints them', async () => {
    const { page, close } = await portal.open()
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    const copied = (): Promise<string> => page.evaluate('navigator.clipboard.readText()')
    await page.getByText('Change what it says').click()
    await page.getByLabel('Scopes').fill('Orders.Read')
    await page.getByLabel('Claims (JSON)').fill(`{ "amr": ["o'hara"] }`)
    const token = await mint(page, 'User')
    const payload: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
    expect(payload).toMatchObject({ scp: 'Orders.Read', amr: ["o'hara"] })
    await page.getByRole('button', { name: 'Copy token' }).click()
    await expect.poll(copied).toBe(token)
    await page.getByRole('button', { name: 'Copy as curl' }).click()
    await expect
      .poll(copied)
      .toBe(`curl -i 'http://localhost:3000/orders' -H 'authorization: Bearer ${token}'`)
    await page.getByRole('button', { name: 'Copy how to mint it' }).click()
    await expect.poll(copied).toContain(String.raw`"o'\''hara"`)
    await page.getByLabel('Claims (JSON)').fill('[1]')
    await page.getByRole('button', { name: 'App', exact: true }).click()
    expect(await page.getByRole('alert').innerText()).toContain('Claims must be a JSON object')
    await close()
  })
})

it('a token for another app is checked as that app would', async () => {
  portal.entra.register({
    apps: [{ clientId: 'abababab-1111-4111-8111-111111111111', name: 'Stock', scopes: ['Stock.Read'] }],
  })
  const { page, close } = await portal.open()
  await page.getByText('Change what it says').click()
  await page.getByLabel('API', { exact: true }).selectOption({ label: 'Stock' })
  await mint(page, 'User')
  await page.getByRole('button', { name: 'Open in the inspector' }).click()
  await page.getByRole('heading', { name: 'Accepted' }).waitFor()
  expect(await page.getByLabel('Audience').inputValue()).toContain('abababab-1111-4111-8111-111111111111')
  portal.entra.unregister('abababab-1111-4111-8111-111111111111')
  await close()
})

describe('the directory', () => {
  it('takes a new app, changes it and removes it, and keeps what no field shows', async () => {
    const { page, close } = await portal.open('directory')
    await page.getByRole('button', { name: 'New app' }).click()
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Stock API')
    await page.getByLabel('Scopes that it offers').fill('Stock.Read Stock.Write')
    await page.getByLabel('Application permissions that it offers').fill('Stock.Read.All')
    await page.getByLabel('Redirect URIs').fill('spa:http://localhost:5173/ http://localhost/')
    await page.getByText('Everything, as JSON').click()
    const json = page.getByLabel('Registration')
    const written = JSON.parse(await json.inputValue()) as object
    await json.fill(JSON.stringify({ ...written, accessTokenLifetime: 600 }))
    await save(page)
    await page.getByRole('heading', { name: 'Stock API' }).waitFor()
    const registered = portal.entra.registrations().apps?.at(-1)
    expect(registered).toMatchObject({
      name: 'Stock API',
      scopes: ['Stock.Read', 'Stock.Write'],
      appRoles: [{ value: 'Stock.Read.All', allowedMemberTypes: ['Application'] }],
      redirectUris: [{ uri: 'http://localhost:5173/', platform: 'spa' }, 'http://localhost/'],
      accessTokenLifetime: 600,
    })
    await page.getByRole('button', { name: 'Actions of Stock API' }).click()
    await page.getByRole('menuitem', { name: 'Change' }).click()
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Stock')
    await save(page)
    await page.getByRole('heading', { name: 'Stock', exact: true }).waitFor()
    expect(portal.entra.registrations().apps?.at(-1)).toEqual({ ...registered, name: 'Stock' })
    await page.getByRole('button', { name: 'Actions of Stock' }).click()
    await page.getByRole('menuitem', { name: 'Remove' }).click()
    await expect.poll(() => portal.entra.directory.apps.map(({ name }) => name)).not.toContain('Stock')
    await close()
  })

  it.each([
    ['Tenants', 'tenant', 'Name', 'fourthcoffee'],
    ['Users', 'user', 'Sign-in name', 'linus@contoso.com'],
    ['Groups', 'group', 'Name', 'Buyers'],
  ])('takes new %s', async (tab, one, label, value) => {
    const { page, close } = await portal.open('directory')
    await page.getByRole('tab', { name: tab }).click()
    await page.getByRole('button', { name: `New ${one}` }).click()
    await page.getByRole('textbox', { name: label, exact: true }).fill(value)
    await save(page)
    await expect.poll(() => page.getByRole('tabpanel').innerText()).toContain(value.replace(/@.*/, ''))
    await close()
  })

  it('says what the emulator refuses, and keeps what was typed', async () => {
    const { page, close } = await portal.open('directory')
    await page.getByRole('button', { name: 'New app' }).click()
    const field = page.getByRole('textbox', { name: 'Client id' })
    await field.fill('no-guid')
    await page.getByRole('button', { name: 'Save' }).click()
    expect(await page.getByRole('alert').innerText()).toContain('must be a GUID')
    expect(await field.inputValue()).toBe('no-guid')
    await close()
  })

  it('changes what an administrator granted', async () => {
    const { page, close } = await portal.open('directory')
    await page.getByRole('tab', { name: 'Consents' }).click()
    await page.getByRole('button', { name: 'Change what was granted to Orders web' }).click()
    await page.getByLabel('Scopes granted for everybody').fill('Orders.Read')
    await save(page)
    await expect
      .poll(() => portal.entra.directory.app(defaults.webClientId)?.grantedScopes)
      .toEqual(['Orders.Read'])
    await close()
  })
})

const rowOf = (page: Page, kid: string): Locator => page.locator('.keys li', { hasText: kid })

/** What the time line shows of one key, all read at one moment: it is drawn anew every second. */
const drawn = (page: Page, kid: string): Promise<unknown> =>
  page.evaluate(`(() => {
    const all = (selector, within = document) => [...within.querySelectorAll(selector)]
    const row = all('.key-chart .row').find((one) => one.textContent.includes('${kid.slice(0, 8)}'))
    const spans = row === undefined ? [] : all('rect', row)
    const ends = spans.map((one) => one.getBoundingClientRect().right)
    const [now] = all('.key-chart line.now').map((one) => one.getBoundingClientRect().left)
    const [chart, list] = all('.key-chart, .keys ul').map((one) => one.getBoundingClientRect())
    return {
      states: spans.map((one) => one.getAttribute('class')),
      isInOrder: ends.every((end, index) => index === 0 || end > ends[index - 1]),
      endsNow: Math.abs(ends.at(-1) - now) < 3,
      hasTicks: all('.key-chart .tick text').length > 1,
      isAboveList: chart.bottom <= list.top,
    }
  })()`)

const keys = (): Promise<Response> => fetch(`${portal.url}/${defaults.tenantId}/discovery/v2.0/keys`)

describe('traffic', () => {
  let page: Page
  let close: () => Promise<void>
  beforeEach(async () => {
    ;({ page, close } = await portal.open('traffic'))
  })
  afterEach(() => close())

  it('stands there while it happens, each request with why, and can be filtered', async () => {
    await fetch(`${portal.url}/nobody.example/v2.0/.well-known/openid-configuration`)
    await keys()
    await page.getByText('AADSTS90002').first().waitFor()
    await page.getByLabel('Show', { exact: true }).selectOption('refused')
    const rows = page.locator('.requests li')
    await expect
      .poll(() => rows.allInnerTexts())
      .not.toContainEqual(expect.stringContaining('discovery/v2.0/keys'))
    await page.getByLabel('Filter').fill('nothing like it')
    await page.getByText('No request is like that.').waitFor()
  })

  it('makes the provider fail, go offline, move its clock and rotate its keys', async () => {
    await page.getByRole('button', { name: 'Fail the next' }).click()
    await page.getByRole('menuitem', { name: 'The next request for keys' }).click()
    await expect.poll(async () => (await keys()).status, { interval: 50 }).toBe(503)
    expect((await keys()).status).toBe(200)

    await page.getByRole('button', { name: 'Take offline' }).click()
    await page.getByRole('button', { name: 'Bring online' }).waitFor()
    await expect(keys()).rejects.toThrow('fetch failed')
    await page.getByText('Offline: the connection was dropped').first().waitFor()
    await page.getByRole('button', { name: 'Bring online' }).click()
    await page.getByRole('button', { name: 'Take offline' }).waitFor()

    const before = portal.entra.now()
    await page.getByRole('button', { name: 'Advance the clock' }).click()
    await page.getByRole('menuitem', { name: 'By a day' }).click()
    await expect.poll(() => portal.entra.now() - before).toBeGreaterThanOrEqual(86_400_000)

    const known = portal.entra.keys().length
    await page.getByRole('button', { name: 'Rotate keys' }).click()
    await expect.poll(() => portal.entra.keys().length).toBeGreaterThan(known)
  })

  it('draws the keys: which signs, which is only listed, which is away', async () => {
    const { kid, previousKid } = await portal.entra.rotateKeys()
    await rowOf(page, kid).locator('.pill.signs').waitFor()
    await rowOf(page, previousKid).locator('.pill.listed').waitFor()
    await rowOf(page, previousKid).getByRole('button', { name: 'Retire' }).click()
    await rowOf(page, previousKid).locator('.pill.away').waitFor()
    // The time line draws the same: what it was, one after the other, up to now.
    await expect
      .poll(() => drawn(page, previousKid))
      .toEqual({
        states: ['signs', 'listed', 'away'],
        isInOrder: true,
        endsNow: true,
        hasTicks: true,
        isAboveList: true,
      })
    expect(await rowOf(page, previousKid).locator('.events').innerText()).toMatch(
      /^added \S.* · rotated \S.* · retired \S/,
    )
    await rowOf(page, previousKid).getByRole('button', { name: 'Restore' }).click()
    await expect.poll(() => portal.entra.keys().find((key) => key.kid === previousKid)?.published).toBe(true)
  })
})

describe('the inspector', () => {
  it('shows hostile claims as text, runs nothing of them and keeps nothing', async () => {
    const attack = '"><img src=x onerror=alert(1)><script>alert(1)</script>\u202Emoc\u001b[31m'
    const token = await portal.entra.issueUserToken({
      claims: { name: attack, [`<b>${attack}</b>`]: attack },
    })
    const watched = await portal.open('inspector')
    const { page, close } = watched
    await page.getByLabel('Access token').fill(token)
    await page.getByText('"name":').click()
    expect(await page.locator('.json :is(img, script, b, iframe)').count()).toBe(0)
    expect(await page.locator('main').innerText()).not.toMatch(/(?![\n\t])[\p{Cc}\u202e]/u)
    const links = await page
      .locator('main a')
      .evaluateAll((all) => all.map((link) => link.getAttribute('href')))
    for (const link of links)
      expect(link).toMatch(
        /^https:\/\/(?:learn\.microsoft\.com|login\.microsoftonline\.com|github\.com\/entraguard)\//,
      )
    expect(page.url()).toBe(`${portal.url}/#/inspector`)
    const kept = await page.evaluate(
      'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, history.state, window.name])',
    )
    expect(String(kept)).not.toContain(token.slice(0, 20))
    expectQuiet(watched)
    await close()
  })

  it('checks a signature with keys that were pasted, in the place of those of the emulator', async () => {
    const { page, close } = await portal.open('inspector')
    await page.getByLabel('Access token').fill(await portal.entra.issueUserToken())
    await page.getByRole('heading', { name: 'Accepted' }).waitFor()
    await page.getByLabel('Signing keys (JSON)').fill('{"keys":[]}')
    await page.getByRole('heading', { name: /Refused|Cannot be decided/ }).waitFor()
    await page.getByRole('button', { name: 'Read the keys from this emulator' }).click()
    await page.getByRole('heading', { name: 'Accepted' }).waitFor()
    await page.getByLabel('Scopes of the route').fill('Orders.Delete')
    await page.getByText('scope_missing', { exact: true }).first().waitFor()
    expect(await page.locator('.pipeline .refused b').innerText()).toBe('Permissions')
    await close()
  })

  it('knows the keys of now: a token is refused after its key was retired', async () => {
    const entra = portal.entra
    const token = await entra.issueUserToken()
    const { previousKid } = await entra.rotateKeys()
    const { page, close } = await portal.open('inspector')
    await page.getByLabel('Access token').fill(token)
    await page.getByRole('heading', { name: 'Accepted' }).waitFor()
    entra.retireKey(previousKid)
    await page.getByLabel('Access token').fill(`${token} `)
    await page.getByText('signing_key_not_found', { exact: true }).first().waitFor()
    await page.getByRole('link', { name: 'Traffic' }).click()
    await page.getByText('For the inspector of this portal.').first().waitFor()
    await page.getByRole('link', { name: 'Inspector' }).click()
    expect(await page.locator('.pipeline .refused b').innerText()).toBe('Key')
    await close()
  })

  it.each(['One that has expired', 'One for another API', 'One that was changed after it was signed'])(
    'has a sample, signed in the page: %s',
    async (sample) => {
      const watched = await portal.open('inspector')
      const { page, close } = watched
      await page.getByRole('button', { name: 'Try a sample' }).click()
      await page.getByRole('menuitem', { name: sample }).click()
      await page.getByRole('heading', { name: 'Refused' }).waitFor()
      expectQuiet(watched)
      await close()
    },
  )
})

describe('the keyboard', () => {
  it('reaches everything: views, kinds, menus, tabs, and a dialog that keeps the focus and gives it back', async () => {
    const watched = await portal.open()
    const { page, close } = watched
    const focused = (): Promise<string> => page.evaluate('document.activeElement.textContent')
    const label = (): Promise<string> => page.evaluate('document.activeElement.ariaLabel')
    await page.keyboard.press('Tab')
    expect(await focused()).toBe('Skip to the content')
    for (const view of ['Tokens', 'Inspector', 'Playground', 'Directory']) {
      await page.keyboard.press('Tab')
      expect(await focused()).toBe(view)
    }
    await page.keyboard.press('Enter')
    await expect.poll(() => page.evaluate('document.activeElement.id')).toBe('content')
    await page.getByRole('tab', { name: 'Apps' }).focus()
    await page.keyboard.press('ArrowRight')
    await expect
      .poll(() => page.getByRole('tab', { name: 'Tenants' }).getAttribute('aria-selected'))
      .toBe('true')
    await page.keyboard.press('ArrowLeft')
    await page.getByRole('button', { name: 'Code for Orders API' }).focus()
    await page.keyboard.press('Enter')
    await waitForFocus(page, '[role=dialog]')
    for (let press = 0; press < 40; press += 1) {
      await page.keyboard.press('Tab')
      expect(await page.evaluate('document.activeElement.closest("[role=dialog]") !== null')).toBe(true)
    }
    await escape(page)
    await expect.poll(label).toBe('Code for Orders API')
    await page.getByRole('button', { name: 'Actions of Orders web' }).focus()
    for (const [key, item] of [
      ['Enter', 'Change'],
      ['ArrowDown', 'Remove'],
      ['ArrowUp', 'Change'],
    ] as const) {
      await page.keyboard.press(key)
      await expect.poll(focused).toBe(item)
    }
    await page.keyboard.press('Enter')
    await page.getByRole('dialog', { name: 'Change Orders web' }).waitFor()
    await escape(page)
    await expect.poll(label).toBe('Actions of Orders web')
    expectQuiet(watched)
    await close()
  })
})

it('what is bundled into the portal asks for no more than a notice, and the notices are there', () => {
  const notices = readFileSync(path.join(files, 'licenses.md'), 'utf8')
  const found = [...notices.matchAll(/^## (.+) - \S+ \((.+)\)$/gm)].map(([, name, licence]) => [
    name,
    licence,
  ])
  expect(found).toEqual(
    expect.arrayContaining([
      ['preact', 'MIT'],
      ['jose', 'MIT'],
    ]),
  )
  const allowed = new Set(['MIT', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0'])
  expect(found.filter(([, licence = '']) => !allowed.has(licence))).toEqual([])
  expect(notices.match(/Copyright \(c\)/gi)?.length).toBeGreaterThan(20)
})

describe('the budget of the portal', () => {
  it('is 150 kB for everything that a browser loads', async () => {
    const loaded = readdirSync(files).filter((file) => !file.endsWith('.md'))
    const sizes = loaded.map((file) => gzipSync(readFileSync(path.join(files, file))).length)
    const total = sizes.reduce((sum, size) => sum + size, 0)
    const { page, close } = await portal.open()
    const usable = await page.evaluate<number>('performance.getEntriesByType("paint").at(-1)?.startTime ?? 0')
    console.log(`portal: ${(total / 1000).toFixed(1)} kB gzip, painted after ${Math.round(usable)} ms`)
    expect(total).toBeGreaterThan(20_000)
    expect(total).toBeLessThan(150_000)
    await close()
  })
})

it('no page of another origin reads or changes anything, framed or not', async () => {
  const { page, close } = await portal.open()
  const before = portal.entra.keys()
  const headers = (await page.request.get(portal.url)).headers()
  expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
  await page.goto('about:blank')
  const tried: unknown = await page.evaluate(`Promise.all([
    fetch('${portal.url}/__emulator/status').then((answer) => answer.status, () => 'blocked'),
    fetch('${portal.url}/__emulator/rotate', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }).then((answer) => answer.status, () => 'blocked'),
    fetch('${portal.url}/__emulator/rotate', { method: 'POST', mode: 'no-cors', body: '{}' }).then((answer) => answer.status, () => 'blocked'),
  ])`)
  // What is sent without asking first is sent, and answered with a refusal that the page cannot read.
  expect([0, 'blocked']).toContain((tried as unknown[]).at(-1))
  expect((tried as unknown[]).slice(0, 2)).toEqual(['blocked', 'blocked'])
  expect(portal.entra.keys()).toEqual(before)
  await close()
})
