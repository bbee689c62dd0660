import { clouds, type CloudName } from '../directory/clouds.ts'
import type { Policy } from '../directory/registrations.ts'
import { selfSignedCertificate } from './certificate.ts'
import { digest, toBase64, toBase64url } from '../values/encoding.ts'
import { isEither, isLike, isOneOf, type Check } from '../values/shape.ts'

/**
 * The set of keys that signs a token. Entra has one for each cloud, one for personal accounts, one for External ID, one
 * for each kind of B2C policy, and one for each application with its own key. No document lists the keys of `unknown`.
 */
export type KeyRingName =
  | CloudName
  | 'personal'
  | 'externalId'
  | 'b2cUserFlow'
  | 'b2cCustomPolicy'
  | `app:${string}`
  | 'unknown'

export const isKeyRing: Check = isEither(
  [
    isOneOf(...Object.keys(clouds), 'personal', 'externalId', 'b2cUserFlow', 'b2cCustomPolicy', 'unknown'),
    isLike(/^app:/, 'the ring of an app'),
  ],
  `${Object.keys(clouds).join(', ')}, personal, externalId, b2cUserFlow, b2cCustomPolicy, unknown, or app: and a client id`,
)

/** User flows and custom policies have different keys. */
export const b2cRing = (policy: Policy): KeyRingName =>
  policy.name.toLowerCase().startsWith('b2c_1a_') ? 'b2cCustomPolicy' : 'b2cUserFlow'

/** One RSA key with which the emulator signs. */
export interface SigningKey {
  readonly kid: string
  readonly ring: KeyRingName
  readonly keys: CryptoKeyPair
  readonly n: string
  readonly e: string
  /** Base64 DER, as in `x5c`; B2C's keys have none. */
  readonly certificate: string | undefined
  /** Seconds since the epoch: the start of the certificate, or B2C's `nbf`. */
  readonly notBefore: number
}

const YEAR = 365 * 86_400
const AGE = 20 * 86_400

function certificateName(ring: KeyRingName): string {
  if (ring === 'personal') return 'Live ID STS Signing Public Key'
  if (ring === 'usgov' || ring === 'china') return clouds[ring].certificateName
  if (ring.startsWith('app:')) return 'Microsoft Azure Federated SSO Certificate'
  return clouds.public.certificateName
}

async function generate(ring: KeyRingName): Promise<SigningKey> {
  const algorithm = {
    name: 'RSASSA-PKCS1-v1_5',
    modulusLength: 2048,
    publicExponent: Uint8Array.of(1, 0, 1),
    hash: 'SHA-256',
  }
  // Extractable, because an attacker's token may sign with the same key under another algorithm.
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const { n = '', e = '' } = await crypto.subtle.exportKey('jwk', keys.publicKey)
  const notBefore = Math.floor(Date.now() / 1000) - AGE
  if (ring === 'b2cUserFlow' || ring === 'b2cCustomPolicy') {
    const kid = toBase64url(await digest('SHA-256', n))
    return { kid, ring, keys, n, e, certificate: undefined, notBefore }
  }
  const name = certificateName(ring)
  const certificate = await selfSignedCertificate({ name, keys, notBefore, notAfter: notBefore + 5 * YEAR })
  const kid = toBase64url(await digest('SHA-1', certificate))
  return { kid, ring, keys, n, e, certificate: toBase64(certificate), notBefore }
}

// workerd binds a promise to the request that made it; there each caller generates, and the first one wins.
const sharesPromises = globalThis.navigator?.userAgent !== 'Cloudflare-Workers'

const firstKeys = new Map<KeyRingName, SigningKey>()
const pending = new Map<KeyRingName, Promise<SigningKey>>()

async function firstKey(ring: KeyRingName): Promise<SigningKey> {
  const known = firstKeys.get(ring)
  if (known !== undefined) return known
  const generated = await (sharesPromises ? sharedGeneration(ring) : generate(ring))
  const first = firstKeys.get(ring) ?? generated
  firstKeys.set(ring, first)
  return first
}

function sharedGeneration(ring: KeyRingName): Promise<SigningKey> {
  let promise = pending.get(ring)
  if (promise === undefined) {
    promise = generate(ring).finally(() => pending.delete(ring))
    pending.set(ring, promise)
  }
  return promise
}

/** The keys of one emulator: the first key of each ring is shared by the whole process, later ones are its own. */
export interface SigningKeys {
  /** The key that signs now. */
  current(ring: KeyRingName): Promise<SigningKey>
  /** The keys that the documents show. */
  published(ring: KeyRingName): Promise<readonly SigningKey[]>
  find(kid: string): SigningKey | undefined
  rotate(ring: KeyRingName, options?: RotateOptions): Promise<SigningKey>
  retire(kid: string): void
  restore(kid: string): void
  /** The rings that have signed something. */
  used(): readonly KeyRingName[]
  /** Every key so far, ring by ring, oldest first. */
  states(): readonly SigningKeyState[]
}

/** One thing that happened to a signing key. */
export interface SigningKeyEvent {
  /** The time of the event in milliseconds since the epoch, by the emulator's clock. */
  readonly at: number
  /**
   * `added`: the key was created. `rotated`: another key signs from now on. `retired`, `restored`: the documents no
   * longer list it, or list it again.
   */
  readonly what: 'added' | 'rotated' | 'retired' | 'restored'
}

/** One signing key and its history. */
export interface SigningKeyState {
  readonly kid: string
  /** The set that the key belongs to. */
  readonly ring: KeyRingName
  /** Whether it signs the tokens of its ring now. */
  readonly signs: boolean
  /** Whether the documents list it. */
  readonly published: boolean
  /** Oldest first. */
  readonly events: readonly SigningKeyEvent[]
}

/** How a new key appears. */
export interface RotateOptions {
  /** `false`: the new key signs, but no document lists it until `restoreKey(kid)`, as when replicas lag behind. */
  readonly published?: boolean | undefined
  /** `true`: the new key has the `kid` of the old one and replaces it in the documents. */
  readonly reuseKid?: boolean | undefined
}

export function createSigningKeys(now: () => number): SigningKeys {
  const rings = new Map<KeyRingName, SigningKey[]>()
  const hidden = new Set<string>()
  const events = new Map<string, SigningKeyEvent[]>()

  function note(kid: string, what: SigningKeyEvent['what']): void {
    events.set(kid, [...(events.get(kid) ?? []), { at: now(), what }])
  }

  async function load(ring: KeyRingName): Promise<SigningKey[]> {
    const known = rings.get(ring)
    if (known !== undefined) return known
    const first = await firstKey(ring)
    const loaded = rings.get(ring)
    if (loaded !== undefined) return loaded
    const keys = [first]
    rings.set(ring, keys)
    note(first.kid, 'added')
    return keys
  }

  async function current(ring: KeyRingName): Promise<SigningKey> {
    const keys = await load(ring)
    return keys.at(-1) ?? firstKey(ring)
  }

  function find(kid: string): SigningKey | undefined {
    return [...rings.values()].flat().findLast((key) => key.kid === kid)
  }

  function requireKnown(kid: string): string {
    if (find(kid) === undefined)
      throw new TypeError(`No signing key of this emulator has the kid ${JSON.stringify(kid)}`)
    return kid
  }

  async function rotate(ring: KeyRingName, options: RotateOptions = {}): Promise<SigningKey> {
    const previous = await current(ring)
    const generated = await generate(ring)
    const keys = await load(ring)
    note(previous.kid, 'rotated')
    if (options.reuseKid === true) {
      const replacement = { ...generated, kid: previous.kid }
      keys.splice(keys.indexOf(previous), 1, replacement)
      note(replacement.kid, 'added')
      return replacement
    }
    keys.push(generated)
    note(generated.kid, 'added')
    if (options.published === false) hide(generated.kid)
    return generated
  }

  function hide(kid: string): void {
    hidden.add(requireKnown(kid))
    note(kid, 'retired')
  }

  function show(kid: string): void {
    hidden.delete(requireKnown(kid))
    note(kid, 'restored')
  }

  const stateOf = ({ kid, ring }: SigningKey, keys: readonly SigningKey[]): SigningKeyState => ({
    kid,
    ring,
    signs: keys.at(-1)?.kid === kid,
    published: !hidden.has(kid) && ring !== 'unknown',
    events: events.get(kid) ?? [],
  })

  return {
    current,
    find,
    rotate,
    published: async (ring) => (await load(ring)).filter((key) => !hidden.has(key.kid)),
    retire: hide,
    restore: show,
    used: () => [...rings.keys()],
    states: () => [...rings.values()].flatMap((keys) => keys.map((key) => stateOf(key, keys))),
  }
}
