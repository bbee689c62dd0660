import type { Page } from 'playwright-core'
import { expect } from 'vitest'

import { inChromium, pickAccount } from '../chromium.ts'
import type { Client } from '../flows.ts'
import { signInCallAndRenew } from './msal-browser-dpop.ts'
import { ADA, api, PAGE, READ, tenantId, type World } from '../world.ts'

const scripts = { app: 'msal-browser.ts', silent: 'msal-redirect.ts' }

/** Starts MSAL in the page as every page load of such an app does; gives the token that a redirect brought. */
async function start(page: Page, world: World, origin: string): Promise<string | undefined> {
  await page.waitForFunction(() => 'msal' in globalThis)
  const auth = {
    clientId: PAGE,
    authority: `${world.server.url}/${tenantId}`,
    knownAuthorities: [`localhost:${world.server.port}`],
    redirectUri: `${origin}/`,
    postLogoutRedirectUri: `${origin}/`,
  }
  return page.evaluate(async (settings) => {
    globalThis.app = new msal.PublicClientApplication({
      auth: settings,
      cache: { cacheLocation: 'sessionStorage' },
    })
    await globalThis.app.initialize()
    const result = await globalThis.app.handleRedirectPromise()
    return result?.accessToken
  }, auth)
}

async function signIn(page: Page, world: World, origin: string): Promise<string | undefined> {
  await start(page, world, origin)
  // The page goes away while the promise waits.
  await page.evaluate((scope) => void globalThis.app.loginRedirect({ scopes: [scope] }), READ)
  await page.waitForURL((url) => url.origin === world.server.url)
  await pickAccount(page, 'Ada Lovelace', origin)
  return start(page, world, origin)
}

const expectAda = async (world: World, token: string | undefined): Promise<void> =>
  expect(await world.verified(token)).toMatchObject({ aud: api, azp: PAGE, oid: ADA, scp: 'Orders.Read' })

const renew = async (page: Page): Promise<string> =>
  page.evaluate(async (scope) => {
    const account = globalThis.app.getAllAccounts()[0]!
    const result = await globalThis.app.acquireTokenSilent({ account, scopes: [scope], forceRefresh: true })
    return result.accessToken
  }, READ)

/** The class, code and claims of the error that a renewal ends with. */
const refusal = async (page: Page): Promise<unknown> =>
  page.evaluate(async (scope) => {
    const account = globalThis.app.getAllAccounts()[0]!
    try {
      return await globalThis.app.acquireTokenSilent({ account, scopes: [scope], forceRefresh: true })
    } catch (error) {
      const { name, errorCode, claims } = error as { name: string; errorCode: string; claims: string }
      return { name, errorCode, claims }
    }
  }, READ)

export const client: Client = {
  name: '@azure/msal-browser',
  options: "`authority`, `knownAuthorities: ['localhost:8443']`",
  flows: {
    'authorization code': (world) =>
      inChromium(world, scripts, async (page, origin) => {
        await expectAda(world, await signIn(page, world, origin))
      }),
    silent: (world) =>
      inChromium(world, scripts, async (page, origin) => {
        await signIn(page, world, origin)
        // Another app of the same person has only the session: a hidden frame finds it.
        await page.evaluate(() => sessionStorage.clear())
        await page.reload()
        await start(page, world, origin)
        const token = await page.evaluate(
          async ([scope, redirectUri]) => {
            const request = {
              scopes: [scope ?? ''],
              loginHint: 'ada@contoso.com',
              redirectUri: redirectUri ?? '',
            }
            return (await globalThis.app.ssoSilent(request)).accessToken
          },
          [READ, `${origin}/silent`],
        )
        await expectAda(world, token)
      }),
    refresh: (world) =>
      inChromium(world, scripts, async (page, origin) => {
        await signIn(page, world, origin)
        await expectAda(world, await renew(page))
      }),
    'claims challenge': (world) =>
      inChromium(world, scripts, async (page, origin) => {
        await signIn(page, world, origin)
        const id = world.entra.conditionalAccess.add({ clients: [PAGE], requires: 'mfa' })
        try {
          expect(await refusal(page)).toEqual({
            name: 'InteractionRequiredAuthError',
            errorCode: 'interaction_required',
            claims: `{"access_token":{"polids":{"essential":true,"values":["${id}"]}}}`,
          })
          await page.evaluate(
            ([scope, redirectStartPage]) =>
              void globalThis.app.acquireTokenRedirect({
                scopes: [scope ?? ''],
                redirectStartPage: redirectStartPage ?? '',
              }),
            [READ, `${origin}/`],
          )
          await pickAccount(page, 'Ada Lovelace', origin)
          await expectAda(world, await start(page, world, origin))
          await expectAda(world, await renew(page))
        } finally {
          world.entra.conditionalAccess.remove(id)
        }
      }),
    DPoP: signInCallAndRenew,
    'sign-out': (world) =>
      inChromium(world, scripts, async (page, origin) => {
        await signIn(page, world, origin)
        const asked = page.waitForRequest(/\/logout\?/)
        await page.evaluate(() => void globalThis.app.logoutRedirect())
        await asked
        await page.waitForURL((url) => url.origin === origin)
        await start(page, world, origin)
        expect(await page.evaluate(() => globalThis.app.getAllAccounts().length)).toBe(0)
        await page.evaluate((scope) => void globalThis.app.loginRedirect({ scopes: [scope] }), READ)
        await page.getByRole('heading', { name: 'Sign in' }).waitFor()
      }),
  },
}
