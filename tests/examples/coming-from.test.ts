import { createVerifier, EntraGuardError, microsoftIdentityOptions } from '@entraguard/core'
import { createEmulator, defaults } from '@entraguard/emulator'
import { describe, expect, test } from 'vitest'

import * as after from './coming-from.ts'

const entra = await createEmulator()
const token = await entra.issueUserToken({ scopes: ['Orders.Read'] })

const outcome = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'accepted',
    (error: unknown) => (EntraGuardError.is(error) ? error.code : error),
  )

describe('what the pages about other libraries show', () => {
  const { fetch: global } = globalThis
  const real = async <T>(work: () => Promise<T>): Promise<T> => {
    globalThis.fetch = entra.fetch // the examples have no `fetch` of their own, as in production
    try {
      return await work()
    } finally {
      globalThis.fetch = global
    }
  }

  test.each([
    ['passport-azure-ad', after.afterPassport],
    ['passport-azure-ad, common', after.everyCustomer],
    ['jwks-rsa and jsonwebtoken', after.afterJwksRsa],
    ['jose', after.afterJose],
    ['aws-jwt-verify', after.afterAwsJwtVerify],
    ['Microsoft.Identity.Web', after.afterMicrosoftIdentityWeb],
  ])('%s: accepts a token of the tenant, and none for another API', async (_, verifier) => {
    const foreign = await entra.issueUserToken({ audience: 'api://another' })
    expect(await real(() => outcome(verifier.verify(token)))).toBe('accepted')
    expect(await real(() => outcome(verifier.verify(foreign)))).toBe('audience_mismatch')
  })

  test('each refuses a tenant that is not a customer', async () => {
    const other = await entra.issueUserToken({ tenantId: defaults.otherTenantId })
    expect(await real(() => outcome(after.afterPassport.verify(other)))).toBe('issuer_unknown')
    expect(await real(() => outcome(after.everyCustomer.verify(other)))).toBe('tenant_refused')
  })

  test('the check that was customJwtCheck refuses guests', async () => {
    const guest = await entra.issueUserToken({ guestFrom: defaults.otherTenantId })
    expect(await real(() => outcome(after.afterAwsJwtVerify.verify(guest)))).toBe('check_failed')
  })

  test('a header becomes a user, and a token the key of that user', async () => {
    const user = await real(() => after.orders(`Bearer ${token}`))
    expect(user.scopes).toEqual(['Orders.Read'])
    expect(await real(() => after.keyOf(token))).toBe(user.key)
  })

  test('settings and more: without permissions, where that was asked for', async () => {
    const bare = await entra.issueAppToken({ roles: [] })
    const verifier = after.withGroups(() => Promise.reject(new Error('no groups here')))
    expect(await real(() => outcome(verifier.verify(bare)))).toBe('accepted')
  })
})

test('common in an authority is asked back, because it opens an API to every tenant', () => {
  const settings = { Authority: 'https://login.microsoftonline.com/common', ClientId: defaults.apiClientId }
  expect(() => createVerifier(microsoftIdentityOptions(settings))).toThrow('TenantId: "common"')
})
