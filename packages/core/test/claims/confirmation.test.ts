import { expect, it } from 'vitest'

import { readConfirmation } from '../../src/claims/confirmation.ts'
import { outcomeOfCall } from '../support/outcome.ts'
import { sha256 } from '../support/prover.ts'

const thumbprint = sha256('a key')

it.each<[object, ReadonlyArray<'dpop' | 'mtls'>, string]>([
  [{ jkt: thumbprint }, ['dpop'], 'accepted'],
  [{ 'x5t#S256': thumbprint }, ['mtls'], 'accepted'],
  [{ jkt: thumbprint }, ['mtls'], 'bound_token_refused'],
  [{ 'x5t#S256': thumbprint }, ['dpop'], 'bound_token_refused'],
  [{ jkt: thumbprint, 'x5t#S256': thumbprint }, ['dpop', 'mtls'], 'bound_token_refused'],
  [{ jwk: {} }, ['dpop', 'mtls'], 'bound_token_refused'],
  [{}, ['dpop', 'mtls'], 'bound_token_refused'],
])('%j may be proved by %j: %s', (cnf, accepted, expected) => {
  expect(outcomeOfCall(() => readConfirmation({ cnf }, new Set(accepted)))).toBe(expected)
})
