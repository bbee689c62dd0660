import { spawn } from 'node:child_process'
import path from 'node:path'

import type { Locator } from 'playwright-core'
import { expect, it } from 'vitest'

import { launch } from '../browser/chromium.ts'
import { openPage } from '../browser/page.ts'

const cli = path.join(import.meta.dirname, '../../packages/cli/src/main.ts')

const start = (...args: readonly string[]) =>
  spawn(process.execPath, ['--conditions=@entraguard/source', cli, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })

/** The address that the command prints. */
async function addressIn(child: ReturnType<typeof start>): Promise<string> {
  let seen = ''
  for await (const chunk of child.stdout) {
    seen += String(chunk)
    const [url] = /http:\/\/127\.0\.0\.1:\d+\/?(?:#\S+)?(?=\s)/.exec(seen) ?? []
    if (url !== undefined && seen.includes('Ctrl-C')) return url
  }
  throw new Error(`It ended early: ${seen}`)
}

it('somebody who knows only a browser gets from the command to a refused token explained in three clicks', async () => {
  const child = start('emulator', '--port', '0')
  const browser = await launch()
  try {
    const { page } = await openPage(browser, await addressIn(child))
    let clicks = 0
    const click = async (where: Locator): Promise<void> => {
      clicks += 1
      await where.click()
    }
    await click(page.getByRole('button', { name: 'Expired' }))
    await click(page.getByRole('button', { name: 'Open in the inspector' }))
    const verdict = page.getByRole('status', { name: 'Verdict' })
    await verdict.getByRole('heading', { name: 'Refused' }).waitFor()
    const told = await verdict.innerText()
    expect(told).toContain('token_expired')
    expect(told).toMatch(/The token expired 1 hour[^.]* ago/)
    expect(told).toContain('What to do')
    await click(verdict.getByText('What it means'))
    expect(await verdict.getByRole('link', { name: /More about/ }).isVisible()).toBe(true)
    expect(clicks).toBeLessThanOrEqual(3)
  } finally {
    await browser.close()
    child.kill('SIGINT')
  }
})

it('entraguard inspect shows the token that it was given, once, without its emulator', async () => {
  const child = start('inspect')
  const token = ['{"alg":"RS256","typ":"JWT","kid":"a"}', '{"aud":"api","ver":"2.0"}']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.')
  child.stdin.end(`Bearer ${token}.AAAA\n`)
  const browser = await launch()
  try {
    const url = await addressIn(child)
    const { page, errors, strangers } = await openPage(browser, url)
    await expect.poll(() => page.getByLabel('Access token').inputValue()).toBe(`${token}.AAAA`)
    expect(page.url()).toBe(`${new URL(url).origin}/`)
    expect(await page.getByRole('navigation').count()).toBe(0)
    await page.getByText('Fill in the tenant and the audience').waitFor()
    await page.getByRole('button', { name: 'Try a sample' }).click()
    await page.getByRole('menuitem', { name: 'One that is accepted' }).click()
    await page.getByRole('heading', { name: 'Accepted' }).waitFor()
    expect([errors, strangers]).toEqual([[], []])
    const again = await openPage(browser, url)
    await again.page.getByText('Paste a token, or try a sample.').waitFor()
    expect(await again.page.getByLabel('Access token').inputValue()).toBe('')
  } finally {
    await browser.close()
    child.kill('SIGINT')
  }
})
