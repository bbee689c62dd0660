import { createEmulator, defaults } from '@entraguard/emulator'
import { listen } from '@entraguard/emulator/node'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

const hosts = [
  'login.microsoftonline.com',
  'login.microsoftonline.us',
  'graph.microsoft.com',
  'contosob2c.b2clogin.com',
  'contosociam.ciamlogin.com',
  'unknown.b2clogin.com',
]

const segment = fc.oneof(
  fc.constantFrom(
    ...'common organizations contoso.com oauth2 v2.0 token authorize devicecode deviceauth logout discovery keys me users'.split(
      ' ',
    ),
    ...'.well-known openid-configuration getMemberObjects v1.0 instance B2C_1_susi __proto__ constructor %E0%A4%A tfp'.split(
      ' ',
    ),
    defaults.tenantId,
    defaults.b2cTenantId,
  ),
  fc.string({ maxLength: 8 }).map(encodeURIComponent),
)

const form = fc.dictionary(
  fc.constantFrom(
    ...'grant_type client_id client_secret client_assertion client_assertion_type scope resource code'.split(
      ' ',
    ),
    ...'redirect_uri code_verifier refresh_token device_code assertion requested_token_use claims user state'.split(
      ' ',
    ),
    ...'response_type response_mode prompt login_hint nonce code_challenge'.split(' '),
  ),
  fc.oneof(
    fc.string(),
    fc.constantFrom(
      ...'client_credentials authorization_code refresh_token device_code on_behalf_of password code none'.split(
        ' ',
      ),
      ...'urn:ietf:params:oauth:grant-type:jwt-bearer a.b.c openid http://localhost/callback {"access_token":[]}'.split(
        ' ',
      ),
      `api://${defaults.apiClientId}/.default`,
      defaults.apiClientId,
      defaults.webClientId,
      defaults.secret,
    ),
  ),
)

describe('whatever comes in', () => {
  it('gets an answer below 500, and only a registered redirect URI gets a redirect', async () => {
    const entra = await createEmulator()
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...hosts),
        fc.array(segment, { maxLength: 6 }),
        fc.constantFrom('GET', 'POST', 'OPTIONS', 'DELETE'),
        form,
        fc.option(fc.string(), { nil: undefined }),
        async (host, path, method, members, authorization) => {
          const query = new URLSearchParams(members)
          const url = `https://${host}/${path.join('/')}?${query}`
          const headers = new Headers()
          if (authorization !== undefined)
            headers.set('authorization', `Basic ${encodeURIComponent(authorization)}`)
          const answer = await entra
            .fetch(url, { method, headers, ...(method === 'POST' ? { body: query } : {}) })
            // A host that is nobody's: as from `fetch`.
            .catch((error: unknown) => (error instanceof TypeError ? undefined : Promise.reject(error)))
          expect(answer?.status ?? 404).toBeLessThan(500)
          const location = answer?.headers.get('location') ?? 'http://localhost/'
          expect(location).toMatch(/^http:\/\/(?:localhost|127\.0\.0\.1)[/?]/)
        },
      ),
      { numRuns: 400 },
    )
  })

  it('is answered by the authorization endpoint without markup of its own', async () => {
    const entra = await createEmulator()
    const address = `https://login.microsoftonline.com/${defaults.tenantId}/oauth2/v2.0/authorize`
    await fc.assert(
      fc.asyncProperty(form, fc.string(), async (members, text) => {
        const attack = `"'><img src=x onerror=alert(1)>${text}`
        const query = new URLSearchParams({
          client_id: defaults.webClientId,
          ...members,
          state: attack,
          login_hint: attack,
        })
        const page = await (await entra.fetch(`${address}?${query}`)).text()
        expect(page).not.toContain('<img')
      }),
      { numRuns: 200 },
    )
  })

  it('at the control endpoints is refused with a reason and changes nothing', async () => {
    const entra = await createEmulator()
    const { url, close } = await listen(entra)
    try {
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(
            'token',
            'retire',
            'restore',
            'advance',
            'disturb',
            'device',
            '__proto__',
            'toString',
          ),
          fc.oneof(fc.json(), fc.string()),
          async (name, body) => {
            const answer = await fetch(`${url}/__emulator/${name}`, {
              method: 'POST',
              headers: { 'content-type': 'application/json' },
              body,
            })
            expect(answer.status).toBeLessThan(500)
          },
        ),
        { numRuns: 200 },
      )
      expect((await fetch(`${url}/__emulator/status`)).status).toBe(200)
    } finally {
      await close()
    }
  })
})
