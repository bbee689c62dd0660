import { issueAppToken, issueUserToken } from './tokens/access-token.ts'
import { issueB2cToken } from './tokens/b2c-token.ts'
import { isMicrosoftHost } from './directory/clouds.ts'
import { createDirectory, type Directory } from './directory/directory.ts'
import { createDisturbances, type Disturbance } from './network/disturbances.ts'
import { answerFlow } from './flows/answer-flow.ts'
import { settleDevice } from './flows/device-endpoint.ts'
import { createGrants } from './flows/grants.ts'
import { answerGraph } from './services/graph.ts'
import { issueIdToken } from './tokens/id-token.ts'
import { readEmulatorOptions } from './directory/option-shapes.ts'
import type { EmulatorOptions } from './directory/options.ts'
import { notFound } from './http/responses.ts'
import { answerDocument, type HostedRequest } from './documents/document-endpoints.ts'
import { createSigningKeys, type KeyRingName, type RotateOptions } from './keys/signing-keys.ts'
import type {
  AppTokenOptions,
  B2cTokenOptions,
  IdTokenOptions,
  UserTokenOptions,
} from './tokens/token-options.ts'
import { Unreachable } from './http/unreachable.ts'
import type { World } from './world.ts'

/** One request that the emulator got, answered or not. */
export interface RequestRecord {
  readonly method: string
  /** With Microsoft's host name, however it came. */
  readonly url: string
}

/** What `createVerifier` needs in order to accept the tokens of the first tenant for the first app. */
export interface VerifierSettings {
  tenants: string
  audience: string[]
  /** Answers the addresses of Microsoft from memory. */
  fetch: typeof globalThis.fetch
  /** The clock of the emulator, in milliseconds since the epoch. */
  now: () => number
}

/** How `rotateKeys` is done, and whose keys. */
export interface RotateKeysOptions extends RotateOptions {
  /** Default: every ring that has signed a token or stood in a document, the public cloud's always. */
  readonly ring?: KeyRingName
}

/** A local Entra ID. */
export interface Emulator {
  /** Everything that it knows, with the defaults filled in. */
  readonly directory: Directory
  /** Answers Microsoft's real URLs, in memory. Never goes to the network: another host is a `TypeError`, as from `fetch`. */
  readonly fetch: typeof globalThis.fetch
  /** Options for `createVerifier`: the first workforce tenant, the first app, this `fetch` and this clock. */
  verifierOptions(): VerifierSettings
  /** An access token with delegated permissions. */
  issueUserToken(options?: UserTokenOptions): Promise<string>
  /** An access token of an application. */
  issueAppToken(options?: AppTokenOptions): Promise<string>
  /** An access token of a B2C policy. */
  issueB2cToken(options?: B2cTokenOptions): Promise<string>
  /** An ID token, which an API must refuse. */
  issueIdToken(options?: IdTokenOptions): Promise<string>
  /** A new key signs from now on. The old one stays in the documents until `retireKey`. */
  rotateKeys(options?: RotateKeysOptions): Promise<{ readonly kid: string; readonly previousKid: string }>
  /** Takes a key out of every document. Tokens that it signed stay as they are. */
  retireKey(kid: string): void
  /** Shows a retired key again, as the live service does when its replicas disagree. */
  restoreKey(kid: string): void
  /** From now on every request fails as if nothing listened. */
  goOffline(): void
  /** Ends `goOffline`. */
  goOnline(): void
  /** Makes answers late or wrong, until `calm()` or for some times. */
  disturb(disturbance: Disturbance): void
  /** Ends every disturbance. */
  calm(): void
  /** Says yes, as a user (object id or sign-in name), or `declined`, for a device that waits with this user code. */
  settleDevice(userCode: string, who: string): boolean
  /** Moves the clock. */
  advance(seconds: number): void
  /** Milliseconds since the epoch, after `advance`. */
  readonly now: () => number
  /** Every request so far, oldest first. `requests.length = 0` empties it. */
  readonly requests: RequestRecord[]
  /** Answers one request that came for a host name. `listen` is built on it. */
  handle(hosted: HostedRequest): Promise<Response>
}

/**
 * Makes a local Entra ID, in memory. It issues tokens and answers the real URLs of metadata and keys, so the code
 * under test is the one that runs in production.
 *
 * The RSA keys are made when they are first needed, once in a process, and shared by its emulators until one rotates.
 *
 * @throws TypeError when an option is wrong: an id that is not a GUID, a tenant or an app that is there twice.
 *
 * @example
 * ```ts
 * const entra = await createEmulator()
 * const verifier = createVerifier(entra.verifierOptions())
 * const identity = await verifier.verify(await entra.issueUserToken({ scopes: ['Orders.Read'] }))
 * ```
 */
export async function createEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const directory = createDirectory(readEmulatorOptions(options))
  const signingKeys = createSigningKeys()
  const clock = options.now ?? Date.now
  const requests: RequestRecord[] = []
  const disturbances = createDisturbances()
  let offset = 0
  let offline = false
  const now = (): number => clock() + offset
  const world: World = { directory, signingKeys, grants: createGrants(), now }
  const homeRing = directory.firstTenant.cloud.name
  await signingKeys.current(homeRing)

  async function handle(hosted: HostedRequest): Promise<Response> {
    const { host, request, url } = hosted
    requests.push({ method: request.method, url: `https://${host}${url.pathname}${url.search}` })
    if (offline) throw new Unreachable(host, 'ECONNREFUSED')
    return disturbances.disturb(hosted, async () => {
      for (const endpoint of [answerDocument, answerFlow, answerGraph]) {
        const response = await endpoint(world, hosted)
        if (response !== undefined) return response
      }
      return notFound()
    })
  }

  async function answer(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    const request = new Request(input, init)
    const url = new URL(request.url)
    const known = isMicrosoftHost(url.hostname) || directory.tenantOfHost(url.hostname) !== undefined
    if (url.protocol !== 'https:' || url.port !== '' || !known) throw new Unreachable(url.host, 'ENOTFOUND')
    request.signal.throwIfAborted()
    return handle({ host: url.hostname, url, request, origin: undefined })
  }

  async function rotateKeys({ ring, ...how }: RotateKeysOptions = {}): Promise<{
    kid: string
    previousKid: string
  }> {
    const main = ring ?? homeRing
    const previous = await signingKeys.current(main)
    const others =
      ring === undefined ? signingKeys.used().filter((used) => used !== main && used !== 'unknown') : []
    const [rotated] = await Promise.all([main, ...others].map((each) => signingKeys.rotate(each, how)))
    return { kid: rotated?.kid ?? previous.kid, previousKid: previous.kid }
  }

  return {
    directory,
    fetch: answer,
    verifierOptions: () => ({
      tenants: directory.firstTenant.id,
      audience: [directory.firstApp.clientId, directory.firstApp.appIdUri],
      fetch: answer,
      now,
    }),
    issueUserToken: (token) => issueUserToken(world, token),
    issueAppToken: (token) => issueAppToken(world, token),
    issueB2cToken: (token) => issueB2cToken(world, token),
    issueIdToken: (token) => issueIdToken(world, token),
    rotateKeys,
    retireKey: (kid) => signingKeys.retire(kid),
    restoreKey: (kid) => signingKeys.restore(kid),
    goOffline: () => void (offline = true),
    goOnline: () => void (offline = false),
    disturb: (disturbance) => disturbances.add(disturbance),
    calm: () => disturbances.clear(),
    settleDevice(userCode, who) {
      const user = who === 'declined' ? who : directory.user(who)
      if (user === undefined) throw new TypeError(`The emulator knows no user ${JSON.stringify(who)}`)
      return settleDevice(world, userCode, user)
    },
    advance(seconds) {
      if (!Number.isFinite(seconds)) throw new TypeError('advance: seconds must be a number')
      offset += seconds * 1000
    },
    now,
    requests,
    handle,
  }
}
