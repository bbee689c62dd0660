// What runs in every runtime: nothing here, nor in what it imports, needs Node.
import { createVerifier, type Access, type VerifierOptions } from '@entraguard/core'
import { verifyWithJwks } from 'hono/jwt'
import { createLocalJWKSet, jwtVerify } from 'jose'
import type { JWK } from 'jose'

export interface Contestant {
  readonly name: string
  /** Rejects or throws for a token that it does not accept. Adds no promise of its own: each would be measured too. */
  readonly check: (token: string) => unknown
  /** Tokens of its own, where it does not share those of the others. */
  readonly tokens?: readonly string[]
}

/** What every contestant is given: the same issuer, audience and key set. */
export interface Facts {
  readonly issuer: string
  readonly audience: string
  readonly tenantId: string
  readonly jwks: { readonly keys: readonly JWK[] }
  /** The key that signed the tokens. */
  readonly jwk: JWK
  readonly fetch: (url: string, init?: RequestInit) => Promise<Response>
}

/** Fewer places than there are tokens, so that a new token is new in every turn. */
export function verifierOptions({ tenantId, audience, fetch }: Facts): VerifierOptions {
  return { tenants: tenantId, audience, fetch, tokenCache: 1000 }
}

export function entraguard(options: Readonly<Record<string, VerifierOptions>>): readonly Contestant[] {
  return Object.entries(options).map(([name, of]) => {
    const verifier = createVerifier(of)
    return { name, check: (token) => verifier.verify(token) }
  })
}

/** The parts of a token that a signature check needs, as bytes. */
export function split(token: string): [Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>] {
  const end = token.lastIndexOf('.')
  const [data, signature] = [token.slice(0, end), token.slice(end + 1)]
  return typeof Buffer === 'undefined'
    ? [new TextEncoder().encode(data), fromBase64url(signature)]
    : [Buffer.from(data, 'latin1'), Buffer.from(signature, 'base64url')]
}

function fromBase64url(text: string): Uint8Array<ArrayBuffer> {
  return (
    Uint8Array as unknown as {
      fromBase64(text: string, options: object): Uint8Array<ArrayBuffer>
    }
  ).fromBase64(text, { alphabet: 'base64url' })
}

export function expectGood(good: boolean): void {
  if (!good) throw new Error('bad signature')
}

export async function bareWebCrypto({ jwk }: Facts): Promise<Contestant> {
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('jwk', { ...jwk }, algorithm, false, ['verify'])
  return {
    name: 'bare subtle.verify',
    check: async (token) => {
      const [data, signature] = split(token)
      expectGood(await crypto.subtle.verify(algorithm, key, signature, data))
    },
  }
}

export function defaultEngine(facts: Facts): readonly Contestant[] {
  const options = verifierOptions(facts)
  return [
    ...entraguard({
      Entraguard: options,
      'Entraguard, no token cache': { ...options, tokenCache: false },
    }),
    ...requests(options),
  ]
}

/** From the header to the decision, as adapters ask; the second row is what a listener for every request costs. */
function requests(options: VerifierOptions): readonly Contestant[] {
  const counts = new Map<string, number>()
  const onEvent: VerifierOptions['onEvent'] = ({ type }) => {
    counts.set(type, (counts.get(type) ?? 0) + 1)
  }
  const access: Access = { scopes: ['Orders.Read'] }
  return Object.entries({
    'Entraguard, header and rule': options,
    'Entraguard, header and rule, with a listener': { ...options, onEvent },
  }).map(([name, of]) => {
    const verifier = createVerifier(of)
    return { name, check: (token) => verifier.authenticate(`Bearer ${token}`, access) }
  })
}

/** Issuer, audience, expiry and algorithm are checked by every contestant that can. */
export function joseLocal({ issuer, audience, jwks }: Facts): Contestant {
  const rules = { issuer, audience, algorithms: ['RS256'] }
  const keys = createLocalJWKSet({ keys: [...jwks.keys] })
  return { name: 'jose, local keys', check: (token) => jwtVerify(token, keys, rules) }
}

export function honoJwk({ issuer, audience, jwks }: Facts): Contestant {
  const keys = jwks.keys.map((key) => ({ ...key, alg: 'RS256' })) as NonNullable<
    Parameters<typeof verifyWithJwks>[1]['keys']
  >
  return {
    name: 'hono/jwk, given keys',
    check: (token) =>
      verifyWithJwks(token, {
        keys,
        allowedAlgorithms: ['RS256'],
        verification: { iss: issuer, aud: audience },
      }),
  }
}

export async function portableContestants(facts: Facts): Promise<readonly Contestant[]> {
  return [await bareWebCrypto(facts), ...defaultEngine(facts), joseLocal(facts), honoJwk(facts)]
}
