import { describe, expect, it } from 'vitest'

import {
  b2c,
  combineVerifiers,
  createVerifier,
  recallIdentity,
  type Access,
  type Verifier,
  type VerifierOptions,
} from '../src/index.ts'
import { audience, codeOf, encode, Issuer, makeKey, otherTenant } from './support/rotating-issuer.ts'

const [k1, k2] = [makeKey('k1'), makeKey('k2')]

interface Seen {
  readonly entra: Issuer
  readonly verifier: Verifier
  readonly token: string
  readonly header: string
}

/** A verifier that has accepted one token. */
async function seen(
  options: Partial<VerifierOptions> = {},
  claims: Readonly<Record<string, unknown>> = {},
): Promise<Seen> {
  const entra = new Issuer(k1, k2)
  const verifier = entra.verifier(options)
  const token = entra.token(k1, { claims, expiresIn: 600 })
  await verifier.verify(token)
  return { entra, verifier, token, header: `Bearer ${token}` }
}

describe('a token that was seen', () => {
  it.each([
    ['no access', undefined],
    ['a scope that it has', { scopes: ['Orders.Read'] }],
    ['alternatives, one of which admits', { anyOf: [{ callers: ['app'] }, { callers: ['user'] }] }],
  ] satisfies ReadonlyArray<[string, Access | undefined]>)(
    'is recalled as authenticate would give it, with %s',
    async (_name, access) => {
      const { verifier, header } = await seen()
      const identity = recallIdentity(verifier, header, access)
      expect(identity).toBeDefined()
      expect(await verifier.authenticate(header, access)).toBe(identity)
    },
  )

  it('is recalled by combined verifiers too, each part its own', async () => {
    const { verifier, header } = await seen()
    const tenantId = otherTenant
    const other = createVerifier({
      authority: b2c({ domain: 'contoso.b2clogin.com', tenantId, policies: ['b2c_1_in'] }),
      audience,
    })
    const combined = combineVerifiers(other, verifier)
    expect(recallIdentity(combined, header)).toBe(await verifier.authenticate(header))
    expect(recallIdentity(other, header)).toBeUndefined()
  })

  it('is reported once, with the rule that admitted it', async () => {
    const { entra, verifier, header } = await seen()
    recallIdentity(verifier, header, { scopes: ['Orders.Read'] })
    expect(entra.events.filter(({ type }) => type === 'caller_admitted')).toMatchObject([
      { kind: 'user', rule: 0 },
    ])
  })
})

describe('an access that has admitted a token', () => {
  const read = { scopes: ['Orders.Read'] } as const
  const write = { scopes: ['Orders.Write'] } as const

  it('admits it again, and is not asked for another token', async () => {
    const { entra, verifier, header } = await seen({ onEvent: undefined })
    const writer = `Bearer ${entra.token(k1, { claims: { scp: 'Orders.Write' } })}`
    await verifier.authenticate(writer)
    for (let time = 0; time < 3; time++) {
      expect(recallIdentity(verifier, header, read)?.scopes).toEqual(['Orders.Read'])
      expect(recallIdentity(verifier, writer, read)).toBeUndefined()
      expect(recallIdentity(verifier, writer, write)?.scopes).toEqual(['Orders.Write'])
      expect(recallIdentity(verifier, header, write)).toBeUndefined()
    }
  })

  it('speaks for itself only: another one and an equal one are asked, and none at all admits every user', async () => {
    const { verifier, header } = await seen({ onEvent: undefined })
    const apps = { appPermissions: ['Orders.Read.All'] } as const
    const broken = { scope: ['Orders.Read'] } as never
    const refusing: ReadonlyArray<Access | undefined> = [write, apps, { ...write }, broken]
    for (const access of [read, undefined, { ...read }]) {
      expect(recallIdentity(verifier, header, access)).toBeDefined()
      for (const other of refusing) expect(recallIdentity(verifier, header, other)).toBeUndefined()
      expect(recallIdentity(verifier, header, access)).toBeDefined()
    }
  })

  it('admits nobody whose kind is not known, with or without it', async () => {
    const claims = { scp: undefined, idtyp: undefined, roles: undefined }
    const { verifier, header } = await seen({ onEvent: undefined, allowWithoutPermissions: true }, claims)
    expect((await verifier.verify(header.slice(7))).kind).toBe('unknown')
    for (const access of [undefined, read, undefined, { callers: ['user', 'app'] } as const])
      expect(recallIdentity(verifier, header, access)).toBeUndefined()
  })

  it('is asked again by a verifier that somebody listens to, which reports the rule each time', async () => {
    const { entra, verifier, header } = await seen()
    const access = { anyOf: [{ callers: ['app'] }, { callers: ['user'] }] } as const
    for (let time = 0; time < 3; time++) expect(recallIdentity(verifier, header, access)).toBeDefined()
    const admitted = entra.events.filter(({ type }) => type === 'caller_admitted')
    expect(admitted).toMatchObject([{ rule: 1 }, { rule: 1 }, { rule: 1 }])
  })

  it('does not make the token hold for longer', async () => {
    const { entra, verifier, header } = await seen({ onEvent: undefined, clockTolerance: 60 })
    entra.advance(659.999)
    expect(recallIdentity(verifier, header, read)).toBeDefined()
    expect(recallIdentity(verifier, header, read)).toBeDefined()
    entra.advance(0.001)
    expect(recallIdentity(verifier, header, read)).toBeUndefined()
    expect(await codeOf(verifier.authenticate(header, read))).toBe('token_expired')
  })

  it('does not make a key trusted that was replaced', async () => {
    const { entra, verifier, header } = await seen({ onEvent: undefined })
    expect(recallIdentity(verifier, header, read)).toBeDefined()
    entra.keys = [makeKey('k1')]
    await verifier.forgetKeys()
    expect(recallIdentity(verifier, header, read)).toBeUndefined()
    expect(await codeOf(verifier.authenticate(header, read))).toBe('signature_invalid')
  })
})

describe('nothing is recalled', () => {
  it.each([
    ['a token that was not seen', (_header: string, other: string) => other],
    ['a scheme in other letters', (header: string) => header.replace('Bearer', 'bearer')],
    ['more spaces than one', (header: string) => header.replace(' ', '  ')],
    ['a space after it', (header: string) => `${header} `],
    ['a second credential behind it', (header: string) => `${header}, ${header}`],
    ['another scheme', (header: string) => header.replace('Bearer', 'DPoP')],
    ['a list of one header', (header: string) => [header]],
    ['two headers', (header: string) => [header, header]],
    ['the token alone', (header: string) => header.slice(7)],
    ['no header', () => undefined],
    ['null', () => null],
    ['a number, from callers without types', () => 7 as never],
  ] satisfies ReadonlyArray<
    [string, (header: string, other: string) => string | readonly string[] | null | undefined]
  >)('of %s', async (_name, change) => {
    const { entra, verifier, header } = await seen()
    expect(recallIdentity(verifier, change(header, `Bearer ${entra.token(k1)}`))).toBeUndefined()
  })

  it('of a token with another payload before the same signature', async () => {
    const { verifier, header, token } = await seen()
    const [head = '', payload = '', signature = ''] = token.split('.')
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object
    const forged = `Bearer ${head}.${encode({ ...claims, roles: ['Orders.Admin'] })}.${signature}`
    expect(recallIdentity(verifier, forged)).toBeUndefined()
    expect(recallIdentity(verifier, header)).toBeDefined()
  })

  it('of a token from the millisecond on that is exp and the tolerance', async () => {
    const { entra, verifier, header } = await seen({ clockTolerance: 60 })
    entra.advance(659.999)
    expect(recallIdentity(verifier, header)).toBeDefined()
    entra.advance(0.001)
    expect(recallIdentity(verifier, header)).toBeUndefined()
    expect(await codeOf(verifier.authenticate(header))).toBe('token_expired')
  })

  it.each([
    ['whose key was replaced', (entra: Issuer) => (entra.keys = [makeKey('k1')]), 'signature_invalid'],
    ['whose key is gone', (entra: Issuer) => (entra.keys = [k2]), 'signing_key_not_found'],
  ])('of a token %s', async (_name, happen, code) => {
    const { entra, verifier, header } = await seen()
    happen(entra)
    await verifier.forgetKeys()
    expect(recallIdentity(verifier, header)).toBeUndefined()
    expect(await codeOf(verifier.authenticate(header))).toBe(code)
  })

  it.each([
    ['an access that refuses', { scopes: ['Orders.Write'] }, 'scope_missing'],
    ['an access of apps', { appPermissions: ['Orders.Read.All'] }, 'caller_refused'],
  ] satisfies ReadonlyArray<[string, Access, string]>)(
    'for %s, and the refusal is told once',
    async (_name, access, code) => {
      const { entra, verifier, header } = await seen()
      expect(recallIdentity(verifier, header, access)).toBeUndefined()
      expect(entra.events.filter(({ type }) => type === 'token_refused')).toEqual([])
      expect(await codeOf(verifier.authenticate(header, access))).toBe(code)
      expect(entra.events.filter(({ type }) => type === 'token_refused')).toMatchObject([{ code }])
    },
  )

  it.each([
    ['a check', { check: () => undefined }],
    ['a predicate for tenants', { tenants: () => true }],
    ['no token cache', { tokenCache: false }],
  ] satisfies ReadonlyArray<[string, Partial<VerifierOptions>]>)(
    'with %s, because that has to be asked on every call',
    async (_name, options) => {
      const { verifier, header } = await seen(options)
      expect(recallIdentity(verifier, header)).toBeUndefined()
      expect((await verifier.authenticate(header)).kind).toBe('user')
    },
  )

  it('where groups decide that did not fit into the token', async () => {
    const overage = { _claim_names: { groups: 'src1' }, _claim_sources: { src1: { endpoint: 'https://x' } } }
    const group = '66666666-6666-4666-8666-666666666666'
    const { verifier, header } = await seen({ resolveGroups: async () => [group] }, overage)
    const access = { scopes: ['Orders.Read'], groups: [group] } as const
    expect(recallIdentity(verifier, header, access)).toBeUndefined()
    expect(recallIdentity(verifier, header, { scopes: ['Orders.Read'] })).toBeDefined()
    expect((await verifier.authenticate(header, access)).groups).toMatchObject({ ids: [group] })
  })

  it('while the clock fails', async () => {
    const entra = new Issuer(k1)
    let isBroken = false
    const verifier = entra.verifier({ now: () => (isBroken ? Number.NaN : entra.time) })
    const header = `Bearer ${entra.token(k1)}`
    await verifier.authenticate(header)
    isBroken = true
    expect(recallIdentity(verifier, header)).toBeUndefined()
    expect(await codeOf(verifier.authenticate(header))).toBe('keys_unavailable')
  })

  it('by a verifier that something wraps, so that what wraps it is asked', async () => {
    const { verifier, header } = await seen()
    expect(recallIdentity({ ...verifier }, header)).toBeUndefined()
    expect(recallIdentity(Object.create(verifier) as Verifier, header)).toBeUndefined()
  })

  it('for an access that is none, and authenticate refuses it with a TypeError', async () => {
    const { verifier, header } = await seen()
    const access = { scope: ['Orders.Read'] } as never
    expect(recallIdentity(verifier, header, access)).toBeUndefined()
    await expect(verifier.authenticate(header, access)).rejects.toThrow(TypeError)
  })
})
