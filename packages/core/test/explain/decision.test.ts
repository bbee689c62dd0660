import { createEmulator } from '@entraguard/emulator'
import { describe, expect, it } from 'vitest'

import { claimCatalogue, decisionOf, type Decision, type DecisionFacts } from '../../src/explain.ts'
import { anyOf, authorize, createVerifier, EntraGuardError, type Identity } from '../../src/index.ts'

const now = (): number => 1_800_000_000_000
const time = '2027-01-15T08:00:00.000Z'
const access = { scopes: ['Orders.Read'] } as const

const entra = await createEmulator({
  now,
  apps: [
    {
      scopes: ['Orders.Read'],
      optionalClaims: ['idtyp', 'acct', 'email', 'family_name', 'given_name', 'upn'],
    },
  ],
})
const verifier = createVerifier(entra.verifierOptions())

const refusal = async (work: () => Promise<unknown>): Promise<EntraGuardError> => {
  try {
    await work()
  } catch (error) {
    if (EntraGuardError.is(error)) return error
  }
  return expect.unreachable('it was not refused')
}

const of = async (token: string): Promise<unknown> => decisionOf({ identity: await verifier.verify(token) })

const names = (safety: string): readonly string[] =>
  claimCatalogue
    .filter((row) => row.where === 'payload' && row.safety === safety && !row.name.endsWith('*'))
    .map(({ name }) => name)

describe('a decision', () => {
  it('about a user who was let in says who, by ids, and what the route asked', async () => {
    const identity = await verifier.verify(await entra.issueUserToken())
    const facts: DecisionFacts = { identity, access, now }
    const decision: Decision = decisionOf(facts)
    expect(decision).toMatchObject({
      time,
      outcome: 'admitted',
      kind: 'user',
      tenantId: identity.tenantId,
      objectId: identity.objectId,
      clientId: identity.clientId,
      tokenId: identity.tokenId,
      access,
      claims: { aud: verifier.audience[0], scp: 'Orders.Read', idtyp: 'user', acct: 0 },
    })
    expect(JSON.parse(JSON.stringify(decision))).toEqual(decision)
  })

  it('about an app, an agent and a guest says so', async () => {
    expect(await of(await entra.issueAppToken({ roles: ['Orders.Read.All'] }))).toMatchObject({ kind: 'app' })
    expect(await of(await entra.issueUserToken({ agent: 'onBehalfOf' }))).toMatchObject({
      claims: { xms_act_fct: expect.stringContaining('11') as unknown },
    })
    expect(await of(await entra.issueUserToken({ guestFrom: entra.directory.tenants[1]?.id }))).toMatchObject(
      {
        claims: { acct: 1 },
      },
    )
  })

  it('that refuses a token knows nobody, and says why', async () => {
    const token = await entra.issueUserToken({ audience: 'api://another' })
    const error = await refusal(() => verifier.verify(token))
    expect(decisionOf({ error, access, now })).toEqual({
      time,
      outcome: 'refused',
      code: 'audience_mismatch',
      status: 401,
      details: error.details,
      access,
    })
  })

  it('that refuses inside a handler says whom', async () => {
    const identity = await verifier.verify(await entra.issueUserToken())
    const asked = anyOf({ scopes: ['Orders.Write'] }, { appPermissions: ['Orders.Write.All'] })
    const error = await refusal(async () => authorize(identity, asked))
    expect(decisionOf({ identity, error, access: asked })).toMatchObject({
      outcome: 'refused',
      code: 'scope_missing',
      status: 403,
      objectId: identity.objectId,
      access: { anyOf: [{ scopes: ['Orders.Write'] }, { appPermissions: ['Orders.Write.All'] }] },
    })
  })

  it('without anybody and anything is none', () => {
    expect(() => decisionOf({})).toThrow(TypeError)
  })
})

describe('no decision holds', () => {
  it.each(['display', 'opaque'])('a claim of the class %s', async (safety) => {
    const claims = Object.fromEntries(names(safety).map((name) => [name, 'written-by-somebody']))
    expect(Object.keys(claims).length).toBeGreaterThan(3)
    const identity = await verifier.verify(await entra.issueUserToken({ claims }))
    expect(JSON.stringify(decisionOf({ identity }))).not.toContain('written-by-somebody')
  })

  it('more of a claim than a line of a log can take', async () => {
    const roles = Array.from({ length: 150 }, (_, index) => `Role.${index}`)
    const claims = { roles, uti: 'u'.repeat(2000), idp: 'i'.repeat(3000), login_hint: 'x', acrs: ['c1\nc2'] }
    const identity = await verifier.verify(await entra.issueUserToken({ claims }))
    const decision = decisionOf({ identity })
    expect(decision.claims?.['roles']).toEqual([...roles.slice(0, 20), '… 130 more'])
    expect(decision.claims?.['idp']).toBe(`${'i'.repeat(200)}…`)
    expect(decision.claims?.['acrs']).toEqual(['c1?c2'])
    expect(decision.tokenId).toBe(`${'u'.repeat(200)}…`)
    expect(JSON.stringify(decision).length).toBeLessThan(4000)
  })

  it('a claim that nobody documented, a name, an address, or a part of the token', async () => {
    const token = await entra.issueUserToken({
      claims: { extension_shoe_size: 'forty-two', constructor: 'x' },
    })
    const identity: Identity = await verifier.verify(token)
    const line = JSON.stringify(decisionOf({ identity, access }))
    // The first name between quotes: its three letters alone may stand in the random id of a token.
    for (const part of ['forty-two', 'constructor', '"Ada"', 'Lovelace', 'ada@', token.slice(-43), '\n'])
      expect(line).not.toContain(part)
  })
})
