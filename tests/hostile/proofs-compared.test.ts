import { createVerifier, EntraGuardError, type Verifier } from '@entraguard/core'
import { dpop } from '@entraguard/core/pop'
import { createEmulator } from '@entraguard/emulator'
import { calculateJwkThumbprint, EmbeddedJWK, exportJWK, generateKeyPair, jwtVerify, type JWK } from 'jose'
import { expect, it } from 'vitest'

/* A thousand proofs, each signed for real and with something changed before: two implementations that share nothing judge. */
const origin = 'https://api.contoso.com'
const htu = `${origin}/orders`
const algorithms = ['ES256', 'RS256', 'EdDSA'] as const
const rounds = 1000

type Members = Record<string, unknown>

interface Holder {
  readonly alg: (typeof algorithms)[number]
  readonly publicJwk: JWK
  readonly privateJwk: JWK
  readonly jkt: string
  readonly token: string
  readonly tokenHash: string
  sign(input: string): Promise<Uint8Array>
}

const base64url = (value: Uint8Array | string): string => Buffer.from(value).toString('base64url')
const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text)
const sha256 = async (text: string): Promise<string> =>
  base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes(text))))

const signing = {
  ES256: { name: 'ECDSA', hash: 'SHA-256' },
  RS256: 'RSASSA-PKCS1-v1_5',
  EdDSA: 'Ed25519',
} as const

/** The same numbers in every run (mulberry32). */
function createDice(seed: number): <T>(values: readonly T[]) => T {
  let state = seed
  return (values) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return values[((mixed ^ (mixed >>> 14)) >>> 0) % values.length]!
  }
}

const names = {
  header: ['typ', 'alg', 'jwk', 'crit', 'b64', 'kid', 'x5c', 'jku', 'cty', 'zip'],
  payload: ['jti', 'htm', 'htu', 'iat', 'ath', 'nonce', 'exp', 'nbf', 'iss', 'aud'],
  jwk: ['kty', 'crv', 'x', 'y', 'n', 'e', 'd', 'k', 'p', 'use', 'key_ops', 'alg', 'kid', 'oth'],
} as const

const words =
  'GET get POST ES256 RS256 HS256 none dpop+jwt DPoP+JWT JWT sig enc AQAB AAEAAQ Aw P-256 Ed25519 EC OKP RSA'
const addresses = `${htu} ${htu}?a ${htu}#a ${htu}/ ${origin}//orders ${origin}/./orders ${origin}:443/orders ${origin}
  HTTPS://API.CONTOSO.COM/orders http://api.contoso.com/orders https://evil.example/orders`
const others = [undefined, null, '', 0, 1, -1, true, 1e300, [], {}, ['verify'], ['sign']]
const values: readonly unknown[] = [...words.split(' '), ...addresses.split(/\s+/), ...others]

async function createHolders(): Promise<{
  readonly verifier: Verifier
  readonly holders: readonly Holder[]
}> {
  const entra = await createEmulator()
  const verifier = createVerifier({
    ...entra.verifierOptions(),
    bound: dpop({ origin, algorithms: ['ES256', 'RS256', 'EdDSA'] }),
  })
  const create = async (alg: Holder['alg']): Promise<Holder> => {
    const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
    const publicJwk = await exportJWK(publicKey)
    const jkt = await calculateJwkThumbprint(publicJwk)
    const token = await entra.issueUserToken({ boundTo: { jkt } })
    const sign = async (input: string): Promise<Uint8Array> =>
      new Uint8Array(await crypto.subtle.sign(signing[alg], privateKey, bytes(input)))
    const privateJwk = await exportJWK(privateKey)
    return { alg, publicJwk, privateJwk, jkt, token, tokenHash: await sha256(token), sign }
  }
  return { verifier, holders: await Promise.all([...algorithms, ...algorithms].map(create)) }
}

/** A proof with none, one or two members changed, and what was. */
async function makeProof(
  dice: ReturnType<typeof createDice>,
  own: Holder,
  other: Holder,
): Promise<{ readonly proof: string; readonly changes: string }> {
  const now = Math.floor(Date.now() / 1000)
  const jwk: Members = { ...own.publicJwk }
  const header: Members = { typ: 'dpop+jwt', alg: own.alg, jwk }
  const payload: Members = { jti: crypto.randomUUID(), htm: 'GET', htu, iat: now, ath: own.tokenHash }
  const parts = { header, payload, jwk }
  const changes: string[] = []
  for (let left = dice([0, 1, 1, 1, 2]); left > 0; left -= 1) {
    const part = dice(['header', 'payload', 'jwk'] as const)
    const name = dice<string>(names[part])
    const times = [-1000, -310, -290, 290, 310, 1000].map((away) => now + away)
    const secrets = Reflect.get(dice([own.privateJwk, other.publicJwk]), name)
    const value = dice([dice(values), dice(values), secrets, ...(/iat|exp|nbf/.test(name) ? times : [])])
    if (value === undefined) delete parts[part][name]
    else parts[part][name] = value
    changes.push(`${part}.${name} = ${JSON.stringify(value)}`)
  }
  const input = `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify(payload))}`
  const signer = dice([own, own, own, own, own, own, own, own, own, other])
  const signature = await signer.sign(input)
  const shown = dice([...Array<Uint8Array>(20).fill(signature), new Uint8Array(signature.length)])
  if (signer !== own) changes.push('signed by another')
  if (shown !== signature) changes.push('a signature of zeros')
  return { proof: `${input}.${base64url(shown)}`, changes: `${own.alg}: ${changes.join(', ')}` }
}

const verdictOf = async (verifier: Verifier, { token }: Holder, proof: string): Promise<string> =>
  verifier
    .authenticate(`DPoP ${token}`, undefined, { request: { method: 'GET', url: '/orders?all', proof } })
    .then(
      () => 'accepted',
      (error: unknown) => String(EntraGuardError.is(error) ? (error.details['reason'] ?? error.code) : error),
    )

/** The same by jose, and by the plainest reading of RFC 9449 §4.3. */
async function isProof(proof: string, { jkt, tokenHash }: Holder): Promise<boolean> {
  try {
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
      typ: 'dpop+jwt',
      algorithms: [...algorithms],
      requiredClaims: ['jti', 'htm', 'htu', 'iat'],
      clockTolerance: 60,
    })
    const { jti, iat = 0, ...claims } = payload
    const address = new URL(String(claims['htu']))
    address.search = ''
    address.hash = ''
    return (
      typeof jti === 'string' &&
      jti !== '' &&
      claims['htm'] === 'GET' &&
      typeof claims['htu'] === 'string' &&
      address.href === htu &&
      Math.abs(Date.now() / 1000 - iat) <= 300 &&
      claims['ath'] === tokenHash &&
      (await calculateJwkThumbprint(protectedHeader.jwk ?? {})) === jkt
    )
  } catch {
    return false
  }
}

/** Where jose takes what nobody has to send. */
const stricter = new Set([
  'the key has a private member',
  'the header demands an extension (b64)',
  'proof_replayed',
])

it('takes no proof that jose refuses, and refuses none that it takes but for a known reason', async () => {
  const { verifier, holders } = await createHolders()
  const dice = createDice(20_261_129)
  const found: string[] = []
  const counts = { accepted: 0, refused: 0 }
  for (let round = 0; round < rounds; round += 1) {
    const [own, other] = [dice(holders), dice(holders)]
    const { proof, changes } = await makeProof(dice, own, other)
    const [verdict, expected] = [await verdictOf(verifier, own, proof), await isProof(proof, own)]
    const accepted = verdict === 'accepted'
    counts[accepted ? 'accepted' : 'refused'] += 1
    if (accepted !== expected && !(expected && stricter.has(verdict)))
      found.push(`${changes}: ${verdict}, jose ${expected ? 'accepts' : 'refuses'}`)
  }
  expect(found).toEqual([])
  expect(Math.min(counts.accepted, counts.refused)).toBeGreaterThan(rounds / 5)
})
