/**
 * An option that may be left out may be `undefined` too, in types (`exactOptionalPropertyTypes`) and in effect: settings
 * come from an environment, and `{ appId: process.env.APP_ID }` is how people write them.
 */
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'

import {
  authorize,
  b2c,
  challengeFor,
  createVerifier,
  EntraGuardError,
  externalId,
  graphGroups,
  microsoftIdentityOptions,
  type AccessRule,
  type ChallengeOptions,
  type IdTokenOptions,
  type KeyOptions,
  type VerifierOptions,
  type VerifyContext,
} from '@entraguard/core'
import {
  createEmulator,
  defaults,
  type AppOptions,
  type EmulatorOptions,
  type UserTokenOptions,
} from '@entraguard/emulator'
import { describe, expect, expectTypeOf, it } from 'vitest'

const root = path.join(import.meta.dirname, '..')

interface Interface {
  readonly file: string
  readonly name: string
  readonly body: string
}

const read = (file: string): string => readFileSync(path.join(root, file), 'utf8')

/** Names that a package exports, from the sources of its entries. */
const exported = new Set(
  globSync('packages/*/package.json', { cwd: root }).flatMap((manifest) => {
    const { exports } = JSON.parse(read(manifest)) as { exports: Record<string, Record<string, string>> }
    return Object.values(exports)
      .flatMap((entry) => entry['@entraguard/source'] ?? [])
      .map((entry) => path.join(path.dirname(manifest), entry))
      .flatMap((entry) => read(entry).match(/\w+/g) ?? [])
  }),
)

/** Exported interfaces that people write objects of, by the names that such have. Core alone makes a `CompiledRule`. */
const written = globSync('packages/*/src/**/*.ts', { cwd: root }).flatMap((file): readonly Interface[] => {
  const source = read(file).replaceAll(/\/\*[\s\S]*?\*\//g, '')
  return [...source.matchAll(/^export interface (\w+)[^{\n]*\{\n([\s\S]*?)^\}/gm)]
    .map(([, name = '', body = '']) => ({ file, name, body }))
    .filter(({ name }) => exported.has(name) && name !== 'CompiledRule')
    .filter(({ name }) =>
      /(?:Options|Settings|Extras|Init|Context|Rule|Details|Facts|Authority|Disturbance|Cloud)$/.test(name),
    )
})

/** Members that may be left out, each with its type, over several lines where it is long. */
const optionalMembers = ({ body }: Interface): readonly string[] =>
  [...body.matchAll(/^ {2}(?:readonly )?\w+\?:[\s\S]*?(?=\n {2}\S|\n*$(?![\s\S]))/gm)].map(([member]) =>
    member.trim(),
  )

describe('every optional option may be undefined', () => {
  it.each(written.map((each) => [`${each.name} of ${each.file}`, each] as const))('%s', (_name, each) => {
    expect(optionalMembers(each).filter((member) => !/\b(?:undefined|unknown)$/.test(member))).toEqual([])
  })

  it('was looked at in many interfaces', () => {
    expect(written.length).toBeGreaterThan(40)
    expect(written.flatMap(optionalMembers).length).toBeGreaterThan(150)
  })

  it('by the compiler, with exactOptionalPropertyTypes', () => {
    type Loose<T> = { [K in keyof T]: object extends Pick<T, K> ? T[K] | undefined : T[K] }
    expectTypeOf<Loose<VerifierOptions>>().toExtend<VerifierOptions>()
    expectTypeOf<Loose<KeyOptions>>().toExtend<KeyOptions>()
    expectTypeOf<Loose<ChallengeOptions>>().toExtend<ChallengeOptions>()
    expectTypeOf<Loose<AccessRule>>().toExtend<AccessRule>()
    expectTypeOf<Loose<IdTokenOptions>>().toExtend<IdTokenOptions>()
    expectTypeOf<Loose<VerifyContext>>().toExtend<VerifyContext>()
    expectTypeOf<Loose<EmulatorOptions>>().toExtend<EmulatorOptions>()
    expectTypeOf<Loose<AppOptions>>().toExtend<AppOptions>()
    expectTypeOf<Loose<UserTokenOptions>>().toExtend<UserTokenOptions>()
  })
})

const getGraphToken = (): Promise<string> => Promise.resolve('token')

/** The same object with every other name of the list, undefined. */
const withUndefined = (names: string): object =>
  Object.fromEntries(names.split(' ').map((name) => [name, undefined]))

describe('an option that is undefined counts as left out', () => {
  it('of a verifier, its keys and its challenge', async () => {
    const entra = await createEmulator()
    const options = {
      ...withUndefined(
        'personalAccounts cloud appId authority allowSharedAudience versions clockTolerance maxTokenAge maxTokenLength ' +
          'allowWithoutPermissions guests check resolveGroups store storeSecret tokenCache signature onEvent',
      ),
      ...entra.verifierOptions(),
      keys: withUndefined('refreshAfter retainFor minRefreshInterval timeout refuse static'),
      challenge: withUndefined('realm resourceMetadata exposeCode scopePrefix'),
    } as VerifierOptions
    const plain = createVerifier(entra.verifierOptions())
    for (const verifier of [
      createVerifier(options),
      plain.with({ challenge: undefined, check: undefined }),
    ]) {
      expect(verifier.challenge).toEqual(plain.challenge)
      expect(
        (await verifier.verify(await entra.issueUserToken(), withUndefined('signal waitUntil'))).kind,
      ).toBe('user')
    }
  })

  it('of an access', async () => {
    const entra = await createEmulator()
    const identity = await createVerifier(entra.verifierOptions()).verify(
      await entra.issueUserToken({ agent: undefined }),
    )
    const nothing = withUndefined(
      'appPermissions callers roles directoryRoles groups mfa authContext guests agents clients clientAuthentication principals',
    )
    expect(authorize(identity, { ...nothing, scopes: ['Orders.Read'] })).toBe(identity)
    expect(() => authorize(identity, { ...nothing, scopes: undefined })).toThrow(/admits nobody/)
  })

  it('of authorities, groups, settings and errors', () => {
    const tenantId = '11111111-1111-4111-8111-111111111111'
    const policies = ['B2C_1_susi'] as const
    const domain = 'contoso.b2clogin.com'
    expect(b2c({ domain, tenantId, policies, appClients: undefined })).toEqual(
      b2c({ domain, tenantId, policies }),
    )
    expect(externalId({ subdomain: 'contoso', tenantId, domain: undefined })).toEqual(
      externalId({ subdomain: 'contoso', tenantId }),
    )
    const nothing = withUndefined('securityEnabledOnly timeout rememberFor rememberAtMost fetch now')
    expect(graphGroups({ ...nothing, getGraphToken })).toBeTypeOf('function')
    const settings = {
      Instance: 'https://login.microsoftonline.com/',
      TenantId: tenantId,
      ClientId: tenantId,
    }
    expect(microsoftIdentityOptions({ ...withUndefined('Audience Authority Domain'), ...settings })).toEqual(
      microsoftIdentityOptions(settings),
    )
    const init = withUndefined('status hint details challenge')
    expect(challengeFor(new EntraGuardError('scope_missing', init))).toEqual(
      challengeFor(new EntraGuardError('scope_missing')),
    )
  })

  it('of the emulator', async () => {
    const entra = await createEmulator({
      ...withUndefined('now users groups'),
      apps: [
        {
          ...withUndefined('clientId name secret scopes appRoles optionalClaims implicitGrant'),
          appIdUri: undefined,
        },
      ],
      tenants: [
        { id: defaults.tenantId },
        {
          id: defaults.b2cTenantId,
          kind: 'b2c',
          name: 'shop',
          policies: [{ name: 'B2C_1_susi', issuer: undefined, policyClaim: undefined }],
        },
      ],
    })
    const [, payload = ''] = (await entra.issueB2cToken()).split('.')
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({ tfp: 'B2C_1_susi' })
  })
})
