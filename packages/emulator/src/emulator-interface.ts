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

/** One request that the emulator got, answered or not. */
export interface RequestRecord {
  readonly method: string
  /** With Microsoft's host name, however it came. */
  readonly url: string
}

/** The requests that the emulator got, oldest first. */
export interface RequestLog extends Array<RequestRecord> {
  /** Empties it. */
  clear(): void
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
  readonly ring?: KeyRingName | undefined
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
  /** The key of a client that sends DPoP proofs, on the emulator's clock. Default `ES256`. */
  createProofKey(algorithm?: ProofAlgorithm): Promise<ProofKey>
  /** A new key signs from now on. The old one stays in the documents until `retireKey`. */
  rotateKeys(options?: RotateKeysOptions): Promise<{ readonly kid: string; readonly previousKid: string }>
  /** Takes a key out of every document. Tokens that it signed stay as they are. */
  retireKey(kid: string): void
  /** Shows a retired key again, as the live service does when its replicas disagree. */
  restoreKey(kid: string): void
  /** Every signing key so far, with what became of it: who signs, who is shown, and since when. */
  keys(): readonly SigningKeyState[]
  /** From now on every request fails as if nothing listened. */
  goOffline(): void
  /** Ends `goOffline`. */
  goOnline(): void
  /** Does every request fail at the moment? */
  isOffline(): boolean
  /** Makes answers late or wrong, until `calm()` or for some times. */
  disturb(disturbance: Disturbance): void
  /** Ends every disturbance, and forgets what the next token and the next answer were to get. */
  calm(): void
  /** Once: the next token gets these claims, header parameters, lifetime or key, whichever flow issues it. */
  nextToken(change: NextToken): void
  /** Once: the next answer is changed, by what it is to be or by a function that makes another one of it. */
  nextResponse(change: NextResponse | ChangeResponse, on?: RequestKind): void
  /** Adds tenants, apps, users, groups or managed identities while it runs, or changes those with the same id. */
  register(options: RegistrationOptions): void
  /** Removes the app, user, group or managed identity with that id. Was there one? The first app stays. */
  unregister(id: string): boolean
  /** Everything that it knows, as the options that make the same emulator again. */
  registrations(): EmulatorOptions
  /** What has to be proven before a user's token is issued; policies come and go while it runs. */
  readonly conditionalAccess: Pick<ConditionalAccess, 'add' | 'remove' | 'clear'>
  /** What people agreed to on the page that asks them, beyond what an administrator granted for everybody. */
  readonly consents: Pick<Consents, 'given' | 'withdraw'>
  /** Says yes, as a user (object id or sign-in name), or `declined`, for a device that waits with this user code. */
  settleDevice(userCode: string, who: string): boolean
  /** Moves the clock. */
  advance(seconds: number): void
  /** Milliseconds since the epoch, after `advance`. */
  readonly now: () => number
  /** Every request so far, oldest first. */
  readonly requests: RequestLog
  /** Answers one request that came for a host name. `listen` is built on it. */
  handle(hosted: HostedRequest): Promise<Response>
}
