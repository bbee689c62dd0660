import { bundle, coreForAdapters } from '../../scripts/bundle.mjs'
import type { Section } from './report.ts'

/** What each is for a Worker that checks tokens with it: what is imported, and nothing else. */
const entries: ReadonlyArray<readonly [string, string]> = [
  ['core with jose, as an adapter uses it', coreForAdapters],
  [
    '@entraguard/hono with core and jose',
    "export { entraGuard, requireAccess } from '@entraguard/hono'\nexport { createVerifier } from '@entraguard/core'",
  ],
  [
    'jose: jwtVerify, createRemoteJWKSet',
    "export { jwtVerify } from 'jose/jwt/verify'\nexport { createRemoteJWKSet } from 'jose/jwks/remote'",
  ],
  ['hono/jwk', "export { jwk } from 'hono/jwk'"],
  ['aws-jwt-verify: JwtVerifier', "export { JwtVerifier } from 'aws-jwt-verify'"],
  ['fast-jwt: createVerifier', "export { createVerifier } from 'fast-jwt'"],
  ['jsonwebtoken', "export { default } from 'jsonwebtoken'"],
  ['jwks-rsa', "export { default } from 'jwks-rsa'"],
  ['express-oauth2-jwt-bearer', "export { auth } from 'express-oauth2-jwt-bearer'"],
  ['passport-azure-ad', "export { BearerStrategy } from 'passport-azure-ad'"],
]

/** Bytes for an edge platform, made as scripts/figures.mjs makes them. */
export async function sizeSection(): Promise<Section> {
  const rows: Array<readonly string[]> = []
  for (const [name, contents] of entries) {
    const size = await sizeOf(contents)
    rows.push([name, kilobytes(size?.bytes), kilobytes(size?.gzip)])
  }
  return {
    title: 'Bundles for the edge',
    text: 'Bundled by esbuild, minified, with the conditions of workerd and tree shaking. “–” cannot be bundled for an edge runtime, because it needs Node modules. The bundles do not do the same: Entraguard also reads metadata, keeps keys and tokens, checks the claims of Entra ID and writes challenges. A kB is 1,000 bytes.',
    head: ['what', 'min', 'gzip'],
    rows,
  }
}

async function sizeOf(contents: string): Promise<{ bytes: number; gzip: number } | undefined> {
  try {
    return await bundle({
      stdin: { contents, resolveDir: import.meta.dirname },
      logLevel: 'silent',
    })
  } catch (error) {
    if (error instanceof Error && /Could not resolve "(?:node:)?\w+/.test(error.message)) return undefined
    throw error
  }
}

function kilobytes(bytes: number | undefined): string {
  return bytes === undefined ? '–' : `${(bytes / 1000).toFixed(1)} kB`
}
