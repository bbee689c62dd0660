import type { ConditionalAccess } from './directory/conditional-access.ts'
import type { Directory } from './directory/directory.ts'
import type { EmulatorOptions, RegistrationOptions } from './directory/options.ts'
import type { Consents } from './flows/client/consents.ts'
import type { HostedRequest } from './http/hosted-request.ts'
import type { ChangeResponse, NextResponse, NextToken } from './hooks.ts'
import type { RequestKind } from './network/request-kind.ts'
import type { ProofAlgorithm, ProofKey } from './keys/proof-key.ts'
import type { KeyRingName, RotateOptions, SigningKeyState } from './keys/signing-keys.ts'
import type { Disturbance } from './network/disturbances.ts'
import type {
  AppTokenOptions,
  B2cTokenOptions,
  IdTokenOptions,
  UserTokenOptions,
} from './tokens/token-options.ts'

/** One request that the emulator received, whether it was answered or not. */
export interface RequestRecord {
  readonly method: string
  /** The URL with Microsoft's host name, whatever address the request was sent to. */
  readonly url: string
}

/** The requests that the emulator received, oldest first. */
export interface RequestLog extends Array<RequestRecord> {
  /** Empties the log. */
  clear(): void
}

/** The options with which `createVerifier` accepts the tokens of the first tenant for the first app. */
export interface VerifierSettings {
  tenants: string
  audience: string[]
  /** Answers Microsoft's URLs from memory. */
  fetch: typeof globalThis.fetch
  /** The clock of the emulator, in milliseconds since the epoch. */
  now: () => number
}

/** Options of `rotateKeys`. */
export interface RotateKeysOptions extends RotateOptions {
  /**
   * The keys to rotate. Default: every ring that has signed a token or was listed in a document, and always that of the
   * public cloud.
   */
  readonly ring?: KeyRingName | undefined
}

/**
 * A local Entra ID. An option that is unknown or of the wrong kind is a `TypeError` that names it, in every method that
 * takes options.
 */
export interface Emulator {
  /** Everything that the emulator knows, with the defaults filled in. */
  readonly directory: Directory
  /**
   * Answers Microsoft's real URLs, in memory. It never uses the network: any other host is a `TypeError`, as from
   * `fetch`.
   */
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
  /** Creates the key of a client that sends DPoP proofs, with the emulator's clock. Default `ES256`. */
  createProofKey(algorithm?: ProofAlgorithm): Promise<ProofKey>
  /** Makes a new key sign from now on. The old key stays in the documents until `retireKey`. */
  rotateKeys(options?: RotateKeysOptions): Promise<{ readonly kid: string; readonly previousKid: string }>
  /** Removes a key from every document. Tokens that it signed stay as they are. */
  retireKey(kid: string): void
  /** Lists a retired key again, as the live service does when its replicas disagree. */
  restoreKey(kid: string): void
  /** Every signing key so far and its history: which key signs, which keys are listed, and since when. */
  keys(): readonly SigningKeyState[]
  /** Makes every request fail from now on, as if nothing listened. */
  goOffline(): void
  /** Ends `goOffline`. */
  goOnline(): void
  /** Whether every request fails at the moment. */
  isOffline(): boolean
  /** Makes responses late or wrong, until `calm()` or for a number of requests. */
  disturb(disturbance: Disturbance): void
  /** Ends every disturbance, and discards pending `nextToken` and `nextResponse` changes. */
  calm(): void
  /** Changes the next token, once: its claims, header parameters, lifetime or key, whichever flow issues it. */
  nextToken(change: NextToken): void
  /** Changes the next response, once: either to the given response or by a function that returns another one. */
  nextResponse(change: NextResponse | ChangeResponse, on?: RequestKind): void
  /** Adds tenants, apps, users, groups or managed identities while it runs, or changes those with the same id. */
  register(options: RegistrationOptions): void
  /**
   * Removes the app, user, group or managed identity with this id. Returns whether there was one. The first app stays.
   */
  unregister(id: string): boolean
  /** Everything that the emulator knows, as the options that create the same emulator again. */
  registrations(): EmulatorOptions
  /**
   * The Conditional Access policies: what must be proven before a user's token is issued. They can be added and removed
   * at run time.
   */
  readonly conditionalAccess: Pick<ConditionalAccess, 'add' | 'remove' | 'clear'>
  /** The consents that users gave on the consent page, in addition to what an administrator granted for everybody. */
  readonly consents: Pick<Consents, 'given' | 'withdraw'>
  /** Completes the device code flow with this user code: as a user (object id or sign-in name), or with `declined`. */
  settleDevice(userCode: string, who: string): boolean
  /** Moves the clock forward by so many seconds. */
  advance(seconds: number): void
  /** The time of the emulator in milliseconds since the epoch, including `advance`. */
  readonly now: () => number
  /** Every request so far, oldest first. */
  readonly requests: RequestLog
  /** Answers one request for a host name. `listen` is built on it. */
  handle(hosted: HostedRequest): Promise<Response>
}
