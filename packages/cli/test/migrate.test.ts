import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { compileFunction } from 'node:vm'

import {
  b2c,
  createVerifier,
  EntraGuardError,
  refuse,
  type Verifier,
  type VerifierOptions,
} from '@entraguard/core'
import { createEmulator, defaults } from '@entraguard/emulator'
import { afterAll, describe, expect, it } from 'vitest'

import { run, type Run } from './terminal.ts'

const entra = await createEmulator()
const { tenantId, otherTenantId, apiClientId: api, b2cTenantId } = defaults
const folder = mkdtempSync(path.join(tmpdir(), 'entraguard-migrate-'))
afterAll(() => rmSync(folder, { recursive: true }))

const metadata = (tenant: string): string =>
  `https://login.microsoftonline.com/${tenant}/v2.0/.well-known/openid-configuration`
const options = { identityMetadata: metadata(tenantId), clientID: api }
const migrate = async (text: string, ...args: readonly string[]): Promise<Run> =>
  run(['migrate', 'passport-azure-ad', ...args], text)
const migrateJson = async (more: object, ...args: readonly string[]): Promise<Run> =>
  migrate(JSON.stringify({ ...options, ...more }), ...args)

const ours = (given: VerifierOptions): Verifier =>
  createVerifier({ ...given, fetch: entra.fetch, now: () => entra.now() })

/** The verifier that the printed program makes, over the emulator. */
function verifierOf(program: string): Verifier {
  const body = program.replace(/^import .*$/m, '').replace('export const verifier', 'const verifier')
  const names = ['createVerifier', 'b2c', 'refuse']
  const make = compileFunction(`${body}\nreturn verifier`, names) as (
    ...values: readonly unknown[]
  ) => Verifier
  return make(ours, b2c, refuse)
}

const outcome = (verifier: Verifier, token: string): Promise<string> =>
  verifier.verify(token).then(
    () => 'accepted',
    (error: unknown) => (EntraGuardError.is(error) ? error.code : String(error)),
  )

const ada = await entra.issueUserToken()
const old = await entra.issueUserToken({ version: '1.0', audience: `spn:${api}` })
const stranger = await entra.issueUserToken({ tenantId: otherTenantId })
const personal = await entra.issueUserToken({ personalAccount: true })
const susi = await entra.issueB2cToken()
const custom = await entra.issueB2cToken({ policy: 'B2C_1A_signup_signin' })

describe('entraguard migrate passport-azure-ad', () => {
  it.each([
    ['one tenant', {}, [], [ada], [old, stranger]],
    ['one tenant, no check of the issuer', { validateIssuer: false }, [], [ada, old], [stranger]],
    [
      'common, no check of the issuer',
      { identityMetadata: metadata('common'), validateIssuer: false },
      [],
      [ada, old, stranger, personal],
      [susi],
    ],
    [
      'common, with the tenant of the route',
      { identityMetadata: metadata('common') },
      ['--tenant', 'contoso.com'],
      [ada],
      [old, stranger],
    ],
    [
      'two issuers of two versions',
      {
        identityMetadata: metadata('common'),
        issuer: [
          `https://sts.windows.net/${tenantId}/`,
          `https://login.microsoftonline.com/${otherTenantId}/v2.0`,
        ],
      },
      [],
      [old, stranger],
      [ada, personal],
    ],
    [
      'B2C',
      {
        identityMetadata: `https://contosob2c.b2clogin.com/${b2cTenantId}/v2.0/.well-known/openid-configuration`,
        isB2C: true,
        policyName: 'B2C_1_susi',
      },
      [],
      [susi],
      [custom, ada],
    ],
    [
      'B2C by a domain',
      {
        identityMetadata:
          'https://contosob2c.b2clogin.com/contosob2c.onmicrosoft.com/B2C_1_susi/v2.0/.well-known/openid-configuration',
        isB2C: true,
        policyName: 'B2C_1_susi',
      },
      [],
      [susi],
      [custom, ada],
    ],
  ])(
    '%s: the printed verifier accepts and refuses as it should',
    async (_, more, args, accepted, refused) => {
      const { code, out, err } = await migrateJson(more, ...args)
      expect({ code, err }).toEqual({ code: 0, err: '' })
      const verifier = verifierOf(out)
      for (const token of accepted) expect(await outcome(verifier, token)).toBe('accepted')
      for (const token of refused) expect(await outcome(verifier, token)).not.toBe('accepted')
    },
  )

  it('says what changes, and only what does', async () => {
    const { out: plain } = await migrateJson({})
    expect(plain).toContain('neither scp nor roles')
    expect(plain).not.toMatch(/OIDCStrategy|another policy|onEvent|must match the tenant|one audience/)
    const { out } = await migrateJson({
      identityMetadata: metadata('common'),
      validateIssuer: false,
      allowMultiAudiencesInToken: true,
      loggingLevel: 'info',
      clientSecret: 'S3CRET',
      scope: ['Orders.Read'],
      clockSkew: 60,
    })
    expect(out).toMatch(/must match the tenant[\s\S]*403[\s\S]*one audience[\s\S]*onEvent[\s\S]*OIDCStrategy/)
    expect(out).toContain('clockTolerance: 60,')
    expect(out).toContain("access: { scopes: ['Orders.Read'] }")
    expect(out).not.toContain('S3CRET')
  })

  it('reads the JavaScript that has the options', async () => {
    const file = path.join(folder, 'auth.js')
    const program = `
      import { BearerStrategy } from 'passport-azure-ad' // not this { brace }
      const config = { port: 3000, nested: { identity: 'x' } }
      passport.use(new BearerStrategy({
        identityMetadata: '${metadata(tenantId)}', // of { our } tenant
        /* the "API" */ clientID: "${api}",
        audience: [\`${api}\`, 'api://it\\'s',],
        validateIssuer: true, issuer: null, clockSkew: 30, passReqToCallback: undefined,
      }, (token, done) => done(null, token)))`
    writeFileSync(file, program)
    const { code, out, err } = await migrate('', '--from', file)
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(verifierOf(out).audience).toEqual([api, "api://it's"])
    expect(out).toContain('clockTolerance: 30,')
  })

  it.each([
    [
      'an expression',
      `{ identityMetadata: 'https://' + host, clientID: 'x' }`,
      '"identityMetadata" is not a plain value',
    ],
    ['a name', `{ identityMetadata: metadata, clientID: 'x' }`, '"identityMetadata" is not a plain value'],
    [
      'a template with a value in it',
      '{ identityMetadata: `https://${host}/`, clientID: 1 }',
      '"identityMetadata" is not',
    ],
    ['a spread', `{ ...config, identityMetadata: 'x' }`, 'is not a plain value'],
    ['a call', `{ identityMetadata: 'x', clientID: id() }`, '"clientID" is not a plain value'],
    ['a function', `{ identityMetadata: 'x', verify() {} }`, '"verify" is not a plain value'],
    ['an object without an end', `{ identityMetadata: 'x'`, 'is not a plain value'],
    ['a text without an end', `{ identityMetadata: 'x`, 'is not a plain value'],
    [
      'something else',
      '{ "Instance": "https://login.microsoftonline.com/" }',
      'object with the member "identityMetadata"',
    ],
    ['nothing', '', 'object with the member "identityMetadata"'],
    [
      'an option that does not exist',
      JSON.stringify({ ...options, scopes: ['a'] }),
      'unknown option "scopes"',
    ],
    [
      'a prototype',
      `{ identityMetadata: '${metadata(tenantId)}', clientID: '${api}', "__proto__": { "issuer": "x" } }`,
      'unknown option "__proto__"',
    ],
    ['what cannot be honoured', JSON.stringify({ ...options, ignoreExpiration: true }), 'ignoreExpiration'],
    [
      'what createVerifier refuses',
      JSON.stringify({ ...options, audience: 'https://graph.microsoft.com' }),
      'Graph',
    ],
  ])('says in one line why %s cannot be translated', async (_, text, message) => {
    const { code, out, err } = await migrate(text)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(message)
    expect(err.trim().split('\n')).toHaveLength(1)
  })

  it('prints values that a program could mistake as texts, and none that a terminal would', async () => {
    const audience = ["']);process.exit(7);(['", 'api://\\', `api://a\u202Eb`]
    const { code, out } = await migrateJson({ audience, validateIssuer: false })
    expect(code).toBe(0)
    expect(out).not.toContain('\u202E')
    expect(() => verifierOf(out)).not.toThrow()
    expect(verifierOf(out).audience).toEqual(audience)
  })

  it.each([
    ['without a library', [], 'what to migrate from'],
    ['jose', ['jose'], 'what to migrate from'],
    [
      'passport-azure-ad --from a file that is not there',
      ['passport-azure-ad', '--from', path.join(folder, 'none.json')],
      'cannot be read (ENOENT)',
    ],
    ['passport-azure-ad --form x', ['passport-azure-ad', '--form', 'x'], 'lists the options'],
  ])('says how it is called: migrate %s', async (_, args, message) => {
    const { code, err } = await run(['migrate', ...args], '')
    expect(code).toBe(2)
    expect(err).toContain(message)
  })
})
