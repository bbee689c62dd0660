import { createHash, X509Certificate } from 'node:crypto'
import type { RequestListener } from 'node:http'
import path from 'node:path'

import { build } from 'esbuild'
import { chromium, type Browser, type Page } from 'playwright-core'

import { patience } from '../browser/chromium.ts'
import { serve, type World } from './world.ts'

const pinOf = (pem: string): string => {
  const spki = new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' })
  return createHash('sha256').update(spki).digest('base64')
}

/** Chromium is told to trust these two keys: every other certificate error stays an error. */
const launch = ({ server, tls }: World): Promise<Browser> =>
  chromium.launch({
    executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      `--ignore-certificate-errors-spki-list=${pinOf(server.ca ?? '')},${pinOf(tls.pem)}`,
    ],
  })

const bundles = new Map<string, Promise<string>>()

async function bundleAfresh(file: string): Promise<string> {
  const entry = path.join(import.meta.dirname, 'pages', file)
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    format: 'iife',
    write: false,
    logLevel: 'error',
  })
  return outputFiles[0]?.text ?? ''
}

function bundle(file: string): Promise<string> {
  const made = bundles.get(file) ?? bundleAfresh(file)
  bundles.set(file, made)
  return made
}

const running = new WeakMap<World, Promise<Browser>>()

function browserOf(world: World): Promise<Browser> {
  const started = running.get(world) ?? launch(world)
  running.set(world, started)
  return started
}

export async function closeChromium(world: World): Promise<void> {
  await (await running.get(world))?.close()
}

const html = (script: string): string =>
  `<!DOCTYPE html><title>Orders</title><script src="${script}"></script>`

/** A single-page app on localhost: `/` runs one script, `/silent` another, which frames and windows come back to. */
async function pages(app: string, silent: string): Promise<RequestListener> {
  const scripts = new Map([
    ['/app.js', await bundle(app)],
    ['/silent.js', await bundle(silent)],
  ])
  return ({ url = '/' }, response) => {
    const { pathname } = new URL(url, 'http://localhost')
    const script = scripts.get(pathname)
    const type = script === undefined ? 'text/html' : 'text/javascript'
    response.writeHead(200, { 'content-type': type })
    response.end(script ?? html(pathname === '/silent' ? '/silent.js' : '/app.js'))
  }
}

/**
 * Opens the app in Chromium, with a page that keeps its session for the whole of one flow. The app is on HTTPS, so that
 * it is of the same site as the emulator: Debian's Chromium gives a frame of another site no cookies.
 */
export async function inChromium(
  world: World,
  scripts: { readonly app: string; readonly silent: string },
  use: (page: Page, origin: string) => Promise<void>,
): Promise<void> {
  const context = await (await browserOf(world)).newContext()
  context.setDefaultTimeout(patience)
  try {
    await serve(
      () => pages(scripts.app, scripts.silent),
      async (origin) => {
        const page = await context.newPage()
        await page.goto(`${origin}/`)
        await use(page, origin)
      },
      world.tls,
    )
  } finally {
    await context.close()
  }
}

/** Picks an account on the sign-in page that is open, and waits for the app. */
export async function pickAccount(page: Page, name: string, origin: string): Promise<void> {
  await page
    .getByRole('button', { name: new RegExp(name) })
    .first()
    .click()
  await page.waitForURL((url) => url.origin === origin)
}
