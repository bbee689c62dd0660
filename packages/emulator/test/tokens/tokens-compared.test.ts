import { readFile } from 'node:fs/promises'
import path from 'node:path'

import { decodeJwt, decodeProtectedHeader } from 'jose'
import { describe, expect, it } from 'vitest'

import { createEmulator, defaults, type Emulator } from '../../src/index.ts'

interface Recorded {
  readonly name: string
  readonly header: readonly string[] | null
  readonly claims: readonly string[]
}

const recorded = JSON.parse(
  await readFile(path.join(import.meta.dirname, '../fixtures', 'token-members.json'), 'utf8'),
) as readonly Recorded[]

interface Comparison {
  readonly issue: (entra: Emulator) => Promise<string>
  /** Claims that only one of the two has, with the reason. */
  readonly onlyHere?: Readonly<Record<string, string>>
  readonly onlyThere?: Readonly<Record<string, string>>
}

const added = { xms_ftd: 'in every token of 2026, not yet then' }

const comparisons: Readonly<Record<string, Comparison>> = {
  'documentation page on access tokens, v1.0': {
    issue: (entra) => entra.issueUserToken({ version: '1.0', guestFrom: defaults.otherTenantId }),
    onlyHere: { ...added, upn: 'the sample’s guest shows none; a token of a member has it' },
    onlyThere: { email: 'here only when the registration asks for it' },
  },
  'documentation page on access tokens, v2.0': {
    issue: (entra) => entra.issueUserToken(),
    onlyHere: added,
  },
  'documentation page on agent tokens': {
    issue: (entra) => entra.issueAppToken({ version: '1.0', agent: true }),
  },
  'capture of the live service, 2026-08-13: client credentials': {
    issue: (entra) => entra.issueAppToken({ roles: [] }),
  },
  'a real token of 2016, v1.0': {
    issue: (entra) => entra.issueUserToken({ version: '1.0' }),
    onlyHere: {
      ...added,
      aio: 'newer than the token',
      rh: 'newer than the token',
      uti: 'newer than the token',
    },
  },
}

const without = (one: ReadonlySet<string>, other: ReadonlySet<string>): Set<string> =>
  new Set([...one].filter((name) => !other.has(name)))

describe('a token has the header parameters and claims of a recorded one', () => {
  it.each(recorded)('$name', async ({ name, header, claims }) => {
    const comparison = comparisons[name]
    const token = (await comparison?.issue(await createEmulator())) ?? ''
    const ours = new Set(Object.keys(decodeJwt(token)))
    const theirs = new Set(claims)
    expect(without(ours, theirs)).toStrictEqual(new Set(Object.keys(comparison?.onlyHere ?? {})))
    expect(without(theirs, ours)).toStrictEqual(new Set(Object.keys(comparison?.onlyThere ?? {})))
    const shown = Object.keys(decodeProtectedHeader(token))
    expect(new Set(shown)).toStrictEqual(new Set(header ?? shown))
  })
})
