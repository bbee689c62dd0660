import { readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { createVerifier, EntraGuardError, type Verifier } from '../../src/index.ts'
import { nodeSignature } from '../../src/node.ts'

interface RealToken {
  readonly token: string
  readonly payload: { readonly aud: string; readonly tid: string; readonly iat: number; readonly oid: string }
  readonly jwk: { readonly kid: string }
}

const { tokens } = JSON.parse(
  readFileSync(new URL('../fixtures/real-tokens.json', import.meta.url), 'utf8'),
) as {
  tokens: [RealToken]
}
const [{ token, payload, jwk }] = tokens
const host = `https://login.microsoftonline.com/${payload.tid}`

async function identityProvider(url: string): Promise<Response> {
  return url.endsWith('openid-configuration')
    ? Response.json({ issuer: `${host}/v2.0`, jwks_uri: `${host}/discovery/v2.0/keys` })
    : Response.json({ keys: [jwk] })
}

function verifierAt(seconds: number, signature?: typeof nodeSignature): Verifier {
  return createVerifier({
    tenants: payload.tid,
    audience: payload.aud,
    fetch: identityProvider,
    now: () => seconds * 1000,
    ...(signature !== undefined && { signature }),
  })
}

describe.each([
  ['WebCrypto', undefined],
  ['node:crypto', nodeSignature],
])('a v1.0 token that Entra ID issued in 2016, checked by %s', (_engine, signature) => {
  it('is accepted in its time, with the key that signed it', async () => {
    const identity = await verifierAt(payload.iat + 60, signature).verify(token)
    expect(identity.kind).toBe('user')
    expect(identity.key).toBe(`${payload.tid}.${payload.oid}`)
    expect(identity.scopes).toEqual(['user_impersonation'])
    expect(identity.clientAuthentication).toBe('secret')
  })

  it('is refused as expired today', async () => {
    await expect(verifierAt(1_790_000_000, signature).verify(token)).rejects.toMatchObject({
      code: 'token_expired',
    })
  })

  it('is refused after any one character of it is changed', async () => {
    const verifier = verifierAt(payload.iat + 60, signature)
    await verifier.verify(token)
    const accepted: number[] = []
    for (let index = 0; index < token.length; index++) {
      const replacement = token[index] === 'A' ? 'B' : 'A'
      const changed = token.slice(0, index) + replacement + token.slice(index + 1)
      const outcome: unknown = await verifier.verify(changed).catch((error: unknown) => error)
      if (!EntraGuardError.is(outcome)) accepted.push(index)
    }
    expect(accepted).toEqual([])
  })
})
