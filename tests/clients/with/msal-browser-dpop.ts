import { decodeJwt } from 'jose'
import type { Page, Request } from 'playwright-core'
import { expect } from 'vitest'

import { boundHonoApi, expectUselessToThieves, ofAda, type Seen } from '../bound-api.ts'
import { inChromium, pickAccount } from '../chromium.ts'
import { PAGE, READ, serve, tenantId, type World } from '../world.ts'

const scripts = { app: 'bound.ts', silent: 'msal-redirect.ts' }

/** Starts the app of the page, which keeps it. */
async function start(page: Page, world: World): Promise<void> {
  await page.waitForFunction(() => 'orders' in globalThis)
  const auth = {
    clientId: PAGE,
    authority: `${world.server.url}/${tenantId}`,
    knownAuthorities: [`localhost:${world.server.port}`],
  }
  await page.evaluate(async (settings) => void (globalThis.app = await orders.start(settings)), auth)
}

/** What the page got from the API, and what the network saw of it. */
async function call(page: Page, url: string): Promise<{ readonly answer: unknown; readonly seen: Seen }> {
  const isCall = (request: Request): boolean => request.url() === url && request.method() === 'GET'
  const sent = page.waitForRequest(isCall)
  const answer = await page.evaluate(async (address) => {
    const response = await orders.callApi(globalThis.app, address)
    return { status: response.status, body: await response.json() }
  }, url)
  const { authorization = '', dpop = '' } = await (await sent).allHeaders()
  return { answer, seen: { url, accessToken: authorization.replace(/^DPoP /, ''), proof: dpop } }
}

/** A new token for a new key, by the refresh token. */
const renew = async (page: Page, url: string): Promise<unknown> =>
  page.evaluate(
    async ([scope = '', address = '']) => {
      const request = {
        scopes: [scope],
        authenticationScheme: msal.AuthenticationScheme.DPOP,
        resourceRequestMethod: 'GET',
        resourceRequestUri: address,
      }
      return (await globalThis.app.acquireTokenSilent({ ...request, forceRefresh: true })).tokenType
    },
    [READ, url],
  )

/** A token by a hidden frame: `dpop_jkt` goes with it, too. */
const signInSilently = async (page: Page, url: string, origin: string): Promise<unknown> =>
  page.evaluate(
    async ([scope = '', address = '', redirectUri = '']) => {
      const request = {
        scopes: [scope],
        authenticationScheme: msal.AuthenticationScheme.DPOP,
        resourceRequestMethod: 'GET',
        resourceRequestUri: address,
      }
      const { tokenType } = await globalThis.app.ssoSilent({
        ...request,
        loginHint: 'ada@contoso.com',
        redirectUri,
      })
      return tokenType
    },
    [READ, url, `${origin}/silent`],
  )

const answer = { status: 200, body: ofAda }

/** The page of the documentation: it signs in, calls, and renews, and a thief has nothing of what it sends. */
export const signInCallAndRenew = async (world: World): Promise<void> =>
  inChromium(world, scripts, async (page, origin) =>
    serve(
      boundHonoApi(world, origin),
      async (api) => {
        const url = `${api}/orders`
        await start(page, world)
        // The page goes away while the promise waits.
        await page.evaluate((address) => void orders.callApi(globalThis.app, address), url)
        await page.waitForURL((at) => at.origin === world.server.url)
        expect(page.url()).toMatch(/[?&]dpop_jkt=[\w-]{43}(&|$)/)
        await pickAccount(page, 'Ada Lovelace', origin)
        await start(page, world)

        const first = await call(page, url)
        expect(first.answer).toEqual(answer)
        await expectUselessToThieves(world, first.seen)
        const second = await call(page, url)
        expect(second.answer).toEqual(answer)
        expect(second.seen.accessToken).toBe(first.seen.accessToken)

        expect(await renew(page, url)).toBe('DPoP')
        expect(await signInSilently(page, url, origin)).toBe('DPoP')
        const third = await call(page, url)
        expect(third.answer).toEqual(answer)
        const keyOf = ({ seen }: typeof first): unknown => decodeJwt(seen.accessToken)['cnf']
        expect(keyOf(third)).toEqual({ jkt: expect.stringMatching(/^[\w-]{43}$/) })
        expect(keyOf(third)).not.toEqual(keyOf(first))
        // The new key proves nothing for the old token.
        await expectUselessToThieves(world, { ...first.seen, proof: third.seen.proof })
      },
      world.tls,
    ),
  )
