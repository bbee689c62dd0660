import { invalidProof } from './refusal.ts'
import { Nonces, type NonceOptions } from './nonces.ts'
import { importProofKey, isSignedBy, readProofKey, sha256, thumbprintOf, type ProofKey } from './proof-key.ts'
import { parseProof, readProof, type DpopAlgorithm, type UnverifiedProof } from './proof.ts'
import { ReplayMemory, sharedReplay, type ReplayCheck, type ReplayStore } from './replay.ts'
import { readOrigin, targetOfProof, targetOfRequest, type PublicAddress } from './target.ts'
import type { Binding, BoundToken } from '../bound-tokens.ts'
import type { Bound } from '../claims/confirmation.ts'
import { EntraGuardError } from '../errors/errors.ts'
import { finite, flag, rejectUnknown, wholeNumber } from '../options/option-values.ts'
import { isOfOneRequest, type ProofRequest } from '../proof-request.ts'
import { member, type JsonObject } from '../token/strict-json.ts'

/** Options of {@link dpop}. They are copied. */
export interface DpopOptions {
  /**
   * The public address of this API, as its clients write it: `https://api.contoso.com`. A proof is for one address, and
   * the `Host` header cannot be trusted, because the caller sets it. If a proxy removes a prefix from the path, include
   * it: `https://gateway.contoso.com/orders`. http is allowed for this machine only.
   */
  readonly origin: string
  /** Refuses plain bearer tokens. Default false. */
  readonly required?: boolean | undefined
  /**
   * How many seconds the `iat` of a proof may differ from the clock of this server, in either direction: 5 to 3600.
   * Default 300.
   */
  readonly maxAge?: number | undefined
  /**
   * Where used proofs are remembered: a number, for the memory of this process (default 1,000,000 proofs), or a store
   * that several processes share. When the memory is full or the store fails, requests with proofs are refused with
   * 503.
   */
  readonly replay?: number | ReplayStore | undefined
  /**
   * Requires a nonce of this API in every proof. Default false, because not every client supports nonces; MSAL does
   * not.
   */
  readonly nonce?: boolean | NonceOptions | undefined
  /** The algorithms that proofs may be signed with. Default ES256. */
  readonly algorithms?: readonly [DpopAlgorithm, ...DpopAlgorithm[]] | undefined
}

interface Rules {
  readonly address: PublicAddress
  /** Milliseconds. */
  readonly maxAge: number
  readonly replay: ReplayCheck
  readonly nonces: Nonces | undefined
  readonly algorithms: readonly DpopAlgorithm[]
}

/**
 * Makes a verifier accept access tokens that are bound to a key by DPoP (RFC 9449): pass the result as the option
 * `bound`. Experimental: no such token from Microsoft's live service has been seen yet.
 *
 * Every request carries a proof that its sender signed for this request, so a stolen token is of no use. Create one for
 * each API and keep it, because it remembers the proofs that were used.
 *
 * @throws {TypeError} for options that are missing, unknown or malformed.
 * @see https://www.rfc-editor.org/rfc/rfc9449
 *
 * @example
 * ```ts
 * const verifier = createVerifier({ tenants, audience, bound: dpop({ origin: 'https://api.contoso.com' }) })
 * ```
 */
export function dpop(options: DpopOptions): Binding {
  const { required, ...rules } = readRules(options)
  const known = new WeakMap<Bound, KnownHolder>()
  const proven = new WeakMap<ProofRequest, Proven>()
  return Object.freeze<Binding>({
    by: 'dpop',
    scheme: 'dpop',
    required,
    algorithms: rules.algorithms,
    prove: (token) => proveOnce(token, proven, () => checkProof(token, rules, known)),
  })
}

/** What was found out about the holder of a token with its first good proof. */
interface KnownHolder {
  readonly key: ProofKey
  readonly cryptoKey: CryptoKey
  /** SHA-256 of the access token. */
  readonly tokenHash: string
}

/** A request that is being proved, or was. */
interface Proven {
  readonly token: string
  readonly work: Promise<void>
}

/** A proof is good once, and one request may have several guards. */
function proveOnce(
  { request, token }: BoundToken,
  proven: WeakMap<ProofRequest, Proven>,
  prove: () => Promise<void>,
): Promise<void> {
  if (!isOfOneRequest(request)) return prove()
  const before = proven.get(request)
  if (before?.token === token) return before.work
  const work = prove()
  proven.set(request, { token, work })
  return work
}

/** RFC 9449 §4.3, after the access token was accepted. */
async function checkProof(
  { token, bound, request, now }: BoundToken,
  rules: Rules,
  known: WeakMap<Bound, KnownHolder>,
): Promise<void> {
  const proof = parseProof(readProof(request), rules.algorithms)
  const holder = await holderOf(proof, token, bound, known.get(bound))
  const { claims, algorithm, signature, signedBytes } = proof
  // Before anything runs: where it throws, nobody would hear of what fails meanwhile.
  const id = readId(claims)
  // Both at once: each is a wait for another thread.
  const [isSigned, mark] = await Promise.all([
    isSignedBy(holder.cryptoKey, algorithm, signature, signedBytes),
    proofId(bound.thumbprint, id),
  ])
  if (!isSigned) throw invalidProof('the signature of the proof does not match')
  known.set(bound, holder)
  requireTarget(claims, request.method, request.url, rules.address)
  const until = requireFresh(claims, rules.maxAge, now)
  if (member(claims, 'ath') !== holder.tokenHash)
    throw invalidProof('ath is not the hash of the access token')
  if (rules.nonces !== undefined) await requireNonce(claims, rules.nonces, now)
  // Last: a proof that is refused for something else was not used.
  if ((await rules.replay.isNew(mark, until, now)) !== true) throw new EntraGuardError('proof_replayed')
}

/** The key of the proof, which is the one of the token, ready for use. @throws {EntraGuardError} `proof_invalid` */
async function holderOf(
  { key: jwk, algorithm }: UnverifiedProof,
  token: string,
  bound: Bound,
  known: KnownHolder | undefined,
): Promise<KnownHolder> {
  const key = readProofKey(jwk, algorithm)
  if (known !== undefined && isSameKey(key, known.key)) return known
  // Before anything is computed with it: the key that the token names cannot be chosen by whoever stole it.
  if ((await thumbprintOf(key)) !== bound.thumbprint)
    throw invalidProof('the key of the proof is not the key of the token')
  return { key, cryptoKey: await importProofKey(key), tokenHash: await sha256(token) }
}

function isSameKey(one: ProofKey, other: ProofKey): boolean {
  return (
    one.algorithm === other.algorithm &&
    Object.entries(one.members).every(([name, value]) => other.members[name] === value)
  )
}

/** RFC 9449 §4.3, checks 8 and 9. */
function requireTarget(claims: JsonObject, method: string, url: string, address: PublicAddress): void {
  const htm = member(claims, 'htm')
  if (htm !== method)
    throw invalidProof('htm is not the method of the request', { expected: method, actual: htm })
  const expected = targetOfRequest(url, address)
  const actual = targetOfProof(member(claims, 'htu'))
  if (actual === expected) return
  // Not the path: it may name a person.
  const named = new URL(actual).origin
  throw named === address.origin
    ? invalidProof('htu names another path than the request')
    : invalidProof('htu names another address than origin', { expected: address.origin, actual: named })
}

/** RFC 9449 §4.3, check 11. Until when the proof is good, in milliseconds. */
function requireFresh(claims: JsonObject, maxAge: number, now: number): number {
  const issued = seconds(claims, 'iat')
  if (issued === undefined) throw invalidProof('iat is missing')
  const age = now - issued * 1000
  if (Math.abs(age) > maxAge)
    throw invalidProof('iat is too far from the clock of this server', {
      expected: `at most ${maxAge / 1000} seconds`,
      actual: Math.round(age / 1000),
    })
  // No part of a proof, but who writes them means them (RFC 7519 §4.1.4 and §4.1.5).
  const [expires, notBefore] = [seconds(claims, 'exp'), seconds(claims, 'nbf')]
  if (expires !== undefined && now >= expires * 1000 + leeway) throw invalidProof('exp has passed')
  if (notBefore !== undefined && now < notBefore * 1000 - leeway) throw invalidProof('nbf is in the future')
  return issued * 1000 + maxAge
}

/** Milliseconds between two clocks. */
const leeway = 60_000

function seconds(claims: JsonObject, name: string): number | undefined {
  const value = member(claims, name)
  if (value === undefined) return undefined
  if (typeof value !== 'number' || !Number.isFinite(value)) throw invalidProof(`${name} is not a time`)
  return value
}

function readId(claims: JsonObject): string {
  const id = member(claims, 'jti')
  if (typeof id !== 'string' || id === '') throw invalidProof('jti is missing')
  return id
}

/** With its key: two clients may count their proofs, and meet. Hashed: a client chooses the length and the letters. */
async function proofId(thumbprint: string, id: string): Promise<Uint8Array> {
  const bytes = new TextEncoder().encode(`${thumbprint}.${id}`)
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
}

/** RFC 9449 §9, check 10. */
async function requireNonce(claims: JsonObject, nonces: Nonces, now: number): Promise<void> {
  if (await nonces.isGood(member(claims, 'nonce'), now)) return
  const nonce = await nonces.current(now)
  throw new EntraGuardError('proof_nonce_required', {
    challenge: { dpop: { algorithms: [], used: true, bearer: false, nonce } },
  })
}

const optionNames: ReadonlySet<string> = new Set([
  'origin',
  'required',
  'maxAge',
  'replay',
  'nonce',
  'algorithms',
])
const knownAlgorithms: readonly DpopAlgorithm[] = ['ES256', 'RS256', 'EdDSA']

function readRules(options: DpopOptions): Rules & { readonly required: boolean } {
  if (typeof options !== 'object' || options === null)
    throw new TypeError('dpop needs options: dpop({ origin: "https://api.contoso.com" })')
  rejectUnknown('option of dpop', options, optionNames)
  const { origin, required, maxAge = 300, replay = 1_000_000, nonce, algorithms = ['ES256'] } = options
  if (
    !Array.isArray(algorithms) ||
    algorithms.length === 0 ||
    !algorithms.every((one) => knownAlgorithms.includes(one))
  )
    throw new TypeError(`algorithms must be a list of ${knownAlgorithms.join(', ')}`)
  const window = finite('maxAge', maxAge, 5, 3600) * 1000
  const address = readOrigin(origin)
  return {
    address,
    required: flag('required', required),
    maxAge: window,
    replay: readReplay(replay, window),
    nonces: readNonces(nonce, address),
    algorithms: Object.freeze([...new Set(algorithms)]),
  }
}

function readReplay(replay: unknown, window: number): ReplayCheck {
  if (typeof replay === 'object' && replay !== null) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what it gives is checked at each call
    const store = replay as ReplayStore
    if (typeof store.add !== 'function') throw new TypeError('replay must have add(key, seconds)')
    return sharedReplay(store)
  }
  // A proof may be of the future: it is kept until it has come, and for as long again.
  return new ReplayMemory(wholeNumber('replay (or a store)', replay, 1, 10_000_000), 2 * window)
}

function readNonces(nonce: unknown, { origin }: PublicAddress): Nonces | undefined {
  if (nonce === undefined || typeof nonce === 'boolean')
    return nonce === true ? new Nonces(origin, undefined, 300) : undefined
  if (typeof nonce !== 'object' || nonce === null)
    throw new TypeError('nonce must be true, false or { secret, lifetime }')
  rejectUnknown('option nonce.', nonce, new Set(['secret', 'lifetime']))
  const { secret, lifetime = 300 }: NonceOptions = nonce
  if (secret !== undefined && (typeof secret !== 'string' || secret.length < 32))
    throw new TypeError('nonce.secret must be a string of at least 32 characters')
  return new Nonces(origin, secret, finite('nonce.lifetime', lifetime, 10, 3600))
}
