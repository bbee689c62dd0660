/* oxlint-disable vitest/expect-expect -- expectHarmless expects */
import { createEmulator } from '@entraguard/emulator'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { explain, type Explanation } from '../../src/explain.ts'
import { createVerifier } from '../../src/index.ts'
import { meaningOf } from '../support/json-reader.ts'

const options = { now: () => 1_800_000_000_000, timeZone: 'UTC' }
const encode = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
const signature = 'VGhpc0lzVGhlU2lnbmF0dXJl'
const token = (header: unknown, claims: unknown): string => `${encode(header)}.${encode(claims)}.${signature}`
const header = { typ: 'JWT', alg: 'RS256', kid: 'a' }

/** What must hold for any input: it is data, it is printable, it is no secret. */
function expectHarmless(explanation: Explanation): void {
  const json = JSON.stringify(explanation)
  expect(meaningOf(json)).toEqual(explanation)
  expect(explanation.findings.length + explanation.claims.length).toBeGreaterThan(0)
  expect(json).not.toContain(signature)
  // Nothing but printable text and the line ends that explain writes itself.
  expect(explanation.text).not.toMatch(/[^\P{C}\n]/u)
  for (const { seen, meaning, advice, link } of explanation.findings) {
    expect(`${seen}${meaning}${advice}`).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u)
    expect(link).toMatch(/^https:\/\/(?:learn\.microsoft\.com|github\.com)\//)
  }
}

const claimNames = fc.constantFrom(
  ...'aud iss exp nbf iat tid oid sub ver scp roles wids groups azp appid idtyp acct amr acrs tfp acr cnf'.split(
    ' ',
  ),
  ...'nonce c_hash at_hash idp hasgroups _claim_names _claim_sources xms_act_fct xms_sub_fct xms_idrel'.split(
    ' ',
  ),
  ...'xms_mirid xms_cc email tenant_region_sub_scope __proto__ constructor toString idp_access_token'.split(
    ' ',
  ),
)
const values = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom<unknown>(
    'https://sts.windows.net/x/',
    'https://login.microsoftonline.com//v2.0',
    'https://',
    'http://[::1]',
    '9188040d-6c67-4c5b-b112-36a304b66dad',
    'https://a.b2clogin.com/tfp/',
    'b2c_1_a',
    '1.0',
    '2.0',
    1e300,
    -1e300,
    8.64e15,
    0,
  ),
)

describe('explain never throws and gives harmless data', () => {
  it('for anything that is not a token', () => {
    fc.assert(fc.property(fc.anything(), (input) => expectHarmless(explain(input, options))))
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (input) => expectHarmless(explain(input, options))))
    fc.assert(
      fc.property(fc.array(fc.base64String(), { maxLength: 6 }), (parts) =>
        expectHarmless(explain(parts.join('.'), options)),
      ),
    )
  })

  it('for any JSON in header and payload', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (first, second) =>
        expectHarmless(explain(token(first, second), options)),
      ),
    )
  })

  it('for any value in any claim that something is decided on', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(claimNames, values), { maxLength: 12 }), (members) => {
        const body = members
          .map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)
          .join(',')
        expectHarmless(explain(token(header, `{${body}}`), options))
      }),
      { numRuns: 1000 },
    )
    expect(Object.keys(Object.prototype)).toEqual([])
  })

  it.each<[string, unknown]>([
    ['escape sequences of a terminal', '\u001b[2J\u001b[31mERASED\u009b1m\u0007'],
    ['line ends', 'a\r\nERROR nothing: all is well\u2028b'],
    ['text that turns its direction', '\u202egnihtyna\u2066\u200b'],
    ['half a character', '\ud800'],
  ])('%s in every claim and name', (_name, text) => {
    const names = ['aud', 'iss', 'sub', 'tid', 'ver', 'azp', 'name', 'idp', 'acr', String(text)]
    expectHarmless(
      explain(
        token({ ...header, kid: text, alg: text }, Object.fromEntries(names.map((name) => [name, text]))),
        options,
      ),
    )
  })

  it.each<[string, string]>([
    ['nested ten thousand deep', token(header, `{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}`)],
    ['a thousand times the same member', token(header, `{${'"aud":"a",'.repeat(1000)}"aud":"b"}`)],
    ['a million characters', `${encode(header)}.${'A'.repeat(1_000_000)}.a`],
    ['more than a million', 'A'.repeat(1_100_000)],
    ['padding where none ends', `${encode(header)}.${'='.repeat(1_000_000)}A.a`],
    ['only dots', '.'.repeat(100_000)],
    ['blanks', ' '.repeat(1_000_000)],
    ['"bearer" and blanks', `bearer${' '.repeat(1_000_000)}`],
    ['quotes', '"'.repeat(1_000_000)],
    [
      'a wide payload',
      token(header, Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`c${i}`, i]))),
    ],
  ])('%s, soon', (_name, input) => {
    // Of the processor, so that a busy machine does not look like a slow explanation.
    const start = process.cpuUsage()
    const explanation = explain(input, options)
    const { user } = process.cpuUsage(start)
    expectHarmless(explanation)
    expect(user / 1000).toBeLessThan(2000)
  })

  it('with a verifier too: a promise that is kept', async () => {
    const entra = await createEmulator()
    const verifier = createVerifier(entra.verifierOptions())
    for (const input of [undefined, '', 'a.b.c', 'a.b.c.d.e', token(header, {}), token({}, header)]) {
      const explanation = await explain(input, { ...options, verifier })
      expectHarmless(explanation)
    }
  })

  it('and shows no signature of a real token, in no form', async () => {
    const entra = await createEmulator()
    const real = await entra.issueUserToken()
    const [encodedHeader = '', payload = '', own = ''] = real.split('.')
    const verifier = createVerifier(entra.verifierOptions())
    const json = JSON.stringify([explain(real), await explain(`Bearer ${real}`, { verifier })])
    for (const part of [encodedHeader, payload, own, own.slice(0, 20), own.slice(-20)])
      expect(json).not.toContain(part)
  })
})

it('explain makes no request without a verifier, and its page needs none', async () => {
  const entra = await createEmulator()
  const real = await entra.issueUserToken()
  const { length } = entra.requests
  const original = globalThis.fetch
  globalThis.fetch = () => {
    throw new Error('explain made a request')
  }
  try {
    expect(explain(real).findings.length).toBeGreaterThan(0)
  } finally {
    globalThis.fetch = original
  }
  expect(entra.requests).toHaveLength(length)
})
