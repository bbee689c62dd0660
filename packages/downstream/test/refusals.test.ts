import { EntraGuardError, type UserIdentity } from '@entraguard/core'
import { describe, expect, it } from 'vitest'

import { DownstreamError } from '../src/index.ts'
import { refusalOf, unavailable } from '../src/refusals.ts'
import { world } from './support.ts'

const { signIn } = await world()
const [user] = await signIn({ capabilities: ['cp1'] })

/** An error as MSAL makes it. */
const msal = (errorCode: string, more: object = {}): Error =>
  Object.assign(new Error('what MSAL says'), { errorCode, correlationId: 'of the request', ...more })
const numbered = (number: number, errorCode = 'invalid_grant', more: object = {}): Error =>
  msal(errorCode, { errorMessage: `AADSTS${number}: what Entra says`, ...more })
const refused = (error: unknown, of: UserIdentity | undefined = user): unknown => refusalOf(error, of, {})
const claims = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'

describe('what an administrator or a developer has to mend', () => {
  it.each<[string, Error, string, number | undefined]>([
    ['consent', numbered(65001), 'consent_required', 65001],
    ['consent, before a challenge', numbered(65001, 'x', { claims }), 'consent_required', 65001],
    ['a wrong secret', numbered(7000215), 'credential_refused', 7000215],
    ['a secret that has expired', numbered(7000222), 'credential_refused', 7000222],
    ['a client that is refused', msal('invalid_client'), 'credential_refused', undefined],
    ['an interaction without a challenge', msal('interaction_required'), 'exchange_refused', undefined],
    ['a sign-in without a challenge', msal('login_required'), 'exchange_refused', undefined],
    ['consent by its name', msal('consent_required'), 'exchange_refused', undefined],
    ['an interaction, not the credential', numbered(7000215, 'login_required'), 'exchange_refused', 7000215],
    ['any other', numbered(50013), 'exchange_refused', 50013],
    ['a number of three digits, which is none', numbered(123), 'exchange_refused', undefined],
  ])('is %s', (_what, error, code, errorNumber) => {
    const refusal = refused(error)
    expect(refusal).toBeInstanceOf(DownstreamError)
    expect(refusal).toMatchObject({ code, errorNumber, correlationId: 'of the request' })
    expect(String(refusal)).not.toContain('Entra says')
    const [, number] = /\(AADSTS(.*)\)$/.exec(String(refusal)) ?? []
    expect(number).toBe(errorNumber?.toString())
  })

  it('is told as it is', () => {
    for (const error of [new DownstreamError('exchange_refused'), new EntraGuardError('token_expired')])
      expect(refusalOf(error, user, { status: 503 })).toBe(error)
  })

  it('is a challenge for an API that asks for itself: nobody there could answer it', () => {
    expect(refusalOf(msal('interaction_required', { claims }), undefined, {})).toMatchObject({
      name: 'DownstreamError',
      code: 'exchange_refused',
    })
  })
})

describe('what the caller can do something about', () => {
  it('is a challenge, which the client answers', () => {
    expect(refused(msal('interaction_required', { claims }))).toMatchObject({
      name: 'EntraGuardError',
      code: 'claims_required',
      status: 401,
      challenge: { claims },
    })
  })

  it('is a token that has expired for Entra ID', () => {
    expect(refused(numbered(500133))).toMatchObject({
      code: 'token_expired',
      status: 401,
      details: { reason: 'AADSTS500133' },
    })
  })
})

describe('what passes', () => {
  it.each([408, 429, 500, 503, 599])('is an answer with %i, whatever MSAL makes of it', (status) => {
    expect(refusalOf(numbered(65001), user, { status, retryAfter: 7 })).toMatchObject({
      code: 'check_unavailable',
      details: { reason: `the token endpoint answered ${status}` },
      challenge: { retryAfter: 7 },
    })
  })

  it.each([200, 400, 401, 407, 409, 428, 430, 499])('is no answer with %i', (status) => {
    expect(refusalOf(numbered(65001), user, { status })).toMatchObject({ code: 'consent_required' })
  })

  it.each([
    'temporarily_unavailable',
    'server_error',
    'network_error',
    'endpoints_resolution_error',
    'openid_config_error',
    'request_timeout',
    'unknown_error',
    '',
  ])('is what MSAL calls "%s"', (errorCode) => {
    const refusal = refusalOf(msal(errorCode), user, { retryAfter: 7 })
    expect(refusal).toMatchObject({ code: 'check_unavailable', challenge: { retryAfter: 7 } })
  })

  it.each([[new Error('x')], ['text'], [undefined], [{ errorCode: 'invalid_client' }], [msal(7 as never)]])(
    'is what MSAL did not make: %s',
    (error) => {
      expect(refused(error)).toMatchObject({
        code: 'check_unavailable',
        details: { reason: 'the token endpoint could not be reached' },
      })
    },
  )

  it('says how long to wait only where somebody said so', () => {
    expect(unavailable('x').challenge).toEqual({})
    expect(unavailable('x', 3).challenge).toEqual({ retryAfter: 3 })
  })
})
