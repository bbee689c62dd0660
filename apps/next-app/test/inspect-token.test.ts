import { createEmulator, defaults, type Emulator } from '@entraguard/emulator'
import { beforeAll, expect, it } from 'vitest'

import { inspectToken } from '../lib/inspect-token.ts'
import { noSettings, type InspectionSettings } from '../lib/inspection-settings.ts'
import { shown } from '../lib/shown.ts'

const keysAddress = `https://login.microsoftonline.com/${defaults.tenantId}/discovery/v2.0/keys`
let entra: Emulator
let settings: InspectionSettings

beforeAll(async () => {
  entra = await createEmulator()
  settings = {
    ...noSettings,
    tenant: defaults.tenantId,
    audience: defaults.apiClientId,
    keys: await (await entra.fetch(keysAddress)).text(),
  }
})

const statesOf = async (token: string, changed: Partial<InspectionSettings> = {}): Promise<string> =>
  (await inspectToken(token, { ...settings, ...changed })).steps.map(({ state }) => state[0]).join('')

it('takes a token through every step by what was pasted alone', async () => {
  expect(await statesOf(await entra.issueUserToken())).toBe('pppppppp')
  expect(await statesOf(`Authorization: Bearer ${await entra.issueUserToken()}`)).toBe('pppppppp')
})

it('does not reach the step after the one that fails', async () => {
  expect(await statesOf('hello')).toBe('pfnnnnnn')
  expect(await statesOf(await entra.issueUserToken({ tenantId: defaults.otherTenantId }))).toBe('ppfnnnnn')
  expect(await statesOf(await entra.issueUserToken({ signWith: 'unknown' }))).toBe('ppppfnnn')
  expect(await statesOf(await entra.issueUserToken({ expiresIn: -3600 }))).toBe('ppppppfn')
  expect(await statesOf(await entra.issueUserToken(), { scopes: 'Orders.Delete' })).toBe('pppppppf')
})

it('does not blame the token for settings that are missing', async () => {
  const token = await entra.issueUserToken({ signWith: 'unknown' })
  const withoutKeys = await inspectToken(token, { ...settings, keys: '' })
  expect(withoutKeys.steps.map(({ state }) => state[0]).join('')).toBe('pppnnnnn')
  expect(withoutKeys.missing).toContain('Paste the keys')
  expect(withoutKeys.explanation.verdict).toBeUndefined()
  for (const changed of [
    { tenant: '' },
    { audience: ' ' },
    { tenant: 'contoso' },
    { appId: 'x' },
    { keys: '{}' },
  ]) {
    const inspection = await inspectToken(token, { ...settings, ...changed })
    expect(inspection.steps.map(({ state }) => state[0]).join('')).toBe('ppnnnnnn')
    expect(inspection.missing).toBeDefined()
  }
})

it('never takes a key from anywhere but the pasted document', async () => {
  const empty = JSON.stringify({ keys: [] })
  expect(await statesOf(await entra.issueUserToken(), { keys: empty })).toMatch(/^pppp?f/)
})

it('shows characters that hide or turn text around', () => {
  expect(shown('a\u202Eb\u200Bc\u{E0041}')).toBe(String.raw`"a\u{202e}b\u{200b}c\u{e0041}"`)
  expect(shown('x'.repeat(5000))).toContain('(5002 characters)')
})
