import { afterEach, expect, it, vi } from 'vitest'

import type { Members } from '../support/issuer.ts'
import { outcomeOf } from '../support/outcome.ts'
import { issueBound, popVerifier, prove, scope, withProof } from '../support/prover.ts'

afterEach(() => vi.restoreAllMocks())

/*
 * Some engines reject where others answer false: an odd signature throws. Whatever else is wrong with the proof, nobody may
 * be left who does not hear of it: a rejected promise that nobody waits for ends a process of Node.
 */
it.each<[string, Members]>([
  ['good claims', {}],
  ['no id', { jti: undefined }],
  ['an empty id', { jti: '' }],
  ['another method', { htm: 'POST' }],
  ['no hash of the token', { ath: undefined }],
])(
  'a signature that an engine cannot check is a refusal, and nothing more, with %s',
  async (_what, claims) => {
    const token = await issueBound()
    const verifier = popVerifier()
    // The token itself is known by then.
    await verifier.authenticate(`DPoP ${token}`, scope, withProof(prove(token)))
    const lost: unknown[] = []
    const hear = (reason: unknown): unknown => lost.push(reason)
    process.on('unhandledRejection', hear)
    vi.spyOn(crypto.subtle, 'verify').mockRejectedValue(new DOMException('malformed', 'OperationError'))
    const call = verifier.authenticate(`DPoP ${token}`, scope, withProof(prove(token, claims)))
    expect(await outcomeOf(call)).toBe('proof_invalid')
    await new Promise(setImmediate)
    process.off('unhandledRejection', hear)
    expect(lost).toEqual([])
  },
)
