import { once } from 'node:events'

import { createVerifier } from '@entraguard/core'
import express from 'express'
import passports from 'passport'
import { describe, expect, it, vi } from 'vitest'

import type { BearerStrategy as Strategy, IBearerStrategyOption, VerifyBearerFunction } from '../src/index.ts'
import { serve } from './serve.ts'
import { emulator, legacyOptions, report } from './world.ts'

/** The package before it has said anything: what is said once is remembered by the module, which other tests may have loaded. */
async function loadAnew(): Promise<typeof import('../src/index.ts')> {
  vi.resetModules()
  return import('../src/index.ts')
}

const { BearerStrategy } = await loadAnew()
const beforeTheSame = await loadAnew()
const beforeTheNewForm = await loadAnew()

const entra = await emulator()
const page = 'https://github.com/entraguard/entraguard/blob/main/docs/coming-from-passport-azure-ad.md'
const given = legacyOptions(entra)
const b2c: IBearerStrategyOption = {
  ...given,
  identityMetadata:
    'https://contosob2c.b2clogin.com/55555555-5555-4555-8555-555555555555/v2.0/.well-known/openid-configuration',
  isB2C: true,
  policyName: 'B2C_1_susi',
  clientID: '22222222-2222-4222-8222-222222222222',
}

type Said = Error & { readonly code?: string }

/** The warnings of the process while something is done, and what it says when it is done again. */
async function warningsOf(
  act: () => unknown,
): Promise<readonly [first: readonly Said[], again: readonly Said[]]> {
  const heard: Said[] = []
  const listen = (warning: Said): unknown => warning.name === 'EntraGuardWarning' && heard.push(warning)
  process.on('warning', listen)
  const settle = async (): Promise<readonly Said[]> => {
    await act()
    // Warnings come in the order in which they were emitted.
    const last = once(process, 'warning')
    process.emitWarning('the last', { type: 'Marker' })
    await last
    return heard.splice(0)
  }
  const both = [await settle(), await settle()] as const
  process.off('warning', listen)
  return both
}

const anybody: VerifyBearerFunction = (payload, done) => done(null, payload)
const failingLate: VerifyBearerFunction = (payload, done) => {
  done(null, payload)
  throw new Error('SECRET')
}

const ask = async (options: IBearerStrategyOption, token: string, more: object = {}): Promise<void> =>
  askOf(new BearerStrategy(options, anybody), token, more)

async function askOf(strategy: Strategy, token: string, more: object = {}): Promise<void> {
  const passport = new passports.Passport()
  passport.use(strategy)
  const app = express().get('/', passport.authenticate('oauth-bearer', { session: false, ...more }), report)
  const served = await serve(app)
  await (await fetch(served.url, { headers: { authorization: `Bearer ${token}` } })).text()
  await served.close()
}

const make = (more: object) => (): unknown => new BearerStrategy({ ...given, ...more }, () => {})

const offline = async (): Promise<void> => {
  const down = await emulator()
  down.goOffline()
  await ask(legacyOptions(down), await down.issueUserToken())
}

it.each([
  ['validateIssuer: false', 'VALIDATE_ISSUER', make({ validateIssuer: false })],
  [
    'allowMultiAudiencesInToken',
    'ALLOW_MULTI_AUDIENCES_IN_TOKEN',
    make({ allowMultiAudiencesInToken: true }),
  ],
  ['loggingNoPII: false', 'LOGGING_NO_PII', make({ loggingNoPII: false })],
  ['an option of OIDCStrategy', 'OIDC', make({ redirectUrl: 'https://localhost/', responseType: 'code' })],
  [
    'scope in the options of a route',
    'SCOPE',
    async () => ask(given, await entra.issueUserToken(), { scope: ['Orders.Read'] }),
  ],
  [
    'a token without permissions',
    'PERMISSIONS',
    async () => ask(given, await entra.issueAppToken({ roles: [] })),
  ],
  [
    'a token of another policy',
    'POLICY',
    async () => ask(b2c, await entra.issueB2cToken({ policy: 'B2C_1A_signup_signin' })),
  ],
  ['an ID token', 'ID_TOKEN', async () => ask(given, await entra.issueIdToken({ audience: given.clientID }))],
  ['keys that cannot be had', 'UNAVAILABLE', offline],
  [
    'a verify function that fails after it called done',
    'LATE',
    async () => askOf(new BearerStrategy(given, failingLate), await entra.issueUserToken()),
  ],
])('%s is said once, with the page', async (_, code, act) => {
  const [first, again] = await warningsOf(act)
  expect(first.map((warning) => warning.code)).toEqual([`ENTRAGUARD_PASSPORT_${code}`])
  expect(first[0]?.message).toContain(page)
  expect(first[0]?.message).not.toContain('SECRET')
  expect(again).toEqual([])
})

describe('without a word before', () => {
  it('is silent about options and tokens that mean the same here', async () => {
    const same: IBearerStrategyOption = {
      ...given,
      scope: ['access_as_user'],
      validateIssuer: true,
      loggingLevel: 'info',
    }
    const [first] = await warningsOf(async () => {
      const strategy = new beforeTheSame.BearerStrategy(same, anybody)
      await askOf(strategy, await entra.issueUserToken())
      await askOf(strategy, 'x')
    })
    expect(first).toEqual([])
  })

  it('is silent about what the new form refuses, which says it to the application', async () => {
    const strategy = new beforeTheNewForm.BearerStrategy({
      verifier: createVerifier(entra.verifierOptions()),
    })
    const [first] = await warningsOf(async () => askOf(strategy, await entra.issueAppToken({ roles: [] })))
    expect(first).toEqual([])
  })
})
