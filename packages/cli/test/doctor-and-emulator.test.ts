import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { createVerifier, type VerifierOptions } from '@entraguard/core'
import { createEmulator, defaults, type Emulator } from '@entraguard/emulator'
import { afterAll, describe, expect, it } from 'vitest'

import { readApplication } from '../src/doctor/application.ts'
import { findingsOf } from '../src/doctor/rules.ts'
import { toApps } from '../src/register/to-apps.ts'
import { app, APP, client, claim, role, scope, secretUntil } from './applications.ts'
import { run } from './terminal.ts'

const ROOT = `https://login.microsoftonline.com/${defaults.tenantId}/oauth2/v2.0`
const now = (): number => Date.parse('2026-11-29T00:00:00Z')

interface World {
  readonly entra: Emulator
  /** The code of the refusal, or `accepted`. */
  readonly outcome: (token: string, more?: Partial<VerifierOptions>) => Promise<string>
  readonly post: (
    path: string,
    form: Record<string, string>,
    root?: string,
  ) => Promise<Record<string, unknown>>
  readonly claims: (token: string) => Record<string, unknown>
}

async function worldOf(registration: object): Promise<World> {
  const apps = toApps(readApplication(JSON.stringify(registration)))
  const user = 'aaaaaaaa-0000-4000-8000-000000000001'
  const groups = Array.from({ length: 201 }, (_, index) => ({ name: `Group ${index}`, members: [user] }))
  const entra = await createEmulator({ apps, groups, now })
  return {
    entra,
    outcome: async (token, more) => {
      const verifier = createVerifier({ ...entra.verifierOptions(), ...more })
      return verifier.authenticate(`Bearer ${token}`).then(
        () => 'accepted',
        ({ code }: { code: string }) => code,
      )
    },
    post: async (endpoint, form, root = ROOT) =>
      (await (
        await entra.fetch(`${root}/${endpoint}`, { method: 'POST', body: new URLSearchParams(form) })
      ).json()) as Record<string, unknown>,
    claims: (token) =>
      JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>,
  }
}

const without = (...names: readonly string[]): object =>
  app({
    optionalClaims: {
      accessToken: ['idtyp', 'acct', 'xms_cc']
        .filter((name) => !names.includes(name))
        .map((name) => claim(name)),
    },
  })

interface Row {
  readonly rule: string
  readonly registration: object
  readonly settings?: {
    readonly tenants?: string
    readonly audience?: string
    readonly versions?: readonly string[]
  }
  /** What happens at the emulator. */
  readonly happens: (world: World) => Promise<unknown>
  readonly as: unknown
}

const rows: readonly Row[] = [
  {
    rule: 'no-permissions',
    registration: app({ appRoles: [] }, { oauth2PermissionScopes: [], preAuthorizedApplications: [] }),
    happens: async ({ entra, outcome }) => outcome(await entra.issueUserToken()),
    as: 'permissions_missing',
  },
  {
    rule: 'disabled-scope',
    registration: app({}, { oauth2PermissionScopes: [scope({ isEnabled: false })] }),
    happens: async ({ entra, claims }) => claims(await entra.issueUserToken())['scp'],
    as: undefined,
  },
  {
    rule: 'disabled-role',
    registration: app({ appRoles: [role({ isEnabled: false })] }),
    happens: async ({ entra, claims }) => claims(await entra.issueAppToken())['roles'],
    as: undefined,
  },
  {
    rule: 'audience-v1',
    registration: app({}, { requestedAccessTokenVersion: null }),
    settings: { audience: APP },
    happens: async ({ entra, outcome }) => outcome(await entra.issueUserToken(), { audience: APP }),
    as: 'audience_mismatch',
  },
  {
    rule: 'audience-v2',
    registration: app(),
    settings: { audience: `api://${APP}` },
    happens: async ({ entra, outcome }) =>
      outcome(await entra.issueUserToken(), { audience: `api://${APP}` }),
    as: 'audience_mismatch',
  },
  {
    rule: 'version-refused',
    registration: app(),
    settings: { versions: ['1.0'] },
    happens: async ({ entra, outcome }) => outcome(await entra.issueUserToken(), { versions: ['1.0'] }),
    as: 'version_refused',
  },
  {
    rule: 'no-idtyp',
    registration: without('idtyp'),
    happens: async ({ entra, claims }) => claims(await entra.issueAppToken())['idtyp'],
    as: undefined,
  },
  {
    rule: 'no-acct',
    registration: without('acct'),
    happens: async ({ entra, claims }) => claims(await entra.issueUserToken())['acct'],
    as: undefined,
  },
  {
    rule: 'no-xms-cc',
    registration: without('xms_cc'),
    happens: async ({ entra, claims }) =>
      claims(await entra.issueUserToken({ capabilities: ['cp1'] }))['xms_cc'],
    as: undefined,
  },
  {
    rule: 'all-groups',
    registration: app({ groupMembershipClaims: 'All' }),
    happens: async ({ entra, claims }) => claims(await entra.issueUserToken())['_claim_names'],
    as: { groups: 'src1' },
  },
  {
    rule: 'one-tenant',
    registration: app(),
    settings: { tenants: 'organizations' },
    happens: async ({ post }) =>
      (
        await post(
          'devicecode',
          { client_id: client.appId, scope: `api://${APP}/Orders.Read` },
          ROOT.replace(defaults.tenantId, 'organizations'),
        )
      )['error_codes'],
    as: [50194],
  },
  {
    rule: 'secret-expired',
    registration: app(secretUntil('2026-11-28T00:00:00Z')),
    happens: async ({ post }) =>
      (
        await post('token', {
          grant_type: 'client_credentials',
          client_id: APP,
          client_secret: defaults.secret,
          scope: `${APP}/.default`,
        })
      )['error_codes'],
    as: [7000222],
  },
]

describe('what doctor says of a registration happens at an emulator that has it', () => {
  it.each(rows)('$rule', async ({ rule, registration, settings, happens, as }) => {
    const facts = {
      app: readApplication(JSON.stringify(registration)),
      settings: settings && {
        tenants: [settings.tenants ?? defaults.tenantId],
        audience: [settings.audience ?? APP],
        versions: settings.versions ?? ['1.0', '2.0'],
        appId: undefined,
      },
      now: now(),
    }
    expect(findingsOf(facts).map((finding) => finding.rule)).toEqual([rule])
    expect(await happens(await worldOf(registration))).toEqual(as)
  })

  it('a good one is accepted, for a user who signs in through an authorized client and for an app', async () => {
    const { entra, outcome, post } = await worldOf(app())
    const device = await post('devicecode', { client_id: client.appId, scope: `api://${APP}/Orders.Read` })
    entra.settleDevice(String(device['user_code']), 'aaaaaaaa-0000-4000-8000-000000000001')
    const granted = await post('token', {
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      client_id: client.appId,
      device_code: String(device['device_code']),
    })
    expect(await outcome(String(granted['access_token']))).toBe('accepted')
    expect(await outcome(await entra.issueAppToken())).toBe('accepted')
  })
})

describe('entraguard emulator --app', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'entraguard-emulator-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  it('serves the registration of the file', async () => {
    const file = path.join(folder, 'app.json')
    writeFileSync(file, JSON.stringify(app({ displayName: 'Orders of the file' })))
    const leaving = new AbortController()
    let shown = ''
    let page: Promise<string> | undefined
    const write = (text: string): void => {
      shown += text
      const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(shown) ?? []
      if (url === undefined || page !== undefined) return
      page = fetch(`${url}/__emulator/status`).then(async (answer) => await answer.text())
      void page.finally(() => leaving.abort())
    }
    const stdout = { write }
    const { code } = await run(['emulator', '--app', file, '--port', '0'], '', {
      stdout,
      signal: leaving.signal,
    })
    expect([code, await page]).toEqual([0, expect.stringContaining('Orders of the file')])
  })

  it('says what is wrong with a file', async () => {
    const { code, err } = await run(['emulator', '--app', path.join(folder, 'nothing.json')], '')
    expect([code, err]).toEqual([2, expect.stringContaining('ENOENT')])
  })
})
