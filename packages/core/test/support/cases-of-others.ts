import { expect, it } from 'vitest'

import type { EntraGuardErrorCode, VerifierOptions } from '../../src/index.ts'
import type { DpopOptions } from '../../src/pop.ts'
import type { Members } from './issuer.ts'
import { outcomeOf } from './outcome.ts'
import { holder, issueBound, popVerifier, prove, scope, withProof, type Holder } from './prover.ts'

/*
 * What the suites of other projects ask of a server, as facts: what is sent, and what they expect. Read in 2026:
 *   Auth0      auth0/node-oauth2-jwt-bearer, packages/access-token-jwt/test
 *   MCP        modelcontextprotocol/conformance, src/scenarios/server/auth/dpop.ts
 *   Microsoft  AzureAD/azure-activedirectory-identitymodel-extensions-for-dotnet, test/Microsoft.IdentityModel.Dpop.Tests
 *   Nimbus     Connect2id oauth2-oidc-sdk, DPoPProtectedResourceRequestVerifierTest
 *   oauth4webapi   panva/oauth4webapi, test/jwt_access_token.test.ts
 *   oidc-provider  panva/node-oidc-provider, test/dpop
 *   Spring     spring-projects/spring-security, DPoPProofJwtDecoderFactoryTests and DPoPAuthenticationConfigurerTests
 */

type Outcome = 'accepted' | EntraGuardErrorCode

/** One case. */
export interface Case {
  readonly what: string
  /** Whose. */
  readonly of: string
  /** What they expect. */
  readonly theirs: 'accepts' | 'refuses'
  /** What is expected here. */
  readonly ours: Outcome
  readonly send: Attempt
  /** Why not what they expect; the RFC decides. */
  readonly because: string | undefined
}

/** What differs from a good `GET /orders`. */
export interface Attempt {
  readonly by?: Holder
  /** Claims of the access token. */
  readonly token?: Members
  readonly claims?: Members
  readonly header?: Members
  /** In the place of the proof. */
  readonly proof?: (token: string, good: string) => unknown
  readonly authorization?: (token: string) => unknown
  readonly request?: Partial<{ method: string; url: string }>
  readonly dpop?: Partial<DpopOptions>
  readonly verifier?: Partial<VerifierOptions>
}

/** What becomes of an attempt, at a server of its own. */
export async function attempt(sent: Attempt): Promise<Outcome> {
  const { by = holder, claims, header, request } = sent
  const token = await issueBound(by, sent.token)
  const good = prove(token, claims, header, by)
  const proof = sent.proof === undefined ? good : sent.proof(token, good)
  const authorization = sent.authorization === undefined ? `DPoP ${token}` : sent.authorization(token)
  const verifier = popVerifier(sent.dpop, sent.verifier)
  return await outcomeOf(
    verifier.authenticate(authorization as string, scope, withProof(proof as string, request)),
  )
}

/** Rows of one owner and one verdict. */
export const cases = (
  of: string,
  ours: Outcome,
  rows: Readonly<Record<string, Attempt>>,
  because?: string,
): readonly Case[] =>
  Object.entries(rows).map(([what, send]) => {
    const agreed = ours === 'accepted' ? 'accepts' : 'refuses'
    const theirs = because === undefined ? agreed : agreed === 'accepts' ? 'refuses' : 'accepts'
    return { what, of, theirs, ours, send, because }
  })

/** A test for each row. */
export function testCases(rows: readonly Case[]): void {
  const sentences = rows.map((row): readonly [string, Case] => [
    `${row.what}: ${row.ours} (${row.of} ${row.theirs}${row.because === undefined ? '' : `, but ${row.because}`})`,
    row,
  ])
  it.each(sentences)('%s', async (_sentence, { send, ours }) => {
    expect(await attempt(send)).toBe(ours)
  })
}
