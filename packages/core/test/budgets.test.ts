import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'

import { beforeAll, describe, expect, it } from 'vitest'

import type { Case, Work } from './support/work.ts'

/*
 * What a token may cost, counted by `node packages/core/test/support/count-work.ts`, so that a change that makes the hot path slower fails here without
 * a clock. Calls and bytes have a tenth of room above what Node 22, 24 and 26 count, and those count the same each time.
 * Less is always fine: lower the budget then, so that it stays so.
 */
const seenToken = limit({ promises: 1, calls: 16, bytes: 440 })
const newToken = limit({ promises: 7, calls: 188, bytes: 9700, signatureChecks: 1, jsonParses: 1 })

const budgets: Readonly<Record<Case, Work>> = {
  'a seen token': seenToken,
  'a seen token, with a scope asked': limit({ promises: 1, calls: 36, bytes: 750 }),
  'a seen token, with a scope asked, with a listener': limit({ promises: 1, calls: 50, bytes: 1100 }),
  'a seen token, 1,000 keys': seenToken,
  'a seen token, 200 groups': seenToken,
  'a seen token, 10,000 tenants': seenToken,
  'a seen token, 50 authorities': limit({ promises: 1, calls: 22, bytes: 700 }),
  'a new token': newToken,
  'a new token, not remembered': newToken,
  'a new token, 1,000 keys': newToken,
  'a new token, 10,000 tenants': newToken,
  'a new token, nodeSignature': limit({ promises: 1, calls: 182, bytes: 8750, jsonParses: 1 }),
  'the first token of a verifier': {
    promises: 130,
    signatureChecks: 1,
    keyImports: 1,
    jsonParses: 4,
    fetches: 2,
    calls: 520,
    bytes: 107_000,
  },
  'a forged signature': limit({ promises: 15, calls: 108, bytes: 9200, signatureChecks: 1, jsonParses: 1 }),
  'a forged key id': limit({ promises: 19, calls: 148, bytes: 12_000, jsonParses: 2 }),
  'a malformed token': limit({ promises: 7, calls: 30, bytes: 4500 }),
}

/** What is not named is not allowed. */
function limit(work: Partial<Work>): Work {
  return {
    promises: 0,
    signatureChecks: 0,
    keyImports: 0,
    jsonParses: 0,
    fetches: 0,
    calls: 0,
    bytes: 0,
    ...work,
  }
}

let counted: Readonly<Record<Case, Work>>

beforeAll(async () => {
  const script = path.join(import.meta.dirname, 'support/count-work.ts')
  const { stdout } = await promisify(execFile)(process.execPath, [script])
  counted = JSON.parse(stdout) as typeof counted
})

describe('what a token costs, in counts', () => {
  it.each(Object.keys(budgets) as Case[])('%s stays within its budget', (name) => {
    const over = Object.entries(counted[name])
      .filter(([what, count]) => count > budgets[name][what as keyof Work])
      .map(([what, count]) => `${what}: ${count}, budget ${budgets[name][what as keyof Work]}`)
    expect(over).toEqual([])
  })

  it('was counted at all: a new token needs a signature check and an identity, a first one two documents', () => {
    expect(counted['a new token']).toMatchObject({ signatureChecks: 1, jsonParses: 1 })
    expect(counted['a new token'].calls).toBeGreaterThan(counted['a seen token'].calls)
    expect(counted['a new token'].bytes).toBeGreaterThan(counted['a seen token'].bytes)
    expect(counted['the first token of a verifier']).toMatchObject({ fetches: 2, keyImports: 1 })
    expect(counted['a seen token'].calls).toBeGreaterThan(0)
  })
})
