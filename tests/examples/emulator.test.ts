// #region tokens
import { createVerifier, EntraGuardError } from '@entraguard/core'
import { createEmulator, defaults } from '@entraguard/emulator'
import { expect, test } from 'vitest'

test('what the API makes of other callers', async () => {
  const entra = await createEmulator()
  const verifier = createVerifier(entra.verifierOptions())

  const daemon = await verifier.verify(await entra.issueAppToken({ claims: { idtyp: 'app' } }))
  expect(daemon).toMatchObject({ kind: 'app', roles: ['Orders.Read.All', 'Orders.Write.All'] })

  const guest = await verifier.verify(await entra.issueUserToken({ guestFrom: defaults.otherTenantId }))
  expect(guest.guest).toBe(true)

  const old = await verifier.verify(await entra.issueUserToken({ version: '1.0', roles: ['Orders.Admin'] }))
  expect(old).toMatchObject({ version: '1.0', roles: ['Orders.Admin'] })
})
// #endregion

// #region wrong
test('what the API refuses', async () => {
  const entra = await createEmulator()
  const verifier = createVerifier(entra.verifierOptions())
  const refusal = async (token: Promise<string>): Promise<unknown> =>
    verifier.verify(await token).catch((error: unknown) => (EntraGuardError.is(error) ? error.code : error))

  expect(await refusal(entra.issueUserToken({ expiresIn: -600 }))).toBe('token_expired')
  expect(await refusal(entra.issueUserToken({ audience: 'api://another' }))).toBe('audience_mismatch')
  expect(await refusal(entra.issueUserToken({ signWith: 'unknown' }))).toBe('signing_key_not_found')
  expect(await refusal(entra.issueUserToken({ header: { alg: 'none' } }))).toBe('algorithm_refused')
  expect(await refusal(entra.issueUserToken({ claims: { sub: undefined } }))).toBe('claim_missing')
  expect(await refusal(entra.issueIdToken())).toBe('id_token_refused')
})
// #endregion

// #region rotation
test('keys rotate, and then Microsoft is away', async () => {
  const entra = await createEmulator()
  const verifier = createVerifier(entra.verifierOptions())
  await verifier.prefetch()

  entra.advance(60)
  const { previousKid } = await entra.rotateKeys()
  entra.retireKey(previousKid)
  await verifier.verify(await entra.issueUserToken()) // the new key is fetched, once

  entra.goOffline()
  await verifier.verify(await entra.issueUserToken()) // known keys serve on
  expect(entra.requests.length).toBeGreaterThanOrEqual(3)
})
// #endregion
