import type { UserManagerSettings } from 'oidc-client-ts'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'

import { inChromium, pickAccount } from '../chromium.ts'
import type { Client } from '../flows.ts'
import { ADA, api, PAGE, READ, tenantId, type World } from '../world.ts'

const scripts = { app: 'oidc-client.ts', silent: 'oidc-silent.ts' }

const settingsFor = ({ strict }: World, origin: string, scope: string): UserManagerSettings => ({
  authority: `${strict.url}/${tenantId}/v2.0`,
  client_id: PAGE,
  redirect_uri: `${origin}/`,
  silent_redirect_uri: `${origin}/silent`,
  post_logout_redirect_uri: `${origin}/`,
  scope,
})

const ready = (page: Page) => page.waitForFunction(() => 'oidc' in globalThis)

/** Signs in by a redirect; gives the user that the library keeps. */
async function signIn(page: Page, settings: UserManagerSettings, origin: string) {
  await ready(page)
  await page.evaluate((own) => void new oidc.UserManager(own).signinRedirect(), settings)
  await pickAccount(page, 'Ada Lovelace', origin)
  await ready(page)
  return page.evaluate(async (own) => {
    const user = await new oidc.UserManager(own).signinCallback()
    return user === undefined ? undefined : { profile: user.profile, accessToken: user.access_token }
  }, settings)
}

const silently = async (page: Page, settings: UserManagerSettings): Promise<string | undefined> =>
  page.evaluate(async (own) => (await new oidc.UserManager(own).signinSilent())?.access_token, settings)

const expectAda = async (world: World, token: string | undefined): Promise<void> =>
  expect(await world.verified(token)).toMatchObject({ aud: api, azp: PAGE, oid: ADA, scp: 'Orders.Read' })

export const client: Client = {
  name: 'oidc-client-ts',
  options: '`localIssuer`',
  flows: {
    'authorization code': (world) =>
      inChromium(world, scripts, async (page, origin) => {
        const user = await signIn(page, settingsFor(world, origin, `openid profile ${READ}`), origin)
        expect(user?.profile).toMatchObject({ oid: ADA, name: 'Ada Lovelace' })
        await expectAda(world, user?.accessToken)
      }),
    silent: (world) =>
      inChromium(world, scripts, async (page, origin) => {
        const settings = settingsFor(world, origin, `openid profile ${READ}`)
        await signIn(page, settings, origin)
        await expectAda(world, await silently(page, settings))
      }),
    refresh: (world) =>
      inChromium(world, scripts, async (page, origin) => {
        const settings = settingsFor(world, origin, `openid profile offline_access ${READ}`)
        await signIn(page, settings, origin)
        const before = world.entra.requests.length
        await expectAda(world, await silently(page, settings))
        const asked = world.entra.requests.slice(before).map(({ url }) => new URL(url).pathname)
        expect(asked).not.toContain(`/${tenantId}/oauth2/v2.0/authorize`)
      }),
    userinfo: (world) =>
      inChromium(world, scripts, async (page, origin) => {
        const settings = { ...settingsFor(world, origin, 'openid profile email'), loadUserInfo: true }
        const user = await signIn(page, settings, origin)
        expect(user?.profile).toMatchObject({ given_name: 'Ada', email: 'ada@contoso.com' })
      }),
    'sign-out': (world) =>
      inChromium(world, scripts, async (page, origin) => {
        const settings = settingsFor(world, origin, `openid profile ${READ}`)
        await signIn(page, settings, origin)
        const asked = page.waitForRequest(/\/logout\?/)
        await page.evaluate((own) => void new oidc.UserManager(own).signoutRedirect(), settings)
        await asked
        await page.waitForURL((url) => url.origin === origin)
        await ready(page)
        await page.evaluate((own) => void new oidc.UserManager(own).signinRedirect(), settings)
        await page.getByRole('heading', { name: 'Sign in' }).waitFor()
      }),
  },
}
