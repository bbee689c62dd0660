import { createEmulator, defaults, type Emulator } from '@entraguard/emulator'
import { beforeAll, expect, it } from 'vitest'

import { inspectToken, type Inspection } from '../../apps/portal/src/inspector/inspect-token.ts'
import { noSettings, type Settings } from '../../apps/portal/src/inspector/settings.ts'

const keysAddress = `https://login.microsoftonline.com/${defaults.tenantId}/discovery/v2.0/keys`
let entra: Emulator
let settings: Settings

beforeAll(async () => {
  entra = await createEmulator()
  settings = {
    ...noSettings,
    tenant: defaults.tenantId,
    audience: defaults.apiClientId,
    keys: await (await entra.fetch(keysAddress)).text(),
  }
})

const inspect = (token: string, changed: Partial<Settings> = {}): Promise<Inspection> =>
  inspectToken(token, { ...settings, ...changed }, entra.now)

/** The first letter of the state of each step: passed, refused, not reached. */
const statesIn = ({ steps }: Inspection): string => steps.map(({ state }) => state[0]).join('')

const statesOf = async (token: string, changed: Partial<Settings> = {}): Promise<string> =>
  statesIn(await inspect(token, changed))

it('takes a token through every step by what was pasted alone', async () => {
  const token = await entra.issueUserToken()
  for (const pasted of [token, `Bearer ${token}`, `Authorization: Bearer ${token}`, `"${token}"\n`])
    expect(await statesOf(pasted)).toBe('pppppppp')
})

it('does not reach the step after the one that refuses', async () => {
  expect(await statesOf('hello')).toBe('prnnnnnn')
  expect(await statesOf(await entra.issueUserToken({ tenantId: defaults.otherTenantId }))).toBe('pprnnnnn')
  expect(await statesOf(await entra.issueUserToken({ signWith: 'unknown' }))).toBe('pppprnnn')
  expect(await statesOf(await entra.issueUserToken({ expiresIn: -3600 }))).toBe('pppppprn')
  expect(await statesOf(await entra.issueUserToken(), { scopes: 'Orders.Delete' })).toBe('pppppppr')
})

it('has a step for the proof only where the token is bound to a key', async () => {
  const stepsOf = async (token: string): Promise<readonly string[]> =>
    (await inspect(token)).steps.map(({ step }) => step)
  expect(await stepsOf(await entra.issueUserToken())).not.toContain('proof')
  expect(await stepsOf('hello')).not.toContain('proof')
  const bound = await entra.issueUserToken({ boundTo: await entra.createProofKey() })
  expect(await stepsOf(bound)).toContain('proof')
  expect((await inspect(bound)).refusal?.code).toBe('bound_token_refused')
})

it('does not blame the token for settings that are missing', async () => {
  const token = await entra.issueUserToken({ signWith: 'unknown' })
  const withoutKeys = await inspect(token, { keys: '' })
  expect(statesIn(withoutKeys)).toBe('pppnnnnn')
  expect([withoutKeys.outcome, withoutKeys.missing]).toEqual([
    'open',
    expect.stringContaining('Give it the signing keys'),
  ])
  expect(withoutKeys.explanation.verdict).toBeUndefined()
  for (const changed of [
    { tenant: '' },
    { audience: ' ' },
    { tenant: 'contoso' },
    { appId: 'x' },
    { keys: '{}' },
  ]) {
    const inspection = await inspect(token, changed)
    expect([statesIn(inspection), inspection.outcome]).toEqual(['ppnnnnnn', 'open'])
    expect(inspection.missing).toBeDefined()
  }
})

it('never takes a key from anywhere but the pasted document', async () => {
  const empty = JSON.stringify({ keys: [] })
  expect(await statesOf(await entra.issueUserToken(), { keys: empty })).toMatch(/^pppp?r/)
})
