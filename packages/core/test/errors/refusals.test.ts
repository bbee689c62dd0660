import { readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import {
  b2c,
  errorCatalogue,
  readBearerToken,
  refuse,
  type EntraGuardError,
  type EntraGuardErrorCode,
  type VerifierOptions,
} from '../../src/index.ts'
import type { DpopOptions } from '../../src/pop.ts'
import {
  claims,
  clock,
  documents,
  issue,
  jwk,
  tenantId,
  verifierFor,
  type Members,
} from '../support/issuer.ts'
import { issueBound, popVerifier, prove as goodProof, scope, withProof } from '../support/prover.ts'

const v2 = `https://login.microsoftonline.com/${tenantId}/v2.0`
const b2cIssuer = `https://contoso.b2clogin.com/${tenantId}/v2.0/`
const template = documents({ issuer: 'https://login.microsoftonline.com/{tenantid}/v2.0' })

const verify = async (
  claimChanges: Members = {},
  options: Partial<VerifierOptions> = {},
  header: Members = {},
): Promise<unknown> => await verifierFor(options).verify(await issue(claimChanges, header))
const verifyText = async (token: string, options: Partial<VerifierOptions> = {}): Promise<unknown> =>
  await verifierFor(options).verify(token)
const down = async (): Promise<Response> => {
  throw new Error('connect ECONNREFUSED')
}
const fails = (): never => {
  throw new Error('the database is down')
}
const blocks = (): never => {
  throw refuse('blocked')
}

const prove = async (
  proof: ((token: string) => string) | string | undefined,
  options: Partial<DpopOptions> = {},
): Promise<unknown> => {
  const token = await issueBound()
  const sent = typeof proof === 'function' ? proof(token) : proof
  return await popVerifier(options).authenticate(`DPoP ${token}`, scope, withProof(sent))
}

/** The shortest way to each refusal up to the step `claims`; those of `authorize` have tests of their own. */
const ways: Readonly<Record<string, () => unknown>> = {
  token_missing: () => readBearerToken(undefined),
  scheme_refused: () => readBearerToken('DPoP abc'),
  request_malformed: () => readBearerToken('Bearer'),
  token_too_large: () => verify({}, { maxTokenLength: 100 }),
  token_malformed: () => verifyText('a.b.c'),
  token_encrypted: () => verifyText('a.b.c.d.e'),
  algorithm_refused: () => verify({}, {}, { alg: 'none' }),
  token_type_refused: () => verify({}, {}, { typ: 'pop' }),
  header_refused: () => verify({}, {}, { crit: ['exp'] }),
  graph_token: () => verify({}, {}, { nonce: 'x' }),
  issuer_unknown: () => verify({ iss: 'https://login.example.com' }),
  metadata_unavailable: () => verify({}, { fetch: down }),
  metadata_invalid: () => verify({}, { fetch: documents({ issuer: 'https://login.example.com' }) }),
  signing_key_not_found: () => verify({}, {}, { kid: 'unknown' }),
  signing_key_refused: () => verify({}, { keys: { refuse: [jwk['kid'] as string] } }),
  keys_unavailable: () => verify({}, { fetch: documents({ issuer: v2 }, []) }),
  signature_invalid: async () => await verifyText(`${(await issue()).slice(0, -8)}AAAAAAAA`),
  claim_missing: () => verify({ sub: undefined }),
  claim_invalid: () => verify({ roles: 'Admin' }),
  token_expired: () => verify({ exp: clock - 300, nbf: undefined }),
  token_not_yet_valid: () => verify({ nbf: clock + 301 }),
  token_too_old: () => verify({ iat: clock - 400 }, { maxTokenAge: 60 }),
  issuer_mismatch: () => verify({ ver: '1.0' }),
  tenant_mismatch: () => verify({ tid: '99999999-9999-4999-8999-999999999999' }),
  audience_mismatch: () => verify({ aud: 'api://other' }),
  version_refused: () => verify({ ver: '3.0' }),
  policy_refused: () =>
    verify(
      { iss: b2cIssuer, ver: '1.0', tfp: 'B2C_1_other' },
      {
        authority: b2c({ domain: 'contoso.b2clogin.com', tenantId, policies: ['B2C_1_susi'] }),
        fetch: documents({ issuer: b2cIssuer }),
      },
    ),
  id_token_refused: () => verify({ nonce: 'x' }),
  bound_token_refused: () => verify({ cnf: { kid: 'x' } }),
  tenant_refused: () => verify({}, { tenants: () => false, fetch: template }),
  permissions_missing: () => verify({ scp: undefined }),
  check_failed: () => verify({}, { check: blocks }),
  check_unavailable: () => verify({}, { check: fails }),
  token_not_bound: async () =>
    await popVerifier().authenticate(`DPoP ${await issue()}`, scope, withProof(undefined)),
  proof_missing: () => prove(undefined),
  proof_invalid: () => prove('a.b.c'),
  proof_nonce_required: () => prove(goodProof, { nonce: true }),
  proof_replayed: () => prove(goodProof, { replay: { add: () => false } }),
  replay_store_unavailable: () => prove(goodProof, { replay: { add: fails } }),
}

async function refusalOf(way: () => unknown): Promise<EntraGuardError> {
  try {
    await way()
  } catch (error) {
    return error as EntraGuardError
  }
  throw new Error('it was accepted')
}

const rows = Object.entries(errorCatalogue)
const upToProof = rows.filter(([, { step }]) => step !== 'authorize')
const codes = (status: number): readonly string[] =>
  upToProof.filter(([, row]) => row.status === status).map(([code]) => code)
const page = (code: string): string =>
  readFileSync(new URL(`../../../../docs/errors/${code}.md`, import.meta.url), 'utf8')

describe('every refusal up to the step proof', () => {
  it('has a way to it here', () => {
    expect(Object.keys(ways)).toEqual(upToProof.map(([code]) => code))
  })

  it.each(upToProof)('%s is reached, with the step, status and texts of the catalogue', async (code, row) => {
    const way = ways[code]
    if (way === undefined) throw new Error('no way')
    const error = await refusalOf(way)
    expect(error).toMatchObject({ name: 'EntraGuardError', code, ...row })
  })

  it.each(upToProof)('%s holds no token and no signature', async (code) => {
    const error = await refusalOf(ways[code] ?? (() => undefined))
    const [header = '', payload = '', signature = ''] = (await issue()).split('.')
    const { message, hint, details, stack, challenge } = error
    const text = JSON.stringify({ message, hint, details, stack, challenge, error })
    for (const part of [header, payload, signature, String(claims['sub'])]) expect(text).not.toContain(part)
  })

  it.each(upToProof)('%s has a page: what happened, why, what to do', (code, { step, status }) => {
    const text = page(code)
    expect(text).toMatch(new RegExp(`^# ${code}\n`))
    expect(text).toContain(`Step \`${step}\`, status ${status}`)
    const headings = [...text.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading)
    expect(headings).toEqual(['What happened', 'Why', 'What to do'])
    for (const part of text.split(/^## .*$/m).slice(1)) expect(part.trim().length).toBeGreaterThan(40)
    // Links lead to pages that exist.
    for (const [, target = ''] of text.matchAll(/\]\(([\w-]+)\.md\)/g)) expect(page(target)).toContain(target)
  })

  it('tells who must act: 400 and 401 the caller, 403 an administrator, 503 the network', () => {
    expect(codes(400)).toEqual(['request_malformed'])
    expect(codes(403)).toEqual(['tenant_refused', 'permissions_missing', 'check_failed'])
    expect(codes(503)).toEqual([
      'metadata_unavailable',
      'metadata_invalid',
      'keys_unavailable',
      'check_unavailable',
      'replay_store_unavailable',
    ])
  })
})

describe('the catalogue', () => {
  it('has whole sentences, for every code', () => {
    for (const [, { message, hint }] of rows) {
      expect(message).toMatch(/^[A-Z].*\.$/)
      expect(hint).toMatch(/^\w.*\.$/)
    }
  })

  it('cannot be changed', () => {
    const catalogue = errorCatalogue as Record<EntraGuardErrorCode, { status: number }>
    expect(() => {
      catalogue.signature_invalid.status = 200
    }).toThrow(TypeError)
  })
})
