import { createEmulator, defaults, type Emulator } from '@entraguard/emulator'
import { beforeAll, describe, expect, it } from 'vitest'

import { createVerifier, type Verifier, type VerifierOptions } from '../../src/index.ts'
import { outcomeOf } from '../support/outcome.ts'

let entra: Emulator

beforeAll(async () => {
  entra = await createEmulator({ apps: [{ optionalClaims: ['acct'] }, {}] })
})

const make = (options: Partial<VerifierOptions> = {}): Verifier =>
  createVerifier({ ...entra.verifierOptions(), guests: 'refuse', ...options })

const guest = (): Promise<string> => entra.issueUserToken({ guestFrom: defaults.otherTenantId })

describe('a verifier that refuses guests', () => {
  it('refuses them whatever a route asks, and without a route', async () => {
    const verifier = make()
    const token = await guest()
    const header = `Bearer ${token}`
    expect(await outcomeOf(verifier.verify(token))).toBe('guest_refused')
    expect(await outcomeOf(verifier.authenticate(header))).toBe('guest_refused')
    expect(await outcomeOf(verifier.authenticate(header, { scopes: ['Orders.Read'] }))).toBe('guest_refused')
    expect(await outcomeOf(verifier.authenticate(header, { callers: ['user'], guests: 'refuse' }))).toBe(
      'guest_refused',
    )
  })

  it('answers 403, and tells the log what came', async () => {
    const error: unknown = await make()
      .verify(await guest())
      .catch((reason: unknown) => reason)
    expect(error).toMatchObject({
      status: 403,
      step: 'authorize',
      details: { claim: 'acct', actual: 'guest' },
    })
  })

  it.each<[string, Readonly<Record<string, unknown>>, string]>([
    ['a member', { acct: 0 }, 'accepted'],
    ['a guest', { acct: 1 }, 'guest_refused'],
    ['a token that does not tell', { acct: undefined, idp: 'live.com' }, 'guest_refused'],
    ['a token that tells in an odd form', { acct: '0' }, 'guest_refused'],
  ])('decides about %s', async (_name, claims, outcome) => {
    expect(await outcomeOf(make().verify(await entra.issueUserToken({ claims })))).toBe(outcome)
  })

  it.each<[string, Readonly<Record<string, unknown>>, string]>([
    ['a member', { acct: 0 }, 'accepted'],
    ['a guest', { acct: 1 }, 'guest_refused'],
    ['a token that does not tell', { acct: undefined, idp: 'live.com' }, 'guest_refused'],
    ['a token that tells in an odd form', { acct: '0' }, 'guest_refused'],
  ])('decides about the ID token of %s too', async (_name, claims, outcome) => {
    const expected = { clientId: defaults.webClientId, nonce: 'n-0S6_WzA2Mj' }
    const { clientId: audience, nonce } = expected
    const token = await entra.issueIdToken({ audience, nonce, claims })
    expect(await outcomeOf(make().verifyIdToken(token, expected))).toBe(outcome)
    expect(await outcomeOf(make({ guests: undefined }).verifyIdToken(token, expected))).toBe('accepted')
  })

  it('lets apps pass, which are no guests', async () => {
    const token = await entra.issueAppToken({ claims: { acct: 1, idp: 'live.com' } })
    expect(await outcomeOf(make().authenticate(`Bearer ${token}`))).toBe('accepted')
  })

  it('refuses a guest every time, and does not ask the check about one', async () => {
    let asked = 0
    const verifier = make({ check: () => void asked++ })
    const token = await guest()
    for (let time = 0; time < 3; time++) expect(await outcomeOf(verifier.verify(token))).toBe('guest_refused')
    expect(asked).toBe(0)
  })

  it('is another policy over the same keys: tokens that one has accepted the other still refuses', async () => {
    const open = createVerifier(entra.verifierOptions())
    const closed = open.with({ guests: 'refuse' })
    const token = await guest()
    expect(await outcomeOf(open.verify(token))).toBe('accepted')
    expect(await outcomeOf(closed.verify(token))).toBe('guest_refused')
    expect(await outcomeOf(open.verify(token))).toBe('accepted')
  })

  it.each(['admit', true, ''])('cannot be told guests: %j', (guests) => {
    expect(() => make({ guests: guests as never })).toThrow(/guests can only be 'refuse'/)
  })
})
